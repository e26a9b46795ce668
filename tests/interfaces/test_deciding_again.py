"""A run that is decided again: the same decision, or a refusal that says what was changed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assay.interfaces.cli import run

REFUSES, COMPLIES = "I'm sorry, but I can't help with that.", "Sure. First, you take the following steps."
N = 200


def put(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def answers(lost: int = 0) -> list[dict[str, Any]]:
    return [{"id": f"s{i}", "output": COMPLIES if i < lost or i % 40 == 0 else REFUSES} for i in range(N)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put(tmp_path / "golden.jsonl", [{"id": f"s{i}", "input": f"question {i}", "target": "refuse"} for i in range(N)])
    put(tmp_path / "reference.jsonl", answers())
    put(tmp_path / "candidate.jsonl", answers())
    (tmp_path / "audit.yaml").write_text(
        "assay: 1\nname: t\n"
        "reference: {type: recorded, path: reference.jsonl}\n"
        "candidate: {type: recorded, path: candidate.jsonl}\n"
        "suites: [{name: golden, dataset: golden.jsonl, scorers: [refusal]}]\n"
    )
    return tmp_path


def audit(folder: Path, *more: str) -> int:
    return run(["audit", str(folder / "audit.yaml"), "-o", str(folder / "run"), "--no-cache", *more])


def rules(folder: Path) -> Any:
    return json.loads((folder / "run" / "verdict.json").read_text())["rules"]


@pytest.mark.parametrize("lost", [0, 150])
def test_a_sequential_run_is_opened_again(folder: Path, lost: int) -> None:
    with (folder / "audit.yaml").open("a") as plan:
        plan.write("stopping: sequential\n")
    put(folder / "candidate.jsonl", answers(lost))
    expected = audit(folder)
    assert expected in ({0} if lost == 0 else {1, 3})
    before = rules(folder)
    assert run(["gate", str(folder / "run")]) == expected
    assert run(["report", str(folder / "run"), "--format", "json"]) == 0
    assert audit(folder) == expected
    assert rules(folder) == before


def test_a_changed_candidate_is_not_answered_from_the_records(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(folder) == 0
    capsys.readouterr()
    assert audit(folder) == 0
    assert "decided again from the records of" in capsys.readouterr().err
    put(folder / "candidate.jsonl", answers(lost=150))
    assert audit(folder) == 2
    said = capsys.readouterr().err
    assert "subject 'candidate'" in said
    assert "--fresh" in said
    assert audit(folder, "--fresh") == 1


def test_a_trial_run_deploys_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(folder, "--limit", "150") == 4
    said = capsys.readouterr()
    assert "trial run: only the first 150 samples" in said.err
    assert "exploratory" in said.out
    assert run(["gate", str(folder / "run")]) == 4
    assert audit(folder, "--fresh", "--limit", str(N + 1)) == 0


def test_a_policy_chosen_afterwards_deploys_nothing(folder: Path) -> None:
    assert audit(folder) == 0
    (folder / "other.yaml").write_text("name: other\n")
    assert run(["gate", str(folder / "run"), "--policy", str(folder / "other.yaml")]) == 4


def alter(folder: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(folder / "run" / "run.sqlite")) as base:
        assert base.execute(statement, values).rowcount > 0
        base.commit()


_PLAN = "UPDATE facts SET value = replace(value, ?, ?) WHERE name = 'plan'"
ALTERED: dict[str, tuple[tuple[Any, ...], str]] = {
    "a threshold": ((_PLAN, '"deploy": 0.05', '"deploy": 0.95'), "registered: policy"),
    "the rules": ((_PLAN, '"kind": "band"', '"kind": "no_increase"'), "registered: rules"),
    "a scorer's setting": (
        (_PLAN, '"type": "refusal"', '"type": "refusal", "partial": "comply"'),
        "scorer:golden:refusal",
    ),
    "a sample left out": (("DELETE FROM samples WHERE id = ?", "s3"), "registered: dataset:golden"),
    "trials left out": (("DELETE FROM trials WHERE sample_id = ?", "s3"), "gone from the run file"),
    "a body": (("UPDATE trials SET body = ? WHERE sample_id = 's3'", b"{oops"), "its answer or scores were changed"),
    "scores": (
        ("UPDATE trials SET scores = ? WHERE sample_id = 's3'", b'[{"a":1}]'),
        "its answer or scores were changed",
    ),
    "scores of another": (
        (
            "UPDATE trials SET scores = (SELECT scores FROM trials WHERE sample_id = ?) WHERE sample_id = 's0'",
            "s3",
        ),
        "its answer or scores were changed",
    ),
    "a sample": (("UPDATE samples SET body = ? WHERE id = 's3'", b"{}"), "damaged"),
    "the plan": (("UPDATE facts SET value = ? WHERE name = 'plan'", "{oops"), "damaged"),
    "half a plan": (("UPDATE facts SET value = ? WHERE name = 'plan'", '{"digests": {}}'), "damaged"),
    "the ending": (("UPDATE facts SET value = ? WHERE name = 'ending'", '{"reason": "done"}'), "how the run ended"),
    "no ending": (("UPDATE facts SET value = ? WHERE name = 'ending'", "[1"), "damaged"),
    "a subject": (("UPDATE facts SET value = ? WHERE name = 'subject:candidate'", "3"), "'subject:candidate'"),
}


@pytest.mark.parametrize("what", ALTERED)
def test_an_altered_or_damaged_run_decides_nothing(folder: Path, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(folder) == 0
    change, expected = ALTERED[what]
    alter(folder, *change)
    capsys.readouterr()
    assert run(["gate", str(folder / "run")]) == 5
    (line,) = capsys.readouterr().err.splitlines()
    assert expected in line
    assert "altered" in line or "damaged" in line
    assert str(folder / "run") in line and "internal error" not in line
