"""What a prompt is about as a small set of numbers: its words without those of grammar and politeness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from assay.checks.words import Hashes, Places, digests, hashed

STEM = 7
"""Letters of a word that count, its ending aside, so that receive and receiving are one."""
MOST = 24
"""Words of a prompt that are kept: all of most prompts, of longer ones a fair sample, the smallest hashes."""

# Negations and whose thing it is stay: "my account" and "their account" are two requests.
_GRAMMAR = (
    "a an the this that these those is are was were be been being am do does did doing have has had having will would "
    "shall should can could may might must of in on at for from by with as to into onto about around and or but if "
    "than then so too also just very really it its there here i me we us you he she they him them what which who whom "
    "when where why how please kindly tell give show let explain describe help know want need like get got some any "
    "i'm i'd i've i'll it's that's what's who's where's how's there's you're you've you'd you'll we're they're let's "
    "thanks thank hello hi hey question quick possible able briefly answer s"
)
_MARKS = b'\t\n\r.,;:!?()[]{}"*_/-'
_LOWER = bytes(32 if code in _MARKS else code + 32 if 65 <= code <= 90 else code for code in range(256))
_BETWEEN = "\x01"
# To ask how to do a thing is not to ask what it was: "How do I repeat the massacre" and "How was the massacre".
_WHO = (b" i ", b" we ", b" how to ", b" how do you ", b" how can you ")
_WAYS = (b" way to ", b" ways to ", b" way of ", b" ways of ")
_ENDINGS = (b"ing ", b"es ", b"ed ", b"s ", b"e ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Content words of some texts."""

    hashes: NDArray[np.uint32]
    """Those kept, text after text, of each text in rising order."""
    kept: Places
    """How many are kept of each text."""
    counts: Places
    """How many different ones each text has."""
    digests: Hashes
    """One hash per text over all its words in order; 0 for a text without a word."""
    how: NDArray[np.bool_]
    """Whether it asks how to do something."""


def contents(texts: Sequence[str]) -> Contents:
    """Content words of texts, equal words with equal hashes.

    Examples:
        >>> found = contents(["How do I wrap the parcel?", "Please, how can I wrap parcels?", "?"])
        >>> found.counts.tolist(), found.hashes[:2].tolist() == found.hashes[2:].tolist()
        ([2, 2, 0], True)
    """
    plain = _plain(texts)
    found = hashed(_bare(plain), stem=STEM)
    short = (found.hashes >> np.uint64(32)).astype(np.uint32)
    row = np.repeat(np.arange(len(texts)), found.counts)
    said = ~_among(short, _grammar())
    packed = (row[said].astype(np.uint64) << np.uint64(32)) | short[said].astype(np.uint64)
    packed.sort()
    once = packed[np.concatenate(([True], packed[1:] != packed[:-1]))] if len(packed) else packed
    row = (once >> np.uint64(32)).astype(np.int64)
    counts = np.bincount(row, minlength=len(texts))
    place = np.arange(len(once)) - np.repeat(np.cumsum(counts) - counts, counts)
    keep = place < MOST
    return Contents(
        hashes=once[keep].astype(np.uint32),
        kept=np.minimum(counts, MOST),
        counts=counts,
        digests=digests(found),
        how=np.array([_asks_how(text) for text in plain.split(_BETWEEN.encode())[: len(texts)]], np.bool_),
    )


def _plain(texts: Sequence[str]) -> bytes:
    """All texts as one, in lower case, without marks; apostrophes closed up."""
    whole = f" {_BETWEEN} ".join(text.replace(_BETWEEN, " ") for text in texts).replace("’", "'")
    return f" {whole} ".encode("utf-8", "replace").translate(_LOWER, b"'")


def _asks_how(text: bytes) -> bool:
    return (b" how " in text and any(who in text for who in _WHO)) or (
        b" way" in text and any(way in text for way in _WAYS)
    )


def _bare(plain: bytes) -> list[str]:
    """The texts again, the commonest English endings off; replacing is quicker than any pattern."""
    for ending in _ENDINGS:
        plain = plain.replace(ending, b" ")
    return plain.decode("utf-8", "replace").split(_BETWEEN)


def _among(values: NDArray[np.uint32], ordered: NDArray[np.uint32]) -> NDArray[np.bool_]:
    place = np.searchsorted(ordered, values)
    place[place == len(ordered)] = 0
    found: NDArray[np.bool_] = ordered[place] == values
    return found


@cache
def _grammar() -> NDArray[np.uint32]:
    found = np.unique((hashed(_bare(_plain([_GRAMMAR])), stem=STEM).hashes >> np.uint64(32)).astype(np.uint32))
    return np.asarray(found, np.uint32)
