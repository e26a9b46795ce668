"""A sample of rows that does not depend on their order: those whose digests are the smallest share of all."""

from __future__ import annotations

from typing import Generic, TypeVar

Item = TypeVar("Item")
_BITS = 64


class Drawn(Generic[Item]):
    """Keeps between half of `most` and `most` rows, or all where there are no more.

    A row stays while its digest ends on enough zero bits; when too many stay, one bit more is asked. So the same rows
    are drawn whatever their order and however they are split over files, and rows that are equal stay or go together.

    Examples:
        >>> drawn = Drawn(10)
        >>> for n in range(1000):
        ...     drawn.add(f"sha256:{n * 2654435761 % 2**32:016x}", n)
        >>> 1 <= len(drawn.items) <= 10, drawn.seen
        (True, 1000)
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._mask = 0
        self._kept: list[tuple[int, Item]] = []
        self.seen = 0
        """Rows that were offered."""

    def wants(self, digest: str) -> bool:
        """Whether a row with this digest would be kept now; counts it as offered where it would not."""
        wanted = not self._mask & _number(digest)
        self.seen += not wanted
        return wanted

    def add(self, digest: str, item: Item) -> None:
        """Offer a row."""
        number = _number(digest)
        self.seen += 1
        if number & self._mask:
            return
        self._kept.append((number, item))
        while len(self._kept) > self._most and self._mask < (1 << _BITS) - 1:
            self._mask = self._mask << 1 | 1
            self._kept = [one for one in self._kept if not one[0] & self._mask]

    @property
    def items(self) -> list[Item]:
        """The rows that were drawn."""
        return [item for _, item in self._kept]

    @property
    def whole(self) -> bool:
        """Whether no row was left out."""
        return self.seen == len(self._kept)


def _number(digest: str) -> int:
    return int(digest[-16:] or "0", 16)
