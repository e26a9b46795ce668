"""Words of many texts as 64-bit hashes, and hashes of runs of them; a few numpy passes in place of a loop per word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.checks.folding import coded, together
from assay.checks.word_hashes import mixed, places_of, slices, word_hashes

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

BLOCK = 1 << 18
"""Characters of texts that are taken at once: what a block touches stays in the processor's cache."""
SCAN = 1 << 20
"""Characters taken at once where nothing but a search for runs is done: fewer passes, each of them longer."""
_FOLD = bytes(
    code + 32 if 65 <= code <= 90 else code if code >= 128 or chr(code).isalnum() else 0 for code in range(256)
)
"""Lower case for bytes of words, zero for all others."""
_WORD = np.uint64(0xD6E8FEB86659FD93)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words of some texts, one text after the other."""

    hashes: Hashes
    """One per word, shape (n_words,)."""
    starts: Places
    """Place of each text's first word, and at the end n_words; shape (n_texts + 1,)."""
    digits: NDArray[np.bool_]
    """Whether a word begins with a digit, shape (n_words,); empty where words count whole and nobody asks."""

    @property
    def counts(self) -> Places:
        """Words of each text."""
        return np.diff(self.starts)


def words(text: str) -> list[str]:
    """The words that are hashed; for short texts and for checking.

    Examples:
        >>> words("It's 5+3, isn't it?")
        ['it', 's', '5', '3', 'isn', 't', 'it']
        >>> words("snake_case")
        ['snake', 'case']
    """
    return coded(text).translate(_FOLD).replace(b"\0", b" ").decode().split()


def blocks(texts: Iterable[str], most: int = BLOCK) -> Iterator[list[str]]:
    """Texts in groups of about so many characters, at least one in each."""
    block: list[str] = []
    size = 0
    for text in texts:
        block.append(text)
        size += len(text) + 1
        if size >= most:
            yield block
            block, size = [], 0
    if block:
        yield block


def hashed(texts: Sequence[str], stem: int = 0) -> Words:
    """Words of texts, equal words with equal hashes.

    A word of more than `word_hashes.SLICE` bytes is cut there, so that 200 MB without a blank take no larger tables
    than others.

    Args:
        texts: The texts.
        stem: Letters of a word that count, 1 to 8, so that forms of one word are equal; 0 for all. Numbers, and words
            with letters beyond ASCII, count whole. Which words are numbers is told where stems are asked for.

    Examples:
        >>> found = hashed(["Hello, world", "", "WORLD!"])
        >>> found.starts.tolist(), bool(found.hashes[1] == found.hashes[2])
        ([0, 2, 2, 3], True)
    """
    joined = together(texts)
    buffer = joined.buffer.translate(_FOLD)
    parts, digits = [], []
    starts, done, many = np.zeros(len(texts) + 1, np.int64), 0, 0
    for begin, end in slices(buffer, joined.cuts):
        first, length = places_of(buffer, begin, end, joined.cuts)
        until = int(np.searchsorted(joined.ends, end, side="right"))
        starts[done + 1 : until + 1] = np.searchsorted(first, joined.ends[done:until]) + many
        done, many = until, many + len(first)
        if first.size:
            parts.append(word_hashes(buffer, first, length, stem))
            if stem:
                digits.append(np.frombuffer(buffer, np.uint8)[first] - np.uint8(48) < 10)
    return Words(hashes=_one(parts, np.uint64), starts=starts, digits=_one(digits, np.bool_))


def _one(parts: Sequence[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    """Parts as one array; copied only where there are several."""
    return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, kind), *parts])


def runs(hashes: Hashes, size: int, step: int = 1) -> Hashes:
    """Hash of each run of so many words that begins at each `step`-th word; the caller drops those that cross texts.

    Shape (n,) for n = (n_words - size) // step + 1, 0 where there are fewer words than `size`.
    """
    n = max(len(hashes) - size, -step) // step + 1
    found = np.empty(n, np.uint64)
    many = BLOCK // 8 // step
    for begin in range(0, n, many):
        part = hashes[begin * step : (begin + many - 1) * step + size]
        last = len(part) - size + 1
        if size <= 4:
            total = part[size - 1 : last + size - 1 : step].copy()
            for place in range(size - 2, -1, -1):
                total *= _WORD
                total += part[place : last + place : step]
        else:
            up, down = powers(len(part) + 1, int(_WORD))
            sums = np.zeros(len(part) + 1, np.uint64)
            np.cumsum(part * up[: len(part)], out=sums[1:])
            total = (sums[size::step] - sums[:last:step]) * down[:last:step]
        found[begin : begin + many] = mixed(total)
    return found


def runs_at(hashes: Hashes, begins: Places, size: int) -> Hashes:
    """Hash of the run of so many words from each place on, as `runs` gives it; shape of `begins`."""
    total = hashes[begins + (size - 1)]
    for place in range(size - 2, -1, -1):
        total *= _WORD
        total += hashes[begins + place]
    return mixed(total)


def chosen(found: Words, texts: Places) -> Words:
    """The words of some of the texts."""
    counts = found.counts[texts]
    places = spread(found.starts[texts], counts)
    return Words(
        hashes=found.hashes[places],
        starts=np.concatenate(([0], np.cumsum(counts))),
        digits=found.digits[places] if len(found.digits) else found.digits,
    )


def spread(begins: Places, counts: Places) -> Places:
    """begin, begin + 1, ... for each, so many of them as its count says."""
    before = np.cumsum(counts) - counts
    return np.asarray(np.arange(int(counts.sum())) + np.repeat(begins - before, counts), np.int64)


def inside(counts: Places, size: int, total: int) -> NDArray[np.bool_]:
    """Which of the runs of `size` words stay inside one text, shape (total - size + 1,)."""
    within = np.ones(max(total - size + 1, 0), np.bool_)
    ends = np.cumsum(counts)
    for back in range(1, size):
        places = ends - back
        places = places[(places >= 0) & (places < len(within))]
        within[places] = False
    return within


def shingles(found: Words, size: int = 3) -> tuple[Hashes, Places]:
    """Runs of words inside each text, and how many each has; a text of fewer words is one run of all it has.

    Returns:
        Hashes in reading order, with repeats, and counts of shape (n_texts,): 0 for a text without a word.
    """
    counts = found.counts
    short = np.flatnonzero((counts > 0) & (counts < size))
    of = np.maximum(counts - size + 1, 0)
    every = runs(found.hashes, size)
    every = every[inside(counts, size, len(found.hashes))]
    if not short.size:
        return every, of
    whole = digests(found)[short]
    of[short] = 1
    before = np.cumsum(of) - of
    result = np.empty(int(of.sum()), np.uint64)
    own = np.zeros(len(result), np.bool_)
    own[before[short]] = True
    result[own] = whole
    result[~own] = every
    return result, of


def digests(found: Words) -> Hashes:
    """One hash per text over all its words in order, shape (n_texts,); 0 for a text without a word.

    Source:
        Polynomial hashing, Rabin and Karp 1987, modulo 2^64 over word hashes that are mixed before.
    """
    counts = found.counts
    result = np.zeros(len(counts), np.uint64)
    full = np.flatnonzero(counts)
    if full.size:
        up, _ = powers(int(counts.max()), int(_WORD))
        local = np.arange(len(found.hashes)) - np.repeat(found.starts[:-1], counts)
        result[full] = mixed(np.add.reduceat(found.hashes * up[local], found.starts[full])) | np.uint64(1)
    return result


@cache
def _tables(size: int, factor: int) -> tuple[Hashes, Hashes]:
    inverse = pow(factor, -1, 1 << 64)
    up = np.concatenate(([np.uint64(1)], np.full(size - 1, factor, np.uint64)))
    down = np.concatenate(([np.uint64(1)], np.full(size - 1, inverse, np.uint64)))
    return np.multiply.accumulate(up), np.multiply.accumulate(down)


def powers(size: int, factor: int) -> tuple[Hashes, Hashes]:
    """Powers of a factor and of its inverse modulo 2^64, at least `size` of each."""
    if size <= BLOCK + 1:
        return _tables(BLOCK + 1, factor)
    _tables.cache_clear()  # so that tables of a giant do not stay
    return _tables(size, factor)
