"""The last values of a stream with their time, trace, surroundings and stratum, in fixed memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

KEPT = 2_000
"""Values of a stream that are kept: enough to say when a change of a few per cent began."""
_ROW = np.dtype([("value", "f8"), ("time", "i8"), ("trace", "S16"), ("around", "i4"), ("stratum", "i4")])
_SIZE = _ROW.itemsize
_FIRST = 64
Rows = NDArray[Any]


@dataclass(slots=True)
class History:
    """A ring of rows (value, time, trace, around, stratum); the oldest go first."""

    ring: bytearray
    """The rows, packed."""
    count: int = 0
    """Rows ever put in."""
    first_ns: int = 0
    """Time of the first of them."""

    @classmethod
    def empty(cls) -> History:
        """A ring without rows; it grows to KEPT as rows come."""
        return cls(bytearray(_FIRST * _SIZE))

    def put(self, rows: Rows) -> None:
        """Take in rows, as `rows_of` makes them."""
        if not len(rows):
            return
        if not self.count:
            self.first_ns = int(rows["time"][0])
        room = len(self.ring) // _SIZE
        while self.count + len(rows) > room < KEPT:
            self.ring.extend(bytes(min(room, KEPT - room) * _SIZE))
            room = len(self.ring) // _SIZE
        self.count += len(rows)
        kept = rows[-room:]
        np.frombuffer(self.ring, _ROW)[np.arange(self.count - len(kept), self.count) % room] = kept

    def last(self) -> Rows:
        """The rows that are held, the oldest first."""
        rows = np.frombuffer(bytes(self.ring), _ROW)
        if self.count <= len(rows):
            return rows[: self.count]
        return np.roll(rows, -(self.count % len(rows)))


def rows_of(told: Sequence[tuple[float, int, bytes, int, int]]) -> Rows:
    """Rows of value, time, bytes of the trace's id, number of what surrounded it, number of its stratum."""
    return np.array(told, dtype=_ROW)


def trace_id(raw: bytes) -> str:
    """The id of 16 bytes; numpy drops zeros at the end.

    Examples:
        >>> trace_id(bytes.fromhex("ab" * 15))[-4:]
        'ab00'
    """
    return raw.ljust(16, b"\0").hex()
