"""Two shares of independent or clustered rows: how far apart they are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from assay.domain.errors import EvidenceError
from assay.statistics.clusters import mean_variance
from assay.statistics.proportion import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A share in one group of rows against that in another."""

    one: float
    """Share in the one group."""
    other: float
    """Share in the other."""
    n_one: int
    """Rows of the one group."""
    n_other: int
    """Rows of the other."""
    low: float
    """Lower 95 % limit of `one - other`."""
    high: float
    """Upper limit."""
    error: float
    """Standard error of `one - other` if there were no difference."""
    p: float
    """Two-sided p-value of no difference."""


def rate_gap(hits: ArrayLike, ones: ArrayLike, clusters: ArrayLike) -> Gap | None:
    """Difference of two shares, rows of a cluster counting for what their spread says they are worth.

    Args:
        hits: 0 or 1 per row, shape (n,).
        ones: Whether a row belongs to the one group, shape (n,).
        clusters: Number of the cluster of each row, shape (n,).

    Returns:
        The gap; None when a group has no row.

    Raises:
        EvidenceError: Lengths differ.

    Source:
        Score test with pooled variance for the p-value; Newcombe 1998, method 10, for the limits; both with counts
        scaled by the design effect, Rao & Scott 1992. Golden values: tests/golden/preference.json.

    Examples:
        >>> found = rate_gap([1] * 30 + [0] * 20 + [1] * 20 + [0] * 30, [True] * 50 + [False] * 50, range(100))
        >>> round(found.one - found.other, 2), round(found.p, 4), round(found.low, 3), round(found.high, 3)
        (0.2, 0.0455, 0.005, 0.375)
    """
    values, groups = np.asarray(hits, dtype=np.float64).reshape(-1), np.asarray(clusters).reshape(-1)
    first = np.asarray(ones, dtype=np.bool_).reshape(-1)
    if not len(values) == len(first) == len(groups):
        raise EvidenceError(f"rates: saw {len(values)} rows, {len(first)} groups and {len(groups)} clusters")
    if first.all() or not first.any():
        return None
    (one, n_one, worth_one), (other, n_other, worth_other) = (
        _share(values[part], groups[part]) for part in (first, ~first)
    )
    pooled = (one * worth_one + other * worth_other) / (worth_one + worth_other)
    error = math.sqrt(pooled * (1.0 - pooled) * (1.0 / worth_one + 1.0 / worth_other))
    p = 2.0 * float(ndtr(-abs(one - other) / error)) if error > 0 else 1.0
    low_one, high_one = wilson(one * worth_one, worth_one)
    low_other, high_other = wilson(other * worth_other, worth_other)
    gap = one - other
    return Gap(
        one=one, other=other, n_one=n_one, n_other=n_other, error=error, p=p,
        low=gap - math.hypot(one - low_one, high_other - other),
        high=gap + math.hypot(high_one - one, other - low_other),
    )  # fmt: skip


def smallest_gap(error: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """The smallest gap that a two-sided test would have seen.

    Args:
        error: Standard error of the gap where there is none.
        alpha: Level of the test; a fraction of it where there are several.
        power: Chance to see it.

    Source:
        Normal approximation: (z of alpha / 2 + z of power) standard errors.

    Examples:
        >>> round(smallest_gap(0.05), 3)
        0.14
    """
    return min(1.0, float(ndtri(1.0 - alpha / 2.0) + ndtri(power)) * error)


def _share(values: NDArray[np.float64], clusters: NDArray[np.int64]) -> tuple[float, int, float]:
    """Share, rows, and the independent rows that they are worth."""
    _, place = np.unique(clusters, return_inverse=True)
    sizes = np.bincount(place).astype(np.float64)
    share, rows = float(values.mean()), len(values)
    binomial = share * (1.0 - share) / rows
    if sizes.max() == 1.0:
        return share, rows, float(rows)
    if binomial <= 0.0:
        return share, rows, rows / float((sizes @ sizes) / sizes.sum())
    seen = mean_variance(np.bincount(place, weights=values).astype(np.float64), sizes)
    return share, rows, rows / max(1.0, seen / binomial)
