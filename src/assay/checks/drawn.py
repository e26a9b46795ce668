"""A random sample of rows that does not depend on their order: those whose digests are smallest."""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Callable
from typing import Generic, TypeVar

from assay.domain.training import TrainingRow

Item = TypeVar("Item")
MOST = 10_000
"""Pairs of answers that are read closely: a bias in 3 % of them is seen by one test, in 4 % by twenty."""


class Sampled:
    """Says for each row whether it is in, and whose place it takes: the rows with the smallest digests stay.

    Examples:
        >>> sampled = Sampled(2)
        >>> digests = [f"sha256:{number:016x}" for number in (5, 3, 9, 1)]
        >>> rows = [TrainingRow(file="a", line=1, shape="text", digest=digest) for digest in digests]
        >>> [sampled.place(row) for row in rows], sampled.seen
        ([0, 1, None, 0], 4)
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.seen = 0
        """Rows that were offered."""
        self._held: list[tuple[int, int]] = []

    def place(self, row: TrainingRow) -> int | None:
        """The place that a row takes, from 0, perhaps of a row that goes; None when it stays out."""
        self.seen += 1
        drawn = -number(row)
        if len(self._held) < self.most:
            place = len(self._held)
            heapq.heappush(self._held, (drawn, place))
            return place
        if drawn <= self._held[0][0]:
            return None
        place = self._held[0][1]
        heapq.heapreplace(self._held, (drawn, place))
        return place

    def __len__(self) -> int:
        return len(self._held)

    def places(self) -> list[int]:
        """The places that are taken, in the order of the digests."""
        return [place for _, place in sorted(self._held, key=lambda one: (-one[0], one[1]))]


class Drawn(Generic[Item]):
    """At most so many rows of those that are offered, each equally likely, the same ones in every order.

    Examples:
        >>> drawn = Drawn[str](2)
        >>> for name in "abcd":
        ...     drawn.add(TrainingRow(file="a", line=1, shape="text", digest="sha256:" + name * 64), lambda: name)
        >>> sorted(drawn.items), drawn.offered
        (['a', 'b'], 4)
    """

    def __init__(self, size: int) -> None:
        self._sampled = Sampled(size)
        self._kept: list[Item] = []

    @property
    def offered(self) -> int:
        """Rows that were offered."""
        return self._sampled.seen

    def add(self, row: TrainingRow, item: Callable[[], Item]) -> None:
        """Offer a row; what is kept of it is made only when it is drawn."""
        place = self._sampled.place(row)
        if place is not None:
            self._kept[place : place + 1] = [item()]

    @property
    def items(self) -> list[Item]:
        """What was kept, in the order of the digests."""
        return [self._kept[place] for place in self._sampled.places()]


def number(row: TrainingRow) -> int:
    """A number that a row's content decides; without a digest its text and line."""
    if row.digest:
        return int(row.digest[7:23], 16)
    return zlib.crc32(row.text[:1000].encode("utf-8", "surrogatepass")) << 32 | zlib.crc32(f"{row.line}".encode())
