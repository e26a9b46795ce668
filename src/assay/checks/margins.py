"""Scores of answers against the order they are said to be in: ties, opposite order, thin margins, flat ratings."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from assay.checks.check import Defect, Gathered
from assay.checks.sides import Sides
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


class Margins:
    """Keeps a margin and a line for each pair with scores, and counts ratings."""

    def __init__(self) -> None:
        self._gathered = Gathered()
        self._margins: defaultdict[str, tuple[array[float], array[int]]] = defaultdict(lambda: (array("d"), array("q")))
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
        else:
            margins, lines = self._margins[row.file]
            margins.append(margin)
            lines.append(row.line)

    def rate(self, row: TrainingRow) -> None:
        """Look at a row with one answer and its rating."""
        counts, rating = self._ratings[row.file], row.ratings[0]
        if rating in counts or len(counts) < _MOST_VALUES:
            counts[rating] += 1

    def findings(self) -> Iterator[Finding]:
        """One finding for each kind and file."""
        yield from self._gathered.findings()
        thin = Gathered()
        for file, (margins, lines) in self._margins.items():
            sizes = np.array(margins)
            if len(sizes) >= _FEWEST:
                for place in np.flatnonzero(sizes < _THIN * float(np.median(sizes))):
                    thin.add(THIN, file, lines[place], f"margin {sizes[place]:g}, usual {np.median(sizes):g}")
        yield from thin.findings()
        for file, counts in self._ratings.items():
            yield from _flat(file, counts)


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
