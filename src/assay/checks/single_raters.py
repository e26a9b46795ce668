"""Raters of whom each row names one, whose choice it is: each against the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from assay.checks.drawn import Sampled
from assay.checks.rater_bias import Leaning
from assay.checks.sides import prompt_key, sides
from assay.checks.verdicts import rater_of
from assay.domain.training import TrainingRow
from assay.statistics.rates import rate_gap

_FEWEST = 50
"""Rows of a rater, and of the others, below which nothing is compared."""
_MOST = 50
"""Raters that are compared, those with the most rows."""
_WHAT = ("first", "longer")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    file: str
    rater: str
    prompt: int
    first: int
    longer: int


class SingleRaters:
    """Keeps rater, prompt, place and length of a sample of rows that name one rater."""

    def __init__(self) -> None:
        self._sampled = Sampled()
        self._rows: list[_Row] = []

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        rater = rater_of(row)
        pair = sides(row) if rater and row.shape == "preference" else None
        place = self._sampled.place(row) if pair is not None else None
        if pair is not None and place is not None:
            longer = int(np.sign(len(pair.chosen) - len(pair.rejected)))
            kept = _Row(file=row.file, rater=rater, prompt=prompt_key(row), first=pair.slot, longer=longer)
            self._rows[place : place + 1] = [kept]

    def tests(self) -> list[Leaning]:
        """Of each rater with rows enough, how often it takes the first place and the longer answer, against others.

        The others are those nearer to the middle: one who leans shall not make the rest look as if they leaned the
        other way. Raters who saw other rows may differ for that reason alone.
        """
        return [
            one
            for file in dict.fromkeys(row.file for row in self._rows)
            for what in _WHAT
            for one in _compared([row for row in self._rows if row.file == file and getattr(row, what)], what)
        ]


def _compared(rows: Sequence[_Row], what: str) -> Iterator[Leaning]:
    """Each rater against those nearer to the middle, from the outside in."""
    towards: defaultdict[str, list[bool]] = defaultdict(list)
    for row in rows:
        towards[row.rater].append(getattr(row, what) > 0)
    raters = sorted(towards, key=lambda name: len(towards[name]), reverse=True)[:_MOST]
    shares = {name: float(np.mean(towards[name])) for name in raters if len(towards[name]) >= _FEWEST}
    middle = float(np.median(list(shares.values()))) if shares else 0.5
    left = sorted(shares, key=lambda name: abs(shares[name] - middle), reverse=True)
    while len(left) > 1:
        some = [row for row in rows if row.rater in left]
        yield from _test(some, left.pop(0), what)


def _test(rows: Sequence[_Row], rater: str, what: str) -> Iterator[Leaning]:
    gap = rate_gap(
        [getattr(row, what) > 0 for row in rows], [row.rater == rater for row in rows], [row.prompt for row in rows]
    )
    if gap is not None:
        yield Leaning(
            file=rows[0].file, rater=rater, what=what, size=gap.one - gap.other, low=gap.low, high=gap.high,
            error=gap.error, p=gap.p,
            told=f"takes it in {100 * gap.one:.1f} % of {gap.n_one:,} rows, other raters in {100 * gap.other:.1f} % "
            f"of {gap.n_other:,}",
        )  # fmt: skip
