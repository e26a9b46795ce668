"""Preferences that cannot all hold: the same two answers in opposite order, and cycles of three or more."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from assay.checks.check import Defect, Gathered
from assay.checks.equals import AT_ONCE, ranges
from assay.checks.sides import answer_key, prompt_key, said
from assay.checks.spool import Spool, Table
from assay.checks.words import Places
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

OPPOSITE = Defect(
    code="preference.contradiction",
    severity="medium",
    message="rows prefer an answer to another that a different row prefers to it, for the same prompt",
    remediation="Have an expert decide, or keep the majority: opposite rows cancel and teach noise",
)
CYCLE = Defect(
    code="preference.cycle",
    severity="medium",
    message="rows are part of a cycle of preferences: A over B, B over C, C over A",
    remediation="Have an expert rank these answers anew: no order of them agrees with all these rows",
)
_STEP = 0x9E3779B97F4A7C15
_MASK = (1 << 63) - 1
_HELD = 1 << 25


class Contradictions:
    """Keeps four numbers and a place for each preference, many of them in a file, and looks for circles at the end."""

    def __init__(self) -> None:
        self._rows = Table(Spool(_HELD), prompt="u8", better="u8", worse="u8", file="u4", line="u8")
        self._files: dict[str, int] = {}

    def add(self, row: TrainingRow) -> None:
        """Look at a row; of a ranking each answer is preferred to the next that is rated lower."""
        if row.shape not in ("preference", "ranked") or len(row.answers) < 2 or "order_untold" in row.problems:
            return
        prompt = prompt_key(row)
        keys = [((answer_key(said(answer)) ^ prompt) * _STEP + prompt) & _MASK for answer in row.answers]
        file = self._files.setdefault(row.file, len(self._files))
        for place in range(len(keys) - 1):
            tied = len(row.ratings) == len(keys) and row.ratings[place] == row.ratings[place + 1]
            if keys[place] != keys[place + 1] and not (tied and row.shape == "ranked"):
                self._rows.add(prompt << 1 | 1, keys[place], keys[place + 1], file, row.line)

    def findings(self) -> Iterator[Finding]:
        """One finding for each kind and file."""
        gathered = Gathered()
        names = list(self._files)
        none = np.zeros(0, np.int64)
        found: tuple[list[Places], list[Places]] = ([none], [none])
        for [(_, rows)] in ranges(len(self._rows), lambda: self._rows.parts("prompt"), at_once=AT_ONCE):
            better, worse = (self._rows.at(name, rows).astype(np.int64) for name in ("better", "worse"))
            for kept, own in zip(found, circles(better, worse), strict=True):
                kept.append(rows[own])
        for defect, parts in zip((OPPOSITE, CYCLE), found, strict=True):
            rows = np.sort(np.concatenate(parts))
            told = zip(self._rows.at("file", rows).tolist(), self._rows.at("line", rows).tolist(), strict=True)
            for file, line in told:
                gathered.add(defect, names[file], line)
        return gathered.findings()


def circles(better: NDArray[np.int64], worse: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which preferences stand against their own opposite, and which of the others lie on a cycle.

    That an answer is chosen here and rejected there is no contradiction by itself; that following the preferences leads
    back to it is: both ends lie in one strongly connected component.

    Args:
        better: Number of the preferred answer, shape (n,); the same answer to another prompt has another number.
        worse: Number of the other one.

    Source:
        Strongly connected components, Tarjan 1972.

    Examples:
        >>> opposite, circular = circles(np.array([1, 2, 3, 7, 8, 1]), np.array([2, 3, 1, 8, 7, 9]))
        >>> opposite.tolist(), circular.tolist()
        ([False, False, False, True, True, False], [True, True, True, False, False, False])
    """
    if not len(better):
        return np.zeros(0, np.bool_), np.zeros(0, np.bool_)
    names, place = np.unique(np.concatenate((better, worse)), return_inverse=True)
    first, second = place[: len(better)], place[len(better) :]
    graph = coo_array((np.ones(len(better), np.int8), (first, second)), shape=(len(names), len(names)))
    _, part = connected_components(graph, directed=True, connection="strong")
    inside = part[first] == part[second]
    forward, backward = first * len(names) + second, second * len(names) + first
    opposite = inside & np.isin(forward, backward)
    return opposite, inside & ~opposite
