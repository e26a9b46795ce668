"""A bounded choice among what passes by: the highest ranks, or a random sample that no order of rows can move."""

from __future__ import annotations

import zlib
from heapq import heappush, heappushpop
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Reservoir(Generic[Item]):
    """The items of highest rank, at most so many.

    Examples:
        >>> kept = Reservoir[str](2)
        >>> for rank, name in ((1.0, "a"), (3.0, "b"), (2.0, "c")):
        ...     kept.offer(rank, name, name)
        >>> kept.items(), kept.seen
        (['b', 'c'], 3)
    """

    def __init__(self, most: int) -> None:
        self.seen = 0
        self._most = most
        self._heap: list[tuple[float, str, int, Item]] = []

    def offer(self, rank: float, digest: str, item: Item) -> None:
        """Take an item in, where it ranks high enough; ties go by the digest of its row."""
        self.seen += 1
        entry = (rank, digest, -self.seen, item)
        if len(self._heap) < self._most:
            heappush(self._heap, entry)
        elif entry > self._heap[0]:
            heappushpop(self._heap, entry)

    def wants(self, rank: float) -> bool:
        """Whether an item of that rank may be kept; spares making one that is not."""
        return len(self._heap) < self._most or rank >= self._heap[0][0]

    def items(self) -> list[Item]:
        """What is kept, in the order in which it came."""
        return [item for *_, item in sorted(self._heap, key=lambda entry: -entry[2])]


def at_random(digest: str) -> float:
    """A rank that is as good as random, from the digest of a row and nothing else.

    Examples:
        >>> at_random("sha256:00") == at_random("sha256:00"), 0 <= at_random("sha256:01") < 1
        (True, True)
    """
    # Two rounds: CRC-32 of digests that differ in one digit differ by a fixed pattern.
    return zlib.crc32(f"{zlib.crc32(digest.encode())}:{digest}".encode()) / 2**32
