"""Pairs of nearly equal sets across two sides, a small one and a large one, without comparing each with each.

Source:
    Prefix filter: Chaudhuri, Ganti and Kaushik 2006, "A primitive operator for similarity joins in data cleaning".
    Sets that are longer than what is kept of them: bottom-k sketches, Broder 1997, "On the resemblance and containment
    of documents".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from assay.checks.words import Places

MOST_CANDIDATES = 5_000_000
"""Pairs looked at; beyond that the pairs of the commonest words are left out."""
_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sets:
    """Sets of numbers, one after the other."""

    items: NDArray[np.uint32]
    """Members, of each set once."""
    starts: Places
    """Place of each set's first member, and at the end their number; shape (n_sets + 1,)."""

    @property
    def counts(self) -> Places:
        """Members of each set."""
        return np.diff(self.starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pairs of one set of each side."""

    few: Places
    """Place on the small side."""
    many: Places
    """Place on the large side."""
    similarity: NDArray[np.float64]
    """Share of the members of both that are in common."""
    weighed: NDArray[np.float64]
    """The same with rare members weighing more."""
    cut: bool
    """Whether there were too many to look at all."""


def pairs(few: Sets, many: Sets, threshold: float) -> Pairs:
    """All pairs of a set of `few` and one of `many` with at least so much in common (Jaccard).

    Examples:
        >>> one = Sets(items=np.array([1, 2, 3, 4, 5], np.uint32), starts=np.array([0, 5]))
        >>> two = Sets(items=np.array([2, 3, 4, 5, 1, 2, 9], np.uint32), starts=np.array([0, 4, 7]))
        >>> found = pairs(one, two, 0.8)
        >>> found.many.tolist(), found.similarity.tolist()
        ([0], [0.8])
    """
    known, word = np.unique(few.items, return_inverse=True)
    there = _places(known, many.items)
    often = np.bincount(word, minlength=len(known)) + np.bincount(there[there >= 0], minlength=len(known))
    left = _prefix(few, word, often, threshold)
    right = _prefix(many, there, often, threshold)
    one, two, cut = _candidates(left, right, often)
    sizes = few.counts[one], many.counts[two]
    fit = np.minimum(*sizes) >= threshold * np.maximum(*sizes) - 1e-9
    one, two = one[fit], two[fit]
    rarity = np.log((len(few.counts) + len(many.counts) + 1) / np.maximum(often, 1))
    return _measured(_Weighed(few, word, rarity), _Weighed(many, there, rarity), one, two, threshold, cut)


def _places(known: NDArray[np.uint32], values: NDArray[np.uint32]) -> Places:
    """Place of each value among the known ones, -1 where it is none."""
    if not len(known):
        return np.full(len(values), -1)
    place = np.searchsorted(known, values)
    place[place == len(known)] = 0
    return np.where(known[place] == values, place, -1)


def _prefix(sets: Sets, word: Places, often: Places, threshold: float) -> tuple[Places, Places]:
    """Words and rows of the rarest members of each set, so many that near sets share one; unknown ones aside."""
    counts = sets.counts
    row = np.repeat(np.arange(len(counts)), counts)
    seen = np.where(word >= 0, often[word] if len(often) else 0, 0)
    order = np.lexsort((word, seen, row))
    place = np.arange(len(order)) - np.repeat(sets.starts[:-1], counts)
    length = counts - np.ceil(threshold * counts - 1e-9).astype(np.int64) + 1
    chosen = order[place < np.repeat(length, counts)]
    chosen = chosen[word[chosen] >= 0]
    return word[chosen], row[chosen]


def _candidates(
    left: tuple[Places, Places], right: tuple[Places, Places], often: Places
) -> tuple[Places, Places, bool]:
    """Pairs of rows that share a word of their prefixes, each once."""
    order = np.argsort(left[0], kind="stable")
    words, rows = left[0][order], left[1][order]
    first, last = np.searchsorted(words, right[0]), np.searchsorted(words, right[0], side="right")
    use = np.flatnonzero(last > first)
    use = use[np.argsort(often[right[0][use]], kind="stable")]
    sizes = (last - first)[use]
    within = np.cumsum(sizes) <= MOST_CANDIDATES
    cut, use, sizes = not bool(within.all()), use[within], sizes[within]
    found = [np.zeros(0, np.int64)]
    width = int(rows.max(initial=0)) + 1
    for begin, end in _chunks(sizes):
        own, many = sizes[begin:end], use[begin:end]
        inner = np.arange(int(own.sum())) - np.repeat(np.cumsum(own) - own, own)
        one = rows[np.repeat(first[many], own) + inner]
        found.append(_once(np.repeat(right[1][many], own) * width + one))
    every = _once(np.concatenate(found))
    return every % width, every // width, cut


def _once(values: Places) -> Places:
    """Each value once; sorting is quicker than `np.unique`, which hashes."""
    values.sort()
    return values[np.concatenate(([True], values[1:] != values[:-1]))] if len(values) else values


def _chunks(sizes: Places) -> list[tuple[int, int]]:
    if not len(sizes):
        return []
    number = (np.cumsum(sizes) // _AT_ONCE).astype(np.int64)
    cuts = np.flatnonzero(np.diff(number)) + 1
    return list(zip([0, *cuts.tolist()], [*cuts.tolist(), len(sizes)], strict=True))


class _Weighed:
    """Sets as rows of a sparse matrix over the known words."""

    def __init__(self, sets: Sets, word: Places, rarity: NDArray[np.float64]) -> None:
        known = word >= 0
        row = np.repeat(np.arange(len(sets.counts)), sets.counts)
        starts = np.concatenate(([0], np.cumsum(np.bincount(row[known], minlength=len(sets.counts)))))
        self.has = csr_array((np.ones(int(known.sum())), word[known], starts), shape=(len(sets.counts), len(rarity)))
        self.weight = csr_array((rarity[word[known]], word[known], starts), shape=self.has.shape)
        heaviest = float(rarity.max(initial=0.0))  # a word that only one side has is rare
        weights = np.where(known, rarity[word] if len(rarity) else 0.0, heaviest)
        self.total = np.bincount(row, weights=weights, minlength=len(sets.counts))
        self.counts = sets.counts


def _measured(few: _Weighed, many: _Weighed, one: Places, two: Places, threshold: float, cut: bool) -> Pairs:
    both, weighed = np.zeros(len(one)), np.zeros(len(one))
    for begin in range(0, len(one), _AT_ONCE // 10):
        part = slice(begin, begin + _AT_ONCE // 10)
        has = many.has[two[part]]
        both[part] = few.has[one[part]].multiply(has).sum(axis=1)
        weighed[part] = few.weight[one[part]].multiply(has).sum(axis=1)
    similarity = both / np.maximum(few.counts[one] + many.counts[two] - both, 1)
    weighed = weighed / np.maximum(few.total[one] + many.total[two] - weighed, 1e-12)
    near = similarity >= threshold - 1e-9
    return Pairs(few=one[near], many=two[near], similarity=similarity[near], weighed=weighed[near], cut=cut)
