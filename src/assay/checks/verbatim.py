"""Which evaluation items stand word for word inside texts: hashes of runs of words, held against all items at once."""

from __future__ import annotations

import io
import secrets
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.checks.item_runs import SHORT, SIZE, STEPS, Runs, Sieve, around, keyed
from assay.checks.words import (
    SCAN,
    Hashes,
    Places,
    Words,
    blocks,
    chosen,
    digests,
    hashed,
    inside,
    runs,
    runs_at,
    spread,
)
from assay.domain.errors import EvidenceError

SHARE = 0.5
"""Of an item's runs that a text must hold: one run alone is often a quotation that many texts share."""
_FORM = "assay sealed items 4"
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
        every, parts = {size: [_NONE] for size in STEPS}, {size: [_NONE[0]] for size in STEPS}
        whole, begin = [np.zeros(0, np.uint64)], 0
        for block in blocks(items):
            found = hashed(block)
            for size, step in STEPS.items():
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
        self._kinds = [Runs(size, *own) for size, own in every.items()]
        self._sieves = [Sieve(size, own) for size, own in parts.items()]
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
                    for size in STEPS
                }
                whole = arrays["whole"]
                if any(len(items) and not 0 <= items.min() <= items.max() < len(whole) for _, items in every.values()):
                    raise ValueError("an item is named that is not there")
                made._fill(every, {size: arrays[f"parts{size}"].astype(np.uint64) for size in STEPS}, whole)
        except (ValueError, TypeError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
            why = "no arrays of numbers" if "pickle" in str(error) else error
            raise EvidenceError(f"not a file of sealed items: {why}. Expected what `assay check seal` wrote") from error
        return made

    @staticmethod
    def counted(data: bytes) -> int:
        """How many items there are in what `sealed` wrote."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return len(arrays["whole"])

    def touched(self, found: Words) -> NDArray[np.bool_]:
        """Texts that hold any run of an item of 13 words or more, shape (n_texts,)."""
        touched = np.zeros(len(found.counts), np.bool_)
        kind = self._kinds[0]
        places, texts = self._sieves[0].places(found, self.salt)
        first = np.concatenate(([True], texts[1:] != texts[:-1]))[: len(texts)]
        own, _ = self._known(found, kind, places[first], texts[first])  # mostly an item goes on behind its first part
        touched[own] = True
        rest = np.flatnonzero(~touched[texts])
        if len(rest):
            own, _ = self._known(found, kind, *around(places[rest], texts[rest], kind.size))
            touched[own] = True
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
            *(self._held(found, sieve, kind, share) for kind, sieve in both),
        ]
        text, item, value = (np.concatenate(own) for own in zip(*parts, strict=True))
        order = np.lexsort((-value, item, text))
        text, item, value = text[order], item[order], value[order]
        fresh = np.concatenate(([True], (text[1:] != text[:-1]) | (item[1:] != item[:-1])))[: len(text)]
        text, item, value = text[fresh], item[fresh], value[fresh]
        order = np.lexsort((item, -value, text))
        return Hits(text=text[order], item=item[order], share=value[order])

    def _equal(self, found: Words) -> tuple[Places, Places, NDArray[np.float64]]:
        """Items that are a text as a whole; longer ones are found by their runs."""
        short = np.flatnonzero((found.counts < SHORT) & (found.counts > 0))
        own = keyed(digests(chosen(found, short)), self.salt)
        whole = self.whole[self._order]
        begins, ends = np.searchsorted(whole, own), np.searchsorted(whole, own, side="right")
        counts = ends - begins
        text = np.repeat(short, counts)
        return text, self._order[spread(begins, counts)], np.ones(len(text))

    def _held(self, found: Words, sieve: Sieve, kind: Runs, share: float) -> tuple[Places, Places, NDArray[np.float64]]:
        """Items of which texts hold runs."""
        text, known = self._known(found, kind, *around(*sieve.places(found, self.salt), kind.size))
        key = np.unique(text << 32 | known)
        text, known = key >> 32, key & 0xFFFFFFFF
        counts = kind.starts[known + 1] - kind.starts[known]
        items = kind.owners[spread(kind.starts[known], counts)]
        pairs, times = np.unique(np.repeat(text, counts) << 32 | items, return_counts=True)
        value = times / self._sizes[pairs & 0xFFFFFFFF]
        able = value >= (share if kind.size == SIZE else 1.0) - 1e-9
        return (pairs >> 32)[able], (pairs & 0xFFFFFFFF)[able], value[able]

    def _known(self, found: Words, kind: Runs, begins: Places, texts: Places) -> tuple[Places, Places]:
        """Texts of the runs that begin at some places and are known, and which these are."""
        within = np.flatnonzero((begins >= found.starts[texts]) & (begins + kind.size <= found.starts[texts + 1]))
        if not len(kind.runs) or not len(within):
            return _NONE[1], _NONE[1]
        sure, known = kind.found(keyed(runs_at(found.hashes, begins[within], kind.size), self.salt))
        return texts[within[sure]], known


def scan(known: Verbatim, texts: Sequence[str], share: float = SHARE) -> Iterator[tuple[int, int, float]]:
    """(text, item, share of the item's runs) of each hit, block by block."""
    begin = 0
    for block in blocks(texts, SCAN):
        found = known.hits(hashed(block), share)
        yield from zip((found.text + begin).tolist(), found.item.tolist(), found.share.tolist(), strict=True)
        begin += len(block)


def _spread_runs(kind: Runs) -> Hashes:
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
