"""Where rows with repeated strings stand, what they were asked, and how many strings they have."""

from __future__ import annotations

import numpy as np

from assay.checks.equals import ranges
from assay.checks.spool import Spool, Table
from assay.domain.training import TrainingRow

_PROMPTED = 20
"""Rows with one prompt; beyond, it is an instruction for all rather than a question with several answers."""
_HELD = 1 << 24


class Places:
    """Where each row stands, its prompt and the number of its strings: 24 bytes a row, beyond a limit in a file."""

    def __init__(self) -> None:
        self.files: dict[str, int] = {}
        self._rows = Table(Spool(_HELD), file="u4", line="u8", asked="u8", size="u4")

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: TrainingRow, asked: int, strings: int) -> None:
        """Take in a row, with a number for its prompt."""
        self._rows.add(self.files.setdefault(row.file, len(self.files)), row.line, asked, strings)

    def places(self, rows: set[int]) -> dict[int, tuple[str, int]]:
        """File and line of some rows."""
        names, wanted = list(self.files), sorted(rows)
        found = zip(self._rows.at("file", wanted).tolist(), self._rows.at("line", wanted).tolist(), strict=True)
        return {row: (names[file], line) for row, (file, line) in zip(wanted, found, strict=True)}

    def asking(self, rows: set[int]) -> tuple[dict[int, int], dict[int, int]]:
        """Of some rows the number of the prompt, and how many strings they have."""
        wanted = sorted(rows)
        asked, size = self._rows.at("asked", wanted).tolist(), self._rows.at("size", wanted).tolist()
        return dict(zip(wanted, asked, strict=True)), dict(zip(wanted, size, strict=True))

    def usual_prompts(self) -> set[int]:
        """Prompts that so many rows have that they say nothing of the row, such as `Continue.`"""
        found: set[int] = set()
        for [(values, _)] in ranges(len(self), lambda: self._rows.parts("asked")):
            prompts, counts = np.unique(values, return_counts=True)
            found.update(prompts[counts > _PROMPTED].tolist())
        return found
