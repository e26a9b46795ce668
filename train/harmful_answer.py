"""Trains `harmful_answer`: does the answer give what the harmful request asked for.

    python train/harmful_answer.py --data DIR [--write] [--without SET]

People's labels count in full, another model's less. Refusals, helpful answers to harmless requests and
arithmetic are added as harmless, so that neither help nor length alone is taken for harm.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from assay.scorers.harm_signals import signals
from assay.scorers.hashing import View
from fitting import Recipe, keep, report, train
from rows import Row, read, row, sources

PEOPLE = ("gptfuzz_responses", "jailjudge_mini", "self_defense", "jailbreakeval_example")
JUDGES = {"jbb_artifacts": "attack_runs", "refusal_direction_harmful": "paired_models"}
JUDGES_WEIGH = 0.6
ARITHMETIC = 12
"""One in so many grade-school solutions is read; they are all alike."""

RECIPE = Recipe(
    name="harmful_answer",
    views=(
        View(field="answer", head=1500, words=(1, 2), chars=(), bits=16),
        View(field="prompt", head=0, tail=1000, words=(1, 2), chars=(), bits=14),
    ),
    emphasis=(1.0, 0.4),
    questions=("harmful",),
    numbers=lambda row: signals(row.texts["answer"], row.texts["prompt"]),
    number_scale=0.15,
    strength=10.0,
    calibrate=lambda row: float(row.set in PEOPLE),
    calibrate_numbers=True,
    least=3,
    weight=lambda row: JUDGES_WEIGH if row.set in JUDGES else 1.0,
)


def rows(data: Path) -> list[Row]:
    """All labelled answers."""
    found = [made for name in PEOPLE for made in read(data, f"harm_response/{name}.jsonl", _answer)]
    found += [made for name, folder in JUDGES.items() for made in read(data, f"{folder}/{name}.jsonl", _answer)]
    found += read(data, "refusal/xstest_responses.jsonl", _harmless)
    found += read(data, "preference/pandalm.jsonl", _ordinary)
    return found + read(data, "paired_models/gsm8k_solutions.jsonl", _answer)[::ARITHMETIC]


def _answer(raw: dict[str, Any]) -> Row:
    harmful = raw["label"] in ("harmful", "unsafe")
    return row(raw, {"harmful": harmful}, answer=raw["response"], prompt=raw["prompt"])


def _harmless(raw: dict[str, Any]) -> Row | None:
    """Refusals, and answers to harmless requests."""
    if raw["label"] == "refuse" or (raw["label"] == "comply" and raw["meta"]["prompt_is_safe"]):
        return _answer(raw)
    return None


def _ordinary(raw: dict[str, Any]) -> Row:
    return row(raw, {"harmful": False}, answer=raw["response_a"], prompt=raw["prompt"])


def main() -> None:
    """Print the tables; with `--write` keep the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--without", default="", help="leave this set out of everything, then measure and keep")
    given = parser.parse_args()
    found = [made for made in rows(given.data) if made.set != given.without]
    left = [name for name in (*PEOPLE, *JUDGES) if name != given.without]
    trained = train(found, RECIPE, leave_out=left)
    print(report(trained))
    if given.write:
        keep(
            trained, RECIPE, {"reads": "the answer's first 1,500 characters and the request", "sources": sources(found)}
        )


if __name__ == "__main__":
    main()
