"""When a distribution changed: the likeliest of many stretches of time, with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, logsumexp

from assay.domain.errors import EvidenceError
from assay.statistics.change_point import shortest_run
from assay.statistics.roots import Floats

_LIKE = (3.0, 10.0, 30.0, 100.0, 300.0)
"""Values that the reference is worth for what comes after a change: near it or far, as likely as each other."""
_SHIFTS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Squared lengths of a shift, in standard deviations, that are as likely as each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftPoint:
    """Where a series of stretches changed; 0 says that the change may lie before all of them."""

    place: int
    """Index of the first stretch after the change, at its likeliest."""
    low: int
    """First index of the interval."""
    high: int
    """Last index of the interval."""


def counts_shift(counts: ArrayLike, reference: ArrayLike, level: float = 0.9) -> ShiftPoint:
    """When counts of categories began to come from another distribution than the reference, given that they did.

    Both distributions are integrated out: that before with the reference's counts, that after as one that lies around
    the reference's, nearer or farther. Each stretch is as likely as any other. The interval is the shortest run of
    stretches around the likeliest that holds the level of the posterior.

    Args:
        counts: Counts of each stretch of time, in order, shape (stretches, categories).
        reference: Counts of the reference, shape (categories,).
        level: Posterior probability of the interval.

    Raises:
        EvidenceError: There is no stretch, a shape is wrong, or a count is negative.

    Source:
        Smith 1975, change point of counts; here multinomial, before with Jeffreys' prior, after with Dirichlet's around
        the reference's shares, worth as much as 3 to 300 values, mixed.

    Examples:
        >>> counts_shift([[9, 1], [8, 2], [9, 1], [2, 8], [3, 7], [2, 8]], [90, 10])
        ShiftPoint(place=3, low=3, high=3)
    """
    x, before = np.asarray(counts, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if x.ndim != 2 or not len(x) or before.shape != x.shape[1:] or (x < 0).any() or (before < 0).any():
        raise EvidenceError("a change of counts needs stretches, each with a count of every category, none negative")
    there = (before + x.sum(axis=0)) > 0
    x, prior = x[:, there], before[there] + 0.5
    earlier = np.cumsum(x, axis=0) - x
    later, share = x.sum(axis=0) - earlier, prior / prior.sum()
    moved = logsumexp([_chance(later, much * share) for much in _LIKE], axis=0)
    return _point(_chance(earlier, prior) + moved, level)


def vectors_shift(
    sums: ArrayLike, counts: ArrayLike, mean: ArrayLike, n: int, spread: ArrayLike, level: float = 0.9
) -> ShiftPoint:
    """When the mean of vectors changed, given that it did and their spread did not.

    Args:
        sums: Sum of the vectors of each stretch of time, in order, shape (stretches, size).
        counts: Number of them, shape (stretches,), each at least 1.
        mean: Mean of the reference, shape (size,).
        n: Vectors that it comes from.
        spread: Covariance of the vectors, positive definite, shape (size, size).
        level: Posterior probability of the interval.

    Raises:
        EvidenceError: There is no stretch, or a shape is wrong.

    Source:
        Smith 1975, normal change point; shifts of six lengths in any direction mixed (whitened by the spread).

    Examples:
        >>> sums = [[0.5, 0], [-0.5, 0.3], [20, 1], [21, -1]]
        >>> vectors_shift(sums, [10, 10, 10, 10], [0, 0], 100, [[1, 0], [0, 1]])
        ShiftPoint(place=2, low=2, high=2)
    """
    x, many, middle = (np.asarray(one, dtype=np.float64) for one in (sums, counts, mean))
    if x.ndim != 2 or not len(x) or many.shape != x.shape[:1] or middle.shape != x.shape[1:]:
        raise EvidenceError("a change of a mean vector needs stretches, each with a sum and a number")
    white = np.linalg.solve(np.linalg.cholesky(np.asarray(spread, dtype=np.float64)), (x - many[:, None] * middle).T).T
    earlier, before = np.cumsum(white, axis=0) - white, np.cumsum(many) - many
    later, after = white.sum(axis=0) - earlier, many.sum() - before
    gap = np.square(later / after[:, None] - earlier / (n + before)[:, None]).sum(axis=1)
    size, noise = x.shape[1], 1 / after + 1 / (n + before)
    logs = [gap / 2 * (1 / noise - 1 / (noise + one / size)) - size / 2 * np.log1p(one / size / noise)
            for one in _SHIFTS]  # fmt: skip
    return _point(logsumexp(logs, axis=0), level)


def _chance(counts: Floats, prior: Floats) -> Floats:
    """Logarithm of the chance of values with these counts, shape (..., categories), under a Dirichlet distribution."""
    one = gammaln(counts + prior).sum(axis=-1) - gammaln(prior).sum()
    found: Floats = one - gammaln(counts.sum(axis=-1) + prior.sum()) + gammaln(prior.sum())
    return found


def _point(log: Floats, level: float) -> ShiftPoint:
    place, low, high = shortest_run(log, level)
    return ShiftPoint(place=place, low=low, high=high)
