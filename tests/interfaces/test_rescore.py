"""Old runs keep their scores and say who made them; `--rescore` judges the stored answers again."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from assay.interfaces.cli import run
from assay.scorers.pattern import Pattern


def write(folder: Path, pattern: str = "yes") -> Path:
    rows = [{"id": str(n), "input": f"Question {n}?"} for n in range(80)]
    (folder / "asked.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for side, bad in (("reference", 0), ("candidate", 60)):
        answers = [{"id": str(n), "output": "no" if n < bad else "yes"} for n in range(80)]
        (folder / f"{side}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in answers))
    plan = folder / "audit.yaml"
    plan.write_text(
        "assay: 1\nname: again\nreference: {type: recorded, path: reference.jsonl}\n"
        "candidate: {type: recorded, path: candidate.jsonl}\n"
        f"suites: [{{name: asked, dataset: asked.jsonl, scorers: [{{type: pattern, pattern: '{pattern}', name: good}}]}}]\n"
    )
    return plan


def audited(folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    code = run(["audit", str(folder / "audit.yaml"), "-o", str(folder / "run"), "-q", "--no-cache", *options])
    path = folder / "run" / "verdict.json"
    return code, json.loads(path.read_text()) if path.exists() else {}


def versions(folder: Path) -> set[str]:
    base = sqlite3.connect(folder / "run" / "run.sqlite")
    found = {one["version"] for (body,) in base.execute("SELECT scores FROM trials") for one in json.loads(body)}
    base.close()
    return found


def test_a_run_of_an_older_scorer_is_decided_as_it_was_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    assert audited(tmp_path)[0] == 1
    monkeypatch.setattr(Pattern, "version", "99")
    capsys.readouterr()
    assert run(["gate", str(tmp_path / "run")]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "pattern 1 (here: 99)" in said
    assert "--rescore" in said
    code, _ = audited(tmp_path)
    assert code == 2
    assert "Use --rescore to judge the stored answers again" in capsys.readouterr().err


def test_rescoring_judges_again_asks_nobody_and_is_exploratory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    assert audited(tmp_path)[0] == 1
    write(tmp_path, "yes|no")
    monkeypatch.setattr(Pattern, "version", "99")
    code, verdict = audited(tmp_path, "--rescore")
    assert code == 4, "a bar that was chosen after the answers were known opens no gate"
    assert "judged again after the answers were known" in json.dumps(verdict)
    assert versions(tmp_path) == {"99"}
    assert verdict["rules"][0]["candidate"]["value"] == 1.0
    kept = sqlite3.connect(tmp_path / "run" / "run.before-1.sqlite")
    assert {one["version"] for (body,) in kept.execute("SELECT scores FROM trials") for one in json.loads(body)} == {
        "1"
    }
    kept.close()
    assert audited(tmp_path)[0] == 4
    assert run(["gate", str(tmp_path / "run")]) == 4


def test_a_killed_rescoring_goes_on_and_mixes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    audited(tmp_path)
    monkeypatch.setattr(Pattern, "version", "99")
    monkeypatch.setattr("assay.interfaces.auditing._asked", _killed)
    with pytest.raises(KeyboardInterrupt):
        audit_killed(tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr(Pattern, "version", "99")
    code, verdict = audited(tmp_path)
    assert code == 1
    assert "judged again after the answers were known" in json.dumps(verdict)
    assert versions(tmp_path) == {"99"}


def audit_killed(folder: Path) -> None:
    code, _ = audited(folder, "--rescore")
    if code == 130:
        raise KeyboardInterrupt


async def _killed(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        ("asked.jsonl", ["--rescore"], "differs in dataset:asked"),
        ("", ["--rescore", "--fresh"], "give one of them"),
        ("run", ["--rescore"], "no answers here to score again"),
    ],
)
def test_only_scorers_may_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, options: list[str], said: str
) -> None:
    write(tmp_path)
    audited(tmp_path)
    if change == "run":
        (tmp_path / "run").rename(tmp_path / "old")
    elif change:
        (tmp_path / change).write_text('{"id": "1", "input": "Another?"}\n')
    assert audited(tmp_path, *options)[0] == 2
    assert said in capsys.readouterr().err


def test_the_same_scorers_leave_the_registered_decision(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    audited(tmp_path)
    code = run(["audit", str(tmp_path / "audit.yaml"), "-o", str(tmp_path / "run"), "--no-cache", "--rescore"])
    assert code == 1
    assert "nothing is judged again" in capsys.readouterr().err
    assert not list((tmp_path / "run").glob("run.before-*"))
