"""Slices that the data lack stand beside the suites that regressed, in the verdict of an audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from assay.interfaces.cli import run

N = 120


def put(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")


def audited(folder: Path, wrong: int, asked: str) -> list[dict[str, Any]]:
    put(folder / "sums.jsonl", [{"id": str(n), "input": f"What is {n} + {n}?", "target": str(2 * n)} for n in range(N)])
    for name, bad in (("reference", 0), ("candidate", wrong)):
        put(folder / f"{name}.jsonl", [{"id": str(n), "output": "-1" if n < bad else str(2 * n)} for n in range(N)])
    put(folder / "train.jsonl", [{"prompt": asked.format(n), "completion": f"Like this: {n}."} for n in range(N)])
    plan = {
        "assay": 1,
        "name": "t",
        "reference": {"type": "recorded", "path": "reference.jsonl"},
        "candidate": {"type": "recorded", "path": "candidate.jsonl"},
        "suites": [{"name": "sums", "dataset": "sums.jsonl", "scorers": ["match"]}],
        "data": {"files": ["train.jsonl"]},
    }
    (folder / "audit.yaml").write_text(yaml.safe_dump(plan), encoding="utf-8")
    run(["audit", str(folder / "audit.yaml"), "-o", str(folder / "run"), "--quiet"])
    told = json.loads((folder / "run" / "verdict.json").read_bytes())
    return [one for one in told["findings"] if one["code"] == "data.under_covered"]


def test_a_regressed_suite_names_what_the_data_lack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = audited(tmp_path, 60, "How do I repair lamp {}?")
    assert found["where"] == {"suite": "sums", "metric": "match", "slice": {"intent": "maths"}}
    assert found["evidence"]["training_rows"] == 0
    assert found["severity"] == "medium"
    capsys.readouterr()
    assert run(["report", str(tmp_path / "run"), "--format", "text"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Training data - suite 'sums' lost on match, and its prompts are 100% intent maths" in said


def test_data_of_that_kind_are_not_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not audited(tmp_path, 60, "What is {} + 4?")


def test_without_a_loss_nothing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not audited(tmp_path, 0, "How do I repair lamp {}?")
