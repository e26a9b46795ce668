"""What a detector found in a text, and which finds stay when several lie over each other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple


class Found(NamedTuple):
    """One item seen in a text."""

    start: int
    """First character."""
    end: int
    """One past the last."""
    type: str
    """What it is: email, phone, credit_card, ..."""
    confidence: float
    """How surely it is one, in [0, 1]: of a hundred such finds, so many are."""


def apart(finds: Iterable[Found]) -> list[Found]:
    """Finds that do not lie over each other, in order of place; the surer stays, then the longer.

    Examples:
        >>> apart([Found(0, 4, "phone", 0.6), Found(0, 9, "iban", 0.9), Found(20, 22, "ip", 0.5)])
        [Found(start=0, end=9, type='iban', confidence=0.9), Found(start=20, end=22, type='ip', confidence=0.5)]
    """
    ranked = sorted(finds, key=lambda find: (-find.confidence, find.start - find.end, find.start))
    if len(ranked) < 2:
        return ranked
    taken: list[Found] = []
    seen = _Covered()
    for find in ranked:
        if seen.free(find.start, find.end):
            taken.append(find)
    return sorted(taken)


class _Covered:
    """Characters that are taken, as sorted ends, so that ten thousand finds stay quick."""

    def __init__(self) -> None:
        self._blocks: dict[int, list[tuple[int, int]]] = {}

    def free(self, start: int, end: int) -> bool:
        """Whether nothing lies there yet; takes the place when so."""
        blocks = range(start // 256, (end - 1) // 256 + 1)
        for block in blocks:
            if any(begin < end and start < stop for begin, stop in self._blocks.get(block, ())):
                return False
        for block in blocks:
            self._blocks.setdefault(block, []).append((start, end))
        return True


def words(*stems: str) -> re.Pattern[str]:
    """A pattern for any of these stems at the beginning of a word; in scripts without blanks, anywhere."""
    begun = "|".join(stem for stem in stems if stem[0] < "\u0e00")
    within = "".join(f"|{stem}" for stem in stems if stem[0] >= "\u0e00")
    return re.compile(rf"(?<![^\W_])(?:{begun}){within}")


LETTER = re.compile(r"[^\W\d_]")
"""A letter of any script; without one no word announces anything."""


@lru_cache(maxsize=4096)  # lists of numbers stand behind the same few words
def nearest(pattern: re.Pattern[str], text: str) -> int:
    """How far before the end of the text the last match of a pattern of `words` ends; -1 when there is none."""
    if LETTER.search(text) is None:
        return -1
    end = -1
    for match in pattern.finditer(text):
        end = match.end()
    return -1 if end < 0 else len(text) - end
