"""Rejected answers that are the chosen answers of other prompts: negatives made by shuffling."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import numpy as np

from assay.checks.sides import Sides, answer_key, prompt_key

_FEWEST = 60
"""Characters below which one answer may fit many prompts."""


class Borrowed:
    """Keeps three numbers and a place for each pair.

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
        self._chosen, self._rejected, self._prompts = array("q"), array("q"), array("q")
        self._file, self._line = array("i"), array("q")
        self._files: dict[str, int] = {}

    def add(self, found: Sides) -> None:
        """Look at a pair."""
        self._chosen.append(answer_key(found.chosen))
        self._rejected.append(answer_key(found.rejected) if len(found.rejected) >= _FEWEST else -1)
        self._prompts.append(prompt_key(found.row))
        self._file.append(self._files.setdefault(found.row.file, len(self._files)))
        self._line.append(found.row.line)

    def found(self) -> Iterator[tuple[str, int]]:
        """File and line of each pair whose rejected answer is chosen elsewhere, and never for its own prompt."""
        chosen, prompts = np.array(self._chosen, np.int64), np.array(self._prompts, np.int64)
        rejected = np.array(self._rejected, np.int64)
        elsewhere = np.isin(rejected, chosen)
        own = np.isin(rejected ^ prompts, chosen ^ prompts)
        names = list(self._files)
        for place in np.flatnonzero(elsewhere & ~own):
            yield names[self._file[place]], self._line[place]
