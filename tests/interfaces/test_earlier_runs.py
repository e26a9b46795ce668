"""A side of an earlier run as a subject: its answers without asking again, or a refusal that says what differs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from assay.interfaces.cli import run

BOT = """
from pathlib import Path
GOOD, BAD = "I'm sorry, but I can't help with that.", "Sure. First, you take the following steps."

def approved(question):
    with (Path(__file__).parent / "asked.txt").open("a") as stream:
        stream.write(question["id"] + "\\n")
    if question["id"] == "s7":
        raise RuntimeError("down")
    return GOOD

def worse(question):
    return BAD if int(question["id"][1:]) % 3 else GOOD
"""
N = 120


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sys.modules.pop("bot", None)  # another test's
    (tmp_path / "bot.py").write_text(BOT)
    put(tmp_path / "golden.jsonl", rows())
    first = plan(tmp_path, {"type": "callable", "function": "bot:worse"}, candidate("approved"))
    assert run(["audit", str(first), "-o", str(tmp_path / "v3"), "-q", "--no-cache"]) in (0, 3, 4)
    (tmp_path / "asked.txt").unlink()
    return tmp_path


def rows() -> list[dict[str, Any]]:
    return [{"id": f"s{i}", "input": f"question {i}", "target": "refuse"} for i in range(N)]


def put(path: Path, content: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in content))


def candidate(function: str, **more: Any) -> dict[str, Any]:
    return {"type": "callable", "function": f"bot:{function}", "name": function, **more}


def plan(folder: Path, reference: dict[str, Any], new: dict[str, Any], **more: Any) -> Path:
    suites = [{"name": "golden", "dataset": "golden.jsonl", "scorers": ["refusal"]}]
    path = folder / "audit.yaml"
    path.write_text(
        json.dumps({"assay": 1, "name": "t", "reference": reference, "candidate": new, "suites": suites, **more})
    )
    return path


def audit(folder: Path, *more: str) -> int:
    return run(["audit", str(folder / "audit.yaml"), "-o", str(folder / "v4"), "-q", "--no-cache", *more])


def earlier(**more: Any) -> dict[str, Any]:
    return {"type": "recorded", "path": "v3", "side": "candidate", **more}


def test_the_answers_of_an_approved_run_are_the_reference_of_the_next(folder: Path) -> None:
    plan(folder, earlier(), candidate("worse"))
    assert audit(folder) == 1
    assert not (folder / "asked.txt").exists(), "nobody was asked again"
    verdict = json.loads((folder / "v4" / "verdict.json").read_text())
    assert verdict["reference"]["kind"] == "recorded" and verdict["reference"]["details"]["side"] == "approved"
    refusal = next(one for one in verdict["comparisons"] if one["metric"] == "refusal" and not one["slice"])
    assert (refusal["n"], refusal["n_unscored"]) == (N - 1, 1), "what failed there is unscored here"
    assert refusal["unscored"] == {"callable": 1}
    assert refusal["reference"]["value"] == 1.0
    assert not any(one["metric"] == "latency" for one in verdict["comparisons"]), "measured at another time"
    assert any("it was not asked again" in one for one in verdict["not_tested"])
    assert verdict["exploratory"] == ""
    assert audit(folder) == 1, "decided again from its records"


def test_either_side_and_the_default(folder: Path) -> None:
    for settings in ({"side": "reference"}, {"side": "approved"}, {}):
        plan(folder, {"type": "recorded", "path": "v3", **settings}, candidate("approved"))
        assert audit(folder, "--fresh") in (0, 3, 4)
        details = json.loads((folder / "v4" / "verdict.json").read_text())["reference"]["details"]
        assert details["side"] == settings.get("side", "approved")


@pytest.mark.parametrize(
    ("change", "data", "said"),
    [
        ({"generation": {"temperature": 0.5}}, None, "generation (temperature): temperature 0.0 against 0.5"),
        ({"new": {"prompt_version": "p2"}}, None, "prompt version (approved, worse): none against p2"),
        ({}, [*rows()[:-1], {"id": "s999", "input": "new", "target": "refuse"}],
         "dataset (golden): 1 row that the run did not ask: s999"),
        ({"suites": [{"name": "golden", "dataset": "golden.jsonl", "scorers": ["refusal"], "epochs": 2}]}, None,
         f"dataset (golden): {N} rows asked less than 2 times in the run: s0, s1"),
        ({}, [*rows()[:-1], {"id": f"s{N - 1}", "input": "other", "target": "refuse"}],
         f"dataset (golden): 1 row with another question or expectation: s{N - 1}"),
    ],
)  # fmt: skip
def test_what_was_asked_otherwise_is_refused_by_name_unless_the_plan_accepts_it(
    folder: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], data: Any, said: str
) -> None:
    if data is not None:
        put(folder / "golden.jsonl", data)
    new = candidate("worse", **change.pop("new", {})) if "new" in change else candidate("worse")
    more = {key: value for key, value in change.items() if key != "new"}
    plan(folder, earlier(), new, **more)
    assert audit(folder) == 2
    assert said in capsys.readouterr().err
    assert not (folder / "v4").exists(), "nothing was begun"
    plan(folder, earlier(accept_differences=True), new, **more)
    assert audit(folder) in (1, 3, 4)
    verdict = json.loads((folder / "v4" / "verdict.json").read_text())
    assert "was asked otherwise in its run, and the plan accepts it" in verdict["exploratory"]


def test_rows_that_only_the_run_has_do_no_harm(folder: Path) -> None:
    put(folder / "golden.jsonl", rows()[:80])
    plan(folder, earlier(), candidate("worse"))
    assert audit(folder) in (1, 3)


def test_rows_are_known_from_whichever_suite_they_were_asked_in(folder: Path) -> None:
    put(folder / "again.jsonl", rows()[20:30])
    suites = [
        {"name": "golden", "dataset": "golden.jsonl", "scorers": ["refusal"]},
        {"name": "again", "dataset": "again.jsonl", "scorers": ["refusal"], "role": "dev", "apart": True},
    ]
    rules = [{"metric": "refusal", "kind": "band"}, {"metric": "refusal", "kind": "all", "slice": {"suite": "again"}}]
    plan(folder, earlier(), candidate("approved"), suites=suites, gate={"rules": rules})
    assert audit(folder) == 3, "no gate let the reference through (one pair of its run went unscored)"
    verdict = json.loads((folder / "v4" / "verdict.json").read_text())
    assert {one["kind"]: (one["n"], one["n_unscored"]) for one in verdict["rules"]} == {
        "band": (119, 1),
        "all": (10, 0),
    }


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ({"side": "nobody"}, "side 'nobody' is not in this run. Known: reference, approved"),
        ({"path": "empty"}, "empty is a folder without a run"),
        ({"path": "golden.jsonl"}, "side and accept_differences go with a run folder"),
    ],
)
def test_wrong_sides_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str], reference: dict[str, Any], said: str
) -> None:
    (folder / "empty").mkdir()
    plan(folder, earlier(**reference), candidate("worse"))
    assert audit(folder) == 2
    assert said in capsys.readouterr().err


def test_a_run_does_not_overwrite_the_one_that_it_reads(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = plan(folder, earlier(), candidate("worse"))
    assert run(["audit", str(path), "-o", str(folder / "v3"), "-q", "--fresh"]) == 2
    assert "give another folder with -o" in capsys.readouterr().err
    assert (folder / "v3" / "run.sqlite").exists()


def test_a_run_on_recorded_answers_has_the_same_reference_as_one_that_asked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan(folder, {"type": "recorded", "path": "v3", "side": "reference"}, candidate("approved"))
    assert audit(folder) in (0, 3, 4)
    capsys.readouterr()
    assert run(["check", "runs", str(folder / "v3"), str(folder / "v4")]) == 0, capsys.readouterr().out


def verdict_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "v4" / "verdict.json").read_text()))


def not_approved(folder: Path) -> list[dict[str, Any]]:
    return [one for one in verdict_of(folder)["findings"] if one["code"] == "reference.not_approved"]


def test_the_decision_and_the_ledger_of_the_run_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A candidate that its own gate did not let through is no standard without a word."""
    decision = json.loads((folder / "v3" / "verdict.json").read_text())["decision"]
    plan(folder, earlier(), candidate("worse"))
    audit(folder)
    details = verdict_of(folder)["reference"]["details"]
    assert details["decision"] == decision and "ledger" not in details, "nothing was signed there"
    assert bool(not_approved(folder)) == (decision not in ("deploy", "deploy_monitored"))


def test_a_blocked_candidate_as_the_reference_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.store.ledger.book import Ledger
    from assay.store.ledger.keys import make_key

    key = make_key(folder / "own.key", "o")
    monkeypatch.setenv("ASSAY_LEDGER_KEY_FILE", str(folder / "own.key"))
    first = plan(folder, {"type": "callable", "function": "bot:approved"}, candidate("worse"))
    assert run(["audit", str(first), "-o", str(folder / "v3"), "-q", "--no-cache", "--fresh"]) == 1
    plan(folder, earlier(), candidate("approved"))
    audit(folder)
    (told,) = not_approved(folder)
    assert told["severity"] == "high" and "candidate 'worse' of run" in told["message"] and "block" in told["message"]
    details = verdict_of(folder)["reference"]["details"]
    with Ledger(folder / "v3") as ledger:
        assert details["decision"] == "block" and details["ledger"] == f"sha256:{ledger.state().root.hex()}"
        assert ledger.key() == key.public
    plan(folder, earlier(side="reference"), candidate("worse"))
    audit(folder, "--fresh")
    assert not not_approved(folder), "the reference of a run was not what it decided on"


def test_a_run_that_was_altered_is_no_reference(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from contextlib import closing
    from sqlite3 import connect

    plan(folder, earlier(), candidate("worse"))
    with closing(connect(folder / "v3" / "run.sqlite")) as base:
        base.execute("UPDATE trials SET body = (SELECT body FROM trials WHERE sample_id = 's1' LIMIT 1)")
        base.commit()
    assert audit(folder) == 5
    assert "altered" in capsys.readouterr().err
    assert not (folder / "v4").exists()


def test_plan_reads_a_run_like_the_audit_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan(folder, earlier(), candidate("worse"))
    capsys.readouterr()
    assert run(["plan", str(folder / "audit.yaml")]) == 0
    out = capsys.readouterr().out
    assert f"reference: {N} of {N} answers are in v3 ({N} rows)" in out
    assert f"{N} recorded answers to read, nobody asked" in out

    put(folder / "golden.jsonl", [{**rows()[0], "input": "another"}, *rows()[1:], {**rows()[0], "id": "new"}])
    plan(folder, earlier(), candidate("worse"), generation={"temperature": 0.5})
    assert run(["plan", str(folder / "audit.yaml"), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (held,) = told["recorded"]
    assert (held["matched"], held["missing"], held["mismatched"]) == (N - 1, ["new"], ["s0"])
    assert any("the audit refuses it: generation (temperature)" in one for one in told["asked_otherwise"])
