"""The last values of a stream with their time, trace, surroundings and stratum, in fixed memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

KEPT = 2_000
"""Values of a stream that are kept: enough to say when a change of a few per cent began."""
_ROW = np.dtype([("value", "f8"), ("time", "i8"), ("trace", "S16"), ("around", "i4"), ("stratum", "i4")])
_FIRST = 64
Rows = NDArray[Any]


@dataclass(slots=True)
class History:
    """A ring of rows (value, time, trace, around, stratum); the oldest go first."""

    rows: Rows
    """The ring itself."""
    count: int = 0
    """Rows ever put in."""
    first_ns: int = 0
    """Time of the first of them."""

    @classmethod
    def empty(cls) -> History:
        """A ring without rows; it grows to KEPT as rows come."""
        return cls(np.zeros(_FIRST, _ROW))

    def put(self, value: float, time_ns: int, trace: str, around: int, stratum: int) -> None:
        """Take in a row."""
        if not self.count:
            self.first_ns = time_ns
        if self.count == len(self.rows) < KEPT:
            self.rows = np.concatenate([self.rows, np.zeros(min(len(self.rows), KEPT - len(self.rows)), _ROW)])
        self.rows[self.count % len(self.rows)] = (value, time_ns, _raw(trace), around, stratum)
        self.count += 1

    def last(self) -> Rows:
        """The rows that are held, the oldest first."""
        if self.count <= len(self.rows):
            return self.rows[: self.count].copy()
        at = self.count % len(self.rows)
        return np.concatenate([self.rows[at:], self.rows[:at]])


def _raw(trace: str) -> bytes:
    return bytes.fromhex(trace)


def trace_id(raw: bytes) -> str:
    """The id of 16 bytes; numpy drops zeros at the end.

    Examples:
        >>> trace_id(bytes.fromhex("ab" * 15))[-4:]
        'ab00'
    """
    return raw.ljust(16, b"\0").hex()
