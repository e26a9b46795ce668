"""Equal numbers in a column longer than memory: it is read once for each range of numbers, which are sorted then."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from assay.checks.words import Hashes, Places

AT_ONCE = 1 << 20
"""Numbers that are sorted together, if they are spread evenly."""
_MOST = 12

Scan = Callable[[], Iterator[tuple[int, Hashes]]]
"""Gives the pieces of a column, each with the place of its first number."""


def ranges(count: int, *scans: Scan, at_once: int = AT_ONCE) -> Iterator[list[tuple[Hashes, Places]]]:
    """Numbers and their places, range by range; equal numbers are in one range, whichever column they are in.

    Args:
        count: Length of the longest column.
        scans: The columns; numbers that are 0 are left out.
        at_once: About how many numbers make a range.

    Yields:
        For each column the numbers of the range and their places, in the order of the places.

    Examples:
        >>> column = lambda: iter([(0, np.array([1 << 63, 7], np.uint64)), (2, np.array([0, 1 << 63], np.uint64))])
        >>> [(own.tolist(), places.tolist()) for [(own, places)] in ranges(4, column, at_once=2)]
        [([7], [1]), ([9223372036854775808, 9223372036854775808], [0, 3])]
    """
    bits = min(max(0, (max(count, 1) - 1) // at_once).bit_length(), _MOST)
    for number in range(1 << bits):
        yield [_range(scan, number, bits) for scan in scans]


def _range(scan: Scan, number: int, bits: int) -> tuple[Hashes, Places]:
    values, places = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    for begin, part in scan():
        own = part != 0
        if bits:
            own &= part >> np.uint64(64 - bits) == number
        some = np.flatnonzero(own)
        values.append(part[some])
        places.append(some + begin)
    return np.concatenate(values), np.concatenate(places)


def sorted_by(*keys: NDArray[np.generic]) -> Places:
    """Order by the first key, then by the next, then by place."""
    return np.asarray(np.lexsort(keys[::-1]), np.int64) if len(keys) > 1 else np.argsort(keys[0], kind="stable")


def changes(*values: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Which of some sorted rows is the first of its equals."""
    found = np.ones(len(values[0]), np.bool_)
    if len(found):
        found[1:] = False
        for own in values:
            found[1:] |= own[1:] != own[:-1]
    return found
