"""Texts of one form: equal but for words that fill its gaps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

FEWEST = 10
"""Different texts of a form before it counts as a family."""
FIXED = 6
"""Words of the form itself, and at least half of the text."""
_OFTEN = 0.002
"""Share of the texts in which a word must stand to belong to a form; and in `FEWEST` of them."""
_DRAWERS = 18


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
    fixed = there & _among(openings, _often(openings[there], max(FEWEST, _OFTEN * len(openings))))
    gap = there & ~fixed
    many = fixed.sum(axis=1)
    places = np.flatnonzero((many >= FIXED) & (2 * many >= there.sum(axis=1)) & gap.any(axis=1))
    openings, there, fixed, gap = openings[places], there[places], fixed[places], gap[places]
    inner = gap.copy()
    inner[:, 1:] &= ~gap[:, :-1]
    form = _hash(np.where(fixed, openings, np.uint32(1)), fixed | inner)
    text = _hash(openings, there)
    for own in _groups(form):
        if len(np.unique(text[own])) >= FEWEST:
            yield places[own].tolist()


def _often(values: NDArray[np.uint32], least: float) -> NDArray[np.uint32]:
    """The values that stand there at least so often."""
    ordered = np.sort(values)
    begins = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(ordered)])
    return ordered[begins[np.diff(np.concatenate((begins, [len(ordered)]))) >= least]]


def _among(values: NDArray[np.uint32], some: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which values are among a few hashes: each of those has a drawer by its high bits, all but one where two meet."""
    drawers = np.zeros(1 << _DRAWERS, np.uint32)
    shift = np.uint32(32 - _DRAWERS)
    drawers[some >> shift] = some
    found: NDArray[np.bool_] = drawers[values >> shift] == values
    for one in some[drawers[some >> shift] != some]:
        found |= values == one
    return found


def _hash(values: NDArray[np.uint32], kept: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """A number for each row over those of its values that are kept, in order."""
    total = np.zeros(len(values), np.uint64)
    for column, own in zip(values.T, kept.T, strict=True):
        total = np.where(own, total * np.uint64(0x9E3779B97F4A7C15) + column + np.uint64(1), total)
    return total


def _groups(values: NDArray[np.uint64]) -> list[NDArray[np.int64]]:
    """Places of equal values that are enough, large groups first."""
    places = np.argsort(values, kind="stable")
    cuts = np.flatnonzero(values[places][1:] != values[places][:-1]) + 1
    begins, ends = np.concatenate(([0], cuts)), np.concatenate((cuts, [len(places)]))
    able = ends - begins >= FEWEST
    groups = [places[begin:end] for begin, end in zip(begins[able].tolist(), ends[able].tolist(), strict=True)]
    return sorted(groups, key=lambda own: (-len(own), int(own[0])))
