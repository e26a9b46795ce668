"""What stands in several rows: hashes of strings with their rows, exact up to a bound, in bounded memory."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

MOST = 4_000_000
"""Strings that are held, twelve bytes each; beyond, those seen once the longest ago are forgotten."""
_BLOCK = 262_144
_SEEN = 1 << 25
_TURNS = np.array(
    (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93), np.uint64
)  # odd numbers whose products spread over the upper bits

Hashes = NDArray[np.uint64]
Rows = NDArray[np.uint32]


class Repeats:
    """Strings by their hashes, and the rows they stand in.

    Up to `MOST` strings all are held. Then what occurred once is forgotten, the oldest first (lossy counting): a
    string is lost only when as many others came between two of its rows.

    Examples:
        >>> repeats = Repeats()
        >>> for row, strings in enumerate(([1, 2], [3, 1], [1, 4])):
        ...     repeats.add(row, strings)
        >>> hashes, rows = repeats.repeated(3)
        >>> hashes.tolist(), rows.tolist()
        ([1, 1, 1], [0, 1, 2])
    """

    def __init__(self, most: int = MOST) -> None:
        self.forgotten = False
        self._most = most
        self._hashes, self._rows = array("Q"), array("I")
        self._held: Hashes = np.empty(0, np.uint64)
        self._held_rows: Rows = np.empty(0, np.uint32)

    def add(self, row: int, strings: Collection[int]) -> None:
        """Take in the hashes of a row's strings, each at most once; rows come in rising order."""
        self._hashes.extend(strings)
        self._rows.extend(array("I", [row]) * len(strings))
        if len(self._hashes) >= _BLOCK:
            self._flush()

    def repeated(self, least: int) -> tuple[Hashes, Rows]:
        """Hashes and rows of all strings that stand in so many rows, by hash, then by row."""
        self._flush()
        hashes, rows, counts = _sorted(self._held, self._held_rows)
        kept = counts >= least
        return hashes[kept], rows[kept]

    def _flush(self) -> None:
        if self._hashes:
            self._held = np.concatenate([self._held, np.frombuffer(self._hashes, np.uint64)])
            self._held_rows = np.concatenate([self._held_rows, np.frombuffer(self._rows, np.uint32)])
            self._hashes, self._rows = array("Q"), array("I")
        if len(self._held) > self._most:
            self._forget()

    def _forget(self) -> None:
        hashes, rows, counts = _sorted(self._held, self._held_rows)
        recent = rows >= np.partition(rows, len(rows) // 2)[len(rows) // 2]
        kept = (counts > 1) | recent
        if kept.sum() > self._most * 3 // 4:  # nearly all occurs again and again: what is frequent is not rare
            kept = recent
        order = np.argsort(rows[kept], kind="stable")
        self._held, self._held_rows, self.forgotten = hashes[kept][order], rows[kept][order], True


def grouped(hashes: Hashes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each group of equal hashes begins, and its length; of sorted ones."""
    if not len(hashes):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    starts = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]]))
    return starts, np.diff(np.append(starts, len(hashes)))


def _sorted(hashes: Hashes, rows: Rows) -> tuple[Hashes, Rows, NDArray[np.int64]]:
    """Both by hash, then by row, and how often each hash occurs."""
    order = np.argsort(hashes, kind="stable")  # rows come in rising order
    hashes, rows = hashes[order], rows[order]
    _, lengths = grouped(hashes)
    return hashes, rows, np.repeat(lengths, lengths)


class Seen:
    """Whether a hash was given before: never a wrong no, seldom a wrong yes, in 32 MB.

    Examples:
        >>> seen = Seen()
        >>> seen.again([12345]), seen.again([12345, 678])
        ([], [12345])
    """

    def __init__(self) -> None:
        self._table = np.zeros(_SEEN, np.bool_)
        self._count = 0

    def again(self, keys: Sequence[int]) -> list[int]:
        """Those that were there before, also before in the same list; all are from now on."""
        return [key for key, there in zip(keys, self.before(keys).tolist(), strict=True) if there]

    def before(self, keys: Sequence[int]) -> NDArray[np.bool_]:
        """For each of some hashes whether it was there before; all are from now on."""
        places = np.array(keys, np.uint64) >> np.uint64(8) & np.uint64(_SEEN - 1)
        found: NDArray[np.bool_] = self._table[places]
        fresh = places[~found]
        ordered = np.sort(fresh)
        if np.any(ordered[1:] == ordered[:-1]):  # some stand in this very list several times
            fresh, first = np.unique(fresh, return_index=True)
            again = np.ones(len(places) - int(found.sum()), np.bool_)
            again[first] = False
            found[~found] = again
        self._table[fresh] = True
        self._count += len(fresh)
        if self._count > _SEEN // 4:  # too full to tell anything; begin again
            self._table, self._count = np.zeros(_SEEN, np.bool_), 0
        return found


class Known:
    """Whether a hash was given before, where a wrong yes would lose a row.

    Never a wrong no; a wrong yes for one hash in 20 million after a million of them, one in 2,700 after ten, in 32 MB.

    Source:
        Bloom 1970, with four bits for each hash.

    Examples:
        >>> known = Known()
        >>> known.before([12345, 678, 12345]).tolist(), known.before([678, 9]).tolist()
        ([False, False, True], [True, False])
    """

    def __init__(self) -> None:
        self._bits = np.zeros(_SEEN, np.uint8)

    def before(self, keys: Sequence[int]) -> NDArray[np.bool_]:
        """For each of some hashes whether it was there before, also before in the same list; all are from now on."""
        given = np.array(keys, np.uint64)
        places = given * _TURNS[:, None] >> np.uint64(36)
        bytes_, bits = places >> np.uint64(3), np.uint8(1) << (places & np.uint64(7)).astype(np.uint8)
        found: NDArray[np.bool_] = ((self._bits[bytes_] & bits) != 0).all(axis=0)
        np.bitwise_or.at(self._bits, bytes_, bits)
        again = np.ones(len(given), np.bool_)
        again[np.unique(given, return_index=True)[1]] = False
        found |= again
        return found
