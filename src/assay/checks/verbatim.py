"""Which evaluation items stand word for word inside texts: hashes of runs of words, held against all items at once."""

from __future__ import annotations

import hashlib
import io
import secrets
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.checks.lookup import Lookup
from assay.checks.words import Hashes, Places, Words, blocks, chosen, digests, hashed, inside, mixed, runs, spread
from assay.domain.errors import EvidenceError

SIZE = 13
"""Words of a run; from the contamination studies of GPT-3 (Brown et al. 2020), which many tools took over."""
SHORT = 8
"""Words of a run for items that have fewer than `SIZE`; all of their runs must be found."""
SHARE = 0.5
"""Of an item's runs that a text must hold: one run alone is often a quotation that many texts share."""
_STEPS = {SIZE: 5, SHORT: 4}
"""At each so manieth word a text is looked at: a run of 13 words holds one of 9 that begins at a fifth word."""
_FORM = "assay sealed items 3"
_SALT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Items inside texts, ordered by text and then by share, best first."""

    text: Places
    """Which text."""
    item: Places
    """Which item."""
    share: NDArray[np.float64]
    """Of the item's runs that are found in the text; 1 for an item that was compared as a whole."""


class _Runs:
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


class _Sieve:
    """Parts of runs of some items, by which most texts are passed over without a look at each of their runs."""

    def __init__(self, size: int, parts: Hashes) -> None:
        self.size, self._step = size - _STEPS[size] + 1, _STEPS[size]
        self.parts = parts
        bits = min(max(int(len(parts) * 32).bit_length(), 10), 30)
        self._shift = np.uint64(64 - bits)
        self._tables = [np.zeros(1 << (bits - 3), np.uint8) for _ in range(2)]
        for number, table in enumerate(self._tables):
            place = self._bit(parts, number)
            np.bitwise_or.at(table, place >> np.uint64(3), _bit(place))

    def _bit(self, hashes: Hashes, number: int) -> Hashes:
        """Where a hash stands in a bit table: by its high bits, and in the second by its middle ones."""
        return (hashes << np.uint64(30) if number else hashes) >> self._shift

    def texts(self, found: Words, salt: bytes) -> Places:
        """The texts that may hold a run, ascending; `salt` is what the parts were keyed with."""
        if not len(self.parts):
            return np.zeros(0, np.int64)
        hashes = keyed(runs(found.hashes, self.size, self._step), salt)
        maybe = np.arange(len(hashes))
        for number, table in enumerate(self._tables):
            place = self._bit(hashes[maybe] if number else hashes, number)
            maybe = maybe[np.flatnonzero(table[place >> np.uint64(3)] & _bit(place))]
        return np.unique(np.searchsorted(found.starts, maybe * self._step, side="right") - 1)


class Verbatim:
    """Evaluation items as hashes.

    Items of at least 13 words are known by their runs of 13; of 8 to 12 words by their runs of 8, which must all be
    there; shorter ones only by a text that has the same words and no others.

    Examples:
        >>> known = Verbatim(["Which planet of our solar system is the largest one, and how many moons has it got?"])
        >>> text = "Quiz: which planet of our solar system is the largest one and how many moons has it got? Jupiter."
        >>> found = known.hits(hashed(["nothing", text]))
        >>> found.text.tolist(), found.item.tolist(), found.share.tolist()
        ([1], [0], [1.0])
    """

    def __init__(self, items: Sequence[str]) -> None:
        self.salt = b""
        """What the hashes were keyed with; empty for those of a set that was not sealed."""
        every, parts = {size: [_NONE] for size in _STEPS}, {size: [_NONE[0]] for size in _STEPS}
        whole, begin = [np.zeros(0, np.uint64)], 0
        for block in blocks(items):
            found = hashed(block)
            for size, step in _STEPS.items():
                below = SIZE if size == SHORT else 1 << 62
                every[size].append(_runs_of(found, size, begin, below, size))
                parts[size].append(_runs_of(found, size - step + 1, begin, below, size)[0])
            whole.append(digests(found))
            begin += len(block)
        self._fill(
            {size: _joined(own) for size, own in every.items()},
            {size: np.unique(np.concatenate(own)) for size, own in parts.items()},
            np.concatenate(whole),
        )

    def _fill(self, every: dict[int, tuple[Hashes, Places]], parts: dict[int, Hashes], whole: Hashes) -> None:
        self.whole = whole
        """One hash per item over all its words, 0 for an item without words."""
        self._kinds = [_Runs(size, *own) for size, own in every.items()]
        self._sieves = [_Sieve(size, own) for size, own in parts.items()]
        self._sizes = np.maximum(sum(np.bincount(kind.owners, minlength=len(whole)) for kind in self._kinds), 1)
        self._order = np.argsort(whole, kind="stable")

    def sealed(self) -> bytes:
        """The items as hashes only, keyed with a salt, for a file: what the set asks cannot be read from it.

        Two files of one set share no hash, and no table made in advance fits. Whoever guesses an item can check the
        guess; it keeps texts out of logs and training data, not secrets.
        """
        stream, made = io.BytesIO(), self if self.salt else self._keyed(secrets.token_bytes(_SALT))
        arrays = {
            f"{name}{kind.size}": getattr(kind, name) for kind in made._kinds for name in ("runs", "owners", "starts")
        }
        arrays |= {f"parts{kind.size}": sieve.parts for kind, sieve in zip(made._kinds, made._sieves, strict=True)}
        salt = np.frombuffer(made.salt, np.uint8)
        np.savez(stream, allow_pickle=False, form=np.array(_FORM), salt=salt, whole=made.whole, **arrays)
        return stream.getvalue()

    def _keyed(self, salt: bytes) -> Verbatim:
        """The same items under hashes that hang on a salt."""
        made = Verbatim(())
        made.salt = salt
        made._fill(
            {kind.size: (keyed(_spread_runs(kind), salt), kind.owners) for kind in self._kinds},
            {kind.size: np.sort(keyed(one.parts, salt)) for kind, one in zip(self._kinds, self._sieves, strict=True)},
            keyed(self.whole, salt),
        )
        return made

    @classmethod
    def unsealed(cls, data: bytes) -> Verbatim:
        """Items from their hashes.

        Raises:
            EvidenceError: The bytes are not what `sealed` wrote.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                if str(arrays["form"]) != _FORM:
                    raise KeyError(_FORM)
                made = cls(())
                made.salt = arrays["salt"].tobytes()
                if len(made.salt) != _SALT:
                    raise ValueError(f"a salt of {len(made.salt)} bytes, not of {_SALT}")
                every = {
                    size: (np.repeat(arrays[f"runs{size}"], np.diff(arrays[f"starts{size}"])), arrays[f"owners{size}"])
                    for size in _STEPS
                }
                whole = arrays["whole"]
                if any(len(items) and not 0 <= items.min() <= items.max() < len(whole) for _, items in every.values()):
                    raise ValueError("an item is named that is not there")
                made._fill(every, {size: arrays[f"parts{size}"].astype(np.uint64) for size in _STEPS}, whole)
        except (ValueError, TypeError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
            why = "no arrays of numbers" if "pickle" in str(error) else error
            raise EvidenceError(f"not a file of sealed items: {why}. Expected what `assay check seal` wrote") from error
        return made

    def touched(self, found: Words) -> NDArray[np.bool_]:
        """Texts that hold any run of an item of 13 words or more, shape (n_texts,)."""
        touched = np.zeros(len(found.counts), np.bool_)
        maybe = self._sieves[0].texts(found, self.salt)
        own = chosen(found, maybe)
        places, _ = self._places(own, self._kinds[0])
        touched[maybe[np.searchsorted(own.starts, places, side="right") - 1]] = True
        return touched

    def hits(self, found: Words, share: float = SHARE) -> Hits:
        """Items of which texts hold at least that share of the runs.

        Args:
            found: Words of some texts.
            share: Least share of an item's runs, in (0, 1]; items of 8 to 12 words need all.
        """
        both = zip(self._kinds, self._sieves, strict=True)
        parts = [
            self._equal(found),
            *(self._held(found, sieve.texts(found, self.salt), kind, share) for kind, sieve in both),
        ]
        text, item, value = (np.concatenate(own) for own in zip(*parts, strict=True))
        order = np.lexsort((-value, item, text))
        text, item, value = text[order], item[order], value[order]
        fresh = np.concatenate(([True], (text[1:] != text[:-1]) | (item[1:] != item[:-1])))[: len(text)]
        text, item, value = text[fresh], item[fresh], value[fresh]
        order = np.lexsort((item, -value, text))
        return Hits(text=text[order], item=item[order], share=value[order])

    def _equal(self, found: Words) -> tuple[Places, Places, NDArray[np.float64]]:
        own = keyed(digests(found), self.salt)
        whole = self.whole[self._order]
        begins, ends = np.searchsorted(whole, own), np.searchsorted(whole, own, side="right")
        counts = np.where(own == 0, 0, ends - begins)
        text = np.repeat(np.arange(len(own)), counts)
        return text, self._order[spread(begins, counts)], np.ones(len(text))

    def _held(
        self, found: Words, maybe: Places, kind: _Runs, share: float
    ) -> tuple[Places, Places, NDArray[np.float64]]:
        """Items in some of the texts."""
        own = chosen(found, maybe)
        places, known = self._places(own, kind)
        text = maybe[np.searchsorted(own.starts, places, side="right") - 1]
        key = np.unique(text << 32 | known)
        text, known = key >> 32, key & 0xFFFFFFFF
        counts = kind.starts[known + 1] - kind.starts[known]
        items = kind.owners[spread(kind.starts[known], counts)]
        pairs, times = np.unique(np.repeat(text, counts) << 32 | items, return_counts=True)
        value = times / self._sizes[pairs & 0xFFFFFFFF]
        able = value >= (share if kind.size == SIZE else 1.0) - 1e-9
        return (pairs >> 32)[able], (pairs & 0xFFFFFFFF)[able], value[able]

    def _places(self, found: Words, kind: _Runs) -> tuple[Places, Places]:
        if not len(kind.runs):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        places, known = kind.found(keyed(runs(found.hashes, kind.size), self.salt))
        ends = found.starts[np.searchsorted(found.starts, places, side="right")]
        within = places + kind.size <= ends
        return places[within], known[within]


def scan(known: Verbatim, texts: Sequence[str], share: float = SHARE) -> Iterator[tuple[int, int, float]]:
    """(text, item, share of the item's runs) of each hit, block by block."""
    begin = 0
    for block in blocks(texts):
        found = known.hits(hashed(block), share)
        yield from zip((found.text + begin).tolist(), found.item.tolist(), found.share.tolist(), strict=True)
        begin += len(block)


def keyed(hashes: Hashes, salt: bytes) -> Hashes:
    """Hashes that hang on a salt and cannot be traced back through it; those given where it is empty, 0 stays 0.

    The sum of two keyed permutations of 64 bits, each of which alone could be undone.
    """
    if not salt:
        return hashes
    one, other = np.frombuffer(hashlib.blake2b(salt, digest_size=16).digest(), np.uint64)
    both = mixed(hashes ^ one) ^ mixed(hashes + other)
    return np.where(hashes == 0, np.uint64(0), np.maximum(both, np.uint64(1)))


def _spread_runs(kind: _Runs) -> Hashes:
    """The run of each owner, one for one."""
    return np.repeat(kind.runs, np.diff(kind.starts))


_NONE = (np.zeros(0, np.uint64), np.zeros(0, np.int64))


def _joined(parts: Sequence[tuple[Hashes, Places]]) -> tuple[Hashes, Places]:
    return np.concatenate([own for own, _ in parts]), np.concatenate([items for _, items in parts])


def _runs_of(found: Words, size: int, begin: int, below: int, least: int) -> tuple[Hashes, Places]:
    """Runs of items with at least `least` words and fewer than `below`, and the item of each."""
    counts = np.maximum(found.counts - size + 1, 0)
    within = inside(found.counts, size, len(found.hashes))
    item = np.repeat(np.arange(len(counts)), counts)
    able = (found.counts[item] < below) & (found.counts[item] >= least)
    return runs(found.hashes, size)[within][able], item[able] + begin


def _bit(place: Hashes) -> NDArray[np.uint8]:
    return np.left_shift(np.uint8(1), (place & np.uint64(7)).astype(np.uint8))
