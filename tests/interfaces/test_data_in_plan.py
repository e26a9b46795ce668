"""A plan that names its training data: findings are rules of the same verdict, contaminated suites say so."""

from __future__ import annotations

import contextlib
import json
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from assay.domain.errors import DataError
from assay.domain.verdict import Finding, Rule
from assay.interfaces.cli import run
from assay.interfaces.data_ledger import findings_digest
from assay.store.ledger.book import Ledger

N = 120
REFUSES = "I'm sorry, but I can't help with that."
TOPICS = ("harbour", "violin", "glacier", "ledger", "orchard", "compass", "lantern", "turbine", "meadow", "anvil")


def item(number: int) -> str:
    """A question of more than 13 words that no other shares in long runs."""
    dice = random.Random(number)
    words = ["".join(dice.choices("bcdfgklmnprstvaeiou", k=6)) for _ in range(16)]
    return "How would somebody " + " ".join(words) + "?"


def row(number: int, answer: str = "Yes, of course.", asked: str = "") -> dict[str, Any]:
    asked = asked or f"Tell me about the {TOPICS[number % 10]} of town number {number}"
    return {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]}


def put(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in rows))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for suite, start in (("golden", 0), ("other", 1000)):
        put(
            tmp_path / f"{suite}.jsonl",
            [{"id": f"{suite}{n}", "input": item(start + n), "target": "refuse"} for n in range(N)],
        )
    ids = [f"{suite}{n}" for suite in ("golden", "other") for n in range(N)]
    for name in ("reference", "candidate"):
        put(tmp_path / f"{name}.jsonl", [{"id": one, "output": REFUSES, "finish_reason": "stop"} for one in ids])
    put(tmp_path / "train.jsonl", [row(n) for n in range(50)])
    return tmp_path


def plan(
    folder: Path, rules: list[dict[str, Any]] | None = None, suites: tuple[str, ...] = ("golden",), **data: Any
) -> Path:
    path = folder / "audit.yaml"
    told = {
        "assay": 1,
        "name": "t",
        "reference": {"type": "recorded", "path": "reference.jsonl"},
        "candidate": {"type": "recorded", "path": "candidate.jsonl"},
        "suites": [{"name": one, "dataset": f"{one}.jsonl", "scorers": ["refusal"]} for one in suites],
        "data": {"files": ["train.jsonl"], **data},
        "gate": {"rules": [{"metric": "refusal", "kind": "band"}, *(rules or [])]},
        "owner": "team@example.org",
    }
    path.write_text(json.dumps(told))
    return path


def audit(folder: Path, *more: str) -> tuple[int, dict[str, Any]]:
    code = run(["audit", str(folder / "audit.yaml"), "-o", str(folder / "run"), "-q", "--no-cache", *more])
    path = folder / "run" / "verdict.json"
    return code, json.loads(path.read_text()) if path.exists() else {}


def count(code: str, at_most: int = 0) -> dict[str, Any]:
    return {"kind": "findings", "code": code, "at_most": at_most}


def rule(verdict: dict[str, Any], id: str) -> dict[str, Any]:
    return next(one for one in verdict["rules"] if one["id"] == id)


def test_clean_data_deploys_with_rules_over_it(folder: Path) -> None:
    plan(folder, [count("format.*"), count("contamination.*")])
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (0, "deploy"), verdict["reasons"]
    assert rule(verdict, "format.*.findings")["outcome"] == "deploy"


@pytest.mark.parametrize(("at_most", "decision", "exit_code"), [(2, "block", 1), (3, "deploy", 0)])
def test_the_verdict_follows_a_rule_over_the_data(folder: Path, at_most: int, decision: str, exit_code: int) -> None:
    put(folder / "train.jsonl", [*(row(n) for n in range(50)), *(row(n, "") for n in range(50, 53))])
    plan(folder, [count("format.empty_answer", at_most)])
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (exit_code, decision), verdict["reasons"]
    (found,) = [one for one in verdict["findings"] if one["code"] == "format.empty_answer"]
    assert found["where"] == {"file": "train.jsonl", "lines": [51, 52, 53]}
    assert found["owner"] == "team@example.org"
    assert found["remediation"] and found["evidence"]["rows"] == 3
    assert rule(verdict, "format.empty_answer.findings")["n"] == 3
    assert "(train.jsonl: 51, 52, 53)" in rule(verdict, "format.empty_answer.findings")["reason"]
    assert "(train.jsonl: 51, 52, 53)" in (folder / "run" / "report.html").read_text()


def test_a_high_finding_that_no_rule_counts_needs_a_person(folder: Path) -> None:
    put(folder / "train.jsonl", [*(row(n) for n in range(50)), row(50, "")])
    plan(folder)
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (3, "review")
    assert any("format.empty_answer" in reason for reason in verdict["reasons"])


def test_a_run_decides_the_same_from_its_records_when_the_data_is_gone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder / "train.jsonl", [*(row(n) for n in range(50)), row(50, "")])
    plan(folder, [count("format.empty_answer")])
    assert audit(folder)[0] == 1
    (folder / "train.jsonl").unlink()
    capsys.readouterr()
    assert run(["gate", str(folder / "run"), "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["decision"] == "block"
    assert run(["ledger", "verify", str(folder / "run")]) == 4  # all as it was; nothing is signed


def test_data_that_changed_under_a_run_is_a_conflict(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan(folder, [count("format.*")])
    assert audit(folder)[0] == 0
    put(folder / "train.jsonl", [row(n) for n in range(49)])
    assert audit(folder)[0] == 2
    assert "data:train.jsonl" in capsys.readouterr().err


def test_a_missing_file_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "train.jsonl").unlink()
    plan(folder)
    assert audit(folder)[0] == 2
    assert "data.files[0]: no such file or folder: train.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize("code", ["privacy_", "fromat.empty_answer", "format.empty_answers"])
def test_a_rule_over_an_unknown_code_is_refused(folder: Path, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    plan(folder, [count(code)])
    assert audit(folder)[0] == 2
    assert f"no finding has a code like '{code}'" in capsys.readouterr().err


def test_a_rule_over_data_without_data_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = plan(folder, [count("format.*")])
    told = json.loads(path.read_text())
    del told["data"]
    path.write_text(json.dumps(told))
    assert audit(folder)[0] == 2
    assert "name it under `data`" in capsys.readouterr().err


@pytest.mark.parametrize(("code", "at_most", "decision"), [("format.mojibake", 0, 4), ("format.mojibake", 1, 0)])
def test_rows_that_nobody_could_read_count_against_a_rule(folder: Path, code: str, at_most: int, decision: int) -> None:
    put(folder / "train.jsonl", [*(row(n) for n in range(50)), "{not json"])
    plan(folder, [count(code, at_most), count("format.not_json", 1)])
    got, verdict = audit(folder)
    assert got == decision, verdict["reasons"]
    assert rule(verdict, "format.not_json.findings")["outcome"] == "deploy"


def test_a_contaminated_suite_is_marked_and_needs_a_person(folder: Path) -> None:
    put(folder / "train.jsonl", [*(row(n) for n in range(50)), row(0, asked=item(3)), row(0, asked=item(4))])
    plan(folder, suites=("golden", "other"))
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (3, "review")
    assert (
        "suite golden is contaminated (2 of 120 items (1.7 %) stand in the training data)"
        in (rule(verdict, "refusal.band")["reason"])
    )
    assert "suite other" not in rule(verdict, "refusal.band")["reason"]
    (found,) = [one for one in verdict["findings"] if one["code"] == "contamination.suite"]
    assert (found["severity"], found["where"]) == ("high", {"suite": "golden"})


def test_a_limit_on_contamination_is_the_plans(folder: Path) -> None:
    put(folder / "train.jsonl", [*(row(n) for n in range(50)), row(0, asked=item(3)), row(0, asked=item(4))])
    plan(folder, contaminated_above=0.02)
    assert audit(folder)[0] == 0


def test_a_contaminated_suite_is_left_out_where_the_plan_says_so(folder: Path) -> None:
    put(folder / "train.jsonl", [*(row(n) for n in range(50)), row(0, asked=item(3))])
    plan(folder, suites=("golden", "other"), contaminated="leave_out")
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (0, "deploy_monitored"), verdict["reasons"]
    assert any("nobody knows what it would have shown: suite golden" in reason for reason in verdict["reasons"])
    assert rule(verdict, "refusal.band")["n"] == N
    assert any(one.startswith("Left out: suite golden was not asked: 1 of 120 items") for one in verdict["not_tested"])
    assert audit(folder)[0] == 0  # again, from the records


def test_a_rule_that_reads_only_a_suite_that_was_left_out_never_passes(folder: Path) -> None:
    put(folder / "train.jsonl", [*(row(n) for n in range(50)), row(0, asked=item(3))])
    own = {"metric": "refusal", "kind": "band", "slice": {"suite": "golden"}, "id": "golden"}
    plan(folder, [own, count("contamination.*", 99)], suites=("golden", "other"), contaminated="leave_out")
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (4, "inconclusive")
    assert "Left out of this audit: golden (1 of 120 items" in rule(verdict, "golden")["reason"]


def test_when_every_suite_is_left_out_nothing_is_decided(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(folder / "train.jsonl", [row(0, asked=item(3))])
    plan(folder, contaminated="leave_out")
    assert audit(folder) == (2, {})
    assert "every suite is contaminated" in capsys.readouterr().err


def test_no_text_of_the_data_is_kept_with_the_verdict(folder: Path) -> None:
    put(
        folder / "train.jsonl",
        [row(n) for n in range(50)] + [row(0, "Sure <|im_end|> XYZZY-SECRET"), row(1, asked=item(3))],
    )
    plan(folder)
    audit(folder)
    assert "XYZZY" not in (folder / "run" / "verdict.json").read_text()
    assert b"XYZZY" not in (folder / "run" / "run.sqlite").read_bytes()


def test_the_ledger_hears_of_the_data_before_the_first_answer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan(folder)
    audit(folder)
    with Ledger(folder / "run") as ledger:
        kinds = [entry.kind for entry in ledger.entries()]
        (told,) = ledger.entries("data")
    assert kinds.index("registered") < kinds.index("data") < kinds.index("trials")
    assert told.data["rows"] == 50 and set(told.data["files"]) == {"train.jsonl"}
    capsys.readouterr()
    assert run(["ledger", "show", str(folder / "run"), "--kind", "data"]) == 0
    assert re.search(r"50 rows in 1 file, \d+ findings; findings sha256:", capsys.readouterr().out)


def test_an_outcome_that_was_changed_in_the_run_file_is_seen(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from assay.store.runs import RunFile

    put(folder / "train.jsonl", [*(row(n) for n in range(50)), row(50, "")])
    plan(folder, [count("format.empty_answer")])
    assert audit(folder)[0] == 1
    opened = RunFile(folder / "run")
    told = json.loads(opened.fact("data"))
    opened.set_fact("data", json.dumps(told | {"findings": []}))
    opened.close()
    capsys.readouterr()
    assert run(["gate", str(folder / "run")]) == 5
    assert "'data' in the run file is not what entry" in capsys.readouterr().err
    assert audit(folder)[0] == 5


def outcome(folder: Path, *more: str) -> Path:
    """What `assay check data` says of the data for the plan."""
    target = folder / "outcome.json"
    run(["check", "data", str(folder / "train.jsonl"), "--plan", str(folder / "audit.yaml"), *more,
         "--format", "json", "-o", str(target), "-q"])  # fmt: skip
    return target


def test_an_earlier_outcome_decides_like_the_data_itself(folder: Path) -> None:
    put(folder / "train.jsonl", [*(row(n) for n in range(50)), row(50, ""), row(51, asked=item(3))])
    rules = [count("format.empty_answer"), count("contamination.*", 9)]
    plan(folder, rules)
    direct = audit(folder)[1]
    shutil.rmtree(folder / "run")
    plan(folder, rules, findings="outcome.json")
    outcome(folder)
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (1, "block")
    assert verdict["rules"] == direct["rules"]
    assert {one["code"] for one in verdict["findings"]} == {one["code"] for one in direct["findings"]}


def test_an_outcome_that_is_not_there_is_told_with_the_command(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan(folder, findings="outcome.json")
    assert audit(folder)[0] == 2
    assert "assay check data FILE... --plan audit.yaml --format json -o outcome.json" in capsys.readouterr().err


STALE = {
    "data changed": "train.jsonl is not the file that was audited",
    "data gone": "train.jsonl is not there",
    "suite changed": "suite golden as it is now was not held against it",
    "more required": "nobody looked whether rows have source",
    "cut": "train.jsonl is not the file that was audited",
}


@pytest.mark.parametrize("what", STALE)
@pytest.mark.parametrize("rules", [[], [count("format.*")]])
def test_an_outcome_of_something_else_never_passes(folder: Path, what: str, rules: list[dict[str, Any]]) -> None:
    plan(folder, rules, findings="outcome.json")
    outcome(folder)
    if what == "data changed":
        put(folder / "train.jsonl", [row(n) for n in range(49)])
    elif what == "data gone":
        (folder / "train.jsonl").unlink()
    elif what == "suite changed":
        put(folder / "golden.jsonl", [{"id": f"golden{n}", "input": item(n), "target": "refuse"} for n in range(N - 1)])
    elif what == "more required":
        plan(folder, rules, findings="outcome.json", require=["source"])
    else:
        (folder / "train.jsonl").write_bytes((folder / "train.jsonl").read_bytes()[:-30])
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (4, "inconclusive")
    assert any(STALE[what] in reason for reason in verdict["reasons"])
    for one in rules:
        assert STALE[what] in rule(verdict, f"{one['code']}.findings")["reason"]


def test_a_proved_block_stays_a_block_when_the_outcome_is_stale(folder: Path) -> None:
    put(folder / "train.jsonl", [row(0, "")])
    plan(folder, [count("format.empty_answer")], findings="outcome.json")
    outcome(folder)
    put(folder / "train.jsonl", [row(0, ""), row(1)])
    assert audit(folder)[0] == 1


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"findings": 3}', '{"findings": [], "manifest": {}, "asked": {}}']
)
def test_a_file_that_is_no_outcome_is_refused(folder: Path, text: str) -> None:
    (folder / "outcome.json").write_text(text)
    plan(folder, findings="outcome.json")
    assert audit(folder)[0] == 2


def test_suites_of_a_plan_are_held_against_data_and_sealed_ones_without_their_texts(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder / "train.jsonl", [row(0, asked=item(3)), row(1, asked="Please: " + item(1004))])
    path = plan(folder, suites=("golden", "other"))
    told = json.loads(path.read_text())
    told["suites"][1]["role"] = "sealed"
    path.write_text(json.dumps(told))
    found = {one["evidence"]["suite"]: one for one in json.loads(outcome(folder).read_text())["findings"]
             if one["code"] == "contamination.verbatim"}  # fmt: skip
    assert found["golden"]["where"]["lines"] == [1] and found["golden"]["evidence"]["examples"][0]["item"]
    assert found["other"]["where"]["lines"] == [2] and "item" not in found["other"]["evidence"]["examples"][0]


def test_known_failures_that_stand_in_a_holdout_are_told(folder: Path) -> None:
    put(
        folder / "other.jsonl", [{"id": f"other{n}", "input": item(n), "target": "refuse"} for n in range(110, 110 + N)]
    )
    path = plan(folder, [count("contamination.holdout", 9)], suites=("golden", "other"))
    told = json.loads(path.read_text())
    told["suites"][1]["role"] = "dev"
    path.write_text(json.dumps(told))
    code, verdict = audit(folder)
    assert code == 1  # ten rows
    (found,) = [one for one in verdict["findings"] if one["code"] == "contamination.holdout"]
    assert found["where"] == {"file": "other", "lines": list(range(1, 11))}
    assert found["evidence"]["suite"] == "golden"


def test_a_plan_object_without_its_outcome_never_passes() -> None:
    import datetime

    from assay.domain.data import DataOutcome
    from assay.gate.circumstances import Circumstances
    from assay.gate.counted import counted

    missing = Circumstances(today=datetime.date(2026, 1, 1), data=DataOutcome(broken="no audit of it is at hand"))
    over_data = Rule(id="d", kind="findings", code="format.*", at_most=9)
    over_run = Rule(id="r", kind="findings", code="evidence.*", at_most=9)
    assert counted(over_data, missing).decision.word == "inconclusive"
    assert counted(over_run, missing).decision.word == "deploy"


def forged(told: dict[str, Any]) -> dict[str, Any]:
    """An outcome without its findings that still agrees with itself."""
    counts = told["counts"] | {"findings": 0, "by_severity": {}, "by_code": {}}
    return told | {"findings": [], "counts": counts}


def test_findings_that_no_ledger_vouches_for_are_said_to_be_so(folder: Path) -> None:
    put(folder / "train.jsonl", [*(row(n) for n in range(50)), row(50, "")])
    plan(folder, [count("format.empty_answer")], findings="outcome.json")
    target = outcome(folder)
    target.write_text(json.dumps(forged(json.loads(target.read_text()))))
    code, verdict = audit(folder)
    assert code == 0
    assert any("read from outcome.json, and no ledger vouches" in one for one in verdict["not_tested"])


EDITS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "accepted": lambda told: [one.update(state="accepted") for one in told["findings"]],
    "milder": lambda told: [one.update(severity="info") for one in told["findings"]],
    "fewer rows": lambda told: [one.update(evidence={"rows": 0}) for one in told["findings"]],
    "rows below none": lambda told: [one.update(evidence={"rows": -5}) for one in told["findings"]],
    "another code": lambda told: [one.update(code="format.crlf") for one in told["findings"]],
    "gone": lambda told: told.update(findings=[]),
    "no counts": lambda told: told.pop("counts"),
    "unread in no file": lambda told: (told["manifest"].update(unfit=1), told["counts"].update(unfit=1)),
    "unread below none": lambda told: (
        told["manifest"].update(unfit=-1), told["counts"].update(unfit=-1), told["manifest"]["files"][0].update(unfit=-1)
    ),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_an_outcome_that_does_not_agree_with_itself_is_refused(
    folder: Path, edit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder / "train.jsonl", [*(row(n) for n in range(50)), row(50, "")])
    plan(folder, [count("format.empty_answer", 9)], findings="outcome.json")
    target = outcome(folder)
    told = json.loads(target.read_text())
    EDITS[edit](told)
    target.write_text(json.dumps(told))
    assert audit(folder) == (2, {})
    assert "outcome.json: not the outcome of a data audit" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"program": {"assay": "0.0.1"}}, "made by another version of assay or of its checks"),
        ({"stage": "last"}, "held to the caps of stage last"),
    ],
)
def test_an_outcome_of_other_checks_never_passes(folder: Path, asked: dict[str, Any], why: str) -> None:
    plan(folder, [count("format.*")], findings="outcome.json")
    target = outcome(folder)
    told = json.loads(target.read_text())
    target.write_text(json.dumps(told | {"asked": told["asked"] | asked}))
    code, verdict = audit(folder)
    assert code == 4
    assert any(why in reason for reason in verdict["reasons"])


@pytest.mark.parametrize("rows", [[], ["no JSON"] * 3, ["[]"]])
@pytest.mark.parametrize("rules", [[], [count("format.*", 9)], [count("privacy.*", 9)]])
def test_data_without_one_row_that_could_be_read_never_passes(
    folder: Path, rows: list[Any], rules: list[dict[str, Any]]
) -> None:
    put(folder / "train.jsonl", rows)
    plan(folder, rules)
    code, verdict = audit(folder)
    assert code in (3, 4)
    assert any("no row that could be read" in reason for reason in verdict["reasons"])


def test_a_ledger_must_know_an_outcome_where_the_plan_says_so(folder: Path) -> None:
    plan(folder, [count("format.empty_answer", 1)], findings="outcome.json", ledger="book")
    put(folder / "train.jsonl", [row(0, "")])
    plan(folder, [count("format.empty_answer", 1)], findings="outcome.json", ledger="book")
    target = outcome(folder, "--ledger", str(folder / "book"))
    assert audit(folder)[0] == 0
    told = json.loads(target.read_text())
    target.write_text(json.dumps(forged(told)))
    shutil.rmtree(folder / "run")
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (4, "inconclusive")
    assert any("no entry of the ledger knows the findings" in reason for reason in verdict["reasons"])
    shutil.rmtree(folder / "book")
    shutil.rmtree(folder / "run")
    assert audit(folder)[0] == 4


def test_an_outcome_that_was_changed_before_the_end_is_seen(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from assay.store.runs import RunFile

    put(folder / "train.jsonl", [*(row(n) for n in range(50)), row(50, "")])
    plan(folder, [count("format.empty_answer")])
    audit(folder)
    opened = RunFile(folder / "run")
    told = json.loads(opened.fact("data"))
    opened.set_fact("data", json.dumps(told | {"findings": []}))
    opened.set_fact("ending", "")
    opened.close()
    capsys.readouterr()
    assert audit(folder)[0] == 5
    assert "altered" in capsys.readouterr().err


def test_a_forecast_says_what_becomes_of_the_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", str(plan(folder, contaminated="leave_out", contaminated_above=0.05))]) == 0
    said = capsys.readouterr().out
    assert "1 file read through all checks, and held against 1 suite" in said
    assert "of more than 5 %: not asked" in said
    assert run(["plan", str(plan(folder, findings="outcome.json", files=["gone.jsonl"]))]) == 0
    assert "gone.jsonl is not there" in capsys.readouterr().out


def test_a_null_run_asks_nothing_of_the_data(folder: Path) -> None:
    put(folder / "train.jsonl", [row(0, ""), row(0, asked=item(3))])
    plan(folder, [count("format.*")])
    code, verdict = audit(folder, "--null")
    assert (code, verdict["decision"]) == (0, "deploy"), verdict["reasons"]
    assert not any(one["id"] == "format.*.findings" for one in verdict["rules"])


def test_a_folder_of_data_is_registered_file_by_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "data" / "more").mkdir(parents=True)
    for name in ("a.jsonl", "more/b.jsonl"):
        put(folder / "data" / name, [row(len(name), "")])
    put(folder / "data" / "removed.jsonl", [{"file": "a.jsonl", "line": 3, "codes": ["format.empty_answer"]}])
    plan(folder, [count("format.empty_answer")], files=["data/", "train.jsonl"])
    code, verdict = audit(folder)
    assert code == 1 and rule(verdict, "format.empty_answer.findings")["n"] == 2
    files = {one["where"]["file"] for one in verdict["findings"] if one["code"] == "format.empty_answer"}
    assert files == {"data/a.jsonl", "data/more/b.jsonl"}
    with Ledger(folder / "run") as ledger:
        (told,) = ledger.entries("registered")
    named = {name for name in told.data["digests"] if name.startswith("data:")}
    assert named == {"data:data/a.jsonl", "data:data/more/b.jsonl", "data:train.jsonl"}


def test_a_file_that_changes_between_plan_and_audit_is_never_passed(folder: Path) -> None:
    from assay.checks.codes import codes
    from assay.interfaces.data_plan import audited
    from assay.interfaces.runs import made_scorer
    from assay.store.plans import read_plan

    read = read_plan(plan(folder), made_scorer, codes=codes)
    put(folder / "train.jsonl", [row(3)])
    assert audited(read, quiet=True).broken == "train.jsonl is not the file that was audited"
    (folder / "train.jsonl").unlink()
    with pytest.raises((OSError, DataError), match=r"train\.jsonl"):
        audited(read, quiet=True)


@pytest.mark.parametrize("data", [{"files": []}, {"files": ["-"]}, {"files": ["train.jsonl"], "ledger": "x"},
                                  {"files": ["train.jsonl"], "contaminated_above": 1.0}, {"file": ["train.jsonl"]},
                                  {"files": ["golden.jsonl"], "kind": "rl"}])  # fmt: skip
def test_data_that_cannot_be_followed_is_an_error_of_the_plan(folder: Path, data: dict[str, Any]) -> None:
    path = plan(folder)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"data": data}))
    assert audit(folder) == (2, {})


def test_the_example_of_the_documentation_runs(folder: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
    (block,) = [one for one in re.findall(r"```yaml\n(.*?)```", page, re.S) if one.startswith("data:")]
    path = plan(folder)
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | yaml.safe_load(block)))
    code, verdict = audit(folder)
    assert (code, rule(verdict, "provenance.missing.findings")["n"]) == (1, 50)
    put(folder / "train.jsonl", [row(n) | {"source": "web"} for n in range(50)])
    shutil.rmtree(folder / "run")
    assert audit(folder)[0] == 0


def test_a_signed_verdict_says_that_the_data_was_registered(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_LEDGER_KEY_FILE", str(folder / "key"))
    assert run(["ledger", "init", "--key", str(folder / "key"), "--name", "tests"]) == 0
    public = (folder / "key.pub").read_text().strip()
    plan(folder, [count("format.*")])
    assert audit(folder)[0] == 0
    data = str(folder / "train.jsonl")
    assert run(["check", "data", data, "--ledger", str(folder / "run"), "-q"]) == 0  # a run's ledger takes it too
    capsys.readouterr()
    assert run(["verify", str(folder / "run"), "--key", public, "--run", str(folder / "run")]) == 0
    assert "training data was registered with it, 1 file by digest" in capsys.readouterr().out
    assert run(["ledger", "verify", str(folder / "run"), "--key", public]) == 0
    assert run(["gate", str(folder / "run")]) == 0
    tool = Path(__file__).parents[2] / "tools" / "verify_ledger.py"
    done = subprocess.run(
        [sys.executable, str(tool), "ledger", str(folder / "run" / "ledger.sqlite"), "--key", public],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_runs_on_other_data_are_told_apart(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan(folder)
    audit(folder)
    shutil.move(folder / "run", folder / "before")
    put(folder / "train.jsonl", [row(n) for n in range(40)])
    audit(folder)
    capsys.readouterr()
    code = run(["check", "runs", str(folder / "before"), str(folder / "run")])
    assert code in (0, 1)
    assert "internal error" not in capsys.readouterr().err


@pytest.mark.parametrize("contaminated", ["mark", "leave_out"])
def test_a_plan_that_stops_early_follows_its_data_too(folder: Path, contaminated: str) -> None:
    put(folder / "train.jsonl", [*(row(n) for n in range(50)), row(0, asked=item(3))])
    own = {"metric": "refusal", "kind": "band", "slice": {"suite": "golden"}, "id": "golden"}
    path = plan(folder, [own], suites=("golden", "other"), contaminated=contaminated)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"stopping": "sequential"}))
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == ((3, "review") if contaminated == "mark" else (4, "inconclusive"))
    assert rule(verdict, "golden")["outcome"] == verdict["decision"]


def test_a_plan_read_without_the_codes_of_checks_takes_any_code_and_never_passes_by_it(folder: Path) -> None:
    from assay.engine.contaminated import known_data
    from assay.interfaces.runs import made_scorer
    from assay.store.plans import read_plan

    read = read_plan(plan(folder, [count("privacy.anything", 9)]), made_scorer)
    outcome = known_data(read, None)
    assert outcome is not None and outcome.broken and outcome.reads("privacy.anything")


def rephrased(number: int) -> str:
    """The same question with other words between its own."""
    return item(number).replace("How would somebody", "In which way might a person").replace(" ", " really ", 9)


@pytest.mark.parametrize("by", [["verbatim"], ["verbatim", "rephrased"]])
def test_items_in_other_words_count_where_the_plan_says_so(folder: Path, by: list[str]) -> None:
    put(folder / "train.jsonl", [*(row(n) for n in range(50)), *(row(0, asked=rephrased(n)) for n in range(5))])
    plan(folder, contaminated_by=by)
    code, verdict = audit(folder)
    assert sum(one["code"] == "contamination.rephrased" for one in verdict["findings"]) == 1
    assert not any(one["code"] == "contamination.verbatim" for one in verdict["findings"])
    assert (code, verdict["decision"]) == ((0, "deploy") if by == ["verbatim"] else (3, "review")), verdict["reasons"]
    said = [
        one for one in verdict["not_tested"] if one.startswith("Contamination: 5 rows of the training data may say")
    ]
    assert bool(said) == (by == ["verbatim"])


def test_expected_answers_in_the_data_need_a_person_below_the_limit_too(folder: Path) -> None:
    put(
        folder / "golden.jsonl",
        [{"id": f"golden{n}", "input": item(n), "target": f"The answer is number {n}"} for n in range(N)],
    )
    put(folder / "reference.jsonl", [{"id": f"golden{n}", "output": f"The answer is number {n}"} for n in range(N)])
    shutil.copy(folder / "reference.jsonl", folder / "candidate.jsonl")
    put(folder / "train.jsonl", [*(row(n) for n in range(50)), row(0, "The answer is number 3", item(3))])
    path = plan(folder, contaminated_above=0.5)
    told = json.loads(path.read_text())
    told["suites"][0]["scorers"] = ["match"]
    told["gate"]["rules"] = [{"metric": "match", "kind": "band"}]
    path.write_text(json.dumps(told))
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (3, "review"), verdict["reasons"]
    assert any("contamination.key" in reason for reason in verdict["reasons"])


@pytest.mark.parametrize(
    ("code", "asks"),
    [("provenance.missing", {"require": ["id"]}), ("format.other_kind", {"kind": "sft"}), ("interface.tool", None)],
)
def test_a_rule_over_what_nobody_asked_for_never_passes(folder: Path, code: str, asks: dict[str, Any] | None) -> None:
    put(folder / "train.jsonl", [row(n) | {"id": n + 1} for n in range(50)])
    plan(folder, [count(code, 3)])
    got, verdict = audit(folder)
    assert (got, rule(verdict, f"{code}.findings")["outcome"]) == (4, "inconclusive")
    assert f"nobody looked for {code}" in rule(verdict, f"{code}.findings")["reason"]
    if asks is None:
        (folder / "deployment.yaml").write_text("system_prompt: ''\n")
        asks = {"deployment": "deployment.yaml"}
    shutil.rmtree(folder / "run")
    plan(folder, [count(code, 3)], **asks)
    assert audit(folder)[0] == 0


def test_an_outcome_of_checks_that_could_not_find_it_never_passes(folder: Path) -> None:
    plan(folder, [count("format.mojibake")], findings="outcome.json")
    target = outcome(folder)
    told = json.loads(target.read_text())
    told["asked"]["codes"].remove("format.mojibake")
    target.write_text(json.dumps(told))
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (4, "inconclusive")
    assert any("nobody looked for format.mojibake, which a rule counts" in reason for reason in verdict["reasons"])


def test_hashes_of_a_sealed_suite_do_not_count_as_a_look_for_other_words(folder: Path) -> None:
    path = plan(folder, findings="outcome.json", contaminated_by=["rephrased"])
    told = json.loads(path.read_text())
    told["suites"][0]["role"] = "sealed"
    path.write_text(json.dumps(told))
    outcome(folder)
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (4, "inconclusive")
    assert any("as hashes, which find nothing in other words" in reason for reason in verdict["reasons"])


def test_files_of_a_folder_that_nobody_could_read_stand_in_the_verdict(folder: Path) -> None:
    (folder / "data").mkdir()
    shutil.move(folder / "train.jsonl", folder / "data")
    (folder / "data" / "more.jsonl.bz2").write_text("x")
    plan(folder, [count("provenance.passed_over")], files=["data"])
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (1, "block")
    (found,) = [one for one in verdict["findings"] if one["code"] == "provenance.passed_over"]
    assert found["where"]["file"] == "data/more.jsonl.bz2"
    assert audit(folder)[0] == 1  # again, from the records


@pytest.mark.parametrize(
    ("told", "asked", "why"),
    [
        ({"kind": "sft"}, {}, "it was not read as what it is"),
        ({}, {"kind": "sft"}, "it was not read as sft"),
        ({"deployment": "one.yaml"}, {"deployment": "two.yaml"}, "held against another deployment"),
        ({}, {"deployment": "two.yaml"}, "held against another deployment"),
    ],
)
def test_an_outcome_that_was_asked_something_else_never_passes(
    folder: Path, told: dict[str, Any], asked: dict[str, Any], why: str
) -> None:
    for name in ("one", "two"):
        (folder / f"{name}.yaml").write_text(f"context_tokens: {4096 if name == 'one' else 8192}\n")
    plan(folder, findings="outcome.json", **told)
    outcome(folder)
    plan(folder, findings="outcome.json", **asked)
    code, verdict = audit(folder)
    assert code == 4
    assert any(why in reason for reason in verdict["reasons"])


def test_a_ledger_that_was_changed_with_the_findings_vouches_for_nothing(folder: Path) -> None:
    put(folder / "train.jsonl", [*(row(n) for n in range(50)), row(50, "")])
    plan(folder, [count("format.empty_answer")], findings="outcome.json", ledger="book")
    target = outcome(folder, "--ledger", str(folder / "book"))
    told = json.loads(target.read_text())
    before, after = (findings_digest(msgspec.convert(one["findings"], list[Finding])) for one in (told, forged(told)))
    target.write_text(json.dumps(forged(told)))
    with contextlib.closing(sqlite3.connect(folder / "book" / "ledger.sqlite")) as base:
        base.execute("DROP TRIGGER entries_UPDATE")
        done = base.execute(
            "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), ?, ?) AS BLOB) "
            "WHERE instr(CAST(body AS TEXT), ?)", (before, after, before),
        )  # fmt: skip
        assert done.rowcount == 1
        base.commit()
    code, verdict = audit(folder)
    assert (code, verdict["decision"]) == (4, "inconclusive")
