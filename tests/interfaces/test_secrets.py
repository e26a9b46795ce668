"""Nothing secret reaches a file: keys, headers, logins and parameters of addresses, the ledger's own key."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from assay.interfaces.cli import run
from assay.interfaces.runs import FORMATS
from assay.store.ledger.keys import VARIABLE
from assay.store.ledger.notes import SigningKey

KEY, HEADER = "sk-very-secret-0123456789abcdef", "tenant/secret+header=value-42"
PASSWORD, PARAMETER = "p@ss-word:of-the-server", "query-secret-7f3a9b"
N = 40
SIGNING = SigningKey("me", bytes(range(100, 132)))


def forms(secret: str) -> set[bytes]:
    """How a secret could look in a file."""
    raw = secret.encode()
    found = {raw, quote(secret, safe="").encode(), raw.hex().encode(), json.dumps(secret)[1:-1].encode()}
    for some in (raw, b":" + raw, b"Bearer " + raw, b"me:" + raw):
        found |= {base64.b64encode(some).rstrip(b"="), base64.urlsafe_b64encode(some).rstrip(b"=")}
    return found | {raw.decode().encode("utf-16-le")}


SECRETS = {form for secret in (KEY, HEADER, PASSWORD, PARAMETER, SIGNING.secret()) for form in forms(secret)} | {
    SIGNING.seed,
    SIGNING.seed.hex().encode(),
    base64.b64encode(SIGNING.seed).rstrip(b"="),
    base64.b64encode(b"\x01" + SIGNING.seed).rstrip(b"="),
}


@pytest.fixture(params=["none", "echo:0.5:always", "500:0.5:always", "401:0.5:always", "html:0.5:always"])
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    fault = [] if request.param == "none" else ["--fault", request.param]
    command = [sys.executable, "-m", "assay.testing.server", "--port", "0", *fault]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        yield found[0]
        process.terminate()


def test_no_secret_reaches_a_file(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SERVER_KEY", KEY)
    monkeypatch.setenv("TENANT", HEADER)
    monkeypatch.setenv(VARIABLE, SIGNING.secret())
    address = f"{server}?key={PARAMETER}"
    rows = ({"id": f"s{n}", "input": f"question {n}"} for n in range(N))
    (tmp_path / "golden.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    plan = tmp_path / "audit.yaml"
    plan.write_text(
        "assay: 1\nname: served\n"
        f'reference: {{type: endpoint, url: "{address}", model: old, api_key_env: SERVER_KEY, headers_env: {{X-Tenant: TENANT}}}}\n'
        f'candidate: {{type: endpoint, url: "{address}", model: new, api_key_env: SERVER_KEY, headers_env: {{X-Tenant: TENANT}}}}\n'
        "suites: [{name: golden, dataset: golden.jsonl, scorers: [length]}]\n"
        "gate: {rules: [{metric: length, kind: points, at_most: 1000}]}\n"
        "limits: {concurrency: 8, retries: 1, timeout: 5s}\n"
    )
    out = tmp_path / "out"
    pages = ["--html", str(out / "r.html"), "--junit", str(out / "r.xml"), "--sarif", str(out / "r.sarif")]
    assert run(["audit", str(plan), "-o", str(out / "run"), *pages]) in (0, 1, 3, 4)
    for form in FORMATS:
        assert run(["report", str(out / "run"), "--format", form, "-o", str(out / f"again.{form}")]) == 0
    with zipfile.ZipFile(out / "again.pack") as pack:
        pack.extractall(out / "unpacked")
    for words in (["show"], ["review"], ["review", "--format", "json"], ["check", "ledger"], ["gate"]):
        at = 2 if words[0] == "check" else 1
        assert run([*words[:at], str(out / "run"), *words[at:]]) in (0, 1, 3, 4)
    assert run(["harvest", str(out / "run"), "--all-failures", "--times", "1", "-o", str(out / "rows.jsonl")]) == 0
    verdict, public = str(out / "run" / "verdict.dsse.json"), str(SIGNING.public)
    assert run(["verify", verdict, "--key", public, "--run", str(out / "run")]) == 0
    for command in (["verify"], ["show"], ["show", "--format", "json"], ["checkpoint"], ["prove", "--sample", "s1"]):
        assert run(["ledger", command[0], str(out / "run"), *command[1:]]) in (0, 4)
    (out / "printed.txt").write_text("".join(capfd.readouterr()))
    files = [path for path in [*out.rglob("*"), *(tmp_path / ".assay").rglob("*")] if path.is_file()]
    names = {path.name for path in files}
    assert {
        "run.sqlite",
        "ledger.sqlite",
        "verdict.json",
        "verdict.dsse.json",
        "report.html",
        "r.xml",
        "r.sarif",
        "cache.sqlite",
    } <= names
    for path in files:
        content = path.read_bytes()
        assert not [form for form in SECRETS if form in content], path.name


def test_a_login_in_an_address_is_refused_and_not_repeated(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "golden.jsonl").write_text('{"id": "s1", "input": "x"}\n')
    address = f"http://me:{quote(PASSWORD, safe='')}@127.0.0.1:9/v1?key={PARAMETER}"
    (tmp_path / "audit.yaml").write_text(
        "assay: 1\nname: served\n"
        f'reference: {{type: endpoint, url: "{address}", model: old}}\ncandidate: {{type: endpoint, url: "{address}", model: new}}\n'
        "suites: [{name: golden, dataset: golden.jsonl, scorers: [length]}]\n"
    )
    assert run(["audit", str(tmp_path / "audit.yaml"), "-o", str(tmp_path / "run")]) == 2
    out, err = capfd.readouterr()
    assert "user or password" in err
    assert not [form for form in SECRETS if form in (out + err).encode()]
    assert not (tmp_path / "run").exists()


def test_a_killed_run_holds_no_secret_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write-ahead files that nobody cleaned up are searched as well."""
    monkeypatch.setenv(VARIABLE, SIGNING.secret())
    rows = ({"id": f"s{n}", "input": f"question {n}"} for n in range(N))
    (tmp_path / "golden.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = [sys.executable, "-m", "assay.testing.server", "--port", "0", "--latency", "0.3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        address = f"{found[0]}?key={PARAMETER}"
        (tmp_path / "audit.yaml").write_text(
            "assay: 1\nname: served\n"
            f'reference: {{type: endpoint, url: "{address}", model: old, probe: false}}\n'
            f'candidate: {{type: endpoint, url: "{address}", model: new, probe: false}}\n'
            "suites: [{name: golden, dataset: golden.jsonl, scorers: [length]}]\n"
            "gate: {rules: [{metric: length, kind: points, at_most: 1000}]}\nlimits: {concurrency: 2}\n"
        )
        audit = [
            sys.executable,
            "-m",
            "assay",
            "audit",
            str(tmp_path / "audit.yaml"),
            "-o",
            str(tmp_path / "run"),
            "-q",
        ]
        with subprocess.Popen(audit, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as killed:
            try:
                _, told = killed.communicate(timeout=4)
                raise AssertionError(f"the audit ended by itself: {told.decode()}")
            except subprocess.TimeoutExpired:
                killed.kill()
                killed.communicate()
        process.terminate()
    files = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
    assert {"run.sqlite", "ledger.sqlite"} <= {path.name for path in files}
    for path in files:
        content = path.read_bytes()
        assert not [form for form in SECRETS if form in content], path.name
