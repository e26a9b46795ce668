"""Pairs of texts that share most of their runs of three words: all of them, without comparing each with each.

Source:
    Prefix filter: Chaudhuri, Ganti and Kaushik 2006, "A primitive operator for similarity joins in data cleaning".
    Positional filter: Xiao, Wang, Lin and Yu 2008, "Efficient similarity joins for near duplicate detection".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from assay.checks.words import Hashes, Places, Words, blocks, digests, hashed, shingles

AT_ONCE = 1 << 24
"""Shingles sorted at once; more texts go through in ranges of the hash."""
LARGE = 1000
"""A group of texts with one rare run in common above which only those not linked yet are compared."""
_ROUNDS = 4
_WORTH = 0.9
_PAIRS = 1 << 18
"""Candidates held before they are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Which texts are near which, similarity being the Jaccard index of their sets of runs of three words."""

    first: Places
    """Per text the first text with the same words in the same order; -1 for a text without a word."""
    left: Places
    """Of each pair the earlier text, a `first` one."""
    right: Places
    """And the later one, with other words."""
    similarity: NDArray[np.float64]
    """Of each pair."""
    complete: bool
    """False when families of more than `LARGE` texts were linked without naming each pair; clusters are the same."""

    @property
    def cluster(self) -> Places:
        """Per text the first text of those it is linked with, through others too; -1 for a text without a word."""
        n = len(self.first)
        lead = _leads(n, self.left, self.right)
        return np.where(self.first < 0, -1, lead[self.first])


class Joined:
    """Takes texts as they come and then finds the pairs; holds eight bytes per word, not the texts.

    Examples:
        >>> joined = Joined()
        >>> joined.add(hashed(["one two three four five", "One, two, three, four, six!", "else"]))
        >>> found = joined.near(0.5)
        >>> found.left.tolist(), found.right.tolist(), found.similarity.tolist()
        ([0], [1], [0.5])
    """

    def __init__(self, at_once: int = AT_ONCE, large: int = LARGE) -> None:
        self._parts: list[Hashes] = []
        self._counts: list[Places] = []
        self._digests: list[Hashes] = []
        self._at_once = at_once
        self._large = large

    def add(self, found: Words) -> None:
        """Take in some texts."""
        grams, counts = shingles(found)
        self._parts.append(grams)
        self._counts.append(counts)
        self._digests.append(digests(found))

    def near(self, threshold: float) -> Near:
        """All pairs of texts at least so similar.

        Exact but for collisions: two different runs count as one with a chance of about 2^-40 per pair of runs in a
        million texts, less in fewer.

        Args:
            threshold: Jaccard index from which two texts are near, in (0, 1].
        """
        own = np.concatenate([np.zeros(0, np.uint64), *self._digests])
        counts = np.concatenate([np.zeros(0, np.int64), *self._counts])
        first = _first(own)
        texts = np.flatnonzero(first == np.arange(len(first)))
        sets = _Sets(self._ranges(first, counts), len(texts), threshold)
        left, right, similarity, complete = _pairs(sets, threshold, self._large)
        order = np.lexsort((right, left))
        return Near(
            first=first,
            left=texts[left][order],
            right=texts[right][order],
            similarity=similarity[order],
            complete=complete,
        )

    def _ranges(self, first: Places, counts: Places) -> Iterator[tuple[Hashes, int]]:
        """Packed (hash, text) without repeats, range by range of the hash, and how many low bits are the text's."""
        once = first == np.arange(len(first))
        place = np.cumsum(once) - 1
        bits = max(int(once.sum()) - 1, 1).bit_length()
        split = max(-(-int(counts.sum()) // self._at_once) - 1, 0).bit_length()
        for number in range(1 << split):
            packed = np.concatenate([np.zeros(0, np.uint64), *self._packed(once, place, bits, split, number)])
            packed.sort()
            yield packed[np.concatenate(([True], packed[1:] != packed[:-1]))[: len(packed)]], bits

    def _packed(self, once: NDArray[np.bool_], place: Places, bits: int, split: int, number: int) -> Iterator[Hashes]:
        begin = 0
        for part, counts in zip(self._parts, self._counts, strict=True):
            end = begin + len(counts)
            own = np.repeat(place[begin:end].astype(np.uint64), counts)
            kept = np.repeat(once[begin:end], counts) if not once[begin:end].all() else None
            if split:
                here = part >> np.uint64(64 - split) == number
                kept = here if kept is None else kept & here
            if kept is not None:
                part, own = part[kept], own[kept]
            # the bits that a range has in common make room for the text's number
            own |= (part << np.uint64(split)) >> np.uint64(bits) << np.uint64(bits)
            yield own
            begin = end


def near(texts: Iterable[str], threshold: float) -> Near:
    """All pairs of texts at least so similar."""
    joined = Joined()
    for block in blocks(texts):
        joined.add(hashed(block))
    return joined.near(threshold)


def keep(found: Near, worth: Any) -> NDArray[np.bool_]:
    """Which texts to keep so that none is near another and each that goes is near one that stays, shape (n_texts,).

    Those with most neighbours stay first. Texts without a word stay: they are another finding.

    Args:
        found: The pairs.
        worth: What decides between equals, more is better, shape (n_texts,); ties go by place.
    """
    kept: NDArray[np.bool_] = (found.first == np.arange(len(found.first))) | (found.first < 0)
    involved, places = np.unique(np.concatenate([found.left, found.right]), return_inverse=True)
    half = len(found.left)
    graph = csr_array(
        (
            np.ones(2 * half, np.int8),
            (places, np.concatenate([places[half:], places[:half]])),
        ),
        shape=(len(involved), len(involved)),
    )
    degree = np.diff(graph.indptr)
    gone = np.zeros(len(involved), np.bool_)
    for one in np.lexsort((involved, -np.asarray(worth)[involved], -degree)):
        if not gone[one]:
            gone[graph.indices[graph.indptr[one] : graph.indptr[one + 1]]] = True
    kept[involved[gone]] = False
    return kept


class _Sets:
    """Sets of runs that at least two texts have, rarest first, as rows of a sparse matrix."""

    def __init__(self, ranges: Iterable[tuple[Hashes, int]], count: int, threshold: float) -> None:
        self.sizes = np.zeros(count, np.int64)
        rows, grams, often, known = [], [], [], 0
        for packed, bits in ranges:
            own = (packed & np.uint64((1 << bits) - 1)).view(np.int64)
            self.sizes += np.bincount(own, minlength=count)[:count]
            gram = packed >> np.uint64(bits)
            begins = np.flatnonzero(np.concatenate(([True], gram[1:] != gram[:-1]))[: len(gram)])
            lengths = np.diff(np.concatenate((begins, [len(gram)])))
            shared = np.flatnonzero(lengths > 1)
            kept = np.repeat(lengths > 1, lengths)
            rows.append(own[kept].astype(np.int32))
            grams.append(np.repeat(np.arange(known, known + len(shared)), lengths[shared]).astype(np.int32))
            often.append(lengths[shared])
            known += len(shared)
        self.least = np.ceil(threshold * self.sizes - 1e-9).astype(np.int64)
        """Members that a text must have in common with one that is near."""
        none = np.zeros(0, np.int32)
        self._sort(*self._able(*(np.concatenate([none, *parts]) for parts in (rows, grams, often))))

    def _able(
        self, rows: NDArray[np.int32], grams: NDArray[np.int32], often: Places
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], Places]:
        """Without texts that share too little with all others together, and runs that then stand alone."""
        for _ in range(_ROUNDS):
            enough = np.bincount(rows, minlength=len(self.sizes)) >= self.least
            kept = enough[rows]
            if np.count_nonzero(kept) >= _WORTH * len(kept):
                break  # it costs more than it saves
            rows, grams = rows[kept], grams[kept]
            kept = (np.bincount(grams) > 1)[grams]
            rows, grams = rows[kept], grams[kept]
            often = np.bincount(grams)
            known = np.flatnonzero(often)
            place = np.zeros(len(often), np.int32)
            place[known] = np.arange(len(known))
            grams, often = place[grams], often[known]
        return rows, grams, often

    def _sort(self, rows: NDArray[np.int32], grams: NDArray[np.int32], often: Places) -> None:
        rank = np.empty(len(often), np.int64)
        rank[_order(often)] = np.arange(len(often))
        bits = max(len(often) - 1, 1).bit_length()
        key = rows.astype(np.int64) << bits
        key |= rank[grams]
        key.sort()
        self.row = (key >> bits).astype(np.int32)
        self.gram = (key & ((1 << bits) - 1)).astype(np.int32)
        count = len(self.sizes)
        starts = np.concatenate(([0], np.cumsum(np.bincount(self.row, minlength=count))))
        self.rest = starts[1:].astype(np.int32)[self.row] - np.arange(len(key), dtype=np.int32)
        """Members from this one to the last; those that no other text has come before all."""
        self.matrix = csr_array((np.ones(len(key), np.int8), self.gram, starts), shape=(count, max(len(often), 1)))

    def prefix(self) -> tuple[NDArray[np.int32], NDArray[np.int32], Places]:
        """(gram, text, rest) of the rarest members, of which two near texts share one; by gram."""
        kept = self.rest >= self.least[self.row]
        gram, row, rest = self.gram[kept], self.row[kept], self.rest[kept]
        order = _order(gram)
        return gram[order], row[order], rest[order]

    def similarity(self, left: Places, right: Places) -> NDArray[np.float64]:
        """Jaccard index of each pair."""
        found = np.zeros(len(left))
        for begin in range(0, len(left), 1 << 14):
            one, other = left[begin : begin + (1 << 14)], right[begin : begin + (1 << 14)]
            shared = self.matrix[one].multiply(self.matrix[other]).sum(axis=1)
            found[begin : begin + (1 << 14)] = shared / (self.sizes[one] + self.sizes[other] - shared)
        return found


class _Found:
    """Candidates on their way to pairs."""

    def __init__(self, sets: _Sets, threshold: float) -> None:
        self._sets, self._threshold = sets, threshold
        self._share = threshold / (1 + threshold)
        self._waiting: list[Places] = []
        self._count = 0
        self.pairs: list[Places] = []
        self.values: list[NDArray[np.float64]] = []
        self._bits = max(len(sets.sizes) - 1, 1).bit_length()

    def offer(self, one: Any, other: Any, rest_one: Places, rest_other: Places) -> None:
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
        self.pairs.append(keys[able])
        self.values.append(values[able])

    def ends(self, keys: Places) -> tuple[Places, Places]:
        """Both texts of packed pairs."""
        return keys >> self._bits, keys & ((1 << self._bits) - 1)

    def leads(self) -> Places:
        """Per text the first it is linked with so far."""
        self.settle()
        return _leads(len(self._sets.sizes), *self.ends(np.concatenate(self.pairs)))


def _pairs(sets: _Sets, threshold: float, large: int) -> tuple[Places, Places, NDArray[np.float64], bool]:
    gram, row, rest = sets.prefix()
    found = _Found(sets, threshold)
    begins = np.flatnonzero(np.concatenate(([True], gram[1:] != gram[:-1]))[: len(gram)])
    lengths = np.diff(np.concatenate((begins, [len(gram)])))
    left = np.repeat(np.where(lengths <= large, lengths, 0), lengths) - (
        np.arange(len(gram)) - np.repeat(begins, lengths)
    )
    places, step = np.flatnonzero(left > 1), 1
    while places.size:
        found.offer(row[places], row[places + step], rest[places], rest[places + step])
        step += 1
        places = places[left[places] > step]
    for begin, length in zip(begins[lengths > large], lengths[lengths > large], strict=True):
        _link(found, row[begin : begin + length], rest[begin : begin + length])
    found.settle()
    keys = np.concatenate(found.pairs)
    values = np.concatenate(found.values)
    order = np.argsort(keys, kind="stable")
    order = order[np.concatenate(([True], keys[order][1:] != keys[order][:-1]))[: len(order)]]
    return *found.ends(keys[order]), values[order], not bool((lengths > large).any())


def _link(found: _Found, row: NDArray[np.int32], rest: Places) -> None:
    """Link a large group: a few of it with all, then only those that are not linked yet with each other."""
    label = found.leads()[row]
    for _ in range(8):
        values, counts = np.unique(label, return_counts=True)
        if len(values) == 1:
            return
        pivot = int(np.argmax(label == values[np.argmax(counts)]))
        apart = np.flatnonzero(label != label[pivot])
        same = np.full(len(apart), pivot)
        before = len(values)
        found.offer(row[same], row[apart], rest[same], rest[apart])
        label = found.leads()[row]
        if len(np.unique(label)) == before:
            break
    for place in range(len(row) - 1):
        apart = place + 1 + np.flatnonzero(label[place + 1 :] != label[place])
        same = np.full(len(apart), place)
        found.offer(row[same], row[apart], rest[same], rest[apart])


def _leads(count: int, left: Places, right: Places) -> Places:
    """Per node of a graph the least node it is connected with."""
    _, label = connected_components(csr_array((np.ones(len(left), np.int8), (left, right)), shape=(count, count)))
    least = np.full(int(label.max()) + 1 if count else 0, count)
    np.minimum.at(least, label, np.arange(count))
    return np.asarray(least[label], np.int64)


def _first(own: Hashes) -> Places:
    """Per text the first with an equal hash; -1 where the hash is 0."""
    order = np.argsort(own, kind="stable")
    fresh = np.concatenate(([True], own[order][1:] != own[order][:-1]))[: len(own)]
    found = np.empty(len(own), np.int64)
    found[order] = order[np.maximum.accumulate(np.where(fresh, np.arange(len(own)), 0))] if len(own) else order
    return np.where(own == 0, -1, found)


def _order(values: NDArray[Any]) -> Places:
    """What `np.argsort` gives for small whole numbers, stable; sorting them packed with their places is far quicker."""
    bits = max(len(values) - 1, 1).bit_length()
    key = values.astype(np.int64) << bits
    key |= np.arange(len(values))
    key.sort()
    return np.asarray(key & ((1 << bits) - 1), np.int64)


def _distinct(values: Places) -> Places:
    """Sorted, without repeats; sorting and comparing neighbours is faster here than `np.unique`."""
    values = np.sort(values)
    return values[np.concatenate(([True], values[1:] != values[:-1]))[: len(values)]]
