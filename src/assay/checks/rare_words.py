"""In how many rows a word stands, as a sample of the rows tells it."""

from __future__ import annotations

import math
from collections import Counter
from zlib import crc32

_ELSEWHERE = 1.25
"""A word in at most so many rows for each row of its run occurs almost only in it."""
_SAMPLE = 4_096
"""Rows whose words are counted, at least half of it where there are so many."""
_KEPT = 20_000
"""Characters of such a row."""


class WordSample:
    """In how many rows a word stands, from a sample of rows that does not depend on their order."""

    def __init__(self) -> None:
        self._levels: dict[int, list[bytes]] = {}
        self._lowest = 0
        self._counts: Counter[bytes] | None = None

    def add(self, data: bytes, plain: bytes) -> None:
        """Keep a row's text if the row is in the sample."""
        key = crc32(data)  # unlike `hash`, the same in every process
        level = (key & -key).bit_length() if key else 33
        if level < self._lowest:
            return
        self._levels.setdefault(level, []).append(plain[:_KEPT])
        self._counts = None
        if sum(map(len, self._levels.values())) > _SAMPLE:
            self._levels.pop(min(self._levels), None)
            self._lowest = min(self._levels)

    def _count(self, word: bytes) -> int:
        """In how many rows of the sample a word stands; counted when it is first asked, as most levels are given up."""
        if self._counts is None:
            self._counts = Counter()
            for texts in self._levels.values():
                for text in texts:
                    self._counts.update(long_words(text))
        return self._counts[word]

    def almost_only(self, word: bytes, rows: int) -> bool:
        """Whether a word stands in hardly more rows than a run that holds it, as far as the sample tells."""
        found = self._count(word)
        if self._lowest < 2:
            return found <= _ELSEWHERE * rows
        expected = rows / 2.0 ** (self._lowest - 1)
        return found <= _ELSEWHERE * expected + 2 * math.sqrt(expected)


def long_words(plain: bytes) -> set[bytes]:
    """Words of four letters or more."""
    return {word for word in set(plain.split()) if len(word) > 3 and word.isalpha()}
