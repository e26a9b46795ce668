"""Runs of words of evaluation items, and by which parts of them most texts are passed over."""

from __future__ import annotations

import hashlib

import numpy as np

from assay.checks.lookup import Lookup
from assay.checks.word_hashes import mixed
from assay.checks.words import Hashes, Places, Words, runs

SIZE = 13
"""Words of a run; from the contamination studies of GPT-3 (Brown et al. 2020), which many tools took over."""
SHORT = 8
"""Words of a run for items that have fewer than `SIZE`; all of their runs must be found."""
STEPS = {SIZE: 5, SHORT: 4}
"""At each so manieth word a text is looked at: a run of 13 words holds one of 9 that begins at a fifth word."""


class Runs:
    """Runs of one length of some items."""

    def __init__(self, size: int, runs: Hashes, items: Places) -> None:
        order = np.lexsort((items, runs))
        runs, items = runs[order], items[order]
        fresh = np.concatenate(([True], (runs[1:] != runs[:-1]) | (items[1:] != items[:-1])))[: len(runs)]
        runs, items = runs[fresh], items[fresh]
        first = np.concatenate(([True], runs[1:] != runs[:-1]))[: len(runs)]
        self.size = size
        self.lookup = Lookup(runs[first])
        self.owners = items
        self.starts = np.concatenate((np.flatnonzero(first), [len(runs)]))

    @property
    def runs(self) -> Hashes:
        """The runs, ascending."""
        return self.lookup.hashes

    def found(self, hashes: Hashes) -> tuple[Places, Places]:
        """Places in `hashes` of known runs, and which these are."""
        known = self.lookup.places(hashes)
        sure = np.flatnonzero(known >= 0)
        return sure, known[sure]


class Sieve:
    """Parts of runs of some items, by which most texts are passed over without a look at each of their runs."""

    def __init__(self, size: int, parts: Hashes) -> None:
        self.size, self._step = size - STEPS[size] + 1, STEPS[size]
        self.parts = parts
        bits = min(max(int(len(parts) * 32).bit_length(), 10), 30)
        self._shift = np.uint64(64 - bits + 6)
        self._table = np.zeros(1 << (bits - 6), np.uint64)
        np.bitwise_or.at(self._table, parts >> self._shift, _bits(parts))

    def places(self, found: Words, salt: bytes) -> tuple[Places, Places]:
        """Words at which a known part may begin, and the text of each; `salt` is what the parts were keyed with."""
        if not len(self.parts):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        hashes = keyed(runs(found.hashes, self.size, self._step), salt)
        wanted = _bits(hashes)
        there = self._table.take((hashes >> self._shift).view(np.int64)) & wanted
        places = np.flatnonzero(there == wanted) * self._step
        return places, np.searchsorted(found.starts, places, side="right") - 1


def keyed(hashes: Hashes, salt: bytes) -> Hashes:
    """Hashes that hang on a salt and cannot be traced back through it; those given where it is empty, 0 stays 0.

    The sum of two keyed permutations of 64 bits, each of which alone could be undone.
    """
    if not salt:
        return hashes
    one, other = np.frombuffer(hashlib.blake2b(salt, digest_size=16).digest(), np.uint64)
    both = mixed(hashes ^ one) ^ mixed(hashes + other)
    return np.where(hashes == 0, np.uint64(0), np.maximum(both, np.uint64(1)))


def around(places: Places, texts: Places, size: int) -> tuple[Places, Places]:
    """Where the runs begin that hold one of some parts, and the text of each; no two parts share one."""
    back = np.arange(1 - STEPS[size], 1)
    return (places[:, None] + back).ravel(), np.repeat(texts, len(back))


def _bits(hashes: Hashes) -> Hashes:
    """Three bits of a word of 64, by the low bits of a hash."""
    one, low = np.uint64(1), np.uint64(63)
    bits = one << (hashes & low)
    bits |= one << (hashes >> np.uint64(6) & low)
    bits |= one << (hashes >> np.uint64(12) & low)
    return bits
