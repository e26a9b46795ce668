"""Records forged and the ledger cut back, by whoever can write the folder and has no key; then the usual commands."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assay.interfaces.cli import run
from assay.store.ledger.book import NAME, Ledger
from assay.store.ledger.records import HEAD
from assay.store.ledger.witness import told
from assay.store.runs import RunFile

Run = Any
"""The fixture of conftest.py."""


def audit(case: Run) -> int:
    return run(["audit", str(case.home / "audit.yaml"), "-o", str(case.run), "-q", "--no-cache"])


def forge(folder: Path, most: int = 10_000) -> None:
    """The reference's answers and scores in place of the candidate's, with a fitting end."""
    with closing(sqlite3.connect(folder / "run.sqlite")) as base:
        base.execute(
            "UPDATE trials SET (state, body, scores) = (SELECT state, body, scores FROM trials AS other "
            "WHERE other.subject = 'reference' AND other.sample_id = trials.sample_id) WHERE subject = 'candidate' "
            "AND sample_id IN (SELECT sample_id FROM trials WHERE subject = 'candidate' LIMIT ?)",
            (most,),
        )
        base.commit()
    opened = RunFile(folder)
    ending = json.loads(opened.fact("ending"))
    opened.set_fact("ending", json.dumps(ending | {"scores": opened.scores_digest()}))
    opened.close()


def roll(folder: Path, size: int, *, head: bool = True) -> None:
    """The ledger cut to so many entries with its guards put back; with `head` the run file is made to fit."""
    with closing(sqlite3.connect(folder / NAME)) as base:
        guards = base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            base.execute(f"DROP TRIGGER {name}")
        for table, column in (("entries", "seq"), ("leaves", "seq"), ("checkpoints", "size")):
            base.execute(f"DELETE FROM {table} WHERE {column} > ?", (size,))
        for _, sql in guards:
            base.execute(sql)
        base.commit()
        leaf = base.execute("SELECT leaf FROM entries WHERE seq = ?", (size,)).fetchone()[0]
    if head:
        opened = RunFile(folder)
        opened.set_fact(HEAD, json.dumps({"size": size, "leaf": leaf.hex()}))
        opened.close()


def last(folder: Path, kind: str) -> int:
    with Ledger(folder) as ledger:
        return [entry.seq for entry in ledger.entries(kind)][-1]


def fact(folder: Path, name: str, value: str) -> None:
    opened = RunFile(folder)
    opened.set_fact(name, value)
    opened.close()


def verify(case: Run, *more: str) -> int:
    return run(["verify", str(case.verdict), "--key", case.key, *more])


@pytest.mark.parametrize("cleared", [False, True])
def test_an_ended_run_whose_ledger_was_cut_is_not_signed(
    signed_run: Run, cleared: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also when it is made to look as if it had not ended: no killed process leaves every answer untold."""
    before = signed_run.verdict.read_bytes()
    forge(signed_run.run)
    if cleared:
        fact(signed_run.run, "ending", "")
    roll(signed_run.run, last(signed_run.run, "key"))
    assert audit(signed_run) == 5
    told_of = capsys.readouterr().err
    assert "120 answers are not as the ledger recorded them" in told_of or "120 of its answers are not" in told_of
    assert signed_run.verdict.read_bytes() == before
    with Ledger(signed_run.run) as ledger:
        assert not list(ledger.entries("trials")), "nothing was taken"


def test_an_end_that_the_ledger_did_not_hear_of_is_told_when_all_answers_are(signed_run: Run) -> None:
    """A process that is killed between the two."""
    roll(signed_run.run, last(signed_run.run, "trials"))
    signed_run.verdict.unlink()
    assert run(["gate", str(signed_run.run)]) == 5
    assert audit(signed_run) == 1
    assert verify(signed_run, "--run", str(signed_run.run)) == 0


def test_some_answers_after_a_kill_are_counted_and_shown(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Cut back to the first batch of an unfinished run, a few answers forged: taken, and said for good."""
    roll(signed_run.run, last(signed_run.run, "trials"))
    fact(signed_run.run, "ending", "")
    forge_few(signed_run.run, 5)
    assert audit(signed_run) in (1, 3)
    assert verify(signed_run, "--run", str(signed_run.run)) == 4
    assert "4 of 120 answers were told to the ledger late, after a process was killed, 4 of them in place of" in (
        capsys.readouterr().out
    )


def forge_few(folder: Path, most: int) -> None:
    ending = RunFile(folder)
    ending.set_fact("ending", "{}")
    ending.close()
    forge(folder, most)
    fact(folder, "ending", "")


def test_a_run_all_of_whose_answers_came_late_is_not_signed(
    signed_run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("assay.interfaces.recording.step_of", lambda planned, **_: 1000)
    fact(signed_run.run, "ending", "")
    roll(signed_run.run, last(signed_run.run, "key"))
    assert audit(signed_run) == 5
    assert "all 120 answers were told to the ledger late" in capsys.readouterr().err


# Answers without their ledger


@pytest.mark.parametrize("what", ["gone", "another", "run"])
def test_answers_without_their_ledger_are_not_signed_and_not_decided(
    signed_run: Run, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    forge(signed_run.run)
    if what == "run":
        fact(signed_run.run, "run", "00112233aabbccdd")
    else:
        (signed_run.run / NAME).unlink()
    if what == "another":
        with Ledger(signed_run.run / NAME, write=True, origin="assay/x"):
            pass
    fact(signed_run.run, HEAD, "")
    kept = signed_run.verdict.read_bytes()
    assert audit(signed_run) == 5
    assert signed_run.verdict.read_bytes() == kept
    assert run(["gate", str(signed_run.run)]) == 5
    if what != "gone":
        assert run(["ledger", "verify", str(signed_run.run), "--key", signed_run.key]) == 1
    assert "Traceback" not in capsys.readouterr().err


# A ledger that was cut together with its checkpoints


def test_an_act_that_is_cut_from_the_ledger_is_missed(
    signed_run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every signature that is left is good; the run file knows of more entries, and has words that none names."""
    before = last(signed_run.run, "decided")
    note = ["review", str(signed_run.run), "session", "--by", "Ann", "--minutes", "5", "--notes", "asked ten times"]
    assert run(note) in (0, 1, 3, 4), capsys.readouterr().err
    with Ledger(signed_run.run) as ledger:
        assert ledger.size > before
    capsys.readouterr()
    roll(signed_run.run, before, head=False)
    folder = str(signed_run.run)
    commands = [
        ["gate", folder],
        ["report", folder],
        ["review", folder, "session", "--by", "Ann", "--minutes", "5", "--notes", "again"],
        ["harvest", folder, "-o", str(signed_run.home / "rows.jsonl"), "-q"],
        ["calibrate", "judge", folder, "--metric", "refusal", "--sample", "5", "-o", str(signed_run.home / "d.jsonl")],
    ]
    for edited in (False, True):
        if edited:
            fact(signed_run.run, HEAD, "")
        assert audit(signed_run) == 5
        assert [run(command) for command in commands] == [5] * len(commands)
        told_of = capsys.readouterr().err
        assert ("texts that people wrote" if edited else "of the ledger are missing: the run file knows") in told_of
        assert run(["ledger", "verify", folder, "--key", signed_run.key]) == 1
        assert verify(signed_run, "--run", folder) == 1


def test_another_ledger_of_the_same_length(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    fact(signed_run.run, HEAD, json.dumps({"size": 3, "leaf": "00" * 32}))
    assert audit(signed_run) == 5
    assert "entry 3 of the ledger is not the one that the run file knows" in capsys.readouterr().err
    for value in ("[]", "{", json.dumps({"size": "x", "leaf": 1}), json.dumps({"size": -(2**70), "leaf": ""})):
        fact(signed_run.run, HEAD, value)
        assert audit(signed_run) in (2, 5)
    assert "Traceback" not in capsys.readouterr().err


def test_the_run_file_keeps_the_head(signed_run: Run) -> None:
    opened = RunFile(signed_run.run, write=False)
    with Ledger(signed_run.run) as ledger:
        kept = json.loads(opened.fact(HEAD))
        assert kept == {"size": ledger.size, "leaf": ledger.entry(ledger.size).leaf.hex()}
        assert len(told(ledger, opened.id)) == opened.count()
    opened.close()


# Nothing is added to, or signed over, a chain that was written anew


def rechain(folder: Path) -> None:
    """Another decision, all hashes made to fit, checkpoints away: what somebody without the key can do."""
    from assay.store.ledger.canonical import canonical
    from assay.store.ledger.merkle import leaf_hash

    with closing(sqlite3.connect(folder / NAME)) as base:
        guards = base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            base.execute(f"DROP TRIGGER {name}")
        prev = "0" * 64
        for seq, body in base.execute("SELECT seq, body FROM entries ORDER BY seq").fetchall():
            value = json.loads(body) | {"prev": prev}
            if value["kind"] == "decided":
                value["data"]["decisions"][0]["decision"] = "deploy"
            new = canonical(value)
            prev = leaf_hash(new).hex()
            base.execute("UPDATE entries SET body = ?, leaf = ? WHERE seq = ?", (new, leaf_hash(new), seq))
        base.execute("DELETE FROM checkpoints")
        for _, sql in guards:
            base.execute(sql)
        base.commit()


@pytest.mark.parametrize("head", [False, True])
@pytest.mark.parametrize("what", ["audit", "harvest", "calibrate", "session", "waive", "checkpoint", "rotate"])
def test_every_command_that_signs_looks_at_the_chain_first(
    signed_run: Run, what: str, head: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    rechain(signed_run.run)
    if not head:
        fact(signed_run.run, HEAD, "")
    before = shutil.copy(signed_run.run / NAME, signed_run.home / "before.sqlite")
    folder, other = str(signed_run.run), signed_run.home / "other.key"
    run(["ledger", "init", "--key", str(other), "--name", "o"])
    code = {
        "audit": lambda: audit(signed_run),
        "harvest": lambda: run(["harvest", folder, "-o", str(signed_run.home / "rows.jsonl"), "-q"]),
        "calibrate": lambda: run(
            ["calibrate", "judge", folder, "--metric", "refusal", "--sample", "5", "-o", str(signed_run.home / "d")]
        ),
        "session": lambda: run(["review", folder, "session", "--by", "Ann", "--minutes", "5", "--notes", "x"]),
        "waive": lambda: run(
            ["review", folder, "waive", "refusal.band", "--by", "Ann", "--reason", "x", "--until", "2027-01-01"]
        ),
        "checkpoint": lambda: run(["ledger", "checkpoint", folder]),
        "rotate": lambda: run(["ledger", "rotate", folder, "--to", str(other)]),
    }[what]()
    assert code == 5, capsys.readouterr()
    with Ledger(signed_run.run) as ledger, Ledger(Path(before)) as kept:
        assert ledger.leaves() == kept.leaves()
        assert not ledger.checkpoints()


@pytest.mark.parametrize("command", ["gate", "report", "show", "review", "harvest"])
def test_every_command_that_reads_a_run_holds_it_against_its_ledger(
    signed_run: Run, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    more = {"harvest": ["-o", str(signed_run.home / "rows.jsonl"), "-q"]}.get(command, [])
    assert run([command, str(signed_run.run), *more]) in (0, 1), capsys.readouterr().err
    (signed_run.home / "rows.jsonl").unlink(missing_ok=True)
    forge(signed_run.run)
    assert run([command, str(signed_run.run), *more]) == 5
    assert "altered" in capsys.readouterr().err
    assert not (signed_run.home / "rows.jsonl").exists()
