"""A linear layer that reads each manner of text a little in its own way, with numpy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.scorers.linear import RARITY_STEP, Floats
from assay.scorers.support_wording import Worded

CLIP = 4.0
"""Standard deviations beyond which a number counts no more."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Words:
    """Weights of hashed n-grams of one kind."""

    rarity: NDArray[np.uint8]
    """Inverse document frequency of each bucket, times RARITY_STEP; 0 for what was hardly ever seen."""
    weights: Floats
    """Weight of each bucket."""

    def odds(self, read: Worded, count: int) -> Floats:
        """Log-odds that the n-grams add: of the whole, then of each of `count` sentences; shape (1 + count,)."""
        rare = self.rarity.take(read.buckets) / RARITY_STEP
        told = np.bincount(read.sentence, rare * self.weights.take(read.buckets), count)
        size = np.bincount(read.sentence, rare * rare, count)
        told, size = np.r_[told.sum(), told], np.r_[size.sum(), size]
        found: Floats = told / np.sqrt(np.maximum(size, 1e-9))
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Manners:
    """Which manner a text is of, and one linear layer for each manner, weighed by that."""

    tell: Floats
    """Log-odds of each manner, shape (numbers + 1, manners); the last row is the constant."""
    mean: Floats
    """Mean of each number, shape (numbers,)."""
    spread: Floats
    """Its standard deviation."""
    weights: Floats
    """Weights of the standardised numbers, shape (numbers + 1, manners); the last row is the constant."""
    words: tuple[Words, ...]
    """Weights of the n-grams, the same for all manners."""

    def shares(self, x: Floats) -> Floats:
        """Probability of each manner, shape (rows, manners)."""
        odds = x @ self.tell[:-1] + self.tell[-1]
        odds = np.exp(odds - odds.max(axis=1, keepdims=True))
        found: Floats = odds / odds.sum(axis=1, keepdims=True)
        return found

    def odds(self, x: Floats, shares: Floats, read: Sequence[Worded]) -> Floats:
        """Log-odds of an answer and of each of its sentences, shape (rows,).

        Args:
            x: Numbers of the whole, then of each sentence; shape (rows, numbers).
            shares: Probability of each manner, shape (rows, manners).
            read: The answer's n-grams, one for each of `words`.
        """
        z = np.clip((x - self.mean) / self.spread, -CLIP, CLIP)
        told = sum(words.odds(one, len(x) - 1) for words, one in zip(self.words, read, strict=True))
        found: Floats = ((z @ self.weights[:-1] + self.weights[-1]) * shares).sum(axis=1) + told
        return found


def manners(arrays: Mapping[str, Any]) -> Manners:
    """The layer of its arrays, as train/groundedness.py saves them."""
    words = tuple(
        Words(rarity=arrays[f"rarity_{n}"], weights=arrays[f"words_{n}"] * arrays["words_step"][n])
        for n in range(len(arrays["words_step"]))
    )
    return Manners(
        tell=arrays["tell"].astype(np.float64),
        mean=arrays["mean"].astype(np.float64),
        spread=arrays["spread"].astype(np.float64),
        weights=arrays["manner_weights"].astype(np.float64),
        words=words,
    )
