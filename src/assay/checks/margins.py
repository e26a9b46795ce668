"""Scores of answers against the order they are said to be in: ties, opposite order, thin margins, flat ratings."""

from __future__ import annotations

import struct
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from assay.checks.by_file import ByFile
from assay.checks.check import Defect, Gathered
from assay.checks.sides import Sides
from assay.checks.spool import Spool
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

CODES = ("preference.flat_ratings",)
"""Findings that are made otherwise than from a defect."""

TIE = Defect(
    code="preference.tie",
    severity="medium",
    message="rows prefer an answer to one with the same score",
    remediation="Drop ties or keep them apart: which of the two was put first is chance",
)
AGAINST_SCORE = Defect(
    code="preference.against_score",
    severity="high",
    message="rows prefer the answer with the lower score",
    remediation="Look at how the pairs were made: sides may be swapped, or the score is one where less is better",
)
THIN = Defect(
    code="preference.thin_margin",
    severity="low",
    message="rows prefer an answer by a margin under a twentieth of the usual one",
    remediation="Drop the pairs with the smallest margins or weigh them less: their order is mostly noise",
)
_THIN = 0.05
_FEWEST = 20
_FLAT = 0.95
_MOST_VALUES = 100
_HELD = 1 << 24
_NUMBER, _DIGITS = struct.Struct("<d"), struct.Struct("<Q")
_STEP = 16
"""Bits of a margin by which its rank is narrowed down at once."""


class Margins:
    """Keeps a margin and a line for each pair with scores, beyond a limit in a file, and counts ratings."""

    def __init__(self) -> None:
        self._gathered = Gathered()
        # A margin stands as the bits of its float: those of positive floats are in the order of the numbers.
        self._margins = ByFile(Spool(_HELD), margin="u8", line="u8")
        self._ratings: defaultdict[str, Counter[float]] = defaultdict(Counter)

    def add(self, found: Sides) -> None:
        """Look at a pair."""
        scores = found.scores
        if scores is None:
            return
        row, margin = found.row, scores[0] - scores[1]
        if margin == 0:
            self._gathered.add(TIE, row.file, row.line)
        elif margin < 0:
            self._gathered.add(AGAINST_SCORE, row.file, row.line, f"chosen {scores[0]:g}, rejected {scores[1]:g}")
        elif margin > 0:
            self._margins.add(row.file, _DIGITS.unpack(_NUMBER.pack(margin))[0], row.line)

    def rate(self, row: TrainingRow) -> None:
        """Look at a row with one answer and its rating."""
        counts, rating = self._ratings[row.file], row.ratings[0]
        if rating in counts or len(counts) < _MOST_VALUES:
            counts[rating] += 1

    def findings(self) -> Iterator[Finding]:
        """One finding for each kind and file."""
        yield from self._gathered.findings()
        thin = Gathered()
        for file, count in self._margins.counts().items():
            if count >= _FEWEST:
                usual = self._median(file, count)
                for margin, line in self._below(file, _THIN * usual):
                    thin.add(THIN, file, line, f"margin {margin:g}, usual {usual:g}")
        yield from thin.findings()
        for file, counts in self._ratings.items():
            yield from _flat(file, counts)

    def _median(self, file: str, count: int) -> float:
        """The median of the margins of a file, which are read a few times and never held."""
        half = (count - 1) // 2
        return (self._ranked(file, half) + self._ranked(file, count - 1 - half)) / 2

    def _ranked(self, file: str, rank: int) -> float:
        """The margin that so many others stand before, its first bits found first."""
        known = 0
        for shift in range(64 - _STEP, -1, -_STEP):
            counts = np.zeros(1 << _STEP, np.int64)
            for _, bits in self._margins.parts(file, "margin"):
                some = bits if shift + _STEP == 64 else bits[bits >> np.uint64(shift + _STEP) == known]
                digits = some >> np.uint64(shift) & np.uint64((1 << _STEP) - 1)
                counts += np.bincount(digits.astype(np.int64), minlength=1 << _STEP)
            before = np.cumsum(counts)
            own = int(np.searchsorted(before, rank, side="right"))
            rank -= int(before[own] - counts[own])
            known = known << _STEP | own
        found: tuple[float] = _NUMBER.unpack(_DIGITS.pack(known))
        return found[0]

    def _below(self, file: str, limit: float) -> Iterator[tuple[float, int]]:
        """Margins below a limit, with their lines."""
        columns = (self._margins.parts(file, name) for name in ("margin", "line"))
        for (_, bits), (_, lines) in zip(*columns, strict=True):
            margins = bits.view(np.float64)
            for place in np.flatnonzero(margins < limit).tolist():
                yield float(margins[place]), int(lines[place])


def _flat(file: str, counts: Counter[float]) -> Iterator[Finding]:
    """Ratings that are nearly all the same."""
    total = counts.total()
    value, most = counts.most_common(1)[0]
    if total >= _FEWEST and most >= _FLAT * total:
        yield Finding(
            code="preference.flat_ratings",
            severity="medium",
            message=f"{100 * most / total:.1f} % of {total:,} ratings are {value:g}: next to nothing to compare",
            where={"file": file},
            evidence={"rows": total - most, "ratings": total, "value": value},
            remediation="Add answers that were rated otherwise, or train on these as plain examples",
        )
