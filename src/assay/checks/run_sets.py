"""Runs of words of many texts, kept by ranges of their hash, and what several texts have in common as sets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from assay.checks.spool import Column, Piece, Spool
from assay.checks.word_hashes import mixed
from assay.checks.words import Hashes, Places, spread

MOST = 90_000_000
"""Runs that are kept, eight bytes each; beyond that only those of a sample of the texts."""
_RANGES = 6
"""Bits of a hash by which runs are kept apart: one of 64 ranges is sorted at a time."""
_AT_ONCE = 1 << 19
"""Runs that are sorted together before they are put away."""
_DRAWER = 1 << 14
_ROUNDS = 4
_WORTH = 0.9


class Kept:
    """Runs of texts, each once a text, as hashes.

    Where there are more than `most`, the texts are halved, again and again, by the least hash of their runs: two texts
    have it in common as often as they have runs in common, so near ones are mostly kept or left out together. Which
    texts stay does not depend on their order.

    Attributes:
        halved: How often the texts were halved.
    """

    def __init__(self, most: int = MOST, spool: Spool | None = None) -> None:
        self.halved = 0
        self._most = most
        self._held = 0
        self._spool = spool or Spool()
        self._lots: list[int] = []
        self._waiting: list[tuple[Hashes, Places]] = []
        self._sizes = Column(self._spool, "i4")
        self._order = Column(self._spool, "u1")
        self._parts = [_Chest(self._spool) for _ in range(1 << _RANGES)]

    def add(self, runs: Hashes, counts: Places) -> None:
        """Take in the runs of some texts, `counts` of each."""
        self._waiting.append((runs, counts))
        if sum(len(own) + len(of) for own, of in self._waiting) >= _AT_ONCE:
            self._put()

    def sizes(self, begin: int, end: int) -> NDArray[np.int32]:
        """Different runs of the texts from one place to another; 0 for those that are left out."""
        self._put()
        found: NDArray[np.int32] = self._sizes.between(begin, end)
        return np.where(self._order.between(begin, end) >= self.halved, found, np.int32(0))

    def _put(self) -> None:
        """Sorts what waits and puts it away by ranges."""
        if not self._waiting:
            return
        runs, counts = (np.concatenate(own) for own in zip(*self._waiting, strict=True))
        self._waiting = []
        texts = len(counts)
        full = np.flatnonzero(counts)
        order = np.full(texts, 255, np.uint8)
        if full.size:
            least = mixed(np.minimum.reduceat(runs, (np.cumsum(counts) - counts)[full]))
            order[full] = _zeros(least)
        stays = order >= self.halved
        packed = runs & ~_low(texts)
        packed |= np.repeat(np.arange(texts, dtype=np.uint64), counts)
        if not stays.all():
            packed = packed[np.repeat(stays, counts)]
        packed.sort()
        packed = packed[fresh(packed)]
        self._sizes.extend(np.bincount((packed & _low(texts)).view(np.int64), minlength=texts)[:texts])
        self._order.extend(order)
        self._lots.append(texts)
        marks = np.arange(1, 1 << _RANGES, dtype=np.uint64) << np.uint64(64 - _RANGES)
        cuts = [0, *np.searchsorted(packed, marks).tolist(), len(packed)]
        for parts, first, last in zip(self._parts, cuts, cuts[1:], strict=False):
            parts.put(len(self._lots) - 1, packed[first:last])
        self._held += len(packed)
        while self._held > self._most and self.halved < 64:
            self._halve()

    def _halve(self) -> None:
        self.halved += 1
        self._held = 0
        stays = [order >= self.halved for order in self._by_lot(self._order)]
        for place, parts in enumerate(self._parts):
            self._parts[place] = left = _Chest(self._spool)
            for number, own in parts.given_up():
                left.put(number, own[stays[number][(own & _low(len(stays[number]))).view(np.int64)]])
            self._held += left.count

    def _by_lot(self, column: Column) -> Iterator[NDArray[Any]]:
        begin = 0
        for texts in self._lots:
            yield column.between(begin, begin + texts)
            begin += texts

    def ranges(self, place: Column, most: int) -> Iterator[tuple[Hashes, int]]:
        """Packed (hash, place) range by range, ascending, and how many low bits are the place; each is given up then.

        Args:
            place: New number of each text; -1 for one that is left out.
            most: The highest of them.
        """
        low = max(self._lots, default=1)
        # hashes have lost the bits that number a text where it came; all must have lost as many
        bits = max(most.bit_length(), _RANGES + int(_low(low)).bit_length())
        begins = np.cumsum([0, *self._lots]).tolist()
        for parts in self._parts:
            packed = np.empty(parts.count, np.uint64)
            filled, last, new = 0, -1, np.zeros(0, np.int32)
            for lot, own in parts.given_up():
                if lot != last:
                    last, new = lot, place.between(begins[lot], begins[lot + 1])
                mask = _low(len(new))
                text = new[(own & mask).view(np.int64)]
                if (text < 0).any():
                    own, text = own[text >= 0], text[text >= 0]
                # the bits that a range has in common make room for the text's number
                mine = (own & ~mask) << np.uint64(_RANGES) >> np.uint64(bits) << np.uint64(bits)
                mine |= text.view(np.uint32)
                packed[filled : filled + len(mine)] = mine
                filled += len(mine)
            packed = packed[:filled]
            packed.sort()
            yield packed, bits


class _Chest:
    """Runs of one range.

    Attributes:
        count: How many there are.
    """

    def __init__(self, spool: Spool) -> None:
        self.count = 0
        self._spool = spool
        self._drawers: list[Piece] = []
        self._open = np.zeros(0, np.uint64)
        self._filled = 0
        self._parts: list[tuple[int, int]] = []

    def put(self, number: int, runs: Hashes) -> None:
        """Put away the runs of one lot of texts."""
        if len(runs):
            self._parts.append((number, len(runs)))
            self.count += len(runs)
        while len(runs):
            if not len(self._open):
                self._open = np.zeros(_DRAWER, np.uint64)
            some = runs[: _DRAWER - self._filled]
            self._open[self._filled : self._filled + len(some)] = some
            self._filled += len(some)
            runs = runs[len(some) :]
            if self._filled == _DRAWER:
                self._drawers.append(self._spool.put(self._open))
                self._filled = 0

    def given_up(self) -> Iterator[tuple[int, Hashes]]:
        """Number of a lot and runs of it, lot by lot; nothing is held afterwards."""
        parts = iter(self._parts)
        number, left = next(parts, (0, 0))
        drawers, self._drawers = self._drawers, []
        for drawer in (*drawers, None):
            runs = self._open[: self._filled] if drawer is None else self._spool.get(drawer)
            while len(runs):
                yield number, runs[:left]
                runs, left = runs[left:], left - len(runs[:left])
                if not left:
                    number, left = next(parts, (0, 0))
            if drawer is not None:
                self._spool.free(drawer)
        self._open, self._filled = self._open[:0], 0


class Sets:
    """Sets of runs that at least two texts have, rarest first, as rows of a sparse matrix.

    Attributes:
        texts: The texts that have enough in common with others, ascending; all else counts only these.
        sizes: Runs of each, those included that no other text has.
        least: Members that a text must have in common with one that is near.
        matrix: A row for each text, a column for each run.
    """

    def __init__(self, ranges: Iterator[tuple[Hashes, int]], sizes: NDArray[np.int32], threshold: float) -> None:
        keys, often, shared = _shared(ranges, len(sizes))
        self.texts = _enough(shared, sizes, threshold)
        self.sizes = sizes[self.texts].astype(np.int64)
        del sizes
        self.least = _least(self.sizes, threshold)
        number = shared
        number[:] = -1
        number[self.texts] = np.arange(len(self.texts), dtype=np.int32)
        for place in range(len(keys)):
            keys[place] = _numbered(keys[place], number)  # one after another: all at once would stand there twice
        del number, shared
        key = np.concatenate([np.zeros(0, np.int64), *keys])
        del keys
        self._sort(*self._again(key, np.concatenate([np.zeros(0, np.int32), *often])))

    def _again(self, key: Places, often: NDArray[np.int32]) -> tuple[Places, NDArray[np.int32]]:
        """Without runs that stand alone by now, and without texts that share too little then; while it is worth it."""
        for _ in range(_ROUNDS):
            often = np.bincount(key & _GRAM, minlength=len(often)).astype(np.int32)
            kept = (often > 1)[key & _GRAM]
            if np.count_nonzero(kept) >= _WORTH * len(kept):
                break  # it costs more than it saves
            key = key[kept]
            key = _able(key, np.bincount(key >> _ROW, minlength=len(self.sizes)) >= self.least)
        return key, often

    def _sort(self, key: Places, often: NDArray[np.int32]) -> None:
        known = np.flatnonzero(often)
        rank = np.zeros(len(often), np.int32)
        rank[known[order_of(often[known])]] = np.arange(len(known), dtype=np.int32)
        for begin in range(0, len(key), _CHUNK):
            part = key[begin : begin + _CHUNK]
            part[:] = part >> _ROW << _ROW | rank[part & _GRAM]
        key.sort()
        gram = np.empty(len(key), np.int32)
        counts = np.zeros(len(self.sizes), np.int64)
        for begin in range(0, len(key), _CHUNK):
            part = key[begin : begin + _CHUNK]
            gram[begin : begin + _CHUNK] = part & _GRAM
            counts += np.bincount(part >> _ROW, minlength=len(counts))
        starts = np.concatenate(([0], np.cumsum(counts)))
        self.matrix = csr_array(
            (np.ones(len(gram), np.int8), gram, starts), shape=(len(counts), max(len(known), 1)), copy=False
        )

    def prefix(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """(run, text, rest) of the rarest members, of which two near texts share one; by run.

        `rest` counts the members from this one to the last; those that no other text has come before all.
        """
        starts = self.matrix.indptr.astype(np.int64)
        counts = np.diff(starts)
        lengths = np.maximum(counts - self.least + 1, 0)
        lengths[counts == 0] = 0
        places = spread(starts[:-1], lengths)
        gram = self.matrix.indices[places]
        row = np.repeat(np.arange(len(counts), dtype=np.int32), lengths)
        rest = (starts[1:][row] - places).astype(np.int32)
        del places
        order = order_of(gram)
        return gram[order], row[order], rest[order]

    def similarity(self, left: Places, right: Places) -> NDArray[np.float64]:
        """Jaccard index of each pair."""
        found = np.zeros(len(left))
        for begin in range(0, len(left), 1 << 14):
            one, other = left[begin : begin + (1 << 14)], right[begin : begin + (1 << 14)]
            shared = self.matrix[one].multiply(self.matrix[other]).sum(axis=1)
            found[begin : begin + (1 << 14)] = shared / (self.sizes[one] + self.sizes[other] - shared)
        return found


_ROW = 32
_GRAM = (1 << _ROW) - 1
"""A member packed: its text above, its run below."""
_CHUNK = 1 << 20


def _least(sizes: NDArray[Any], threshold: float) -> Places:
    return np.maximum(np.ceil(threshold * sizes - 1e-9).astype(np.int64), 1)


def _enough(shared: NDArray[np.int32], sizes: NDArray[np.int32], threshold: float) -> Places:
    """Texts that share enough with all others together."""
    found = [
        begin + np.flatnonzero(shared[begin : begin + _CHUNK] >= _least(sizes[begin : begin + _CHUNK], threshold))
        for begin in range(0, len(sizes), _CHUNK)
    ]
    return np.concatenate([np.zeros(0, np.int64), *found])


def _numbered(key: Places, number: NDArray[np.int32]) -> Places:
    """Members of texts that have a new number, with it."""
    found: Places = number[key >> _ROW].astype(np.int64)
    kept = found >= 0
    if not kept.all():
        key, found = key[kept], found[kept]
    return found << _ROW | key & _GRAM


def _shared(
    ranges: Iterator[tuple[Hashes, int]], texts: int
) -> tuple[list[Places], list[NDArray[np.int32]], NDArray[np.int32]]:
    """Members that at least two texts have, packed; how many texts have each run; how many such each text has."""
    keys, often, known = [], [], 0
    shared = np.zeros(texts, np.int32)
    for packed, bits in ranges:
        gram = packed >> np.uint64(bits)
        differs = np.ones(len(gram) + 1, np.bool_)
        np.not_equal(gram[1:], gram[:-1], out=differs[1:-1])
        del gram
        lengths = np.diff(np.flatnonzero(differs))
        lengths = lengths[lengths > 1]
        alone = differs[:-1]
        alone &= differs[1:]
        kept = packed[~alone]
        own = (kept & np.uint64((1 << bits) - 1)).view(np.int64)
        np.add(shared, np.bincount(own, minlength=texts), out=shared, casting="unsafe")
        own <<= _ROW
        own |= np.repeat(np.arange(known, known + len(lengths)), lengths)
        keys.append(own)
        often.append(lengths.astype(np.int32))
        known += len(lengths)
    return keys, often, shared


def _able(key: Places, enough: NDArray[np.bool_]) -> Places:
    """Members of texts that share enough with all others together."""
    kept = enough[key >> _ROW]
    return key if kept.all() else key[kept]


def _low(texts: int) -> np.uint64:
    """Mask of the low bits that number so many texts."""
    return np.uint64((1 << max(texts - 1, 1).bit_length()) - 1)


def _zeros(values: Hashes) -> NDArray[np.uint8]:
    """How many of the high bits are 0."""
    high = np.maximum((values >> np.uint64(32)).astype(np.float64), 0.5)
    return (32 - np.frexp(high)[1]).astype(np.uint8)


def fresh(values: Hashes) -> NDArray[np.bool_]:
    """Which of ascending values is the first of its equals."""
    first = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return first


def order_of(values: NDArray[np.int32]) -> Places:
    """What `np.argsort` gives for small whole numbers, stable; sorting them packed with their places is far quicker."""
    bits = max(len(values) - 1, 1).bit_length()
    key = values.astype(np.int64) << bits
    key |= np.arange(len(values))
    key.sort()
    key &= (1 << bits) - 1
    return key
