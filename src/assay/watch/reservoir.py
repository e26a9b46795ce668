"""Numbers of a long time in fixed memory, each with the day it is of, and how much days differ by themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri, stdtrit

from assay.statistics.roots import Floats

DAY_NS = 86_400 * 10**9
FEWEST_DAYS, FEWEST_A_DAY = 3, 50
"""Days, and values of each, without which nobody knows how much days differ."""
_SURE_MOVE, _SURE_SPREAD = 0.99, 0.95
_WORD = (1 << 64) - 1


@dataclass(slots=True, kw_only=True)
class Reservoir:
    """Of more numbers than fit every one has the same chance to stay."""

    most: int
    """Numbers that are kept."""
    count: int = 0
    """Numbers that came."""
    numbers: list[float] = field(default_factory=list)
    """Those that are kept."""
    days: list[int] = field(default_factory=list)
    """The day of each."""

    def put(self, value: float, day: int) -> None:
        """Take in a number."""
        self.count += 1
        if len(self.numbers) < self.most:
            self.numbers.append(value)
            self.days.append(day)
        elif (at := place(self.count)) < self.most:
            self.numbers[at], self.days[at] = value, day


def place(count: int) -> int:
    """A place drawn from 0 to count - 1, the same each time (reservoir of Vitter 1985; mixed as in SplitMix64)."""
    mixed = count * 0x9E3779B97F4A7C15 & _WORD
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _WORD
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _WORD
    return (mixed >> 32) * count >> 32


def allowance(beyond: ArrayLike, days: Sequence[int]) -> float | None:
    """How far above the mean of the days the share of a day to come may lie without news.

    Args:
        beyond: Whether a value counts, shape (n,).
        days: The day of each.

    Returns:
        The upper prediction limit of 99 % of one more day (Student's t), less the mean; chance within a day is taken
        out. None with fewer than three days of 50 values.

    Examples:
        >>> even = [at % 20 == 0 for at in range(1400)]
        >>> odd = [at % (10 if at // 200 in (2, 5) else 25) == 0 for at in range(1400)]
        >>> days = [at // 200 for at in range(1400)]
        >>> allowance(even, days), round(allowance(odd, days), 3), allowance(even, [0] * 1400)
        (0.0, 0.082, None)
    """
    shares, counts = _by_day(np.asarray(beyond, dtype=np.float64)[:, None], days)
    many = len(counts)
    if many < FEWEST_DAYS:
        return None
    between = float(_between(shares, counts)[0])
    return math.sqrt(max(between, 0.0) * (1 + 1 / many)) * float(stdtrit(many - 1, _SURE_MOVE))


def likeness(numbers: Sequence[float], days: Sequence[int]) -> tuple[float, int]:
    """How alike values of a day are beyond chance: the part of the variance of a share below a value that days make.

    Args:
        numbers: Values.
        days: The day of each.

    Returns:
        The mean over the tenths of all values of variance between days over p (1 - p), at its upper limit of 95 % as if
        days differed in one number (chi-square); and the number of days. 0 where too few days have enough values.

    Examples:
        >>> likeness([*range(100)] * 7, [at // 100 for at in range(700)])
        (0.0, 7)
        >>> likeness([*range(100), *range(100), *range(30, 130)], [at // 100 for at in range(300)])[0] > 0.5
        True
    """
    values = np.asarray(numbers, dtype=np.float64)
    edges = np.unique(np.quantile(values, np.arange(0.1, 0.95, 0.1)))
    shares, counts = _by_day((values[:, None] <= edges).astype(np.float64), days)
    many = len(counts)
    if many < FEWEST_DAYS:
        return 0.0, many
    whole = np.average(shares, axis=0, weights=counts)
    there = (whole > 0) & (whole < 1)
    if not there.any():
        return 0.0, many
    found = float(np.mean((_between(shares, counts) / np.maximum(whole * (1 - whole), 1e-9))[there]))
    return max(found, 0.0) * (many - 1) / float(chdtri(many - 1, _SURE_SPREAD)), many


def _by_day(below: Floats, days: Sequence[int]) -> tuple[Floats, Floats]:
    """Shares of each day that has enough values, and their number."""
    _, at = np.unique(np.asarray(days), return_inverse=True)
    counts = np.bincount(at).astype(np.float64)
    sums = np.stack([np.bincount(at, column) for column in below.T], axis=1)
    enough = counts >= FEWEST_A_DAY
    return sums[enough] / counts[enough, None], counts[enough]


def _between(shares: Floats, counts: Floats) -> Floats:
    """Variance of the days' own shares: that of the observed ones less what chance makes."""
    chance = np.mean(shares * (1 - shares) / counts[:, None], axis=0)
    found: Floats = np.var(shares, axis=0, ddof=1) - chance
    return found
