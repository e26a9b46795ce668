"""What the rule of both orders makes of published verdicts of judges, beside people.

    python train/measure_preference.py [--shared DIR]

Reads `data/preference/llmbar.jsonl`: pairs of answers with the better one by people, and what five judges said of
them in both orders (Zeng et al. 2023; those are their verdicts, no model is asked here). Each verdict is written as a
reply and read by the scorer `preference`, the first answer as the reference's. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.domain.asking import FIRST, SECOND
from assay.domain.sample import Sample
from assay.domain.trial import Output
from assay.scorers.preference import Preference

SCORER = Preference(url="http://127.0.0.1:9/v1", model="published", rubric="It follows the request.")
ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One pair as one judge has it."""

    category: str
    right: tuple[bool, bool]
    """Whether the first order, and the swapped one, name the answer that people prefer."""
    value: float
    """Of the second answer, by the scorer."""
    order: str
    """What the order did."""
    truth: float
    """1 when people prefer the second answer, else 0."""


def main() -> None:
    """Print how far each judge agrees with people, by one order and by both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("ASSAY_SHARED", "shared")))
    options = parser.parse_args()
    lines = (options.shared / "data" / "preference" / "llmbar.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    print("| judge | pairs | one order right | winner in both orders | right of these | "
          "changed with the order | of these to the first place |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for judge in sorted({name for row in rows for name in row["meta"]["judges"]}):
        pairs, unread = found(rows, judge)
        for part in (ALL, "Natural", "Adversarial"):
            inside = [one for one in pairs if part in (ALL, one.category.partition("/")[0])]
            print(f"| {judge}, {part} | {figures(inside)} |")
        if unread:
            print(f"\n{judge}: {unread} pair without verdicts left out\n")


def found(rows: Sequence[Mapping[str, Any]], judge: str) -> tuple[list[Read], int]:
    """The pairs of one judge that have verdicts in both orders, and how many have none."""
    pairs: list[Read] = []
    for row in rows:
        first, swapped = row["meta"]["judges"][judge]
        if first is None or swapped is None:
            continue
        better = 1 if row["label"] == "a" else 2
        replies = [_reply("A" if first == 1 else "B"), _reply("B" if swapped == 1 else "A")]
        sample = Sample(id=row["id"], input=row["prompt"])
        answers = Output(text=row["response_a"]), Output(text=row["response_b"])
        score, order = SCORER.winner(sample, *answers, replies)
        assert score.value is not None and order.value is not None
        pairs.append(
            Read(
                category=row["category"],
                right=(first == better, swapped == better),
                value=float(score.value),
                order=str(order.value),
                truth=float(better == 2),
            )
        )
    return pairs, len(rows) - len(pairs)


def figures(pairs: Sequence[Read]) -> str:
    """The cells of one line."""
    n = len(pairs)
    decided = [one for one in pairs if one.value != 0.5]
    changed = [one for one in pairs if one.order in (FIRST, SECOND)]
    single = sum(sum(one.right) for one in pairs) / (2 * n)
    right = sum(one.value == one.truth for one in decided)
    to_first = f"{sum(one.order == FIRST for one in changed) / len(changed):.3f}" if changed else "-"
    return " | ".join(
        (
            str(n),
            f"{single:.3f}",
            f"{len(decided) / n:.3f}",
            f"{right / len(decided):.3f}" if decided else "-",
            f"{len(changed) / n:.3f}",
            to_first,
        )
    )


def _reply(letter: str) -> Output:
    return Output(text=json.dumps({"reason": "", "better": letter}))


if __name__ == "__main__":
    main()
