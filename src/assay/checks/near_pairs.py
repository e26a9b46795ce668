"""Pairs of texts that share enough of their runs, found among those that share a rare one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.checks.linked import Links
from assay.checks.run_sets import Sets
from assay.checks.words import Places

NAMED = 1 << 22
"""Pairs that are named, about; beyond, larger groups are linked with each other and not every pair is named."""
_PAIRS = 1 << 18
"""Candidates held before they are compared."""


class Found:
    """Candidates on their way to pairs.

    Attributes:
        full: Whether as many pairs were found as are named.
        settled: How often candidates were compared.
    """

    def __init__(self, sets: Sets, threshold: float, named: int = NAMED) -> None:
        self.full, self.settled = False, 0
        self._sets, self._threshold, self._named = sets, threshold, named
        self._share = threshold / (1 + threshold)
        self._waiting: list[Places] = []
        self._count = 0
        self._pairs: list[Places] = []
        self._values: list[NDArray[np.float64]] = []
        self._held = 0
        self._links = Links(len(sets.sizes))
        self._linked = 0
        self._bits = max(len(sets.sizes) - 1, 1).bit_length()

    def offer(self, one: Any, other: Any, rest_one: NDArray[np.int32], rest_other: NDArray[np.int32]) -> None:
        """Pairs of texts with a run in common, and the members each has from that run on."""
        sizes = self._sets.sizes
        able = np.minimum(rest_one, rest_other) >= self._share * (sizes[one] + sizes[other]) - 1e-9
        one, other = one[able].astype(np.int64), other[able].astype(np.int64)
        self._waiting.append(np.minimum(one, other) << self._bits | np.maximum(one, other))
        self._count += len(one)
        if self._count >= _PAIRS:
            self.settle()

    def settle(self) -> None:
        """Compare the candidates that wait."""
        keys = _distinct(np.concatenate([np.zeros(0, np.int64), *self._waiting]))
        self._waiting, self._count = [], 0
        values = self._sets.similarity(*self.ends(keys))
        able = values >= self._threshold - 1e-9
        self._pairs.append(keys[able])
        self._values.append(values[able])
        self._held += len(self._pairs[-1])
        self.settled += 1
        if self._held > self._named and not self.full:
            self.full = len(self.found()[0]) > self._named * 3 // 4

    def found(self) -> tuple[Places, NDArray[np.float64]]:
        """The pairs so far, packed, each once and ascending; and the similarity of each."""
        keys = np.concatenate([np.zeros(0, np.int64), *self._pairs])
        self._link()
        self._pairs = []
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        first = np.concatenate(([True], keys[1:] != keys[:-1]))[: len(keys)]
        keys, order = keys[first], order[first]
        values = np.concatenate([np.zeros(0), *self._values])[order]
        self._pairs, self._values, self._held, self._linked = [keys], [values], len(keys), 1
        return keys, values

    def ends(self, keys: Places) -> tuple[Places, Places]:
        """Both texts of packed pairs."""
        return keys >> self._bits, keys & ((1 << self._bits) - 1)

    def leads(self, texts: NDArray[np.int32]) -> Places:
        """Of some texts the first that each is linked with so far."""
        self.settle()
        self._link()
        return self._links.of(texts)

    def _link(self) -> None:
        for keys in self._pairs[self._linked :]:
            self._links.join(*self.ends(keys))
        self._linked = len(self._pairs)


def pairs_of(
    sets: Sets, threshold: float, large: int, named: int = NAMED
) -> tuple[Places, Places, NDArray[np.float64], bool, int]:
    """Earlier and later text of each pair, ascending, its similarity, whether every pair is named; and `Pairs.up_to`.

    Args:
        sets: The texts' runs.
        threshold: Jaccard index from which two texts are near.
        large: Texts with one rare run in common above which they are linked and not every pair is named.
        named: About how many pairs are named; beyond, this holds for smaller groups too.
    """
    gram, row, rest = sets.prefix()
    found = Found(sets, threshold, named)
    begins = np.flatnonzero(np.concatenate(([True], gram[1:] != gram[:-1]))[: len(gram)])
    lengths = np.diff(np.concatenate((begins, [len(gram)])))
    del gram
    most = _each(found, row, rest, begins, lengths, large)
    linked = lengths > most
    for begin, length in zip(begins[linked], lengths[linked], strict=True):
        _link(found, row[begin : begin + length], rest[begin : begin + length])
    found.settle()
    keys, values = found.found()
    lowered = most < large and bool(linked.any())
    return *found.ends(keys), values, not bool(linked.any()), most if lowered else 0


def _each(found: Found, row: Any, rest: Any, begins: Places, lengths: Places, large: int) -> int:
    """Offer the pairs of groups, neighbours first; gives the size of groups up to which every pair was offered."""
    left = np.repeat(np.where(lengths <= large, lengths, 0), lengths)
    left -= np.arange(len(row)) - np.repeat(begins, lengths)
    places, step = np.flatnonzero(left > 1), 1
    while places.size:
        if found.full:
            return step
        for some in _pieces(places):
            found.offer(row[some], row[some + step], rest[some], rest[some + step])
        step += 1
        places = places[left[places] > step]
    return large


def _pieces(places: Places) -> Iterator[Places]:
    return (places[begin : begin + _PAIRS] for begin in range(0, len(places), _PAIRS))


def _link(found: Found, row: NDArray[np.int32], rest: NDArray[np.int32]) -> None:
    """Link a large group: a few of it with all, then only those that are not linked yet with each other."""
    label = found.leads(row)
    for _ in range(8):
        values, counts = np.unique(label, return_counts=True)
        if len(values) == 1:
            return
        pivot = int(np.argmax(label == values[np.argmax(counts)]))
        apart = np.flatnonzero(label != label[pivot])
        same = np.full(len(apart), pivot)
        before = len(values)
        found.offer(row[same], row[apart], rest[same], rest[apart])
        label = found.leads(row)
        if len(np.unique(label)) == before:
            break
    settled = found.settled
    for place in range(len(row) - 1):
        if found.full and found.settled > settled:
            label, settled = found.leads(row), found.settled
        apart = place + 1 + np.flatnonzero(label[place + 1 :] != label[place])
        same = np.full(len(apart), place)
        found.offer(row[same], row[apart], rest[same], rest[apart])


def _distinct(values: Places) -> Places:
    """Sorted, without repeats; sorting and comparing neighbours is faster here than `np.unique`."""
    values = np.sort(values)
    return values[np.concatenate(([True], values[1:] != values[:-1]))[: len(values)]]
