"""Hashes that are known, and where each of many others stands among them."""

from __future__ import annotations

import numpy as np

from assay.checks.words import Hashes, Places

_DEEP = 64
"""Hashes with one beginning above which they are searched by halves; hashes never come to that, files of others may."""

_FEW = 96
"""Hashes below which they are searched by halves too, one pass in place of one for each hash of one beginning."""


class Lookup:
    """Sorted hashes without repeats, found by their first bits: a random read or two in place of twenty.

    Examples:
        >>> known = Lookup(np.array([5 << 60, 9 << 60], np.uint64))
        >>> known.places(np.array([9 << 60, 7 << 60], np.uint64)).tolist()
        [1, -1]
    """

    def __init__(self, hashes: Hashes) -> None:
        """Takes hashes that ascend."""
        self.hashes = hashes
        bits = min(max(len(hashes).bit_length(), 4), 24)
        self._shift = np.uint64(64 - bits)
        self._begins = np.searchsorted(hashes >> self._shift, np.arange((1 << bits) + 1, dtype=np.uint64))
        self._deepest = int(np.diff(self._begins).max())

    def places(self, wanted: Hashes) -> Places:
        """Where each stands; -1 for those that are not known. Shape of `wanted`."""
        if not len(self.hashes):
            return np.full(len(wanted), -1)
        if self._deepest > _DEEP or len(wanted) < _FEW:
            place = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
            return np.asarray(np.where(self.hashes[place] == wanted, place, -1), np.int64)
        found = np.full(len(wanted), -1)
        chest = (wanted >> self._shift).astype(np.int64)
        place, end = self._begins[chest], self._begins[chest + 1]
        rest = np.flatnonzero(place < end)
        while rest.size:
            here = place[rest]
            same = self.hashes[here] == wanted[rest]
            found[rest[same]] = here[same]
            rest = rest[~same]
            place[rest] += 1
            rest = rest[place[rest] < end[rest]]
        return found
