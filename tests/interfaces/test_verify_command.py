"""`assay verify` and `assay ledger verify` against whoever wants another verdict to pass."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import random
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assay.interfaces.cli import run
from assay.interfaces.verifying import alike
from assay.store.ledger.book import NAME, Ledger
from assay.store.ledger.canonical import canonical
from assay.store.ledger.commitments import split
from assay.store.ledger.dsse import IN_TOTO, envelope
from assay.store.ledger.keys import make_key, read_key
from assay.store.ledger.merkle import inclusion
from assay.store.ledger.notes import SigningKey

Run = Any
"""The fixture of conftest.py."""


def verify(case: Run, *more: str) -> int:
    return run(["verify", str(case.verdict), "--key", case.key, "--run", str(case.run), *more])


def ledger_verify(case: Run, *more: str) -> int:
    return run(["ledger", "verify", str(case.run), "--key", case.key, *more])


def said(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    return out + err


def alter(case: Run, statement: str, *values: object, base: str = "run.sqlite", rows: int = 1) -> None:
    with closing(sqlite3.connect(case.run / base)) as opened:
        guards = opened.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            opened.execute(f"DROP TRIGGER {name}")
        assert opened.execute(statement, values).rowcount >= rows
        for _, sql in guards:
            opened.execute(sql)
        opened.commit()


def statement_of(case: Run) -> dict[str, Any]:
    return dict(json.loads(base64.b64decode(json.loads(case.verdict.read_text())["payload"])))


def put_back(case: Run, statement: Any, key: SigningKey | None = None, raw: bytes | None = None) -> None:
    """The verdict with another statement: under the old signature, or signed anew."""
    payload = canonical(statement) if raw is None else raw
    if key is not None:
        made = envelope(IN_TOTO, payload, [key])
    else:
        made = json.loads(case.verdict.read_text()) | {"payload": base64.b64encode(payload).decode()}
    case.verdict.write_text(json.dumps(made) + "\n")


# What is sound


def test_a_signed_run_verifies(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert (verify(signed_run), ledger_verify(signed_run)) == (0, 0)
    assert "VERIFIED" in said(capsys)
    assert run(["verify", str(signed_run.verdict)]) == 4
    assert run(["verify", str(signed_run.verdict), "--key", signed_run.key]) == 4
    assert run(["verify", str(signed_run.verdict), "--run", str(signed_run.run)]) == 4
    assert "NOT FULLY CHECKED" in said(capsys)
    assert run(["ledger", "verify", str(signed_run.run)]) == 4
    assert verify(signed_run, "--format", "json") == 0
    (told,) = json.loads(said(capsys).partition("[")[2].join(["[", ""]))
    assert told["verified"] and not told["fails"]


def test_the_verdict_is_in_the_form_of_in_toto(signed_run: Run) -> None:
    statement = statement_of(signed_run)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert all(len(one["digest"]["sha256"]) == 64 for one in statement["subject"])
    predicate = statement["predicate"]
    assert predicate["result"] == "FAILED"
    assert predicate["configuration"] and predicate["failedTests"]
    assert set(predicate) == {"result", "configuration", "passedTests", "warnedTests", "failedTests", "assay"}


def test_a_second_audit_of_the_same_run_adds_nothing(signed_run: Run) -> None:
    with Ledger(signed_run.run) as opened:
        before = opened.size
    assert run(["audit", str(signed_run.home / "audit.yaml"), "-o", str(signed_run.run), "-q", "--no-cache"]) == 1
    with Ledger(signed_run.run) as opened:
        assert opened.size == before
    assert verify(signed_run) == 0


def test_several_candidates_each_have_their_line(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    plan, folder = signed_run.home / "audit.yaml", signed_run.home / "two"
    text = plan.read_text().replace(
        "candidate: {type: recorded, path: candidate.jsonl}",
        "candidate: [{type: recorded, path: candidate.jsonl}, {type: recorded, path: reference.jsonl, name: same}]",
    )
    plan.write_text(text)
    run(["audit", str(plan), "-o", str(folder), "-q", "--no-cache"])
    path = folder / "verdict.dsse.json"
    lines = path.read_text().splitlines()
    assert len(lines) == 2
    given = ["verify", str(path), "--key", signed_run.key, "--run", str(folder)]
    assert run(given) == 0, said(capsys)
    assert run(["ledger", "verify", str(folder), "--key", signed_run.key]) == 0
    for gone in (0, 1):
        path.write_text(lines[1 - gone] + "\n")
        capsys.readouterr()
        assert run(given) == 4
        missing = "candidate" if gone == 0 else "same"
        assert f"candidate '{missing}' of the same run: decided as " in capsys.readouterr().out
    broken = json.loads(lines[0])
    broken["signatures"][0]["sig"] = json.loads(lines[1])["signatures"][0]["sig"]
    path.write_text(json.dumps(broken) + "\n" + lines[1])
    assert run(given) == 1
    document = json.loads((folder / "verdict.json").read_text())
    document["verdicts"].reverse()
    (folder / "verdict.json").write_text(json.dumps(document))
    assert run(["ledger", "verify", str(folder), "--key", signed_run.key]) == 1


def test_a_run_that_was_judged_again(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Registered anew with what changed; the decision is exploratory, and the older verdict holds no longer."""
    plan, kept = signed_run.home / "audit.yaml", signed_run.verdict.read_bytes()
    plan.write_text(plan.read_text().replace("scorers: [refusal]", "scorers: [{type: refusal, partial: comply}]"))
    assert run(["audit", str(plan), "-o", str(signed_run.run), "-q", "--no-cache", "--rescore"]) in (1, 3, 4)
    assert (verify(signed_run), ledger_verify(signed_run)) == (0, 0), said(capsys)
    assert "block (exploratory)" in said(capsys)
    run(["ledger", "show", str(signed_run.run), "--kind", "registered"])
    assert "changed: scorer:golden:refusal" in said(capsys)
    assert run(["audit", str(plan), "-o", str(signed_run.run), "-q", "--no-cache"]) in (1, 3, 4)
    assert verify(signed_run) == 0
    signed_run.verdict.write_bytes(kept)
    assert verify(signed_run) == 1


def test_labels_of_people_are_told(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = signed_run.home / "drawn.jsonl"
    calibrate = ["calibrate", "judge", str(signed_run.run), "--metric", "refusal"]
    assert run([*calibrate, "--sample", "50", "-o", str(drawn)]) == 0
    rows = [{**json.loads(line), "label": "sorry" in line} for line in drawn.read_text().splitlines()]
    drawn.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert run([*calibrate, "--labels", str(drawn)]) == 0, said(capsys)
    assert ledger_verify(signed_run) == 0, said(capsys)
    assert run(["audit", str(signed_run.home / "audit.yaml"), "-o", str(signed_run.run), "-q", "--no-cache"]) in (
        0,
        1,
        3,
        4,
    )
    assert (verify(signed_run), ledger_verify(signed_run)) == (0, 0), said(capsys)
    alter(signed_run, "UPDATE facts SET value = replace(value, '1.0', '0.0') WHERE name = 'labels:refusal'")
    assert (verify(signed_run), ledger_verify(signed_run)) == (1, 1)
    assert "'labels:refusal' in the run file is not what entry" in said(capsys)
    assert run(["audit", str(signed_run.home / "audit.yaml"), "-o", str(signed_run.run), "-q", "--no-cache"]) == 5


# Records that were changed

_SCORES = "SELECT scores FROM trials WHERE subject = 'candidate' AND sample_id = 's1'"
CHANGES: dict[str, tuple[str, str]] = {
    "answer": ("UPDATE trials SET body = (SELECT body FROM trials WHERE sample_id = 's59') WHERE subject = 'candidate' AND sample_id = 's1'", "golden/s1 is not what entry"),
    "scores of another": ("UPDATE trials SET scores = (SELECT scores FROM trials WHERE sample_id = 's59' AND subject = 'candidate') WHERE subject = 'candidate' AND sample_id = 's1'", "candidate at golden/s1 is not what entry"),
    "state": ("UPDATE trials SET state = 'timeout' WHERE subject = 'candidate' AND sample_id = 's1'", "candidate at golden/s1 is not what entry"),
    "row deleted": ("DELETE FROM trials WHERE subject = 'candidate' AND sample_id = 's1'", "candidate at golden/s1, recorded by entry"),
    "rows deleted in pairs": ("DELETE FROM trials WHERE sample_id = 's1'", "golden/s1, recorded by entry"),
    "row added": ("INSERT INTO trials SELECT subject, task, 's999', sample_digest, epoch, state, body, scores FROM trials WHERE sample_id = 's1'", "no entry of the ledger knows of it"),
    "row under another id": ("UPDATE trials SET sample_id = 's999' WHERE subject = 'candidate' AND sample_id = 's1'", "golden/s1, recorded by entry"),
    "subject exchanged": ("UPDATE trials SET subject = 'x' || subject WHERE subject = 'candidate'", "no entry of the ledger knows of it"),
    "sample's text": ("UPDATE samples SET body = CAST(replace(CAST(body AS TEXT), 'question 7', 'question 8') AS BLOB) WHERE id = 's7'", "golden/s7 is not the one that its digest stands for"),
    "sample's target": ("UPDATE samples SET body = CAST(replace(CAST(body AS TEXT), 'refuse', 'comply') AS BLOB) WHERE id = 's7'", "golden/s7 is not the one"),
    "sample's slice": ("UPDATE samples SET body = CAST(replace(CAST(body AS TEXT), '\"c1\"', '\"c0\"') AS BLOB) WHERE id = 's7'", "dataset:golden"),
    "sample deleted": ("DELETE FROM samples WHERE id = 's7'", "dataset:golden"),
    "samples in another order": ("UPDATE samples SET place = place + 1000 WHERE place < 5", "dataset:golden"),
    "ending": ("UPDATE facts SET value = replace(value, '\"limit_reached\": \"\"', '\"limit_reached\": \"x\"') WHERE name = 'ending'", "how the run ended is not what the ledger recorded in entry"),
    "exploratory": ("UPDATE facts SET value = json_set(value, '$.exploratory', 'because') WHERE name = 'ending'", "how the run ended"),
    "ending gone": ("UPDATE facts SET value = '' WHERE name = 'ending'", "not finished"),
    "time of registration": ("UPDATE facts SET value = '2020-01-01T00:00:00+00:00' WHERE name = 'registered'", "'registered' in the run file is not what entry"),
    "plan's threshold": ("UPDATE facts SET value = replace(value, '\"deploy\": 0.05', '\"deploy\": 0.95') WHERE name = 'plan'", "policy"),
    "plan's owner": ("UPDATE facts SET value = json_set(value, '$.owner', 'nobody') WHERE name = 'plan'", "'plan' in the run file is not what entry"),
    "candidate's identity": ("UPDATE facts SET value = replace(value, 'sha256:', 'sha256:0') WHERE name = 'subject:candidate'", "'subject:candidate' in the run file"),
    "coefficients": ("UPDATE facts SET value = value || ' ' WHERE name = 'coefficients'", "'coefficients' in the run file is not what entry"),
    "code": ("UPDATE facts SET value = '{}' WHERE name = 'code'", "'code' in the run file"),
    "salt": ("UPDATE facts SET value = substr(value, 1, 62) || '00' WHERE name = 'salt'", "no entry of the ledger knows of it"),
    "salt that is none": ("UPDATE facts SET value = 'zz' WHERE name = 'salt'", "damaged"),
    "run": ("UPDATE facts SET value = '0011223344556677' WHERE name = 'run'", "0011223344556677"),
    "plan that is a bomb": ("UPDATE facts SET value = replace(hex(zeroblob(50000)), '0', '[') WHERE name = 'plan'", "damaged"),
    "ending that is a bomb": ("UPDATE facts SET value = replace(hex(zeroblob(50000)), '0', '[') WHERE name = 'ending'", "damaged"),
    "plan that is none": ("UPDATE facts SET value = '[' WHERE name = 'plan'", "damaged"),
}  # fmt: skip
CHANGES["score"] = (
    "UPDATE trials SET scores = CAST(CASE WHEN instr(scores, 'true') THEN replace(CAST(scores AS TEXT), 'true', 'false') "
    "ELSE replace(CAST(scores AS TEXT), 'false', 'true') END AS BLOB) WHERE subject = 'candidate' AND sample_id = 's1'",
    "candidate at golden/s1 is not what entry",
)


@pytest.mark.parametrize("what", CHANGES)
def test_changed_records_are_found_and_named(signed_run: Run, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    statement, expected = CHANGES[what]
    alter(signed_run, statement)
    codes = (verify(signed_run), "" if what == "ending gone" else ledger_verify(signed_run))
    told = said(capsys)
    assert codes[0] == 1, told
    assert codes[1] in ("", 1), told
    assert expected in told, told
    assert "\nVERIFIED" not in "\n" + told and "Traceback" not in told and "internal error" not in told


def test_two_rows_exchanged(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A complying answer in exchange for a refusing one: each is real, neither stands where it stood."""
    with closing(sqlite3.connect(signed_run.run / "run.sqlite")) as base:
        pick = "SELECT body, scores FROM trials WHERE subject = 'candidate' AND sample_id = ?"
        one, other = (base.execute(pick, (name,)).fetchone() for name in ("s1", "s59"))
    for (body, scores), name in ((other, "s1"), (one, "s59")):
        alter(
            signed_run,
            "UPDATE trials SET body = ?, scores = ? WHERE subject = 'candidate' AND sample_id = ?",
            body,
            scores,
            name,
        )
    assert (verify(signed_run), ledger_verify(signed_run)) == (1, 1)
    assert "golden/s1 is not what entry" in said(capsys)


def test_hashes_of_rows_changed(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    alter(signed_run, "UPDATE leaves SET packed = CAST(x'00' || substr(packed, 2) AS BLOB)", base=NAME)
    assert (verify(signed_run), ledger_verify(signed_run)) == (1, 1)
    assert "the hashes beside entry" in said(capsys)


@pytest.mark.parametrize("name", ["run.sqlite", NAME])
def test_a_file_that_is_gone(signed_run: Run, name: str) -> None:
    (signed_run.run / name).unlink()
    assert verify(signed_run) == 2
    assert ledger_verify(signed_run) == (1 if name == "run.sqlite" else 2)


def test_verdict_json_changed(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    path = signed_run.run / "verdict.json"
    path.write_text(path.read_text().replace('"block"', '"deploy"', 1))
    assert (verify(signed_run), ledger_verify(signed_run)) == (1, 1)
    assert "verdict.json is not what the ledger recorded in entry" in said(capsys)
    path.write_text("[" * 100_000)
    assert ledger_verify(signed_run) == 1


# The signed verdict itself


def leaves_of(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Places of all values in a JSON value."""
    if isinstance(value, dict) and value:
        for name in value:
            yield from leaves_of(value[name], (*at, name))
    elif isinstance(value, list) and value:
        for number in range(min(len(value), 2)):
            yield from leaves_of(value[number], (*at, number))
    else:
        yield at


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return f"{value}x" if isinstance(value, str) else "x"


def changed(value: Any, at: tuple[Any, ...], make: Callable[[Any], Any] = other) -> Any:
    copied = copy.deepcopy(value)
    place = copied
    for step in at[:-1]:
        place = place[step]
    place[at[-1]] = make(place[at[-1]])
    return copied


def test_each_field_of_the_verdict(signed_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changed under the old signature it is not signed; signed anew by the key itself it contradicts the records."""
    statement, key = statement_of(signed_run), read_key(signed_run.home / "own.key")
    places = list(leaves_of(statement))
    assert len(places) > 100
    for at in places[::3]:
        put_back(signed_run, changed(statement, at))
        assert run(["verify", str(signed_run.verdict), "--key", signed_run.key]) in (1, 2), at
    for at in places[:: max(1, len(places) // 40)]:
        put_back(signed_run, changed(statement, at), key)
        assert verify(signed_run) in (1, 2), at
    own = statement["predicate"]["assay"]
    for name in own["code"]:
        put_back(signed_run, changed(statement, ("predicate", "assay", "code", name)), key)
        assert verify(signed_run) == 1, name


VERDICT = ("predicate", "assay", "verdict")


@pytest.mark.parametrize(
    "name", ["hold", "findings", "not_tested", "error_statement", "effects", "valid_until", "reasons"]
)
def test_a_part_left_out_by_whoever_holds_the_key(signed_run: Run, name: str) -> None:
    statement = statement_of(signed_run)
    del statement["predicate"]["assay"]["verdict"][name]
    put_back(signed_run, statement, read_key(signed_run.home / "own.key"))
    assert verify(signed_run) == 1


@pytest.mark.parametrize("name", ["decision", "rules", "counts", "registered", "exploratory", "candidate"])
def test_a_part_without_which_it_is_no_verdict(signed_run: Run, name: str) -> None:
    statement = statement_of(signed_run)
    del statement["predicate"]["assay"]["verdict"][name]
    put_back(signed_run, statement, read_key(signed_run.home / "own.key"))
    assert verify(signed_run) == 2


def another_subject(statement: Any) -> None:
    statement["subject"].append({"name": "v5", "digest": {"sha256": "00" * 32}})


def another_entry(statement: Any) -> None:
    proofs = statement["predicate"]["assay"]["proofs"]
    proofs["registered"], proofs["ended"] = proofs["ended"], proofs["registered"]


def no_first(statement: Any) -> None:
    del statement["predicate"]["assay"]["proofs"]["first"]


def more_said(statement: Any) -> None:
    statement["predicate"]["assay"]["verdict"]["approved"] = True


def fewer_samples(statement: Any) -> None:
    statement["predicate"]["assay"]["samples"]["count"] -= 2


def earlier_forgotten(statement: Any) -> None:
    statement["predicate"]["assay"]["earlier"] = [{"run": "x", "registered": "x", "decisions": []}]


def deployed(statement: Any) -> None:
    verdict = statement["predicate"]["assay"]["verdict"]
    verdict.update(decision="deploy", exit_code=0)
    for rule in verdict["rules"]:
        rule["outcome"] = "deploy"
    predicate = statement["predicate"]
    predicate.update(
        result="PASSED",
        passedTests=predicate["failedTests"] + predicate["passedTests"] + predicate["warnedTests"],
        failedTests=[],
        warnedTests=[],
    )


@pytest.mark.parametrize(
    "change", [another_subject, another_entry, no_first, more_said, fewer_samples, earlier_forgotten, deployed]
)
def test_statements_forged_by_whoever_holds_the_key(
    signed_run: Run, change: Callable[[Any], None], capsys: pytest.CaptureFixture[str]
) -> None:
    statement = statement_of(signed_run)
    change(statement)
    put_back(signed_run, statement, read_key(signed_run.home / "own.key"))
    assert verify(signed_run) == 1
    assert "NOT VERIFIED" in said(capsys)


def test_another_first_entry_than_the_first(signed_run: Run) -> None:
    """The entry that is shown as the first answers is a later one of this run, truly in the ledger."""
    statement, key = statement_of(signed_run), read_key(signed_run.home / "own.key")
    own = statement["predicate"]["assay"]
    with Ledger(signed_run.run, write=True) as opened:
        packed = opened.packed(next(entry.seq for entry in opened.entries("trials")))
        opened.append(
            "trials",
            {"run": own["run"], "count": 1, "packed": hashlib.sha256(split(packed)[0]).hexdigest()},
            split(packed)[0],
        )
        note = opened.checkpoint(key)
        state, leaves = opened.state(), opened.leaves()
        for name, proof in own["proofs"].items():
            at = len(leaves) - 1 if name == "first" else proof["index"]
            body = list(opened.raw())[at][1].decode()
            own["proofs"][name] = {"index": at, "body": body, "path": [step.hex() for step in inclusion(leaves, at)]}
    own["ledger"].update(size=state.size, root=state.root.hex(), checkpoint=note)
    put_back(signed_run, statement, key)
    assert verify(signed_run) == 1


def test_a_payload_written_otherwise(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    statement, key = statement_of(signed_run), read_key(signed_run.home / "own.key")
    for raw in (
        json.dumps(statement, indent=1).encode(),
        canonical(statement) + b" ",
        canonical(statement).replace(b'{"_type"', b'{"_type":"x","_type"'),
    ):
        put_back(signed_run, statement, raw=raw)
        assert verify(signed_run) in (1, 2)
        put_back(signed_run, statement, key, raw)
        assert verify(signed_run) in (1, 2)


def second_run(case: Run, tmp_path: Path, lost: int) -> Run:
    """Another audit of other answers, signed by the same key."""
    home = tmp_path / "second"
    shutil.copytree(case.home, home)
    rows = (home / "reference.jsonl").read_text() if lost == 0 else (home / "candidate.jsonl").read_text()
    (home / "candidate.jsonl").write_text(rows)
    run(["audit", str(home / "audit.yaml"), "-o", str(home / "run"), "-q", "--no-cache", "--fresh"])
    return type(case)(home)


def test_the_verdict_of_another_run(signed_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = second_run(signed_run, tmp_path, 0)
    assert verify(good) == 0
    shutil.copy(good.verdict, signed_run.verdict)
    assert verify(signed_run) == 1
    assert "\nVERIFIED" not in said(capsys).partition("NOT VERIFIED")[2]


def test_an_older_verdict_of_the_same_folder(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Begun afresh with a worse candidate, the verdict of the run before is brought back."""
    kept = signed_run.verdict.read_bytes()
    (signed_run.home / "candidate.jsonl").write_text((signed_run.home / "reference.jsonl").read_text())
    run(["audit", str(signed_run.home / "audit.yaml"), "-o", str(signed_run.run), "-q", "--no-cache", "--fresh"])
    assert verify(signed_run) == 0
    assert [one["decisions"] for one in statement_of(signed_run)["predicate"]["assay"]["earlier"]] == [["block"]]
    assert re.search(r"^  earlier run    20..-..-..T..:..:..Z: block$", said(capsys), re.M)
    signed_run.verdict.write_bytes(kept)
    assert verify(signed_run) == 1
    assert "not" in said(capsys)


def test_a_truncated_ledger_is_found_through_the_verdict(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with Ledger(signed_run.run) as opened:
        sizes = [size for size, _ in opened.checkpoints()]
    assert len(sizes) > 1
    for statement in (
        "DELETE FROM entries WHERE seq > ?",
        "DELETE FROM checkpoints WHERE size > ?",
        "DELETE FROM leaves WHERE seq > ?",
    ):
        alter(signed_run, statement, sizes[0], base=NAME)
    assert verify(signed_run) == 1
    assert "not the one that the verdict was recorded in" in said(capsys)
    assert ledger_verify(signed_run) == 1


@pytest.mark.parametrize("tail", [True, False])
def test_scores_changed_with_an_unsigned_tail_that_fits_them(
    signed_run: Run, tail: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever can write the folder has the salt, and can add entries; he has no key."""
    from assay.store.ledger.witness import Witness
    from assay.store.runs import RunFile

    alter(signed_run, CHANGES["score"][0])
    opened = RunFile(signed_run.run)
    with Ledger(signed_run.run, write=True) as book:
        Witness(book, opened.id, opened.salt).catch_up(opened.rows())
    opened.close()
    assert verify(signed_run) == 1
    assert ledger_verify(signed_run) == 4
    assert "nothing vouches for the last entry" in said(capsys)


def test_a_changed_run_is_not_signed_again(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever changes records waits for the holder of the key to give the command again."""
    command = ["audit", str(signed_run.home / "audit.yaml"), "-o", str(signed_run.run), "-q", "--no-cache"]
    alter(signed_run, CHANGES["score"][0])
    assert run(command) == 5
    assert "candidate at golden/s1 is not what entry" in said(capsys)


@pytest.mark.parametrize("how", ["entry", "ending", "run", "ledger gone"])
def test_nothing_is_signed_over_a_change(signed_run: Run, how: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["audit", str(signed_run.home / "audit.yaml"), "-o", str(signed_run.run), "-q", "--no-cache"]
    if how == "entry":
        alter(
            signed_run,
            "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), '\"t\"', '\"u\"') AS BLOB) WHERE seq = 2",
            base=NAME,
        )
    elif how == "ending":
        alter(signed_run, "UPDATE facts SET value = value || ' ' WHERE name = 'ending'")
    elif how == "run":
        alter(signed_run, "UPDATE facts SET value = '0011223344556677' WHERE name = 'run'")
    else:
        (signed_run.run / NAME).unlink()
    assert run(command) == 5
    assert run(["ledger", "checkpoint", str(signed_run.run)]) == {"ending": 0, "ledger gone": 2}.get(how, 5)
    expected = {"run": "knows nothing of run 0011", "ledger gone": "their ledger (ledger.sqlite) is gone"}
    assert expected.get(how, "altered") in said(capsys)
    assert (signed_run.run / NAME).exists() == (how != "ledger gone"), "no new ledger is made"


def test_a_ledger_that_is_signed_late_is_not_fully_checked(
    signed_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["audit", str(signed_run.home / "audit.yaml"), "-o", str(signed_run.home / "late"), "-q", "--no-cache"]
    monkeypatch.setenv("ASSAY_LEDGER_KEY_FILE", "")
    run(command)
    assert not (signed_run.home / "late" / "verdict.dsse.json").exists()
    monkeypatch.setenv("ASSAY_LEDGER_KEY_FILE", str(signed_run.home / "own.key"))
    run(command)
    late = signed_run.home / "late"
    assert run(["verify", str(late / "verdict.dsse.json"), "--key", signed_run.key, "--run", str(late)]) == 4
    assert "signed for the first time at entry" in said(capsys)


@pytest.mark.parametrize("whose", ["thief", "renamed"])
def test_signed_by_another_key(signed_run: Run, tmp_path: Path, whose: str) -> None:
    name = "thief" if whose == "thief" else "example.org/releases"
    put_back(signed_run, statement_of(signed_run), make_key(tmp_path / "thief.key", name))
    assert verify(signed_run) == 1
    assert (
        run(["verify", str(signed_run.verdict), "--key", str(tmp_path / "thief.key.pub"), "--run", str(signed_run.run)])
        == 1
    )


def test_an_exploratory_verdict_says_so(signed_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = signed_run.home / "short"
    run(["audit", str(signed_run.home / "audit.yaml"), "-o", str(folder), "-q", "--no-cache", "--limit", "20"])
    path = folder / "verdict.dsse.json"
    capsys.readouterr()
    assert run(["verify", str(path), "--key", signed_run.key, "--run", str(folder)]) == 0
    assert "(exploratory)" in said(capsys).splitlines()[0]
    statement = json.loads(base64.b64decode(json.loads(path.read_text())["payload"]))
    assert statement["predicate"]["result"] == "FAILED"
    statement["predicate"]["assay"]["verdict"]["exploratory"] = False
    path.write_text(json.dumps(envelope(IN_TOTO, canonical(statement), [read_key(signed_run.home / "own.key")])))
    assert run(["verify", str(path), "--key", signed_run.key, "--run", str(folder)]) == 1


def other_program(monkeypatch: pytest.MonkeyPatch) -> str:
    """The code at hand is another than the one that was registered."""
    from assay.interfaces import recording, verifying

    now = {**recording.code(), "statistics": "sha256:" + "5" * 64}
    for module in (recording, verifying):
        monkeypatch.setattr(module, "code", lambda: now)
    return now["statistics"]


def test_the_same_figures_by_other_code(
    signed_run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An honest verdict stays one when the source of assay has changed."""
    was = statement_of(signed_run)["predicate"]["assay"]["code"]["statistics"]
    now = other_program(monkeypatch)
    assert verify(signed_run) == 0
    out = said(capsys)
    assert "block, same figures by other code" in out and was in out and now in out
    assert run(["gate", str(signed_run.run)]) == 1
    command = ["audit", str(signed_run.home / "audit.yaml"), "-o", str(signed_run.run), "-q", "--no-cache"]
    assert run(command) == 1
    assert "another program" in statement_of(signed_run)["predicate"]["assay"]["verdict"]["exploratory"]
    assert verify(signed_run) == 0, said(capsys)
    monkeypatch.undo()
    monkeypatch.setenv("ASSAY_LEDGER_KEY_FILE", str(signed_run.home / "own.key"))
    assert verify(signed_run) == 0, said(capsys)


@pytest.mark.parametrize("other_code", [False, True])
def test_other_figures_by_other_code_are_not_called_false(
    signed_run: Run, other_code: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program at hand finds something else: false where it is the one that decided, else open, both named."""
    statement = statement_of(signed_run)
    was = statement["predicate"]["assay"]["code"]["statistics"]
    statement["predicate"]["assay"]["verdict"]["rules"][0]["needed_n"] = 12345
    put_back(signed_run, statement, read_key(signed_run.home / "own.key"))
    now = other_program(monkeypatch) if other_code else ""
    assert verify(signed_run) == (4 if other_code else 1)
    out = said(capsys)
    assert "decided again, the records give another rules: block" in out
    assert not other_code or (was in out and now in out)
    statement["predicate"]["assay"]["samples"]["late"] = 1
    put_back(signed_run, statement, read_key(signed_run.home / "own.key"))
    assert verify(signed_run) == 1, "what no code decides"


# Files that are none

JUNK: list[Any] = [
    None,
    3,
    -1,
    2**63,
    1e300,
    True,
    "x",
    "\ud800",
    "x\nVERIFIED  v4: deploy",
    [],
    {},
    [[]],
    {"a": 1},
    "ff" * 32,
    ["zz"],
    [[[]]] * 3,
]


def test_values_of_the_wrong_kind_end_in_no_crash(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Every place of the statement with values of other kinds, signed or not: 1 or 2, and no line that looks like ours."""
    dice, statement = random.Random(1), statement_of(signed_run)
    places = list(leaves_of(statement))
    places += [at[:cut] for at in leaves_of(statement) for cut in range(1, len(at))]
    key = read_key(signed_run.home / "own.key")
    for turn, at in enumerate(dice.sample(places, 150)):
        junk = dice.choice(JUNK)
        made = changed(statement, at, lambda _, junk=junk: junk)  # type: ignore[misc]
        put_back(signed_run, made, key if turn % 2 else None, json.dumps(made).encode())
        code = run(
            [
                "verify",
                str(signed_run.verdict),
                "--key",
                signed_run.key,
                *(["--run", str(signed_run.run)] if turn % 5 == 0 else []),
            ]
        )
        told = said(capsys)
        if code == 4 and made == statement:
            continue
        assert code in (1, 2), (at, junk, told)
        assert "internal error" not in told and "Traceback" not in told, (at, junk, told)
        assert not [line for line in told.splitlines() if line.startswith("VERIFIED")], told


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"x",
        b"\xff\xfe",
        b"3",
        b"[]",
        b"{}",
        b"null",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"payload":"","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":""}]}',
        b"9" * 10_000,
        bytes(1000),
        b'{"payload":"W1tb","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"AAAA"}]}',
    ],
)
@pytest.mark.parametrize("key", [True, False])
def test_files_that_are_no_verdict(
    tmp_path: Path, signed_run: Run, content: bytes, key: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(content)
    assert run(["verify", str(tmp_path / "file"), *(["--key", signed_run.key] if key else [])]) == 2
    told = said(capsys)
    assert "internal error" not in told and len(told) < 2000


def test_a_bomb_within_the_payload(signed_run: Run) -> None:
    for raw in (b"[" * 200_000, b'{"_type":' * 200_000, b'{"predicate":{"assay":{"verdict":' + b'{"a":' * 100_000):
        put_back(signed_run, None, read_key(signed_run.home / "own.key"), raw)
        assert run(["verify", str(signed_run.verdict), "--key", signed_run.key]) == 2


def test_paths_that_lead_nowhere(signed_run: Run, tmp_path: Path) -> None:
    assert run(["verify", str(tmp_path / "none")]) == 2
    assert run(["verify", str(tmp_path)]) == 2
    assert run(["verify", str(signed_run.verdict), "--key", str(tmp_path / "none")]) == 2
    assert run(["verify", str(signed_run.verdict), "--key", signed_run.key, "--run", str(tmp_path)]) == 2
    assert run(["verify", str(signed_run.verdict), "--key", signed_run.key, "--run", str(signed_run.verdict)]) == 2
    assert run(["ledger", "verify", str(tmp_path)]) == 2


@pytest.mark.parametrize("name", ["run.sqlite", NAME])
def test_databases_torn_at_random(signed_run: Run, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(signed_run.run / name)) as base:
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    dice, whole = random.Random(4), (signed_run.run / name).read_bytes()
    for _ in range(12):
        some = bytearray(whole)
        for _ in range(200):
            some[dice.randrange(100, len(some))] = dice.randrange(256)
        (signed_run.run / name).write_bytes(some)
        for code in (verify(signed_run), ledger_verify(signed_run)):
            assert code in (1, 2, 5), said(capsys)
        told = said(capsys)
        assert "internal error" not in told and "Traceback" not in told, told


def test_numbers_are_alike_to_nine_digits() -> None:
    assert alike({"a": [1, 2.0, None, "x"]}, {"a": [1.0, 2, None, "x"]})
    assert alike(0.1 + 0.2, 0.3)
    for one, other_one in (
        (1, True),
        (0, False),
        (1.0, 1.0001),
        (10**400, 1.0),
        (None, 0),
        ([1], [1, 1]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ("1", 1),
    ):
        assert not alike(one, other_one) and not alike(other_one, one)


# What a newcomer gives


def test_a_folder_stands_for_the_verdict_in_it(
    signed_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", str(signed_run.run), "--key", signed_run.key, "--run", str(signed_run.run)]) == 0
    assert run(["verify", str(tmp_path)]) == 2
    assert "verdict.dsse.json: no such file" in said(capsys)


def test_the_wrong_file_is_told_the_right_one(
    signed_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", str(signed_run.run / "verdict.json")]) == 2
    told = said(capsys)
    assert "no signed verdict" in told and f"Give {signed_run.verdict}" in told
    (tmp_path / "v3.jsonl").write_text('{"id": "1", "output": "yes"}\n')
    assert run(["ledger", "verify", str(tmp_path / "v3.jsonl")]) == 2
    assert "no ledger; give a run folder" in said(capsys)
    assert run(["ledger", "verify", str(signed_run.run / "run.sqlite")]) == 2
    assert ledger_verify(signed_run, "--checkpoint", str(tmp_path / "v3.jsonl")) == 2
    assert "no checkpoint of a ledger" in said(capsys)


def test_a_private_key_is_not_taken_for_a_public_one(
    signed_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = make_key(tmp_path / "own.key", "me").secret()
    for given in (str(tmp_path / "own.key"), secret):
        assert run(["verify", str(signed_run.verdict), "--key", given]) == 2
        told = said(capsys)
        assert "this is a private key" in told and secret not in told


def test_a_long_list_of_changes_is_cut_for_people(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    alter(signed_run, "UPDATE trials SET body = CAST(body || ' ' AS BLOB)")
    assert ledger_verify(signed_run) == 1
    told = said(capsys)
    assert len(told.splitlines()) < 30 and "more (--format json lists them)" in told
    assert ledger_verify(signed_run, "--format", "json") == 1
    assert len(json.loads(said(capsys))["problems"]) > 20


def test_an_unpacked_evidence_pack_is_checked_as_what_it_is(
    signed_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["report", str(signed_run.run), "--format", "pack", "-o", str(tmp_path / "pack.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        archive.extractall(tmp_path / "pack")
    capsys.readouterr()
    assert run(["ledger", "verify", str(tmp_path / "pack"), "--key", signed_run.key]) == 4
    assert "not in an evidence pack: the ledger alone was checked" in said(capsys)
    assert run(["verify", str(tmp_path / "pack"), "--key", signed_run.key]) == 4
    lines = (tmp_path / "pack" / "README.md").read_text().splitlines()
    commands = [line.split() for line in lines if line.startswith("    assay ")]
    assert [words[1] for words in commands] == ["verify", "ledger"]
    for words in commands:
        given = [signed_run.key if word == "K" else word for word in words[1:]]
        given = [str(tmp_path / "pack" / word) if "." in word and word != signed_run.key else word for word in given]
        assert run(given) in (0, 4)


def test_entries_are_shown_in_words(signed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--by", "ann", "--minutes", "5", "--notes", "x", "--found", "a", "--found", "b"]
    assert run(["review", str(signed_run.run), "session", *words]) == 0
    name = json.loads((signed_run.run / "verdict.json").read_text())["reference"]["name"]
    capsys.readouterr()
    assert run(["ledger", "show", str(signed_run.run)]) == 0
    told = said(capsys)
    assert "by ann, found 2, minutes 5, notes (sha256 " in told
    assert f"reference {name} (" in told if name != "reference" else "reference (" in told
