"""The verifier in one file: standard vectors, agreement with assay, the tampering corpus, files that are none."""

from __future__ import annotations

import ast
import base64
import importlib.util
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assay.interfaces.cli import run
from assay.store.ledger.book import NAME, Ledger
from assay.store.ledger.canonical import canonical
from assay.store.ledger.dsse import IN_TOTO, envelope
from assay.store.ledger.keys import make_key, read_key
from assay.store.ledger.merkle import consistency, inclusion, leaf_hash, root

FILE = Path(__file__).parents[2] / "tools" / "verify_ledger.py"
Run = Any


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_ledger", FILE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = _loaded()


def check(*arguments: object) -> int:
    return int(tool.main(list(map(str, arguments))))


def ledger_of(case: Run) -> Path:
    return Path(case.run / NAME)


# Standards


def test_it_imports_nothing_but_the_standard_library_and_cryptography() -> None:
    tops = set()
    for node in ast.walk(ast.parse(FILE.read_text())):
        if isinstance(node, ast.Import):
            tops |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            tops.add((node.module or "").partition(".")[0])
    assert tops - sys.stdlib_module_names == {"cryptography"}


def test_known_roots() -> None:
    leaves = [
        tool.leaf_of(bytes.fromhex(text))
        for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
    ]
    assert tool.tree_of([]).hex().startswith("e3b0c44298fc1c14")
    assert tool.tree_of(leaves[:3]).hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert tool.tree_of(leaves).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.mark.parametrize("size", range(1, 41))
def test_all_proofs_of_small_trees(size: int) -> None:
    """Another way to the same roots: from the root down, where assay goes from the leaf up."""
    leaves = [leaf_hash(bytes([n])) for n in range(size)]
    assert tool.tree_of(leaves) == root(leaves)
    for n in range(size):
        path = list(inclusion(leaves, n))
        assert tool.root_by_path(leaves[n], n, size, path) == root(leaves)
        assert tool.root_by_path(leaves[n], n, size, [*path, bytes(32)]) is None
        assert not path or tool.root_by_path(leaves[n], n, size, path[:-1]) is None
        assert tool.root_by_path(leaves[n], size, size, path) is None
        assert tool.root_by_path(leaves[n], -1, size, path) is None
        earlier, steps = n + 1, list(consistency(leaves, n + 1))
        assert tool.roots_by_path(earlier, size, root(leaves[:earlier]), steps) == (
            root(leaves[:earlier]),
            root(leaves),
        )
        assert tool.roots_by_path(earlier, size, root(leaves[:earlier]), [*steps, bytes(32)]) is None
    assert tool.roots_by_path(0, size, bytes(32), []) is None


def test_the_note_of_go() -> None:
    key = tool.Key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = (
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    signature = base64.b64decode(note.split()[-1])
    assert signature[:4] == key.id
    assert key.signed(signature[4:], note.rpartition("\n\n")[0].encode() + b"\n")
    with pytest.raises(tool.Unreadable, match="is false"):
        tool.state_of(note.replace("answer", "Answer"), key)


# What is sound


def test_a_signed_run(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("ledger", ledger_of(signed_run), "--key", signed_run.key) == 0
    assert check("ledger", ledger_of(signed_run), "--key", signed_run.home / "own.key.pub") == 0
    assert check("ledger", ledger_of(signed_run)) == 4
    assert check("verdict", signed_run.verdict, "--key", signed_run.key, "--ledger", ledger_of(signed_run)) == 4
    out = capsys.readouterr().out
    assert "candidate: block, signed by example.org/releases" in out
    assert "does not hold" not in out
    assert out.count("not checked") == 2


def test_in_a_process_of_its_own_without_assay(signed_run: Run, tmp_path: Path) -> None:
    copied = tmp_path / "verify_ledger.py"
    copied.write_text(FILE.read_text())
    command = [sys.executable, "-I", str(copied), "ledger", str(ledger_of(signed_run)), "--key", signed_run.key]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("VERIFIED")


def test_a_ledger_that_was_handed_over(signed_run: Run, tmp_path: Path) -> None:
    new = make_key(tmp_path / "new.key", "new")
    with Ledger(signed_run.run, write=True) as opened:
        opened.rotate(read_key(signed_run.home / "own.key"), new)
        opened.append("x", {})
    for key in (signed_run.key, str(new.public)):
        assert check("ledger", ledger_of(signed_run), "--key", key) == 4  # the last entry is not signed
    with Ledger(signed_run.run, write=True) as opened:
        opened.checkpoint(new)
    for key in (signed_run.key, str(new.public)):
        assert check("ledger", ledger_of(signed_run), "--key", key) == 0


def proved(case: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], *how: str) -> tuple[Path, dict[str, Any]]:
    capsys.readouterr()
    assert run(["ledger", "prove", str(case.run), *how]) == 0
    text = capsys.readouterr().out
    path = tmp_path / "proof.json"
    path.write_text(text)
    return path, json.loads(text)


@pytest.mark.parametrize(
    "how", [("--entry", "2"), ("--entry", "8"), ("--since", "1"), ("--since", "5"), ("--since", "8")]
)
def test_proofs_of_the_ledger(
    signed_run: Run, tmp_path: Path, how: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    path, proof = proved(signed_run, tmp_path, capsys, *how)
    run(["ledger", "checkpoint", str(signed_run.run), "-o", str(tmp_path / "note.txt")])
    given = ("--key", signed_run.key, "--checkpoint", tmp_path / "note.txt")
    assert check("proof", path) == 4
    assert check("proof", path, *given) == 0
    for name, value in (
        ("root", "00" * 32),
        ("size", proof["size"] + 1),
        ("origin", "x"),
        ("path", [*proof["path"], "00" * 32]),
    ):
        path.write_text(json.dumps({**proof, name: value}))
        assert check("proof", path, *given) == 1, name
    if "body" in proof:
        for name, value in (("body", proof["body"] + " "), ("index", proof["index"] - 1), ("index", -1)):
            path.write_text(json.dumps({**proof, name: value}))
            assert check("proof", path, *given) == 1, name


def test_rows_that_are_shown(signed_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, proof = proved(signed_run, tmp_path, capsys, "--sample", "golden/s7")
    assert {row["key"][0] for row in proof["rows"]} == {"reference", "candidate"}
    assert check("proof", path) == 4
    out = capsys.readouterr().out
    statement = json.loads(base64.b64decode(json.loads(signed_run.verdict.read_text())["payload"]))
    assert check("proof", path, "--key", signed_run.key, "--verdict", signed_run.verdict) == 0
    forged(signed_run, samples, signed=False)
    assert check("proof", path, "--key", signed_run.key, "--verdict", signed_run.verdict) == 1
    assert out.count(f"one of the 120 answers under root {statement['predicate']['assay']['samples']['root']}") == 2
    for name, value in (
        ("body", "{}"),
        ("scores", "[]"),
        ("state", "timeout"),
        ("index", 0),
        ("salt", "00" * 32),
        ("key", ["candidate", "golden", "s8", "x", 1]),
    ):
        path.write_text(json.dumps({**proof, "rows": [{**proof["rows"][0], name: value}]}))
        assert check("proof", path) == 1, name
    assert check("proof", path) == 1


# Tampering


def alter(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as base:
        guards = base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            base.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            base.execute(statement)
        for _, sql in guards:
            base.execute(sql)
        base.commit()


SWAPPED = (
    "UPDATE entries SET seq = -1 WHERE seq = 4",
    "UPDATE entries SET seq = 4 WHERE seq = 5",
    "UPDATE entries SET seq = 5 WHERE seq = -1",
)
TAMPERED: dict[str, tuple[tuple[str, ...], str]] = {
    "body": (("UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), '\"t\"', '\"u\"') AS BLOB) WHERE seq = 2",), "entry 2 was altered"),
    "leaf": (("UPDATE entries SET leaf = zeroblob(32) WHERE seq = 5",), "entry 5 was altered"),
    "deleted": (("DELETE FROM entries WHERE seq = 5",), "entry 5 is missing"),
    "deleted, moved up": (("DELETE FROM entries WHERE seq = 5", "UPDATE entries SET seq = seq - 1 WHERE seq > 5"), "entry 5 does not follow"),
    "reordered": (SWAPPED, "entry 4 does not follow"),
    "inserted": (("INSERT INTO entries SELECT 11, body, leaf FROM entries WHERE seq = 10",), "entry 11 does not follow"),
    "truncated": (("DELETE FROM entries WHERE seq > 6",), "entries 7 to 10 are missing"),
    "below the first": (("INSERT INTO entries SELECT 0, body, leaf FROM entries WHERE seq = 1",), "entry 1 is missing"),
    "checkpoint twice": (("INSERT INTO checkpoints SELECT * FROM checkpoints",), "two checkpoints"),
    "checkpoint moved": (("UPDATE checkpoints SET size = 9 WHERE size = 10",), "not those that were signed"),
    "no checkpoints": (("DELETE FROM checkpoints",), "no checkpoint is signed"),
    "note": (("UPDATE checkpoints SET note = replace(note, 'assay/', 'assai/')",), "is false"),
    "hashes": (("UPDATE leaves SET packed = zeroblob(length(packed))",), "the hashes beside entry"),
    "hashes gone": (("DELETE FROM leaves",), "the hashes beside entry"),
    "hashes moved": (("UPDATE leaves SET seq = 5 WHERE seq = 6",), "the hashes beside entry"),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_a_changed_ledger(signed_run: Run, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    statements, expected = TAMPERED[what]
    alter(ledger_of(signed_run), *statements)
    assert check("ledger", ledger_of(signed_run), "--key", signed_run.key) == 1
    assert expected in capsys.readouterr().out
    assert check("verdict", signed_run.verdict, "--key", signed_run.key, "--ledger", ledger_of(signed_run)) == 1


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "CREATE TRIGGER t BEFORE INSERT ON entries BEGIN SELECT RAISE(IGNORE); END",
            "'t' is not one that a ledger has",
        ),
        ("CREATE TABLE more (x)", "table 'more' is not one"),
        ("DROP TRIGGER leaves_DELETE", "'leaves_DELETE' is missing"),
    ],
)
def test_what_stands_in_the_file_beside_the_ledger(
    signed_run: Run, statement: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(ledger_of(signed_run))) as base:
        base.execute(statement)
    assert check("ledger", ledger_of(signed_run), "--key", signed_run.key) == 1
    assert expected in capsys.readouterr().out
    assert check("verdict", signed_run.verdict, "--key", signed_run.key, "--ledger", ledger_of(signed_run)) == 1


def test_a_line_that_is_missing(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Each verdict names the other candidates of its run."""
    plan, folder = signed_run.home / "audit.yaml", signed_run.home / "two"
    both = "[{type: recorded, path: candidate.jsonl}, {type: recorded, path: reference.jsonl, name: same}]"
    plan.write_text(plan.read_text().replace("{type: recorded, path: candidate.jsonl}", both))
    run(["audit", str(plan), "-o", str(folder), "-q", "--no-cache"])
    path = folder / "verdict.dsse.json"
    given = ("verdict", path, "--key", signed_run.key, "--ledger", folder / NAME)
    capsys.readouterr()
    assert check(*given) == 4
    assert "its line is missing" not in capsys.readouterr().out
    path.write_text(path.read_text().splitlines()[1])
    assert check(*given) == 4
    assert "candidate 'candidate' of the same run: block, its line is missing" in capsys.readouterr().out


def test_a_proof_that_shows_no_row(signed_run: Run, tmp_path: Path) -> None:
    proof = {"kind": "samples", "origin": "o", "size": 1, "root": "00" * 32, "rows": []}
    (tmp_path / "proof.json").write_text(json.dumps(proof))
    given = ("proof", tmp_path / "proof.json", "--key", signed_run.key, "--verdict", signed_run.verdict)
    assert check(*given) == 2


def test_every_bit_of_an_entry(signed_run: Run) -> None:
    with Ledger(signed_run.run) as opened:
        body, leaf = list(opened.raw())[3][1:]
    for bit in range(8 * len(body)):
        some = bytearray(body)
        some[bit // 8] ^= 1 << bit % 8
        assert tool.leaf_of(bytes(some)) != leaf


def test_truncated_with_its_checkpoint(signed_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["ledger", "checkpoint", str(signed_run.run), "-o", str(tmp_path / "note.txt")])
    with Ledger(signed_run.run) as opened:
        first = opened.checkpoints()[0][0]
    alter(
        ledger_of(signed_run),
        *(
            f"DELETE FROM {table} WHERE {column} > {first}"
            for table, column in (("entries", "seq"), ("leaves", "seq"), ("checkpoints", "size"))
        ),
    )
    assert check("ledger", ledger_of(signed_run), "--key", signed_run.key) == 0
    assert check("ledger", ledger_of(signed_run), "--key", signed_run.key, "--checkpoint", tmp_path / "note.txt") == 1
    assert check("verdict", signed_run.verdict, "--key", signed_run.key, "--ledger", ledger_of(signed_run)) == 1
    assert "not the one that the verdict was recorded in" in capsys.readouterr().out


def test_a_chain_signed_by_another(signed_run: Run, tmp_path: Path) -> None:
    thief = make_key(tmp_path / "thief.key", "example.org/releases")
    with Ledger(tmp_path / NAME, write=True, origin="assay/x") as made:
        made.append("registered", {"run": "x"})
        made.checkpoint(thief)
    assert check("ledger", tmp_path / NAME, "--key", str(thief.public)) == 0
    assert check("ledger", tmp_path / NAME, "--key", signed_run.key) == 1


def forged(case: Run, change: Callable[[Any], None], signed: bool) -> None:
    held = json.loads(case.verdict.read_text())
    statement = json.loads(base64.b64decode(held["payload"]))
    change(statement)
    payload = canonical(statement)
    made = (
        envelope(IN_TOTO, payload, [read_key(case.home / "own.key")])
        if signed
        else {**held, "payload": base64.b64encode(payload).decode()}
    )
    case.verdict.write_text(json.dumps(made))


def deploy(statement: Any) -> None:
    statement["predicate"]["assay"]["verdict"]["decision"] = "deploy"


def samples(statement: Any) -> None:
    statement["predicate"]["assay"]["samples"]["count"] -= 1


def exchanged(statement: Any) -> None:
    proofs = statement["predicate"]["assay"]["proofs"]
    proofs["registered"], proofs["first"] = proofs["first"], proofs["registered"]


def subject(statement: Any) -> None:
    statement["subject"] = []


def smaller(statement: Any) -> None:
    statement["predicate"]["assay"]["ledger"]["size"] -= 1


@pytest.mark.parametrize(
    ("change", "signed"), [(deploy, False), (samples, True), (exchanged, True), (subject, True), (smaller, True)]
)
def test_a_changed_verdict(signed_run: Run, change: Callable[[Any], None], signed: bool) -> None:
    forged(signed_run, change, signed)
    assert check("verdict", signed_run.verdict, "--key", signed_run.key, "--ledger", ledger_of(signed_run)) == 1


# Files that are none


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"\xff",
        b"3",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"kind":"inclusion","size":1,"root":"00","path":3,"body":"","index":0}',
        b'{"kind":"samples","size":1,"root":"00","rows":[{}]}',
        b'{"kind":"consistency","size":1e400,"root":"","path":[]}',
        b'{"payloadType":"application/vnd.in-toto+json","payload":"W1tb","signatures":[]}',
    ],
)
@pytest.mark.parametrize("what", ["ledger", "verdict", "proof"])
def test_files_that_are_none(
    tmp_path: Path, signed_run: Run, what: str, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(content)
    assert check(what, tmp_path / "file", "--key", signed_run.key) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_keys_that_are_none(tmp_path: Path, signed_run: Run) -> None:
    for key in ("a+b+c", str(tmp_path / "none"), signed_run.key[:-4], ""):
        assert check("ledger", ledger_of(signed_run), "--key", key) == 2
    assert check("ledger", tmp_path / "none") == 2


def test_a_folder_stands_for_the_files_in_it(
    signed_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(signed_run.run)
    assert tool.main(["ledger", folder, "--key", signed_run.key]) == 0
    assert tool.main(["verdict", folder, "--key", signed_run.key, "--ledger", folder]) == 4
    assert tool.main(["ledger", folder, "--key", make_key(tmp_path / "own.key", "me").secret()]) == 2
    assert "this is a private key" in capsys.readouterr().err
