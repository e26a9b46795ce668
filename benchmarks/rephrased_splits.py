"""Random parts of one public set held against each other: how often an innocent row is taken for a rephrased item."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.checks.contamination import FALSE_ALARMS, Contamination
from assay.checks.near import near
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from measuring import verdict_of

SETS = (
    ("GSM8K, test questions", "capability/gsm8k_test"),
    ("GSM8K, the questions of the pairs", "training_data/rephrase_contamination"),
    ("TruthfulQA", "capability/truthfulqa"),
    ("IFEval", "capability/ifeval"),
    ("CoCoNot", "prompts/coconot"),
    ("Do-Not-Answer", "prompts/do_not_answer"),
    ("HaluEval, general", "hallucination/halueval_general"),
)
SPLITS = 80
SUITE = (120, 155)
"""Fewest and most items of a suite."""
ROWS = 300
"""Rows of the data at most."""
VARIANT = 0.2
"""Share of runs of three words in common that makes a variant."""
PLANTED = (3, 10, 30)
"""Rephrased items among innocent rows."""


def splits(data: Path) -> None:
    """Prints the tables."""
    print(f"**Innocent rows against a suite of their own kind**, {SPLITS} random splits of each set\n")
    print(
        f"A suite of {SUITE[0]} to {SUITE[1]} questions, and up to {ROWS} other questions of the set as rows. Rows that share a fifth of their runs of three words with an item are variants.\n"
    )
    print(
        "| set | splits searched | rows | taken for an item | share | reached | most in one split | no variants | share | reached | splits with a finding | of severity high |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
    )
    for title, name in SETS:
        print(f"| {title} | {_line(_questions(data / f'{name}.jsonl'))} |")
    print(
        f"\n{FALSE_ALARMS:g} are allowed. Splits that are not searched have fewer items that stand alone than needed.\n"
    )
    _planted(data)


def _questions(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as stream:
        read = [json.loads(line) for line in stream]
    return list(dict.fromkeys(row.get("prompt") or row["text_a"] for row in read))


def _line(texts: Sequence[str]) -> str:
    found = near(texts, VARIANT)
    like: dict[int, set[int]] = {}
    for one, other in zip(found.left.tolist(), found.right.tolist(), strict=True):
        like.setdefault(one, set()).add(other)
        like.setdefault(other, set()).add(one)
    searched = rows = taken = clean = most = with_one = high = 0
    for seed in range(SPLITS):
        suite, rest = _split(len(texts), seed)
        told = _told([texts[place] for place in suite], [texts[place] for place in rest])
        if told is None:
            continue
        lines, severity = told
        items = set(suite)
        searched, rows, taken, most = searched + 1, rows + len(rest), taken + len(lines), max(most, len(lines))
        clean += sum(not like.get(rest[line], set()) & items for line in lines)
        with_one, high = with_one + bool(lines), high + (severity == "high")
    return f"{searched} | {rows:,} | {_share(taken, rows)} | {most} | {_share(clean, rows)} | {with_one} | {high}"


def _share(taken: int, rows: int) -> str:
    share = taken / max(rows, 1)
    return f"{taken} | {share:.2%} | {verdict_of(share, most=FALSE_ALARMS)}"


def _split(count: int, seed: int) -> tuple[list[int], list[int]]:
    """Places of the items and of the rows."""
    dice = random.Random(seed)
    order = list(range(count))
    dice.shuffle(order)
    size = dice.randint(*SUITE)
    return order[:size], order[size : size + ROWS]


def _told(suite: Sequence[str], rows: Sequence[str]) -> tuple[list[int], str] | None:
    """Lines that are taken for rephrased items, and how severe that is; None where nothing was searched."""
    check = Contamination(list(_rows("suite.jsonl", suite)))
    for row in _rows("rows.jsonl", rows):
        check.add(row)
    found = {one.code: one for one in check.findings()}
    if "contamination.uncalibrated" in found:
        return None
    one = found.get("contamination.rephrased")
    return ([int(line) for line in one.where["lines"]], one.severity) if one else ([], "none")


def _rows(file: str, texts: Sequence[str]) -> Iterator[TrainingRow]:
    for line, text in enumerate(texts):
        yield TrainingRow(file=file, line=line, shape="chat", prompt=(Message(role="user", content=text),))


def _planted(data: Path) -> None:
    """Rephrased items among innocent rows, in suites as small as those above."""
    with (data / "training_data/rephrase_contamination.jsonl").open(encoding="utf-8") as stream:
        read = [json.loads(line) for line in stream]
    asked: list[Any] = [row["text_a"] for row in read]
    said: list[Any] = [row["text_b"] for row in read]
    print(f"**Rephrased items among {ROWS} other questions**, suites as small, {SPLITS} random splits of the pairs\n")
    print("| rephrased rows | found | splits in which they are of severity high |\n|---|---|---|")
    for count in PLANTED:
        shares: NDArray[np.float64] = np.zeros(SPLITS)
        high = 0
        for seed in range(SPLITS):
            suite, rest = _split(len(asked), seed)
            rows = [*(said[place] for place in suite[:count]), *(asked[place] for place in rest)]
            told = _told([asked[place] for place in suite], rows)
            if told is not None:
                shares[seed] = sum(line < count for line in told[0]) / count
                high += told[1] == "high"
        print(f"| {count} | {shares.mean():.3f} | {high} of {SPLITS} |")
    print()
