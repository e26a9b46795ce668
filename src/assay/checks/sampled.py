"""A sample of rows of fixed size that does not depend on their order."""

from __future__ import annotations

import heapq
import zlib

from assay.domain.training import TrainingRow

MOST = 10_000
"""Pairs of answers that are read closely: a bias in 3 % of them is seen by one test, in 4 % by twenty."""


class Sampled:
    """Says for each row whether it is in, and whose place it takes: the rows with the smallest digests stay.

    Examples:
        >>> sampled = Sampled(2)
        >>> digests = [f"sha256:{number:064x}" for number in (5, 3, 9, 1)]
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
        drawn = -_drawn(row)
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


def _drawn(row: TrainingRow) -> int:
    if row.digest:
        return int(row.digest[-16:], 16)
    return zlib.crc32(row.text.encode("utf-8", "surrogatepass")) << 32
