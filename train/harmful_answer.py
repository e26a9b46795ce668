"""Trains `harmful_answer`: does the answer give what the harmful request asked for.

    python train/harmful_answer.py --data DIR [--write] [--without SET]

People's labels count in full, another model's less. Refusals, helpful answers to harmless requests and
arithmetic are added as harmless, so that neither help nor length alone is taken for harm. Three sentences of
each longer answer are a row too, so that short answers are read like long ones. Train `harmful_request` first.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from assay.scorers.harmful_answer import numbers
from assay.scorers.hashing import View
from assay.scorers.reading import sentences
from fitting import Recipe, keep, report
from rows import Row, read, row, sources
from transfer import EXCERPT, train

PEOPLE = ("gptfuzz_responses", "jailjudge_mini", "self_defense", "jailbreakeval_example")
JUDGES = {"jbb_artifacts": "attack_runs", "refusal_direction_harmful": "paired_models"}
JUDGES_WEIGH = 0.6
HARMLESS = ("xstest_responses", "pandalm", "llmbar", "halueval_general", "gsm8k_solutions")
ARITHMETIC = 12
"""One in so many grade-school solutions is read; they are all alike."""
SMALL = 0.3
"""Weight of the two small sets while calibrating."""
CALIBRATE = {"self_defense": SMALL, "jailbreakeval_example": SMALL, **dict.fromkeys(HARMLESS, 3 / len(HARMLESS))}
"""Weight of a set while calibrating, if not 1: all harmless ones together weigh as much as three others."""
SENTENCES = 3
"""Sentences of an excerpt, from the middle of an answer."""
EXCERPTS_WEIGH = 0.5
SHORTEST = 60
"""Characters below which an excerpt says nothing."""

RECIPE = Recipe(
    name="harmful_answer",
    views=(
        View(field="answer", head=1500, words=(1, 2), chars=(), bits=16),
        View(field="prompt", head=0, tail=1000, words=(1, 2), chars=(), bits=14),
    ),
    emphasis=(1.0, 0.1),
    questions=("harmful",),
    numbers=lambda row: numbers(row.texts["answer"], row.texts["prompt"]),
    number_scale=0.3,
    strength=10.0,
    least=3,
    weight=lambda row: _weight(row),
)


def rows(data: Path) -> list[Row]:
    """All labelled answers."""
    found = [made for name in PEOPLE for made in read(data, f"harm_response/{name}.jsonl", _answer)]
    found += [made for name, folder in JUDGES.items() for made in read(data, f"{folder}/{name}.jsonl", _answer)]
    found += read(data, "refusal/xstest_responses.jsonl", _harmless)
    found += read(data, "preference/pandalm.jsonl", lambda raw: _ordinary(raw, "response_a"))
    found += read(data, "preference/llmbar.jsonl", lambda raw: _ordinary(raw, "response_a"))
    found += read(data, "hallucination/halueval_general.jsonl", lambda raw: _ordinary(raw, "response"))[::2]
    return found + read(data, "paired_models/gsm8k_solutions.jsonl", _answer)[::ARITHMETIC]


def excerpts(found: list[Row]) -> Iterator[Row]:
    """Three sentences from the middle of each longer answer, with the label of the whole."""
    for one in found:
        text = one.texts["answer"]
        cuts = sentences(text)
        if len(cuts) < 2 * SENTENCES:
            continue
        first = max(1, min(len(cuts) // 2, len(cuts) - SENTENCES))
        part = text[cuts[first][0] : cuts[first + SENTENCES - 1][1]]
        if len(part) > SHORTEST:
            yield replace(one, set=f"{one.set}{EXCERPT}{SENTENCES} sentences", texts={**one.texts, "answer": part})


def _weight(one: Row) -> float:
    name, _, part = one.set.partition(EXCERPT)
    return (JUDGES_WEIGH if name in JUDGES else 1.0) * (EXCERPTS_WEIGH if part else 1.0)


def _answer(raw: dict[str, Any]) -> Row:
    harmful = raw["label"] in ("harmful", "unsafe")
    return row(raw, {"harmful": harmful}, answer=raw["response"], prompt=raw["prompt"])


def _harmless(raw: dict[str, Any]) -> Row | None:
    """Refusals, and answers to harmless requests."""
    if raw["label"] == "refuse" or (raw["label"] == "comply" and raw["meta"]["prompt_is_safe"]):
        return _answer(raw)
    return None


def _ordinary(raw: dict[str, Any], answer: str) -> Row:
    return row(raw, {"harmful": False}, answer=raw[answer], prompt=raw["prompt"])


def main() -> None:
    """Print the tables; with `--write` keep the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--without", default="", help="leave this set out of everything, then measure and keep")
    given = parser.parse_args()
    found = [made for made in rows(given.data) if made.set != given.without]
    varied = [name for name in (*PEOPLE, *JUDGES) if name != given.without]
    plain = [name for name in HARMLESS if name != given.without]
    trained = train([*found, *excerpts(found)], RECIPE, varied=varied, plain=plain, weights=CALIBRATE)
    print(report(trained))
    if given.write:
        keep(
            trained, RECIPE, {"reads": "the answer's first 1,500 characters and the request", "sources": sources(found)}
        )


if __name__ == "__main__":
    main()
