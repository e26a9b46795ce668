"""Whether words tell two groups of rows apart, how well, and which words do."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import ndtri

Numbers = NDArray[np.float64]
LEAST = 100
"""Rows of each group without which nothing is said."""
MOST = 3000
"""Rows of each group that are read."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|[^\w\s]")
_READ = 1500
_WORDS = 20_000
_DRAWS = 200
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How well words tell one group from another."""

    auroc: float
    """Chance that a row of the first group is read as more like the first than one of the second: .5 by chance."""
    low: float
    """Lower end of its interval."""
    high: float
    """Upper end."""
    first: tuple[str, ...]
    """Words that speak most for the first group."""
    second: tuple[str, ...]
    """And for the second."""
    rows: tuple[int, int]
    """Rows read of each."""


def told_apart(first: Sequence[str], second: Sequence[str], level: float = 0.95, seed: int = 1) -> Told | None:
    """How well words tell two groups of texts apart, by naive Bayes fitted on one half and tried on the other, twice.

    Equal texts stay in one half, so that repeats do not make the groups look different.

    Args:
        first: Texts of one group.
        second: Texts of the other.
        level: Of the interval, by bootstrap over distinct texts.
        seed: Of halves and bootstrap.

    Returns:
        None where a group has fewer than `LEAST` texts.

    Source:
        A classifier two-sample test: Lopez-Paz & Oquab 2017; log-odds by Monroe et al. 2008 for the telling words.
    """
    if min(len(first), len(second)) < LEAST:
        return None
    texts = [text[:_READ].lower() for text in (*first[:MOST], *second[:MOST])]
    sides = np.array([1] * len(first[:MOST]) + [0] * len(second[:MOST]), dtype=np.int64)
    seen, vocabulary = _counted(texts)
    group = np.unique(np.array([hash_of(text) for text in texts], dtype=np.uint64), return_inverse=True)[1]
    random = np.random.default_rng(seed)
    half = random.permutation(int(group.max()) + 1)[group] % 2
    scores = np.zeros(len(texts))
    for side in (0, 1):
        odds, shift = _fitted(seen[half != side], sides[half != side])
        scores[half == side] = seen[half == side] @ odds + shift
    auroc = float(_halves(scores, sides, half, np.ones(len(texts))).mean())
    margin = _margin(scores, sides, half, group, random, level)
    first_words, second_words = _telling(seen, sides, vocabulary)
    counts = (int(sides.sum()), int(len(sides) - sides.sum()))
    return Told(
        auroc=auroc,
        low=max(0.0, auroc - margin),
        high=min(1.0, auroc + margin),
        first=first_words,
        second=second_words,
        rows=counts,
    )


def hash_of(text: str) -> int:
    """A number for equal texts, the same in every run."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _counted(texts: Sequence[str]) -> tuple[csr_array, list[str]]:
    """Whether each text has each of the commoner words; shape (texts, words)."""
    bags = [set(_WORD.findall(text)) for text in texts]
    counts = Counter(word for bag in bags for word in bag)
    vocabulary = [word for word, times in counts.most_common(_WORDS) if times >= 3]
    places = {word: n for n, word in enumerate(vocabulary)}
    rows = [[places[word] for word in bag if word in places] for bag in bags]
    starts = np.cumsum([0, *map(len, rows)])
    columns = np.array([place for row in rows for place in row], dtype=np.int64)
    return csr_array((np.ones(len(columns)), columns, starts), shape=(len(texts), len(vocabulary))), vocabulary


def _fitted(seen: csr_array, sides: NDArray[np.int64]) -> tuple[Numbers, float]:
    """Log-odds of each word by naive Bayes, shrunk, and the constant."""
    ours, theirs = _rates(seen, sides)
    odds: Numbers = np.log(ours) - np.log(theirs)
    return odds, 0.0


def _rates(seen: csr_array, sides: NDArray[np.int64]) -> tuple[Numbers, Numbers]:
    rates = []
    overall = np.asarray(seen.sum(axis=0)).ravel() / max(1, seen.shape[0])
    for side in (1, 0):
        rows = seen[sides == side]
        rates.append((np.asarray(rows.sum(axis=0)).ravel() + 4 * overall + 0.01) / (rows.shape[0] + 4.02))
    return rates[0], rates[1]


def _halves(scores: Numbers, sides: NDArray[np.int64], half: NDArray[np.int64], weight: Numbers) -> Numbers:
    """Area of each half: scores of two fits are on two scales."""
    return np.array([_area(scores[half == h], sides[half == h], weight[half == h]) for h in (0, 1)])


def _area(scores: Numbers, sides: NDArray[np.int64], weight: Numbers) -> float:
    """Weighted area under the curve; ties count half."""
    order = np.argsort(scores, kind="stable")
    ranked, side, mass = scores[order], sides[order], weight[order]
    below = np.cumsum(mass * (side == 0))
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    ends = np.r_[starts[1:], len(ranked)] - 1
    before = np.r_[0.0, below[ends][:-1]]
    run = np.cumsum(np.r_[True, ranked[1:] != ranked[:-1]]) - 1
    middle = before[run] + 0.5 * (below[ends][run] - before[run])
    ours, theirs = float((mass * (side == 1)).sum()), float(below[-1])
    return float((mass * (side == 1) * middle).sum() / (ours * theirs)) if ours and theirs else 0.5


def _margin(
    scores: Numbers, sides: NDArray[np.int64], half: NDArray[np.int64], group: NDArray[np.intp],
    random: np.random.Generator, level: float,
) -> float:  # fmt: skip
    """Spread of a half's area: where there is no difference both halves err alike, so their mean has no less."""
    areas = np.array(
        [
            _halves(scores, sides, half, random.poisson(1.0, int(group.max()) + 1).astype(np.float64)[group])
            for _ in range(_DRAWS)
        ]
    )
    return float(ndtri((1 + level) / 2)) * float(np.sqrt(areas.var(axis=0).mean()))


def _telling(
    seen: csr_array, sides: NDArray[np.int64], vocabulary: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words by the size of their log-odds over its standard error."""
    ours, theirs = _rates(seen, sides)
    n_ours, n_theirs = max(1, int(sides.sum())), max(1, int(len(sides) - sides.sum()))
    spread = np.sqrt((1 - ours) / (ours * n_ours) + (1 - theirs) / (theirs * n_theirs))
    z = (np.log(ours) - np.log(theirs)) / np.maximum(spread, 1e-9)
    order = np.argsort(z)
    return (
        tuple(vocabulary[n] for n in order[::-1][:_SHOWN] if z[n] > 3),
        tuple(vocabulary[n] for n in order[:_SHOWN] if z[n] < -3),
    )
