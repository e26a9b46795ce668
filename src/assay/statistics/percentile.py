"""Percentiles from counts of bins whose borders grow by a constant factor, with limits by order statistics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from scipy.special import bdtr, bdtrik

from assay.domain.errors import EvidenceError

ERROR = 0.01
"""How far a percentile may lie from the value that has its rank, as a share of that value."""
GROWTH = (1 + ERROR) / (1 - ERROR)
"""Upper over lower border of a bin."""
NOTHING = -(2**31)
"""The bin of zero and of what is too small to matter."""
LEAST, MOST = 1e-9, 1e300
"""Values up to the first count as zero, those beyond the second as the second."""
_LOG = math.log(GROWTH)


def bin_of(value: float) -> int:
    """The bin of a value.

    Args:
        value: Finite, at least 0; negative values count as zero.

    Raises:
        EvidenceError: It is no finite number.

    Source:
        Masson, Rim & Lee 2019, DDSketch, section 2.1.

    Examples:
        >>> bin_of(1.0), bin_of(1.5), bin_of(0.0) == NOTHING
        (0, 21, True)
    """
    if not math.isfinite(value):
        raise EvidenceError(f"a percentile needs finite values, got {value}")
    return math.ceil(math.log(min(value, MOST)) / _LOG - 1e-12) if value > LEAST else NOTHING


def middle(place: int) -> float:
    """The value that stands for all of a bin: within `ERROR` of each of them.

    Source:
        Masson, Rim & Lee 2019, section 2.1.

    Examples:
        >>> round(middle(bin_of(1.5)), 3), middle(NOTHING)
        (1.507, 0.0)
    """
    return 0.0 if place == NOTHING else 2 * GROWTH**place / (GROWTH + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentile:
    """A percentile with its limits."""

    value: float
    """The value below or at which that share of all values lies; NaN without values."""
    low: float | None
    """Lower limit, 95 %; None where so few values give none."""
    high: float | None
    """Upper limit."""


def percentile(counts: Mapping[int, float], share: float, level: float = 0.95) -> Percentile:
    """A percentile of binned values.

    Args:
        counts: Bin -> values in it.
        share: Which percentile, in (0, 1): 0.95 for p95.
        level: Two-sided confidence level in (0, 1).

    Returns:
        Value and limits, each within `ERROR` of the order statistic that the values have at its rank. The limits are
        those of independent values; requests that came together in time are more alike.

    Raises:
        EvidenceError: No such share or level.

    Source:
        Limits by the binomial distribution of ranks: David & Nagaraja 2003, Order Statistics, section 7.1.

    Examples:
        >>> from collections import Counter
        >>> found = percentile(Counter(bin_of(float(value)) for value in range(1, 101)), 0.5)
        >>> round(found.value), round(found.low or 0), round(found.high or 0)
        (50, 40, 61)
        >>> percentile({bin_of(2.0): 20}, 0.99).high is None
        True
    """
    if not 0 < share < 1 or not 0 < level < 1:
        raise EvidenceError(f"a share and a level lie between 0 and 1, got {share} and {level}")
    held = sorted((place, count) for place, count in counts.items() if count > 0.5)
    n = round(sum(count for _, count in held))
    if not n:
        return Percentile(value=math.nan, low=None, high=None)
    tail = (1 - level) / 2
    low, high = _rank(tail, n, share), _rank(1 - tail, n, share) + 1
    return Percentile(
        value=_at(held, max(math.ceil(share * n - 1e-9), 1)),
        low=_at(held, low) if low >= 1 else None,
        high=_at(held, high) if high <= n else None,
    )


def _rank(tail: float, n: int, share: float) -> int:
    """The smallest k with at least that chance of at most k values below the percentile."""
    near = max(math.ceil(float(bdtrik(tail, n, share))), 0)
    return near - 1 if near > 0 and float(bdtr(near - 1, n, share)) >= tail else near


def _at(held: list[tuple[int, float]], rank: int) -> float:
    """The value of a rank, from 1."""
    below = 0.0
    for place, count in held:
        below += count
        if below >= rank - 0.5:
            return middle(place)
    return middle(held[-1][0])
