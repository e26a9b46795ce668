"""Where words begin in a buffer, and a 64-bit hash over the bytes of each."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

SLICE = 5 << 16
"""Bytes hashed at once: a block of texts with the last of them, mostly; a longer word is cut there."""
_PIECE = 8
_LONG = 32
"""Bytes up to which words are hashed all at once."""
_MASK = np.array([*((1 << 8 * size) - 1 for size in range(_PIECE + 1))], np.uint64)
"""Keeps so many bytes of a piece."""
_BEYOND = np.uint64(0x8080808080808080)


def slices(buffer: bytes | bytearray, cuts: Places) -> Iterator[tuple[int, int]]:
    """Begin and end of parts that end between two words."""
    begin = 0
    while begin < len(buffer):
        end = begin + SLICE
        if end < len(buffer):
            before = cuts[: np.searchsorted(cuts, end)]
            between = max(buffer.rfind(b"\0", begin, end) + 1, int(before[-1]) if len(before) else 0)
            end = between if between > begin + 1 else end
        yield begin, min(end, len(buffer))
        begin = end


def places_of(buffer: bytes | bytearray, begin: int, end: int, cuts: Places) -> tuple[Places, Places]:
    """Where the words of a part begin, and how many bytes each has."""
    there = np.zeros(end - begin + 2, np.bool_)
    np.not_equal(np.frombuffer(buffer, np.uint8, end - begin, begin), 0, out=there[1:-1])
    own = cuts[np.searchsorted(cuts, begin) : np.searchsorted(cuts, end)] - begin
    if not len(own):
        edges = np.flatnonzero(there[1:] != there[:-1])
        first = edges[::2]
        return first + begin, edges[1::2] - first
    own = own[there[own] & there[own + 1]]
    fresh, over = there[1:] > there[:-1], there[1:] < there[:-1]
    fresh[own] = over[own] = True
    first = np.flatnonzero(fresh)
    return first + begin, np.flatnonzero(over) - first


def word_hashes(buffer: bytes | bytearray, first: Places, length: Places, stem: int) -> Hashes:
    """A hash over the bytes of each word, eight at a time; words of many bytes one by one."""
    own = _pieces(buffer, first)
    own &= _MASK.take(length, mode="clip")
    whole = length
    if stem:
        alike = ((own & np.uint64(0xFF)) > 57) & ((own & _BEYOND) == 0)
        own = np.where(alike, own & _MASK[stem], own)
        whole = np.where(alike, np.minimum(length, stem), length)
    found = mixed(own)
    longer = np.flatnonzero(whole > _PIECE)
    begins, left, done = first[longer], length[longer], _PIECE
    while longer.size and done < _LONG:
        begins += _PIECE
        left -= _PIECE
        own = _pieces(buffer, begins)
        own &= _MASK.take(left, mode="clip")
        own ^= found[longer]
        found[longer] = mixed(own)
        done += _PIECE
        rest = np.flatnonzero(left > _PIECE)
        longer, begins, left = longer[rest], begins[rest], left[rest]
    for place in longer.tolist():
        begin = int(first[place])
        digest = blake2b(buffer[begin : begin + int(length[place])], digest_size=8).digest()
        found[place] = int.from_bytes(digest, "little")
    return found


def _pieces(buffer: bytes | bytearray, places: Places) -> Hashes:
    """The eight bytes from each place on: of the two words of memory that hold them the one's end, the other's begin.

    Quicker than to read where no word of memory begins.
    """
    memory = np.frombuffer(buffer, "<u8", len(buffer) // _PIECE)
    high = ((places & 7) << 3).view(np.uint64)
    place = places >> 3
    found: Hashes = memory.take(place)
    found >>= high
    other = memory[1:].take(place)
    np.subtract(np.uint64(64), high, out=high)
    other <<= high  # by 64 bits nothing is left
    found |= other
    return found


def mixed(values: Hashes) -> Hashes:
    """Values with all bits stirred, so that any of them can be used alone.

    Source:
        The finaliser of SplitMix64, Steele, Lea and Flood 2014.
    """
    shifted = values >> np.uint64(30)
    values = values ^ shifted
    values *= np.uint64(0xBF58476D1CE4E5B9)
    np.right_shift(values, np.uint64(27), out=shifted)
    values ^= shifted
    values *= np.uint64(0x94D049BB133111EB)
    np.right_shift(values, np.uint64(31), out=shifted)
    values ^= shifted
    return values
