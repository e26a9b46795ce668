"""Where rows with repeated strings stand, what they were asked, and how many strings they have."""

from __future__ import annotations

import numpy as np

from assay.checks.equals import ranges
from assay.checks.spool import Column, Spool
from assay.domain.training import TrainingRow

_PROMPTED = 20
"""Rows with one prompt; beyond, it is an instruction for all rather than a question with several answers."""
_HELD, _AT_ONCE = 1 << 24, 1 << 12


class Places:
    """Where each row stands, its prompt and the number of its strings: 24 bytes a row, beyond a limit in a file."""

    def __init__(self) -> None:
        self.files: dict[str, int] = {}
        spool = Spool(_HELD)
        self._file, self._line = Column(spool, "u4"), Column(spool, "u8")
        self._asked, self._size = Column(spool, "u8"), Column(spool, "u4")
        self._waiting: list[tuple[int, int, int, int]] = []

    def __len__(self) -> int:
        return len(self._line) + len(self._waiting)

    def add(self, row: TrainingRow, asked: int, strings: int) -> None:
        """Take in a row, with a number for its prompt."""
        self._waiting.append((self.files.setdefault(row.file, len(self.files)), row.line, asked, strings))
        if len(self._waiting) >= _AT_ONCE:
            self._put()

    def places(self, rows: set[int]) -> dict[int, tuple[str, int]]:
        """File and line of some rows."""
        self._put()
        names, wanted = list(self.files), sorted(rows)
        found = zip(self._file.at(wanted).tolist(), self._line.at(wanted).tolist(), strict=True)
        return {row: (names[file], line) for row, (file, line) in zip(wanted, found, strict=True)}

    def asking(self, rows: set[int]) -> tuple[dict[int, int], dict[int, int]]:
        """Of some rows the number of the prompt, and how many strings they have."""
        self._put()
        wanted = sorted(rows)
        asked, size = self._asked.at(wanted).tolist(), self._size.at(wanted).tolist()
        return dict(zip(wanted, asked, strict=True)), dict(zip(wanted, size, strict=True))

    def usual_prompts(self) -> set[int]:
        """Prompts that so many rows have that they say nothing of the row, such as `Continue.`"""
        self._put()
        found: set[int] = set()
        for [(values, _)] in ranges(len(self._asked), self._asked.parts):
            prompts, counts = np.unique(values, return_counts=True)
            found.update(prompts[counts > _PROMPTED].tolist())
        return found

    def _put(self) -> None:
        waiting, self._waiting = np.array(self._waiting, np.uint64).reshape(-1, 4), []
        for column, values in zip((self._file, self._line, self._asked, self._size), waiting.T, strict=True):
            column.extend(values)
