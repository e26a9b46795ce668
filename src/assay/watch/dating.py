"""Since when a distribution is another one: what each figure of a cohort was like in the hours of the last looks."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.statistics.roots import Floats
from assay.statistics.shift_point import ShiftPoint, counts_shift, vectors_shift
from assay.watch.reservoir import DAY_NS
from assay.watch.samples import Kind, Sample

A_LOOK, KEPT_CELLS = 24, 24 * 7
"""Stretches of the time between two looks, and stretches with values that are kept."""
MOST_WORDS = 15
"""Words that are told apart; the others are one."""
PARTS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Where the reference's values are cut."""
_RIDGE = 0.1
"""Part of the mean variance that is added to each direction of vectors: few requests do not fill all of them."""


@dataclass(slots=True, kw_only=True)
class Cell:
    """One stretch of time."""

    begin_ns: int
    """Its first value."""
    end_ns: int
    """Its last value."""
    count: int
    """Values."""
    sums: Any
    """Values in each part, or of each word, shape (parts,); or the sum of the vectors."""


@dataclass(slots=True, kw_only=True)
class Past:
    """The last stretches of a figure of a cohort."""

    kind: Kind
    """What the values are."""
    floor_ns: int
    """End of the reference, or of the last alarm: nothing says that a change before all stretches is younger."""
    edges: list[float] = field(default_factory=list)
    """Where amounts are cut."""
    words: dict[str, int] = field(default_factory=dict)
    """Place of each word."""
    cells: list[Cell] = field(default_factory=list)
    """The stretches that have values, the oldest first."""

    def put(self, value: Any, time_ns: int, length_ns: int) -> None:
        """Take in a value, in order of time; one that is late counts for the stretch at hand."""
        last = self.cells[-1] if self.cells else None
        if last is None or time_ns // length_ns > last.begin_ns // length_ns:
            self._closed()
            empty = (
                0.0
                if self.kind == "vector"
                else [0] * (len(self.edges) + 1 if self.kind == "amount" else MOST_WORDS + 1)
            )
            last = Cell(begin_ns=time_ns, end_ns=time_ns, count=0, sums=empty)
            self.cells.append(last)
        last.end_ns = max(last.end_ns, time_ns)
        last.count += 1
        if self.kind == "vector":
            last.sums = last.sums + value
        elif self.kind == "amount":
            last.sums[bisect_right(self.edges, value)] += 1
        else:
            last.sums[self.place(str(value))] += 1

    def _closed(self) -> None:
        """Pack the stretch at hand, and drop the oldest where there are too many."""
        if self.cells:
            self.cells[-1].sums = np.asarray(self.cells[-1].sums, dtype=np.float32)
        del self.cells[: max(0, len(self.cells) + 1 - KEPT_CELLS)]

    def place(self, word: str) -> int:
        """The place of a word; beyond so many words they share the last one."""
        if len(self.words) < MOST_WORDS:
            return self.words.setdefault(word, len(self.words))
        return self.words.get(word, MOST_WORDS)

    def times(self, found: ShiftPoint) -> tuple[int, int, int]:
        """The time of a change, and the first and last that are left open.

        A stretch in which the change lies is partly like before, so the one before the first of the interval belongs
        to it.
        """
        low = self.cells[found.low - 1].begin_ns if found.low else self.floor_ns or self.cells[0].begin_ns
        since = self.cells[found.place].begin_ns
        return since, min(low, since), self.cells[found.high].end_ns


def begun(before: Sample) -> Past:
    """The past of a figure with this reference, before its first value."""
    edges = np.unique(np.quantile(before.numbers, PARTS)).tolist() if before.kind == "amount" else []
    made = Past(kind=before.kind, floor_ns=before.end_ns, edges=edges)
    for word, _ in before.words.most_common(MOST_WORDS - 3):  # some places are left for words that are new
        made.place(word)
    return made


def since(past: Past, before: Sample, alike: float = 0.0, days: int = 0) -> tuple[int, int, int] | None:
    """Since when a figure is another one: the likeliest time, and the first and last that are left open.

    Args:
        past: What was.
        before: The reference.
        alike: How alike amounts of a day are, as `likeness` gives it.
        days: Days of the reference over which that was seen.

    Returns:
        None where nothing is kept.
    """
    if not past.cells:
        return None
    sums = np.stack([cell.sums for cell in past.cells])
    if past.kind == "vector":
        vectors = np.array(before.vectors)
        counts = np.array([cell.count for cell in past.cells])
        return past.times(vectors_shift(sums, counts, vectors.mean(axis=0), len(vectors), _spread(vectors)))
    if past.kind == "category":
        return past.times(counts_shift(sums, _words(past, before)))
    cut = np.searchsorted(past.edges, before.numbers, side="right")
    parts = np.bincount(cut, minlength=sums.shape[1]).astype(np.float64)
    a_day = float(sums.sum()) / max(1.0, (past.cells[-1].end_ns - past.cells[0].begin_ns) / DAY_NS)
    return past.times(counts_shift(sums / (1 + alike * a_day), parts * before.worth(alike, days)))


def _words(past: Past, before: Sample) -> Floats:
    """Counts of the reference's words by their places."""
    counts = np.zeros(MOST_WORDS + 1)
    for word, count in before.words.items():
        counts[past.words.get(word, MOST_WORDS)] += count
    return counts


def _spread(vectors: Floats) -> Floats:
    spread = np.cov(vectors.T)
    found: Floats = spread + np.eye(len(spread)) * (_RIDGE * np.trace(spread) / len(spread) + 1e-12)
    return found
