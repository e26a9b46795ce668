"""How often the reason that is read in a refusal is one that it gives.

    python train/measure_reasons.py [--data DIR]

Own refusals of production assistants, written and labelled by language models that did not know the rules; with
`--data`, refusals of XSTest, labelled twice in the same way. Prints Markdown, by whether the rules were made with these
texts at hand.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assay.scorers.refusal_reasons import UNSTATED, reason
from rows import raws

CASES = Path(__file__).parents[1] / "tests" / "scorers" / "data"
Case = tuple[str, Sequence[str]]
"""An answer with the reasons that it gives, the weightiest first."""


def told(name: str) -> list[dict[str, Any]]:
    """Rows of a file of cases."""
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines()]


def line(name: str, cases: Sequence[Case]) -> str:
    """How often the reason is one that is given, the weightiest, none though one is given, and another one."""
    read = [(reason(answer), stated) for answer, stated in cases]
    n = len(read)
    given, first = sum(one in stated for one, stated in read), sum(one == stated[0] for one, stated in read)
    missed = sum(one == UNSTATED and one not in stated for one, stated in read)
    return f"| {name} | {n} | {given / n:.3f} | {first / n:.3f} | {missed / n:.3f} | {(n - given - missed) / n:.3f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    print("| refusals | n | a reason that is given | the weightiest | none, though one is given | another one |")
    print("|---|---|---|---|---|---|")
    own = told("refusal_reasons.jsonl")
    for part in ("made for", "held"):
        print(line(f"own, {part}", [(row["answer"], row["stated"]) for row in own if row["part"] == part]))
    if given.data is None:
        return
    answers = {row["id"]: row["response"] for row in raws(given.data, "refusal/xstest_responses.jsonl")}
    rows = [row for row in told("refusal_reasons_xstest.jsonl") if row["id"] in answers]
    for part in ("made for", "held"):
        some = [row for row in rows if row["part"] == part]
        print(line(f"XSTest, {part}", [(answers[row["id"]], [*row["first"], *row["second"]]) for row in some]))
    same = sum(row["first"][0] == row["second"][0] for row in rows)
    print(f"\nThe two labels of XSTest's {len(rows)} agree on the weightiest in {same / len(rows):.3f}.")


if __name__ == "__main__":
    main()
