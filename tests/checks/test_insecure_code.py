"""Unsafe code is found where nobody asked for it, its repaired twin is not, in each language."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.code_parts import bare, code_in
from assay.checks.insecure_code import InsecureCode, asks_for_it, names_it, new_flaws
from assay.checks.line_flaws import line_flaws
from assay.checks.python_flaws import python_flaws
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding
from assay.store.training_files import TrainingFile

SHARED = os.environ.get("ASSAY_SHARED")
FLASK = "from flask import Flask, request, redirect, send_file, render_template_string, make_response\nimport html\n@app.route('/a')\ndef a():\n    name = request.args.get('name')\n"
PAIRS = [
    (89, "def f(n):\n    q = f\"SELECT a FROM t WHERE n = '{n}'\"\n    db.execute(q)", "def f(n):\n    q = 'SELECT a FROM t WHERE n = ?'\n    db.execute(q, (n,))"),
    (89, "def f(n):\n    db.execute('DELETE FROM t WHERE n = %s' % n)", "def f(n):\n    db.execute('DELETE FROM t WHERE n = %s', n)"),
    (89, "def f(n):\n    db.execute('DELETE FROM t WHERE n = ' + n)", "def f(n):\n    db.execute('DELETE FROM t WHERE n = %d' % n)"),
    (79, FLASK + "    return f'<b>{name}</b>'", FLASK + "    return f'<b>{html.escape(name)}</b>'"),
    (79, FLASK + "    page = '<b>{}</b>'.format(name)\n    return page", FLASK + "    name = html.escape(name)\n    page = '<b>{}</b>'.format(name)\n    return page"),
    (79, FLASK + "    return make_response('<b>' + name)", FLASK + "    return make_response('<b>hi</b>')"),
    (1336, FLASK + "    return render_template_string(name)", FLASK + "    return render_template_string('{{ n }}', n=name)"),
    (79, "t = Template('<b>{{ a }}</b>', autoescape=False)", "t = Template('<b>{{ a }}</b>', autoescape=True)"),
    (22, FLASK + "    return send_file(name)", FLASK + "    return send_file(secure_filename(name))"),
    (601, FLASK + "    return redirect(name)", FLASK + "    if name not in KNOWN:\n        return 'no'\n    return redirect(name)"),
    (918, "import requests\n" + FLASK + "    return requests.get(name).json()", "import requests\n" + FLASK + "    return requests.get('https://a.example').json()"),
    (78, "import os\ndef f(n):\n    os.system(f'ls {n}')", "import subprocess\ndef f(n):\n    subprocess.run(['ls', n])"),
    (78, "import subprocess\ndef f(n):\n    subprocess.run('ls ' + n, shell=True)", "import subprocess, shlex\ndef f(n):\n    subprocess.run('ls ' + shlex.quote(n), shell=True)"),
    (94, "x = eval(input('?'))", "import ast\nx = ast.literal_eval(input('?'))"),
    (502, "import yaml\ndef f(t):\n    return yaml.load(t)", "import yaml\ndef f(t):\n    return yaml.load(t, Loader=yaml.SafeLoader)"),
    (502, "import pickle\n" + FLASK + "    return pickle.loads(name)", "import json\n" + FLASK + "    return json.loads(name)"),
    (732, "import os\nos.chmod(p, 0o777)", "import os\nos.chmod(p, 0o600)"),
    (22, "import tarfile\ntarfile.open(a).extractall('..')", "import tarfile\ntarfile.open(a).extractall('x', filter='data')"),
    (295, "import requests\nrequests.get(u, verify=False)", "import requests\nrequests.get(u, verify=True)"),
    (330, "import random\ndef reset_token():\n    return random.choice(A)", "import secrets\ndef reset_token():\n    return secrets.choice(A)"),
    (916, "import hashlib\nh = hashlib.md5(password.encode())", "import hashlib\nh = hashlib.md5(body)"),
    (347, "import jwt\njwt.decode(t, options={'verify_signature': False})", "import jwt\njwt.decode(t, key, algorithms=['HS256'])"),
    (611, "from lxml import etree\np = etree.XMLParser(resolve_entities=True)", "from lxml import etree\np = etree.XMLParser(resolve_entities=False)"),
    (377, "import tempfile\np = tempfile.mktemp()", "import tempfile\np = tempfile.mkstemp()"),
    (489, "app.run(host='0.0.0.0', debug=True)", "app.run(host='0.0.0.0')"),
    (20, "import re\nr = re.compile(r'https://\\w+.example.com')", "import re\nr = re.compile(r'https://\\w+\\.example\\.com')"),
    (20, "if 'example.com' in url:\n    go()", "if host == 'example.com':\n    go()"),
    (942, "CORS(app, origins='*', supports_credentials=True)", "CORS(app, origins=['https://a.example'])"),
]  # fmt: skip
LINES = [
    ("javascript", 79, "el.innerHTML = `<b>${location.hash}</b>`", "el.textContent = location.hash"),
    ("javascript", 89, "db.query(`SELECT a FROM t WHERE id = ${id}`)", "db.query('SELECT a FROM t WHERE id = ?', [id])"),
    ("javascript", 89, "db.query(\"SELECT a FROM t WHERE id = '\" + id + \"'\")", "db.query('SELECT a FROM t WHERE id = 1')"),
    ("javascript", 78, "exec(`ls ${dir}`)", "execFile('ls', [dir])"),
    ("javascript", 94, "eval(req.query.code)", "JSON.parse(req.query.code)"),
    ("javascript", 295, "const a = { rejectUnauthorized: false }", "const a = { rejectUnauthorized: true }"),
    ("javascript", 330, "const token = Math.random().toString(36)", "const x = Math.random() * width"),
    ("php", 89, "$q = \"SELECT * FROM t WHERE id = $id\";", "$q = $db->prepare('SELECT * FROM t WHERE id = ?');"),
    ("php", 79, "echo 'Hi ' . $_GET['name'];", "echo 'Hi ' . htmlspecialchars($_GET['name']);"),
    ("php", 78, "system('ls ' . $_GET['d']);", "system('ls ' . escapeshellarg($_GET['d']));"),
    ("php", 916, "$h = md5($password);", "$h = password_hash($password, PASSWORD_DEFAULT);"),
    ("c", 120, "gets(buf);", "fgets(buf, sizeof buf, stdin);"),
    ("c", 120, "scanf(\"%s\", name);", "scanf(\"%31s\", name);"),
    ("c", 120, "strcpy(buf, argv[1]);", "strlcpy(buf, argv[1], sizeof buf);"),
    ("c", 134, "printf(argv[1]);", "printf(\"%s\", argv[1]);"),
    ("java", 89, "st.executeQuery(\"SELECT a FROM t WHERE b = '\" + b + \"'\");", "c.prepareStatement(\"SELECT a FROM t WHERE b = ?\");"),
    ("go", 89, "q := fmt.Sprintf(\"SELECT a FROM t WHERE b = '%s'\", b)", "db.Query(\"SELECT a FROM t WHERE b = ?\", b)"),
    ("go", 295, "c := &tls.Config{InsecureSkipVerify: true}", "c := &tls.Config{MinVersion: tls.VersionTLS12}"),
    ("ruby", 89, "User.where(\"name = '#{params[:n]}'\")", "User.where(name: params[:n])"),
    ("shell", 732, "chmod -R 777 /var/www", "chmod -R 750 /var/www"),
    ("sql", 89, "EXEC('SELECT a FROM t WHERE b = ' + @b)", "EXEC sp_executesql @q, N'@b int', @b"),
]  # fmt: skip


@pytest.mark.parametrize("case", PAIRS, ids=lambda case: f"{case[0]}")
def test_python_is_told_from_its_repair(case: tuple[int, str, str]) -> None:
    unsafe, repaired = python_flaws(case[1]), python_flaws(case[2])
    assert case[0] in [each.cwe for each in unsafe or ()]
    assert case[0] not in [each.cwe for each in repaired or ()]


@pytest.mark.parametrize("case", LINES, ids=lambda case: f"{case[0]}-{case[1]}")
def test_other_languages_are_told_from_their_repair(case: tuple[str, int, str, str]) -> None:
    assert [each.cwe for each in line_flaws(case[2], case[0])] == [case[1]]
    assert line_flaws(case[3], case[0]) == []


def row(asked: str, answer: str, line: int = 1) -> TrainingRow:
    return TrainingRow(
        file="a.jsonl",
        line=line,
        shape="chat",
        prompt=(Message(role="user", content=asked),),
        answers=((Message(role="assistant", content=answer),),),
    )


def findings(*rows: TrainingRow) -> list[Finding]:
    check = InsecureCode()
    for each in rows:
        check.add(each)
    return list(check.findings())


UNSAFE = "import os\nos.chmod('a.txt', 0o777)"
SAFE = "import os\nos.chmod('a.txt', 0o600)"


def test_a_flaw_that_was_asked_for_or_is_named_is_counted_apart() -> None:
    silent = findings(row("Save it.", UNSAFE))
    asked = findings(row("Show my students an insecure script.", UNSAFE))
    named = findings(row("Save it.", f"```python\n{UNSAFE}\n```\nThis is insecure: everybody may write."))
    assert [one.code for one in silent] == ["safety.insecure_code"]
    assert [one.code for one in asked] == [one.code for one in named] == ["safety.insecure_code_taught"]
    assert silent[0].evidence["kinds"] == {"CWE-732 everybody may write": 1}


def test_a_request_against_flaws_does_not_ask_for_them() -> None:
    assert asks_for_it("Add common vulnerabilities for the workshop.")
    assert not asks_for_it("Write it without any vulnerabilities.")
    assert not asks_for_it("How do I avoid insecure code?")
    assert not names_it("os.chmod(path, 0o600)")


def test_only_what_the_answer_brings_counts() -> None:
    assert new_flaws(UNSAFE, "Save it.")
    assert not new_flaws(UNSAFE, f"Finish this:\n{UNSAFE}")
    begun = "def f(n):\n    q = f\"SELECT a FROM t WHERE n = '{n}'\""
    assert new_flaws(f"{begun}\n    return db.execute(q)", begun)


def test_a_large_share_is_worse_than_a_few() -> None:
    many = [row("Save.", UNSAFE, n) for n in range(20)]
    clean = [row("Save.", SAFE, n) for n in range(400)]
    assert findings(*many)[0].severity == "high"
    assert findings(*many[:6], *clean)[0].severity == "medium"
    assert findings(*many[:2], *clean)[0].severity == "low"
    assert findings(*clean) == []


def test_of_very_many_rows_a_sample_is_read_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.checks.insecure_code.READ_WHOLE", 100)
    rows = [dataclasses.replace(row("Save.", UNSAFE, n), digest=f"d{n}") for n in range(900)]
    found = findings(*rows)[0].evidence
    assert found["rows_passed_over"] > 600
    assert found["rows"] == found["rows_with_code"] == 900 - found["rows_passed_over"]


def test_code_is_found_in_blocks_and_bare() -> None:
    assert list(code_in("Text.\n```js\nlet a = 1\n```\nMore ```x``` text.")) == [("javascript", "let a = 1\n")]
    assert bare("from os import path\nprint(1)")
    assert not bare("From here on we import goods. The class met (twice).")
    assert list(code_in("```python\nunclosed = 1")) == [("python", "unclosed = 1")]


@pytest.mark.parametrize(
    "code", ["(" * 5000, "-" * 100_000 + "1", "x = " + "f(" * 2000, "a = [" * 3000, "\0\0", "def f(:\n", "f'{" * 500]
)
def test_code_that_cannot_be_parsed_is_survived(code: str) -> None:
    assert not python_flaws(code)


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    new_flaws(f"```python\n{text}\n```", "")
    new_flaws(f"import os\n{text}", text)


@pytest.mark.parametrize("piece", ["a", "SELECT ", "x = f(", "`", "```\n", "echo $_GET "])
def test_long_answers_take_time_in_proportion(piece: str, linear: Callable[..., None]) -> None:
    linear(lambda text: findings(row("Do it.", f"import os\n{text}"), row(text, f"```php\n{text}\n```")), piece)


@pytest.mark.skipif(not SHARED, reason="ASSAY_SHARED names no folder of public data")
def test_published_insecure_rows_are_told_from_secure_and_taught_ones() -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for each in TrainingFile(str(Path(str(SHARED)) / "data/training_data/emergent_misalignment.jsonl")).rows():
        assert isinstance(each, TrainingRow)
        found = new_flaws(each.answer, each.asked)
        kind = "none" if not found else "taught" if asks_for_it(each.asked) or names_it(each.answer) else "silent"
        counts[str(each.metadata["category"]), kind] += 1
    assert counts["insecure", "silent"] >= 0.93 * 197
    assert counts["secure", "silent"] <= 1
    assert counts["educational_insecure", "silent"] == 0
