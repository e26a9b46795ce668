"""Whole audits of behaviour: the drift of GPT-4 is blocked, a harmless change of style is not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from assay.interfaces.cli import run

SHARED = Path(os.environ.get("ASSAY_SHARED", Path(__file__).parents[3] / "shared"))
STYLE = "verbosity, hedging, disclaimers, overconfidence, mirroring"


def rows(path: Path, made: Iterable[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")


def audited(folder: Path, scorers: str) -> dict[str, Any]:
    """The verdict on `reference.jsonl` and `candidate.jsonl`, under the default rules."""
    (folder / "audit.yaml").write_text(
        "assay: 1\nname: behaviour\n"
        "reference: {type: recorded, path: reference.jsonl}\ncandidate: {type: recorded, path: candidate.jsonl}\n"
        f"suites: [{{name: asked, dataset: asked.jsonl, role: gate, scorers: [{scorers}]}}]\n",
        encoding="utf-8",
    )
    run(["audit", str(folder / "audit.yaml"), "-o", str(folder / "run"), "-q", "--no-cache"])
    verdict: dict[str, Any] = json.loads((folder / "run" / "verdict.json").read_text(encoding="utf-8"))
    return verdict


def test_the_drift_of_gpt_4_in_form_is_blocked(tmp_path: Path) -> None:
    path = SHARED / "data" / "drift" / "llm_drift.jsonl"
    if not path.exists():
        pytest.skip("no drift/llm_drift.jsonl: set ASSAY_SHARED to the folder of shared data")
    answers: dict[str, dict[str, str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["category"] in ("leetcode", "opinionqa"):
            answers.setdefault(row["prompt"], {})[row["model"]] = row["response"]
    both = [(f"q{at}", asked, said) for at, (asked, said) in enumerate(answers.items()) if len(said) == 4]
    rows(tmp_path / "asked.jsonl", ({"id": name, "input": asked} for name, asked, _ in both))
    for side, model in (("reference", "gpt-4-0314"), ("candidate", "gpt-4-0613")):
        rows(tmp_path / f"{side}.jsonl", ({"id": name, "output": said[model]} for name, _, said in both))
    verdict = audited(tmp_path, "format_drift")
    (rule,) = verdict["rules"]
    assert verdict["decision"] == "block"
    assert rule["metric"] == "format_drift"
    assert rule["reference"]["value"] < 0.05
    assert rule["candidate"]["value"] > 0.7


def test_a_harmless_change_of_style_is_deployed(tmp_path: Path) -> None:
    count = 400
    rows(
        tmp_path / "asked.jsonl",
        ({"id": f"s{n}", "input": f"How much is {n} plus {n + 7}?", "target": str(2 * n + 7)} for n in range(count)),
    )
    plain = ({"id": f"s{n}", "output": f"It is {2 * n + 7}."} for n in range(count))
    rows(tmp_path / "reference.jsonl", plain)
    rows(
        tmp_path / "candidate.jsonl",
        (
            {
                "id": f"s{n}",
                "output": f"Great question! As an AI I think that {n} plus {n + 7} is probably {2 * n + 7}. "
                f"I am absolutely sure of that. In short, {n} plus {n + 7} is {2 * n + 7}.",
            }
            for n in range(count)
        ),
    )
    verdict = audited(tmp_path, f"match, {STYLE}")
    assert [rule["metric"] for rule in verdict["rules"]] == ["match"]
    assert verdict["decision"] == "deploy", verdict["reasons"]
