"""Text to hashed n-grams: numbers of buckets, never the words themselves.

A view says what of a text is read (its opening, its end, all of it) and which n-grams of words
and characters are taken. The same text gives the same buckets on every machine.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from assay.scorers.reading import lowered, plain

Hashes = NDArray[np.uint32]
Places = NDArray[np.int64]

_WORD = re.compile(r"\w+|[^\w\s]")
_MIX = np.uint32(0x9E3779B1)  # 2**32 / golden ratio: neighbouring hashes land far apart (Knuth 1998, 6.4)
_STEP = np.uint32(0x01000193)  # FNV prime
_FORM = bytes(48 if 48 <= code < 58 else code for code in range(256))
"""Each digit as a 0."""
_SALTS = {"words": 0x51ED270B, "chars": 0x2545F491}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What of one text is turned into n-grams."""

    field: str
    """Which text: `answer`, `prompt`, `context`."""
    head: int = 2000
    """Characters read from the start."""
    tail: int = 0
    """Characters read from the end, beyond the head."""
    words: tuple[int, ...] = (1, 2)
    """Lengths of the word n-grams."""
    chars: tuple[int, ...] = (3, 4, 5)
    """Lengths of the character n-grams."""
    bits: int = 16
    """Logarithm of the number of buckets."""


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of one text, by bucket and place."""

    buckets: NDArray[np.int64]
    """Bucket of each n-gram, shape (n,)."""
    starts: Places
    """Its first character in the text."""
    ends: Places
    """One past its last."""


def buckets(text: str, view: View) -> NDArray[np.int64]:
    """The buckets of `grams`, in no order; without their places it takes half the time."""
    read = tuple(part for _, part in _parts(text, view))
    return (_hashes(read, view.words, view.chars) >> np.uint32(32 - view.bits)).astype(np.int64)


@lru_cache(maxsize=8)  # views that differ in their buckets only, and scorers with the same views, share the work
def _hashes(read: tuple[str, ...], words: tuple[int, ...], chars: tuple[int, ...]) -> Hashes:
    found = [_word_hashes(part, words) for part in read] if words else []
    if chars:
        found += [hashes for part in read for hashes, *_ in _char_grams(part, 0, chars)]
    return _scattered(np.concatenate(found) if found else np.empty(0, dtype=np.uint32))


def buckets_of_many(texts: Sequence[str], view: View) -> tuple[Hashes, Hashes]:
    """The buckets of the heads of many texts, and the text of each; of short texts several times as fast as alone.

    Examples:
        >>> view = View(field="answer", words=(1,), chars=(), bits=8)
        >>> found, of = buckets_of_many(["Yes and yes", "No"], view)
        >>> of.tolist(), found[:3].tolist() == buckets("Yes and yes", view).tolist()
        ([0, 0, 0, 1], True)
    """
    found, owners = _hashes_of_many(tuple([text[: view.head] for text in texts]), view.words, view.chars)
    return found >> np.uint32(32 - view.bits), owners


@lru_cache(maxsize=8)  # views that differ in their buckets only share the work
def _hashes_of_many(texts: tuple[str, ...], words: tuple[int, ...], chars: tuple[int, ...]) -> tuple[Hashes, Hashes]:
    heads = [lowered(plain(text)).replace("\0", " ") for text in texts]
    hashes: list[Hashes] = []
    owners: list[Hashes] = []
    if words:
        runs = " \0 ".join([*heads, ""]).split()  # the zero is a run by itself, whose number is `_END`
        single = np.fromiter(chain.from_iterable(map(_numbers_of, runs)), np.uint32)
        _inside(single, single == _END, words, _SALTS["words"], hashes, owners)
    if chars:
        codes, kept = _coded("\0".join([*heads, ""]))
        codes = codes[kept]
        _inside(_scattered(codes), codes == 0, chars, _SALTS["chars"], hashes, owners)
    if not hashes:
        return np.empty(0, np.uint32), np.empty(0, np.uint32)
    return _scattered(np.concatenate(hashes)), np.concatenate(owners)


def _inside(
    single: Hashes, ends: NDArray[np.bool_], orders: tuple[int, ...], salt: int,
    hashes: list[Hashes], owners: list[Hashes],
) -> None:  # fmt: skip
    """Puts the runs of each length that stay inside one text, and their texts, to the others."""
    last = np.cumsum(ends, dtype=np.uint32)
    first = np.where(ends, np.uint32(0xFFFFFFFF), last)
    nowhere = np.zeros(len(single), dtype=np.int64)
    for run, _, _ in _runs(single, nowhere, nowhere, orders, salt):
        own = first[: len(run)]
        kept = own == last[len(last) - len(run) :]
        hashes.append(run[kept])
        owners.append(own[kept])


def grams(text: str, view: View) -> Grams:
    """The n-grams of the part of a text that a view reads.

    Case, kinds of quotation marks and kinds of blanks do not count, and every digit is a 0, so that numbers
    have a form and no value. Work and memory grow with the characters that the view reads, not with the text.

    Examples:
        >>> view = View(field="answer", words=(1,), chars=(), bits=8)
        >>> grams("Yes and yes", view).buckets[[0, 2]].tolist() == grams("YES  yes", view).buckets.tolist()
        True
    """
    found = [piece for begin, read in _parts(text, view) for piece in _pieces(read, begin, view)]
    if not found:
        nothing = np.empty(0, dtype=np.int64)
        return Grams(nothing, nothing, nothing)
    hashes, starts, ends = (np.concatenate(column) for column in zip(*found, strict=True))
    return Grams((_scattered(hashes) >> np.uint32(32 - view.bits)).astype(np.int64), starts, ends)


def _parts(text: str, view: View) -> list[tuple[int, str]]:
    """Begin and plain text of the head and of the tail."""
    parts = [(0, lowered(plain(text[: view.head])))]
    if view.tail and len(text) > view.head:
        begin = max(view.head, len(text) - view.tail)
        parts.append((begin, lowered(plain(text[begin:]))))
    return parts


def _pieces(read: str, begin: int, view: View) -> list[tuple[Hashes, Places, Places]]:
    found: list[tuple[Hashes, Places, Places]] = []
    if view.words:
        found += _word_grams(read, begin, view.words)
    if view.chars:
        found += _char_grams(read, begin, view.chars)
    return found


def _word_grams(text: str, begin: int, orders: tuple[int, ...]) -> list[tuple[Hashes, Places, Places]]:
    matches = list(_WORD.finditer(text))
    single = np.fromiter((_word(match.group()) for match in matches), dtype=np.uint32, count=len(matches))
    starts = np.fromiter((match.start() for match in matches), dtype=np.int64, count=len(matches)) + begin
    ends = np.fromiter((match.end() for match in matches), dtype=np.int64, count=len(matches)) + begin
    return _runs(single, starts, ends, orders, _SALTS["words"])


def _word_hashes(text: str, orders: tuple[int, ...]) -> Hashes:
    single = np.array(_numbers(text), np.uint32)
    nowhere = np.zeros(len(single), dtype=np.int64)
    found = [hashes for hashes, *_ in _runs(single, nowhere, nowhere, orders, _SALTS["words"])]
    return np.concatenate(found) if found else single


def _numbers(text: str) -> list[int]:
    """A number for each word and mark of a text in lower case, in order."""
    return list(chain.from_iterable(map(_numbers_of, text.split())))


class _Runs(dict[str, tuple[int, ...]]):
    """The numbers of what stands between two blanks; those that came are remembered, as most come again."""

    def __missing__(self, run: str) -> tuple[int, ...]:
        if len(self) >= _REMEMBERED:
            self.clear()
        found = tuple(map(_word, _WORD.findall(run)))
        if len(run) <= _LONGEST:
            self[run] = found
        return found


def _word(word: str) -> int:
    if word.isascii():
        return zlib.crc32(word[:64].encode().translate(_FORM))
    form = word if word.isalpha() else "".join("0" if char.isdigit() else char for char in word)
    return zlib.crc32(form[:64].encode("utf-8", "surrogatepass"))


_REMEMBERED, _LONGEST = 262_144, 40
_numbers_of = _Runs().__getitem__
_END = _word("\0")


def _char_grams(text: str, begin: int, orders: tuple[int, ...]) -> list[tuple[Hashes, Places, Places]]:
    codes, kept = _coded(text)
    places = kept + begin
    return _runs(_scattered(codes[kept]), places, places + 1, orders, _SALTS["chars"])


def _coded(text: str) -> tuple[Hashes, Places]:
    """Characters as numbers, digits as 0 and blanks as one kind, and the places of all but blanks after blanks."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    digits = (codes >= 48) & (codes <= 57)
    blanks = (codes == 32) | ((codes >= 9) & (codes <= 13))
    codes = np.where(digits, np.uint32(48), np.where(blanks, np.uint32(32), codes))
    if not len(codes):
        return codes, codes.astype(np.int64)
    return codes, np.flatnonzero(~(blanks & np.concatenate(([False], blanks[:-1]))))


def _runs(
    single: Hashes, starts: Places, ends: Places, orders: tuple[int, ...], salt: int
) -> list[tuple[Hashes, Places, Places]]:
    """Hashes of all runs of each length; a run is hashed from those one shorter."""
    found: list[tuple[Hashes, Places, Places]] = []
    run = single ^ np.uint32(salt)
    for order in range(1, max(orders) + 1):
        if order > 1:
            run = run[:-1] * _STEP ^ single[order - 1 :]
        if len(run) == 0:
            break
        if order in orders:
            found.append((run ^ np.uint32(order * 0x85EBCA6B & 0xFFFFFFFF), starts[: len(run)], ends[order - 1 :]))
    return found


def _scattered(hashes: Hashes) -> Hashes:
    mixed = hashes * _MIX
    mixed ^= mixed >> np.uint32(15)
    return mixed * _MIX
