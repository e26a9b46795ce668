"""The last values of a stream with their time, trace, surroundings and stratum, in fixed memory."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

KEPT = 2_000
"""Values of a stream that are kept: enough to say when a change of a few per cent began."""
_ROW = np.dtype([("value", "f8"), ("time", "i8"), ("trace", "S16"), ("around", "i4"), ("stratum", "i4")])
_PACKED = struct.Struct("=dq16sii")
_SIZE = _PACKED.size
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

    def put(self, value: float, time_ns: int, trace: str, around: int, stratum: int) -> None:
        """Take in a row."""
        if not self.count:
            self.first_ns = time_ns
        room = len(self.ring) // _SIZE
        if self.count == room < KEPT:
            self.ring.extend(bytes(min(room, KEPT - room) * _SIZE))
            room = len(self.ring) // _SIZE
        _PACKED.pack_into(self.ring, self.count % room * _SIZE, value, time_ns, bytes.fromhex(trace), around, stratum)
        self.count += 1

    def last(self) -> Rows:
        """The rows that are held, the oldest first."""
        rows = np.frombuffer(bytes(self.ring), _ROW)
        if self.count <= len(rows):
            return rows[: self.count]
        return np.roll(rows, -(self.count % len(rows)))


def trace_id(raw: bytes) -> str:
    """The id of 16 bytes; numpy drops zeros at the end.

    Examples:
        >>> trace_id(bytes.fromhex("ab" * 15))[-4:]
        'ab00'
    """
    return raw.ljust(16, b"\0").hex()
