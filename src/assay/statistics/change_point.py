"""When a change began: the likeliest place, with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, gammaln

from assay.domain.errors import EvidenceError
from assay.statistics.roots import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """Where a stream changed."""

    place: int
    """Index of the first value after the change, at its likeliest."""
    low: int
    """First index of the interval."""
    high: int
    """Last index of the interval."""
    before: float
    """Mean of the values before the likeliest place; NaN when none is before."""
    after: float
    """Mean from there on."""


def rate_change(values: ArrayLike, level: float = 0.9, before: float | None = None, earlier: int = 0) -> ChangePoint:
    """When a rate changed, given that it changed once.

    Rates that are unknown are integrated out; each place is as likely as any other before the values are seen. The
    interval is the shortest run of places around the likeliest that holds the level of the posterior.

    Args:
        values: Values in [0, 1] in order of time, shape (n,), n >= 2; a value between counts in part.
        level: Posterior probability of the interval.
        before: The rate before the change, in (0, 1), where it is known; the change may then lie before all values.
        earlier: Values before these that are not known any more, where the rate before the change is: as many more
            places before all of these.

    Raises:
        EvidenceError: Fewer than two values, or one outside [0, 1].

    Source:
        Smith 1975, Bernoulli change point with uniform priors. Coverage by simulation: benchmarks/simulate_watch.py.

    Examples:
        >>> found = rate_change([0] * 60 + [1, 0, 1, 1, 0, 1, 1, 1])
        >>> found.place, found.low, found.high
        (60, 57, 61)
    """
    x = _checked(values)
    if not ((x >= 0) & (x <= 1)).all():
        raise EvidenceError("a value of a rate is a number in [0, 1]")
    ones, n = np.cumsum(x), np.arange(1, len(x) + 1)
    left, total = ones[:-1], ones[-1]
    after = betaln(total - left + 1, (len(x) - n[:-1]) - (total - left) + 1)
    if before is None:
        return _found(x, betaln(left + 1, n[:-1] - left + 1) + after, level)
    if not 0 < before < 1:
        raise EvidenceError(f"a rate before the change is a number between 0 and 1, got {before}")
    known = left * np.log(before) + (n[:-1] - left) * np.log1p(-before)
    whole = betaln(total + 1, len(x) - total + 1) + np.log1p(earlier)
    return _found(x, np.concatenate([[whole], known + after]), level, first=0)


def mean_change(values: ArrayLike, level: float = 0.9) -> ChangePoint:
    """When the mean of an amount changed, given that it changed once and its spread did not.

    Args:
        values: Finite numbers in order of time, shape (n,), n >= 3.
        level: Posterior probability of the interval.

    Raises:
        EvidenceError: Fewer than three values, or one that is not finite.

    Source:
        Smith 1975, normal change point, means and variance integrated out under flat priors.

    Examples:
        >>> mean_change([1.0, 1.2, 0.9, 1.1, 3.0, 3.2, 2.9]).place
        4
    """
    x = _checked(values)
    if len(x) < 3:
        raise EvidenceError(f"a change of a mean needs three values, got {len(x)}")
    n = np.arange(1, len(x) + 1, dtype=np.float64)
    centred = x - x.mean()
    sums, squares = np.cumsum(centred), float(np.square(centred).sum())
    many, rest = n[:-1], len(x) - n[:-1]
    within = squares - np.square(sums[:-1]) / many - np.square(sums[-1] - sums[:-1]) / rest
    within = np.maximum(within, squares * 1e-12 + 1e-300)
    free = (len(x) - 2) / 2
    log = -0.5 * np.log(many * rest) - free * np.log(within) + gammaln(max(free, 0.5))
    return _found(x, log, level)


def _checked(values: ArrayLike) -> Floats:
    x = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if x.ndim != 1 or len(x) < 2 or not np.isfinite(x).all():
        raise EvidenceError("a change point needs two or more finite values")
    return x


def shortest_run(log: Floats, level: float) -> tuple[int, int, int]:
    """The likeliest place, and the first and last of the shortest run around it that holds the level.

    Args:
        log: Logarithm of how likely each place is, but for a constant, shape (n,).
        level: Probability of the run.

    Source:
        Highest posterior density among runs that hold the likeliest place, grown from it to the likelier side.

    Examples:
        >>> shortest_run(np.log([0.02, 0.1, 0.6, 0.25, 0.03]), 0.9)
        (2, 1, 3)
    """
    mass = np.exp(log - log.max())
    mass /= mass.sum()
    low = high = int(np.argmax(mass))
    place, held = low, mass[low]
    while held < level and (low > 0 or high < len(mass) - 1):
        left = mass[low - 1] if low > 0 else -1.0
        right = mass[high + 1] if high < len(mass) - 1 else -1.0
        if left >= right:
            low -= 1
        else:
            high += 1
        held += max(left, right)
    return place, low, high


def _found(x: Floats, log: Floats, level: float, first: int = 1) -> ChangePoint:
    """The change point; `log` is of the places from `first` to n - 1."""
    place, low, high = (at + first for at in shortest_run(log, level))
    return ChangePoint(
        place=place,
        low=low,
        high=high,
        before=float(x[:place].mean()) if place else float("nan"),
        after=float(x[place:].mean()),
    )
