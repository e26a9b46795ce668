"""Pairs of which one side may have more of something: how often it is the chosen one, tested and with limits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, ndtri

from assay.domain.errors import EvidenceError
from assay.statistics.clusters import mean_variance
from assay.statistics.proportion import wilson
from assay.statistics.roots import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """How often the first side of a pair has more."""

    n: int
    """Pairs."""
    more: int
    """Pairs of which the first side has more."""
    fewer: int
    """Pairs of which the first side has less; the rest are ties."""
    clusters: int
    """Independent groups among the pairs that differ."""
    low: float
    """Lower 95 % limit of `share`; 0 without a pair that differs."""
    high: float
    """Upper limit."""
    p: float
    """Two-sided p-value of the sign test: is more as frequent as less?"""
    right_low: float
    """Lower 95 % limit of `right`."""
    right_high: float
    """Upper limit."""
    worth: float
    """Independent pairs that the differing pairs are worth, by the spread within and between clusters."""

    @property
    def differ(self) -> int:
        """Pairs whose sides differ."""
        return self.more + self.fewer

    @property
    def share(self) -> float:
        """Share of `more` among the pairs that differ; a half when none does."""
        return self.more / self.differ if self.differ else 0.5

    @property
    def right(self) -> float:
        """How often a judge is right who goes for more and guesses in ties; below a half where less is chosen."""
        return 0.5 + 0.5 * (self.more - self.fewer) / self.n if self.n else 0.5


def signs(differences: ArrayLike, clusters: ArrayLike) -> Signs:
    """Sign test of differences within pairs, and limits of the share, when only clusters are independent.

    Rows of a cluster count for as many independent rows as the spread of the clusters' sums says, and for no more than
    there are; where no cluster repeats this is the exact sign test and Wilson's interval.

    Args:
        differences: First side minus second side, shape (n,); 0 is a tie.
        clusters: Number of the cluster of each pair, shape (n,).

    Raises:
        EvidenceError: Lengths differ, or a difference is no number.

    Source:
        Sign test: Arbuthnot 1710, exact binomial form; scaling by the design effect: Rao & Scott 1992.
        Golden values: tests/golden/preference.json.

    Examples:
        >>> found = signs([1, 1, 1, 1, 1, 1, 1, -1, 0], range(9))
        >>> found.more, found.fewer, round(found.p, 4), round(found.low, 3), round(found.high, 3)
        (7, 1, 0.0703, 0.529, 0.978)
    """
    values = np.sign(np.asarray(differences, dtype=np.float64).reshape(-1))
    groups = np.asarray(clusters).reshape(-1)
    if len(values) != len(groups) or not np.isfinite(values).all():
        raise EvidenceError(
            f"signs: saw {len(values)} differences and {len(groups)} clusters; expected a finite number and a cluster "
            "for each pair"
        )
    kept = values != 0
    _, place = np.unique(groups[kept], return_inverse=True)
    sums = np.bincount(place, weights=values[kept]).astype(np.float64)
    sizes = np.bincount(place).astype(np.float64)
    more, differ = int((values > 0).sum()), int(kept.sum())
    worth = differ / _effect(more, differ, sums, sizes) if differ else 0.0
    low, high = wilson(more / differ * worth, worth) if differ else (0.0, 1.0)
    if_equal = max(1.0, float(sums @ sums) / differ) if differ else 1.0
    return Signs(
        n=len(values), more=more, fewer=differ - more, clusters=len(sizes), low=low, high=high,
        p=_p_value(more / if_equal, differ / if_equal), worth=worth, **_right(values, groups),
    )  # fmt: skip


def _right(values: Floats, groups: NDArray[np.int64]) -> dict[str, float]:
    """Limits of how often one is right who goes for more and guesses in ties, in all pairs."""
    if not len(values):
        return {"right_low": 0.0, "right_high": 1.0}
    _, place = np.unique(groups, return_inverse=True)
    sizes = np.bincount(place).astype(np.float64)
    right = float(0.5 + 0.5 * values.mean())
    sums = np.bincount(place, weights=(values + 1.0) / 2.0).astype(np.float64)
    seen = mean_variance(sums, sizes)
    worth = right * (1.0 - right) / seen if seen > 0 else len(values) / float((sizes @ sizes) / sizes.sum())
    low, high = wilson(right * worth, worth)
    return {"right_low": low, "right_high": high}


def _p_value(more: float, differ: float) -> float:
    """Two-sided binomial tail at a half; counts need not be whole."""
    fewer = differ - more
    high = max(more, fewer)
    if high <= 0.0:
        return 1.0
    return min(1.0, 2.0 * float(betainc(high, differ - high + 1.0, 0.5)))


def _effect(more: int, differ: int, sums: Floats, sizes: Floats) -> float:
    """How many rows count as one, by the spread of the clusters' shares around the share of all."""
    if sizes.max() == 1.0:
        return 1.0
    share = more / differ
    binomial = share * (1.0 - share) / differ
    if binomial <= 0.0:
        return float((sizes @ sizes) / sizes.sum())
    return max(1.0, mean_variance((sums + sizes) / 2.0, sizes) / binomial)


def smallest_bias(pairs: float, alpha: float = 0.05, power: float = 0.8, steps: bool = True) -> float:
    """The smallest share of pairs decided by a shortcut that a two-sided sign test would have seen.

    A share r of the pairs follows the shortcut and the rest is decided by a coin, so its side is chosen in 1/2 + r/2.

    Args:
        pairs: Independent pairs that differ.
        alpha: Level of the test; a fraction of it where several features are tested.
        power: Chance to see it.
        steps: Whether the test is the exact one, whose p-value moves in steps.

    Returns:
        r in [0, 1]; 1.0 where nothing could have been seen.

    Raises:
        EvidenceError: Level or power are not between 0 and 1.

    Source:
        Normal approximation: r^2 / (1 - r^2) = (z of alpha / 2 + z of power)^2 / n, about 7.8 / n at .05 and .8; and
        1 / n more where the test moves in steps. Checked by simulation:
        benchmarks/simulate_data_preference.py.

    Examples:
        >>> round(smallest_bias(784), 3), round(smallest_bias(784, alpha=0.05 / 20), 3), smallest_bias(0)
        (0.101, 0.138, 1.0)
    """
    if not (0.0 < alpha < 1.0 and 0.0 < power < 1.0):
        raise EvidenceError(f"smallest bias: saw alpha {alpha} and power {power}; both lie between 0 and 1")
    if pairs < 1:
        return 1.0
    needed = float(ndtri(1.0 - alpha / 2.0) + ndtri(power)) ** 2
    return min(1.0, math.sqrt(needed / (needed + pairs)) + steps / pairs)
