"""The different words of texts, by their first letters, numbers in words as figures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from assay.checks.words import Hashes, Places, Words, hashed

Scores = NDArray[np.float64]

STEM = 6
"""Letters of a word that count, so that receives and received are one."""
_NAMES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_SAME = {name: str(value) for value, name in enumerate(_NAMES)} | {
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "seventy": "70",
    "eighty": "80",
    "ninety": "90",
    "hundred": "100",
    "twice": "2",
    "double": "2",
    "thrice": "3",
    "triple": "3",
    "dozen": "12",
}
"""Numbers in words count as the figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bags:
    """The different words of some texts, by text; read once, however many sets of items they are held against."""

    count: int
    """Number of texts."""
    sizes: Places
    """Words of each text, with repeats, shape (n_texts,)."""
    texts: Places
    """Which text, ascending; shape (n,)."""
    words: Hashes
    """Hash of a word, shape (n,)."""
    digits: NDArray[np.bool_]
    """Whether it is a number, shape (n,)."""
    weights: Scores
    """1 + ln of how often it stands there, shape (n,)."""


def bags(found: Words) -> Bags:
    """The different words of texts whose words were hashed with `STEM` letters."""
    found = with_figures(found)
    counts = found.counts
    texts = np.repeat(np.arange(len(counts)), counts)
    bits = np.uint64(max(len(counts) - 1, 1).bit_length())
    order = np.argsort(texts.astype(np.uint64) << (np.uint64(64) - bits) | found.hashes >> bits)
    texts, own = texts[order], found.hashes[order]
    fresh = np.flatnonzero(np.concatenate(([True], (own[1:] != own[:-1]) | (texts[1:] != texts[:-1])))[: len(own)])
    times = np.diff(np.concatenate((fresh, [len(own)])))
    return Bags(
        count=len(counts),
        sizes=counts,
        texts=texts[fresh],
        words=own[fresh],
        digits=found.digits[order][fresh],
        weights=weights_of(times),
    )


def weights_of(times: Places) -> Scores:
    """What a word counts that stands so many times in a text."""
    return 1 + np.log(times)


def with_figures(found: Words) -> Words:
    """Numbers in words as figures."""
    names, values = _named()
    place = np.searchsorted(names, found.hashes)
    place[place == len(names)] = 0
    named = names[place] == found.hashes
    return Words(hashes=np.where(named, values[place], found.hashes), starts=found.starts, digits=found.digits | named)


@cache
def _named() -> tuple[Hashes, Hashes]:
    names, values = hashed(list(_SAME), STEM).hashes, hashed(list(_SAME.values())).hashes
    order = np.argsort(names)
    return names[order], values[order]
