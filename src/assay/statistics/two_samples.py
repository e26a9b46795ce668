"""Did a distribution change: numbers by Kolmogorov-Smirnov, categories by chi-square, and the index people know."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, gammaln, kolmogorov

from assay.domain.errors import EvidenceError
from assay.statistics.roots import Floats

FEWEST_EXPECTED = 2.0
"""Categories with a smaller expected count on either side are put together; Cochran asks for 1 where most have 5."""

FEWEST_FOR_TAIL = 100.0
"""Expected counts below which the approximation is too bold where p-values are very small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far two samples lie apart."""

    size: float
    """Kolmogorov-Smirnov: largest difference of the shares below a value. Chi-square: Cramer's V. Both in [0, 1]."""
    p_value: float
    """Chance of such a size, or a larger one, without any change."""
    n: tuple[int, int]
    """Values on each side."""


def ks(reference: ArrayLike, now: ArrayLike, worth: tuple[float, float] = (1.0, 1.0)) -> Shift:
    """Two samples of numbers, by the largest difference of their distribution functions.

    The p-value is asymptotic with Stephens' correction; with ties it is too large, never too small.

    Args:
        reference: Finite numbers, shape (n,).
        now: Finite numbers, shape (m,).
        worth: What a value of each side is worth, in (0, 1]: less than 1 where values are alike in groups.

    Raises:
        EvidenceError: A side is empty or holds what is no number.

    Source:
        Smirnov 1948; Stephens 1970. Golden values: tests/golden/two_samples.json.

    Examples:
        >>> round(ks([1, 2, 3, 4], [3, 4, 5, 6]).size, 2)
        0.5
    """
    one, two = (np.sort(np.atleast_1d(np.asarray(side, dtype=np.float64))) for side in (reference, now))
    if not len(one) or not len(two) or not (np.isfinite(one).all() and np.isfinite(two).all()):
        raise EvidenceError("Kolmogorov-Smirnov needs finite numbers on both sides")
    at = np.concatenate([one, two])
    gaps = np.searchsorted(one, at, side="right") / len(one) - np.searchsorted(two, at, side="right") / len(two)
    size = float(np.abs(gaps).max())
    n, m = len(one) * worth[0], len(two) * worth[1]
    root = math.sqrt(n * m / (n + m))
    return Shift(size=size, p_value=float(kolmogorov((root + 0.12 + 0.11 / root) * size)), n=(len(one), len(two)))


def chi_square(reference: Mapping[str, int], now: Mapping[str, int], worth: tuple[float, float] = (1.0, 1.0)) -> Shift:
    """Two counts of categories, by Pearson's chi-square; rare categories are put together.

    Args:
        reference: Category -> count.
        now: The same; categories may be new or gone.
        worth: What a count of each side is worth, in (0, 1]: less than 1 where values are alike in groups. The p-value
            is that of counts times it; the size is not changed.

    Raises:
        EvidenceError: A side counts nothing, or a count is negative.

    Source:
        Pearson 1900, two-sample homogeneity; counts divided by their design effect: Rao & Scott 1981. Golden values:
        tests/golden/two_samples.json.

    Examples:
        >>> round(chi_square({"en": 80, "de": 20}, {"en": 50, "de": 50}).p_value, 6)
        9e-06
    """
    one, two = _table(reference, now)
    size, p_value = _pearson(_pooled(one, two))
    if worth != (1.0, 1.0):
        p_value = _pearson(_pooled(one * worth[0], two * worth[1]))[1]
    return Shift(size=size, p_value=p_value, n=(int(one.sum()), int(two.sum())))


def _pearson(table: Floats) -> tuple[float, float]:
    """Cramer's V and the p-value of a table of two rows."""
    if table.shape[1] < 2:
        return 0.0, 1.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    found = float((np.square(table - expected) / expected).sum())
    return math.sqrt(min(found / table.sum(), 1.0)), float(chdtrc(table.shape[1] - 1, found))


def sure_chi_square(
    reference: Mapping[str, int], now: Mapping[str, int], matters: float = 0.01,
    worth: tuple[float, float] = (1.0, 1.0),
) -> Shift:  # fmt: skip
    """`chi_square`, its p-value also right far in the tail, where rare categories make the approximation too bold.

    Where it is small and some expected count is, too, it is at least the exact p-value of the category that moved most,
    times the number of categories (Bonferroni).

    Args:
        reference: Category -> count.
        now: The same.
        matters: p-values above it are left as they are.
        worth: As of `chi_square`; for the exact p-value, scaled counts are rounded.

    Source:
        Fisher's exact test for the category against all others, both tails by doubling the smaller.

    Examples:
        >>> one, two = {"stop": 680, "length": 12}, {"stop": 92, "length": 11}
        >>> [f"{test(one, two).p_value:.1e}" for test in (chi_square, sure_chi_square)]
        ['4.3e-07', '7.3e-05']
    """
    found = chi_square(reference, now, worth)
    if found.p_value > matters:
        return found
    one, two = _table(reference, now)
    table = np.rint(_pooled(one * worth[0], two * worth[1]))
    columns, sides = table.sum(axis=0), table.sum(axis=1)
    if sides.min() * columns.min() / table.sum() >= FEWEST_FOR_TAIL:
        return found
    least = min(
        _fisher(int(mine), int(sides[1]), int(all_), int(table.sum()))
        for mine, all_ in zip(table[1], columns, strict=True)
    )
    return replace(found, p_value=max(found.p_value, min(1.0, least * (len(columns) if len(columns) > 2 else 1))))


def _fisher(seen: int, drawn: int, marked: int, all_: int) -> float:
    """Two-sided p-value of so many marked ones among those drawn, without replacement."""
    k = np.arange(max(0, drawn + marked - all_), min(drawn, marked) + 1)
    logs = _choose(marked, k) + _choose(all_ - marked, drawn - k) - _choose(all_, drawn)
    chances = np.exp(logs)
    return min(1.0, 2.0 * float(min(chances[k <= seen].sum(), chances[k >= seen].sum())))


def _choose(n: int, k: ArrayLike) -> Floats:
    taken = np.asarray(k, dtype=np.float64)
    found: Floats = gammaln(n + 1.0) - gammaln(taken + 1.0) - gammaln(n - taken + 1.0)
    return found


def psi(reference: Mapping[str, int], now: Mapping[str, int]) -> tuple[float, float]:
    """Population stability index of two counts, and what it is expected to be without any change.

    With 50 values and ten categories it is .18 by chance alone, so it is shown and never alarms.

    Args:
        reference: Category -> count.
        now: The same.

    Returns:
        The index, half a count added to each cell, and (categories - 1) * (1/n + 1/m).

    Raises:
        EvidenceError: A side counts nothing, or a count is negative.

    Source:
        Yurdakul & Naranjo 2020 for its distribution.

    Examples:
        >>> [round(value, 4) for value in psi({"a": 500, "b": 500}, {"a": 60, "b": 40})]
        [0.0397, 0.011]
    """
    table = _table(reference, now)
    one, two = ((side + 0.5) / (side + 0.5).sum() for side in table)
    sizes = [float(side.sum()) for side in table]
    return float(((two - one) * np.log(two / one)).sum()), (len(one) - 1) * (1 / sizes[0] + 1 / sizes[1])


def spent(alpha: float, look: int) -> float:
    """The part of alpha that a look may spend, when nobody knows how many looks there will be.

    Args:
        alpha: Chance of any false alarm over all looks.
        look: Number of this look, from 1.

    Returns:
        alpha / (look * (look + 1)); all looks together spend alpha.

    Raises:
        EvidenceError: A number is out of range.

    Source:
        Lan & DeMets 1983, spending of alpha; the series 1 / (k (k + 1)) sums to 1.

    Examples:
        >>> spent(0.05, 1), round(sum(spent(0.05, look) for look in range(1, 10_000)), 4)
        (0.025, 0.05)
    """
    if not 0 < alpha < 1 or look < 1:
        raise EvidenceError(f"no part of alpha {alpha} for look {look}")
    return alpha / (look * (look + 1))


def _table(reference: Mapping[str, int], now: Mapping[str, int]) -> tuple[Floats, Floats]:
    names = sorted({*reference, *now})
    one, two = (np.array([side.get(name, 0) for name in names], dtype=np.float64) for side in (reference, now))
    if one.sum() <= 0 or two.sum() <= 0 or (one < 0).any() or (two < 0).any():
        raise EvidenceError("categories need counts on both sides, none of them negative")
    return one, two


def _pooled(one: Floats, two: Floats) -> Floats:
    """The table, categories too rare for the approximation put together; the pool joins the rarest that is left."""
    table = np.array([one, two])
    least = np.outer(table.sum(axis=1), table.sum(axis=0)).min(axis=0) / table.sum()
    kept: Sequence[Floats] = [table[:, at] for at in np.flatnonzero(least >= FEWEST_EXPECTED)]
    rare = table[:, least < FEWEST_EXPECTED].sum(axis=1)
    if rare.sum() > 0:
        enough = (table.sum(axis=1) * rare.sum() / table.sum()).min() >= FEWEST_EXPECTED
        if enough or not kept:
            kept = [*kept, rare]
        else:
            smallest = min(range(len(kept)), key=lambda at: float(kept[at].sum()))
            kept = [column + rare if at == smallest else column for at, column in enumerate(kept)]
    return np.array(kept).T
