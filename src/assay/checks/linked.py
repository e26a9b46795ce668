"""What is linked with what, through others too: links come in pieces, and what is held does not grow with them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from assay.checks.run_sets import order_of
from assay.checks.words import Places

PIECE = 1 << 20
"""Links that are taken in together."""


class Links:
    """Numbers from 0 on, and of each the least that it is linked with, in four bytes a number.

    Examples:
        >>> links = Links(6)
        >>> links.join(np.array([4, 1]), np.array([5, 4]))
        >>> links.of(np.arange(6)).tolist()
        [0, 1, 2, 3, 1, 1]
    """

    def __init__(self, count: int, piece: int = PIECE) -> None:
        self._to = np.arange(count, dtype=np.int32)
        self._piece = piece

    def join(self, left: NDArray[np.integer], right: NDArray[np.integer]) -> None:
        """Take in links, each between a number of the one and that of the other at its place."""
        for begin in range(0, len(left), self._piece):
            one, other = (self.of(side[begin : begin + self._piece]) for side in (left, right))
            apart = one != other
            ends, place = np.unique(np.concatenate([one[apart], other[apart]]), return_inverse=True)
            half = len(place) // 2
            self._to[ends] = ends[_least(len(ends), place[:half], place[half:])]

    def of(self, numbers: NDArray[np.integer]) -> Places:
        """Of each the least that it is linked with."""
        found = self._to[numbers]
        further = self._to[found]
        while not np.array_equal(found, further):
            found, further = further, self._to[further]
        self._to[numbers] = found
        return np.asarray(found, np.int64)


class Ends:
    """The numbers at the ends of some links.

    Attributes:
        involved: Each once, ascending.

    Examples:
        >>> ends = Ends(np.array([2, 9]), np.array([9, 11]))
        >>> ends.involved.tolist(), ends.number([9, 11]).tolist()
        ([2, 9, 11], [1, 2])
    """

    def __init__(self, left: Places, right: Places) -> None:
        there = np.zeros(1 + max(left.max(initial=-1), right.max(initial=-1)), np.bool_)
        there[left] = True
        there[right] = True
        self.involved = np.flatnonzero(there)
        self._number = np.cumsum(there, dtype=np.int32)
        self._number -= 1

    def number(self, own: Places | list[int]) -> NDArray[np.int32]:
        """Where in `involved` some stand."""
        found: NDArray[np.int32] = self._number[own]
        return found


class Neighbours:
    """What each of some numbers is linked with.

    Args:
        count: How many numbers there are.
        left: One end of each link, ascending.
        right: The other end.

    Attributes:
        many: Links of each number.

    Examples:
        >>> some = Neighbours(3, np.array([0, 1], np.int32), np.array([2, 2], np.int32))
        >>> some.many.tolist(), [own.tolist() for own in some.of(2)]
        ([1, 1, 2], [[], [0, 1]])
    """

    def __init__(self, count: int, left: NDArray[np.int32], right: NDArray[np.int32]) -> None:
        on, back = np.bincount(left, minlength=count), np.bincount(right, minlength=count)
        self.many = on + back
        self._on, self._back = (np.concatenate(([0], np.cumsum(each))) for each in (on, back))
        self._right, self._left = right, left[order_of(right)]

    def of(self, number: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The later and the earlier ends of its links."""
        on, back = self._on, self._back
        return self._right[on[number] : on[number + 1]], self._left[back[number] : back[number + 1]]


def _least(count: int, left: Places, right: Places) -> Places:
    """Per node of a graph the least node it is connected with."""
    _, label = connected_components(csr_array((np.ones(len(left), np.int8), (left, right)), shape=(count, count)))
    least = np.full(int(label.max()) + 1 if count else 0, count)
    np.minimum.at(least, label, np.arange(count))
    return np.asarray(least[label], np.int64)
