"""How likely a weighted sum of squared normal deviates is at least so large, far into the tail."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from assay.domain.errors import EvidenceError
from assay.statistics.roots import Floats

_NEAR = 1e-4
_TURNS = 200


def quadratic_tail(weights: ArrayLike, value: float) -> float:
    """P(sum of weight * chi-square with one degree of freedom >= value), by a saddlepoint.

    Args:
        weights: At least 0, one of them above, shape (d,).
        value: Finite.

    Returns:
        The chance, in [0, 1]. Of one weight it is up to 12 % too large down to 1e-12, of five alike 2 %, of 64 less.

    Raises:
        EvidenceError: A weight is negative or not finite, or none is above 0.

    Source:
        Kuonen 1999, Saddlepoint approximations for distributions of quadratic forms in normal variables; Lugannani &
        Rice 1980. Golden values: tests/statistics/test_quadratic_tail.py, in closed form.

    Examples:
        >>> round(quadratic_tail([1.0], 3.841459), 3), round(quadratic_tail([0.5] * 20, 30.0) * 1e5, 2)
        (0.052, 0.71)
    """
    held = np.asarray(weights, dtype=np.float64)
    if not np.isfinite(held).all() or not math.isfinite(value) or (held < 0).any() or not (held > 0).any():
        raise EvidenceError("weights of at least 0, one of them above, and a finite value are needed")
    held = held[held > held.max() * 1e-12] / held.max()
    value /= float(np.max(np.asarray(weights, dtype=np.float64)))
    if value <= 0:
        return 1.0
    mean = float(held.sum())
    if abs(value - mean) <= _NEAR * mean:  # the formula has no value there, and hardly moves around
        return (quadratic_tail(held, mean * (1 - 2 * _NEAR)) + quadratic_tail(held, mean * (1 + 2 * _NEAR))) / 2
    at = _saddle(held, value)
    left = 1 - 2 * held * at
    w = math.copysign(math.sqrt(2 * (at * value + 0.5 * float(np.log(left).sum()))), at)
    v = at * math.sqrt(2 * float(np.square(held / left).sum()))
    return min(max(float(ndtr(-(w + math.log(v / w) / w))), 0.0), 1.0)


def _saddle(weights: Floats, value: float) -> float:
    """Where the derivative of the cumulant function is the value; it rises up to 1/2, the largest weight being 1."""
    high = 0.5 * (1 - 1 / (value * 4 + len(weights) * 4 + 4))
    while float((weights / (1 - 2 * weights * high)).sum()) < value:
        high = (high + 0.5) / 2
    low = -1.0
    while float((weights / (1 - 2 * weights * low)).sum()) > value:
        low *= 2
    for _ in range(_TURNS):
        middle = (low + high) / 2
        if float((weights / (1 - 2 * weights * middle)).sum()) < value:
            low = middle
        else:
            high = middle
        if high - low <= 1e-14 * max(abs(low), 1e-3):
            break
    return (low + high) / 2
