"""Texts of one form: equal but for words that fill its gaps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEWEST = 10
"""Different texts of a form before it counts as a family."""
FIXED = 6
"""Words of the form itself, and at least half of the text."""
_OFTEN = 0.002
"""Share of the texts in which a word must stand to belong to a form; and in `FEWEST` of them."""


def families(openings: NDArray[np.uint32]) -> Iterator[list[int]]:
    """Rows whose openings are equal when rare words are taken for gaps, however many words fill one.

    Args:
        openings: Hashes of the first words of each text, 0 where there is none, shape (n_texts, n_words).

    Examples:
        >>> words = np.arange(2, 12, dtype=np.uint32)
        >>> some = np.array([[*words, 100 + n, 0] for n in range(20)], np.uint32)
        >>> [len(own) for own in families(some)]
        [20]
    """
    there = openings > 0
    _, places, counts = np.unique(openings, return_inverse=True, return_counts=True)
    often = counts >= max(FEWEST, _OFTEN * len(openings))
    fixed = there & often[places.reshape(openings.shape)]
    gap = there & ~fixed
    inner = gap.copy()
    inner[:, 1:] &= ~gap[:, :-1]
    kept = fixed | inner
    enough = (fixed.sum(axis=1) >= FIXED) & (2 * fixed.sum(axis=1) >= there.sum(axis=1)) & gap.any(axis=1)
    form = _hash(np.where(fixed, openings, np.uint32(1)), kept)
    text = _hash(openings, there)
    for own in _groups(form, np.flatnonzero(enough)):
        if len(np.unique(text[own])) >= FEWEST:
            yield own.tolist()


def _hash(values: NDArray[np.uint32], kept: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """A number for each row over those of its values that are kept, in order."""
    total = np.zeros(len(values), np.uint64)
    for column, own in zip(values.T, kept.T, strict=True):
        total = np.where(own, total * np.uint64(0x9E3779B97F4A7C15) + column + np.uint64(1), total)
    return total


def _groups(values: NDArray[np.uint64], places: NDArray[Any]) -> list[NDArray[Any]]:
    """Places of equal values, large groups first."""
    places = places[np.argsort(values[places], kind="stable")]
    cuts = np.flatnonzero(values[places][1:] != values[places][:-1]) + 1
    return sorted(
        (own for own in np.split(places, cuts) if len(own) >= FEWEST), key=lambda own: (-len(own), int(own[0]))
    )
