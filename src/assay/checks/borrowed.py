"""Rejected answers that are the chosen answers of other prompts: negatives made by shuffling."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.checks.equals import AT_ONCE, Scan, ranges
from assay.checks.sides import Sides, answer_key, prompt_key
from assay.checks.spool import Marks, Spool, Table
from assay.checks.words import Hashes

_HELD = 1 << 25
_FEWEST = 60
"""Characters below which one answer may fit many prompts."""


class Borrowed:
    """Keeps three numbers and a place for each pair, beyond a limit in a file.

    Examples:
        >>> from assay.domain.sample import Message
        >>> from assay.checks.sides import sides
        >>> from assay.domain.training import TrainingRow
        >>> def pair(line, asked, *texts):
        ...     said = tuple((Message(role="assistant", content=text),) for text in texts)
        ...     prompt = (Message(role="user", content=asked),)
        ...     return sides(TrainingRow(file="a", line=line, shape="preference", prompt=prompt, answers=said))
        >>> borrowed, own = Borrowed(), "Saturn is the one whose rings can be seen with a small telescope."
        >>> borrowed.add(pair(1, "Which planet has rings?", own, "Mars"))
        >>> borrowed.add(pair(2, "How do I boil an egg?", "Nine minutes in boiling water.", own))
        >>> list(borrowed.found())
        [('a', 2)]
    """

    def __init__(self) -> None:
        self._pairs = Table(Spool(_HELD), chosen="u8", rejected="u8", prompt="u8", file="u4", line="u8")
        self._files: dict[str, int] = {}

    def add(self, found: Sides) -> None:
        """Look at a pair."""
        self._pairs.add(
            answer_key(found.chosen) << 1 | 1,
            answer_key(found.rejected) << 1 | 1 if len(found.rejected) >= _FEWEST else 0,
            prompt_key(found.row) << 1,
            self._files.setdefault(found.row.file, len(self._files)),
            found.row.line,
        )

    def found(self) -> Iterator[tuple[str, int]]:
        """File and line of each pair whose rejected answer is chosen elsewhere, and never for its own prompt."""
        elsewhere, own = self._chosen(by_prompt=False), self._chosen(by_prompt=True)
        names = list(self._files)
        for (begin, file), (_, line) in zip(self._pairs.parts("file"), self._pairs.parts("line"), strict=True):
            end = begin + len(file)
            for place in np.flatnonzero(elsewhere.between(begin, end) & ~own.between(begin, end)).tolist():
                yield names[file[place]], int(line[place])

    def _chosen(self, *, by_prompt: bool) -> Marks:
        """Which rejected answers are chosen ones, of any prompt or of their own."""
        marks = Marks(len(self._pairs))
        scans = self._scan("chosen", by_prompt), self._scan("rejected", by_prompt)
        for (chosen, _), (rejected, pairs) in ranges(len(self._pairs), *scans, at_once=AT_ONCE):
            marks.put(pairs[np.isin(rejected, chosen)])
        return marks

    def _scan(self, name: str, by_prompt: bool) -> Scan:
        def scan() -> Iterator[tuple[int, Hashes]]:
            parts = zip(self._pairs.parts(name), self._pairs.parts("prompt"), strict=True)
            for (begin, values), (_, prompt) in parts:
                yield begin, np.where(values & np.uint64(1), values ^ prompt, values) if by_prompt else values

        return scan
