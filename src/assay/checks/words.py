"""Words of many texts as 64-bit hashes, and hashes of runs of them; a few numpy passes in place of a loop per word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

BLOCK = 1 << 18
"""Bytes hashed at once: what a block touches stays in the processor's cache."""
_COMMON = "\u2019\u2018\u201c\u201d\u2013\u2014\u2026\u2022\u00a0\u200b"
"""Typography of otherwise plain English; each of these is quicker to replace than a pattern is to run."""
_ALIEN = re.compile(r"[^\x00-\x7f\w\u0300-\u036f]+")
"""What is no word beyond ASCII: dashes, curly quotes, emoji, lone surrogates; accents that stand alone wait for their
letter."""
_MARKED = re.compile(r"[^\x00-\x7f\w]+")
_SCRIPTS = "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
_SCRIPT = re.compile(_SCRIPTS)
_UNSPACED = re.compile(f"(?={_SCRIPTS})|(?<={_SCRIPTS})")
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese write no blanks: each character counts as a word."""
_FOLD = bytes(
    code + 32 if 65 <= code <= 90 else code if code >= 128 or chr(code).isalnum() or code == 95 else 0
    for code in range(256)
)
"""Lower case for bytes of words, zero for all others."""
_LETTER = np.uint64(0x9E3779B97F4A7C15)
_WORD = np.uint64(0xD6E8FEB86659FD93)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words of some texts, one text after the other."""

    hashes: Hashes
    """One per word, shape (n_words,)."""
    starts: Places
    """Place of each text's first word, and at the end n_words; shape (n_texts + 1,)."""
    digits: NDArray[np.bool_]
    """Whether a word begins with a digit, shape (n_words,)."""

    @property
    def counts(self) -> Places:
        """Words of each text."""
        return np.diff(self.starts)


def plain(text: str) -> str:
    """A text whose words are what `\\w+` finds in it, folded, and each character of scripts without blanks.

    Examples:
        >>> plain("“Größe” – 漢字").split()
        ['grösse', '漢', '字']
    """
    if text.isascii():
        return text
    for mark in _COMMON:
        text = text.replace(mark, " ")
    if text.isascii():
        return text
    text = _ALIEN.sub(" ", text)
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _MARKED.sub(" ", text)
    return _UNSPACED.sub(" ", text) if _SCRIPT.search(text) else text


def words(text: str) -> list[str]:
    """The words that are hashed; for short texts and for checking.

    Examples:
        >>> words("It's 5+3, isn't it?")
        ['it', 's', '5', '3', 'isn', 't', 'it']
    """
    return plain(text).encode().translate(_FOLD).replace(b"\0", b" ").decode().split()


def blocks(texts: Iterable[str]) -> Iterator[list[str]]:
    """Texts in groups of about `BLOCK` characters, at least one in each."""
    block: list[str] = []
    size = 0
    for text in texts:
        block.append(text)
        size += len(text) + 1
        if size >= BLOCK:
            yield block
            block, size = [], 0
    if block:
        yield block


def hashed(texts: Sequence[str], stem: int = 0) -> Words:
    """Words of texts, equal words with equal hashes.

    A word of more than `BLOCK` bytes is cut there, so that 200 MB without a blank take no larger tables than others.

    Args:
        texts: The texts.
        stem: ASCII letters of a word that count, so that forms of one word are equal; 0 for all. Numbers count whole.

    Examples:
        >>> found = hashed(["Hello, world", "", "WORLD!"])
        >>> found.starts.tolist(), bool(found.hashes[1] == found.hashes[2])
        ([0, 2, 2, 3], True)
    """
    data = [text.encode() if text.isascii() else plain(text).encode() for text in texts]
    ends = np.cumsum([len(text) + 1 for text in data], dtype=np.int64) if data else np.zeros(0, np.int64)
    buffer = b"\0".join([*data, b""]).translate(_FOLD)
    parts, firsts, digits = [], [], []
    for begin, end in _slices(buffer):
        letters = np.frombuffer(buffer, np.uint8, end - begin, begin)
        word = letters != 0
        own = np.flatnonzero(np.concatenate((word[:1], word[1:] > word[:-1])))
        if own.size:
            parts.append(_word_hashes(_stemmed(letters, own, stem) if stem else letters, own))
            firsts.append(own + begin)
            digits.append((letters[own] >= 48) & (letters[own] <= 57))
    places = np.concatenate(firsts) if firsts else np.zeros(0, np.int64)
    return Words(
        hashes=np.concatenate(parts) if parts else np.zeros(0, np.uint64),
        starts=np.concatenate(([0], np.searchsorted(places, ends))).astype(np.int64),
        digits=np.concatenate(digits) if digits else np.zeros(0, np.bool_),
    )


def runs(hashes: Hashes, size: int) -> Hashes:
    """Hash of each run of so many words, shape (n_words - size + 1,); the caller drops those that cross texts."""
    n = len(hashes)
    if n < size:
        return np.zeros(0, np.uint64)
    found = np.empty(n - size + 1, np.uint64)
    step = BLOCK // 8
    for begin in range(0, n - size + 1, step):
        part = hashes[begin : begin + step + size - 1]
        total = part[: len(part) - size + 1].copy()
        if size <= 4:
            for place in range(1, size):
                total *= _WORD
                total += part[place : len(part) - size + 1 + place]
        else:
            up, down = _powers(len(part) + 1, int(_WORD))
            sums = np.zeros(len(part) + 1, np.uint64)
            np.cumsum(part * up[: len(part)], out=sums[1:])
            total = (sums[size:] - sums[:-size]) * down[: len(part) - size + 1]
        found[begin : begin + step] = mixed(total)
    return found


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
        up, _ = _powers(int(counts.max()), int(_WORD))
        local = np.arange(len(found.hashes)) - np.repeat(found.starts[:-1], counts)
        result[full] = mixed(np.add.reduceat(found.hashes * up[local], found.starts[full])) | np.uint64(1)
    return result


def mixed(values: Hashes) -> Hashes:
    """Values with all bits stirred, so that any of them can be used alone.

    Source:
        The finaliser of SplitMix64, Steele, Lea and Flood 2014.
    """
    values = values ^ (values >> np.uint64(30))
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


def _slices(buffer: bytes) -> Iterator[tuple[int, int]]:
    """Begin and end of parts that end between two words."""
    begin = 0
    while begin < len(buffer):
        end = begin + BLOCK
        if end < len(buffer):
            blank = buffer.rfind(b"\0", begin, end)
            end = blank + 1 if blank > begin else end
        yield begin, min(end, len(buffer))
        begin = end


def _stemmed(letters: NDArray[np.uint8], starts: Places, stem: int) -> NDArray[np.uint8]:
    place = np.arange(len(letters) - starts[0]) - np.repeat(
        starts - starts[0], np.diff(np.concatenate((starts, [len(letters)])))
    )
    first = np.repeat(letters[starts], np.diff(np.concatenate((starts, [len(letters)]))))
    kept = letters.copy()
    kept[starts[0] :][(place >= stem) & (first > 57) & (letters[starts[0] :] < 128)] = 0
    return kept


def _word_hashes(letters: NDArray[np.uint8], starts: Places) -> Hashes:
    up, down = _powers(BLOCK + 1, int(_LETTER))
    return mixed(np.add.reduceat(letters * up[: len(letters)], starts) * down[starts])


@cache
def _tables(size: int, factor: int) -> tuple[Hashes, Hashes]:
    inverse = pow(factor, -1, 1 << 64)
    up = np.concatenate(([np.uint64(1)], np.full(size - 1, factor, np.uint64)))
    down = np.concatenate(([np.uint64(1)], np.full(size - 1, inverse, np.uint64)))
    return np.multiply.accumulate(up), np.multiply.accumulate(down)


def _powers(size: int, factor: int) -> tuple[Hashes, Hashes]:
    """Powers of a factor and of its inverse modulo 2^64, at least `size` of each."""
    if size <= BLOCK + 1:
        return _tables(BLOCK + 1, factor)
    _tables.cache_clear()  # so that tables of a giant do not stay
    return _tables(size, factor)
