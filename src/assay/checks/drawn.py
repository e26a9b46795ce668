"""A random sample of rows that does not depend on their order: those whose digests are smallest."""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Callable
from typing import Generic, TypeVar

from assay.domain.training import TrainingRow

Item = TypeVar("Item")


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
        self._size = size
        self._kept: list[tuple[int, int, Item]] = []
        self.offered = 0
        """Rows that were offered."""

    def add(self, row: TrainingRow, item: Callable[[], Item]) -> None:
        """Offer a row; what is kept of it is made only when it is drawn."""
        self.offered += 1
        key = -place(row)
        if len(self._kept) < self._size:
            heapq.heappush(self._kept, (key, -self.offered, item()))
        elif key > self._kept[0][0]:
            heapq.heapreplace(self._kept, (key, -self.offered, item()))

    @property
    def items(self) -> list[Item]:
        """What was kept, in the order of the digests."""
        return [item for _, _, item in sorted(self._kept, key=lambda one: (-one[0], -one[1]))]


def place(row: TrainingRow) -> int:
    """A number that a row's content decides; without a digest its text and line."""
    if row.digest:
        return int(row.digest[7:23], 16)
    return zlib.crc32(row.text[:1000].encode("utf-8", "surrogatepass")) << 32 | zlib.crc32(f"{row.line}".encode())
