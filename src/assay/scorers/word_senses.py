"""What single words tell of a text: how abusive and how pleasant people find them, and what they are about.

The table ships as hashes and small numbers (`coefficients/word_senses.npz`, made by `train/word_senses.py`): no word
stands in it. Columns are three ratings, how rare the word is, and the main directions of its meaning.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from assay.domain.errors import AssayError

Floats = NDArray[np.float64]
RATINGS = ("abuse in comments", "abuse in reviews", "pleasant")
"""Ratings of a word; the column after them is how rare it is, between 0 and 1."""
MANY = len(RATINGS)
SUMMED = 4 * MANY + 2
"""Numbers that sum up the ratings of a text; as many as there are directions of meaning follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Senses:
    """The table."""

    rows: dict[int, int]
    """Key of a word -> its row."""
    steps: NDArray[np.int8]
    """Shape (words, columns)."""
    scales: Floats
    """Size of a step of each column."""


def key(word: str) -> int:
    """The hash a word is kept under."""
    return zlib.crc32(b"abuse:" + word.encode("utf-8", "surrogatepass"))


def ratings(word: str) -> Floats | None:
    """The `RATINGS` of a word; None where it is not known.

    Examples:
        >>> ratings("therapist") is None, ratings("thesickening") is None
        (False, True)
    """
    at = _row(word)
    return None if at < 0 else _table().steps[at, :MANY] * _table().scales[:MANY]


def senses(words: Sequence[str]) -> Floats:
    """What the known ones among the plain words of a text tell.

    Returns:
        Of each rating: its sum over the root of the number of words, its largest, smallest and second largest;
        of both ratings of abuse what the text holds of it; then the mean meaning. Zeros where no word is known.

    Examples:
        >>> bool(senses(["you", "moron"])[0] > senses(["you", "baker"])[0])
        True
    """
    table = _table()
    at = [row for row in map(_row, words) if row >= 0]
    if not at:
        return np.zeros(SUMMED + table.steps.shape[1] - MANY - 1)
    found = table.steps.take(at, axis=0) * table.scales
    rated, rare = found[:, :MANY], found[:, MANY]
    size = float(np.sqrt(rare @ rare)) or 1.0
    ordered = np.sort(rated.T.copy())
    second = ordered[:, -2] if len(at) > 1 else np.zeros(MANY)
    total = rated.sum(axis=0) / np.sqrt(len(at) + 5)
    held = rated[:, :2].clip(0).sum(axis=0) / (2 * size)
    meaning = found[:, MANY + 1 :].sum(axis=0) / (6 * size)
    return np.concatenate([total, ordered[:, -1], ordered[:, 0], second, held, meaning])


@lru_cache(maxsize=65536)
def _row(word: str) -> int:
    """Row of a word; -1 where it is not known."""
    return _table().rows.get(key(word), -1)


@cache
def _table() -> Senses:
    path = resources.files("assay.scorers") / "coefficients" / "word_senses.npz"
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            rows = {int(word): at for at, word in enumerate(kept["words"])}
            return Senses(rows=rows, steps=kept["steps"], scales=kept["scales"])
    except (OSError, ValueError, KeyError) as error:
        raise AssayError(f"the table of word senses cannot be read: {error}. Install assay again") from error
