"""Groups of rows that say the same, some at a time, and what is said of all of them: counts, first lines, examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.checks.check import MOST_LINES, Defect, located
from assay.checks.equals import changes
from assay.checks.remembered import Remembered
from assay.checks.words import Places
from assay.domain.verdict import Finding

_EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Some groups; rows go by their place in the order in which they were added."""

    order: Places
    """By what groups of one size are listed, shape (n_groups,)."""
    keep: Places
    """The row of each that stands for the others."""
    drop: Places
    """Rows that could go, group by group, shape (n_rows,)."""
    of: Places
    """Number of the group of each."""


def led(begins: NDArray[np.bool_], rows: Places, order: Places | None = None) -> Groups:
    """Groups of which the first row stays; those of one row are left out.

    Args:
        begins: Which row is the first of its group, shape (n_rows,).
        rows: Places of the rows.
        order: By what groups are listed; by their first row where it is not given.

    Examples:
        >>> found = led(np.array([True, False, True]), np.array([4, 9, 5]))
        >>> found.keep.tolist(), found.drop.tolist(), found.of.tolist()
        ([4], [9], [0])
    """
    group = np.cumsum(begins) - 1
    several = np.bincount(group) > 1 if len(rows) else np.zeros(0, np.bool_)
    number = np.cumsum(several) - 1
    keep = rows[begins][several]
    return Groups(
        order=keep if order is None else order[several], keep=keep, drop=rows[~begins], of=number[group[~begins]]
    )


@dataclass(slots=True)
class _File:
    """Groups with rows of one file that could go."""

    rows: int = 0
    groups: int = 0
    lines: NDArray[Any] = field(default_factory=lambda: np.zeros(0, np.uint64))
    largest: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Rows that could go, as a negative number, then order, the row that stays, and the first of this file."""


class Listed:
    """Takes groups of one kind, and makes a finding of each file from them."""

    def __init__(self, rows: Remembered) -> None:
        self._rows = rows
        self._found: dict[int, _File] = {}

    def add(self, groups: Groups) -> None:
        """Take in some groups."""
        file = self._rows.at("file", groups.drop)
        line = self._rows.at("line", groups.drop)
        sizes = np.bincount(groups.of, minlength=len(groups.keep))
        by_file = np.argsort(file, kind="stable")
        cuts = np.flatnonzero(np.diff(file[by_file])) + 1
        for own in np.split(by_file, cuts) if len(by_file) else ():
            found = self._found.setdefault(int(file[own[0]]), _File())
            found.rows += len(own)
            found.lines = np.unique(np.concatenate([found.lines, line[own]]))[:MOST_LINES]
            firsts = own[changes(groups.of[own])]
            found.groups += len(firsts)
            group = groups.of[firsts]
            best = np.lexsort((groups.order[group], -sizes[group]))[:_EXAMPLES]
            some = (-sizes[group], groups.order[group], groups.keep[group], groups.drop[firsts])
            told = zip(*(each[best].tolist() for each in some), strict=True)
            found.largest = sorted([*found.largest, *told])[:_EXAMPLES]

    def findings(self, kind: Defect) -> Iterator[Finding]:
        """One finding per file with rows that could go, largest groups first in its examples."""
        names = list(self._rows.files)
        for number, found in sorted(self._found.items()):
            evidence = {"groups": found.groups, "examples": [self._example(names, *one) for one in found.largest]}
            yield located(kind, names[number], found.lines.tolist(), evidence, found.rows)

    def _example(self, names: list[str], size: int, _: int, keep: int, other: int) -> dict[str, Any]:
        (file, _file), (line, own) = (self._rows.at(name, np.array([keep, other])) for name in ("file", "line"))
        return {
            "keep": f"{names[file]}:{line}",
            "line": int(own),
            "rows": -size + (keep != other or size < -1),
            "kept_text": self._rows.excerpts.of(keep),
            "text": self._rows.excerpts.of(other),
        }
