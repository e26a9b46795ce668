"""What innocent questions score, and from which score on a text is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]

FEWEST = 100
"""Same-style questions without which no threshold is set."""
_TAIL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """From which score on a text counts as a rephrased item, by kind of item."""

    with_numbers: float
    """For items that hold a number."""
    without: float
    """For items that hold none, whose score is the cosine alone."""
    n_with_numbers: int
    """Same-style questions behind the first figure."""
    n_without: int
    """Same-style questions behind the second."""

    @property
    def least(self) -> float:
        """Score below which nothing counts; infinite where nothing does."""
        return min(self.with_numbers, self.without)


@dataclass(frozen=True, slots=True, kw_only=True)
class Innocent:
    """Scores of same-style questions that are no item."""

    with_numbers: Scores
    """Of those nearest to an item with a number, or to none; shape (n,)."""
    without: Scores
    """Of those nearest to an item without, or to none; shape (n,)."""

    def threshold(self, false_alarms: float) -> Threshold:
        """Score that they reach in at most that share of cases; infinite where there are fewer than `FEWEST`."""
        return Threshold(
            with_numbers=_quantile(self.with_numbers, false_alarms),
            without=_quantile(self.without, false_alarms),
            n_with_numbers=len(self.with_numbers),
            n_without=len(self.without),
        )


def _quantile(scores: Scores, share: float) -> float:
    """The score that at most that share of such questions exceeds; infinite with too few.

    The larger of the observed quantile and what an exponential tail through the upper twentieth says: the observed
    one of a few hundred questions lies too low half of the time.

    Source:
        Peaks over threshold with shape 0: Pickands 1975, "Statistical inference using extreme order statistics".
    """
    if len(scores) < FEWEST:
        return float("inf")
    ordered = np.sort(scores)
    observed = float(ordered[len(ordered) - 1 - int(share * len(ordered) + 1e-9)])
    if share >= _TAIL:
        return observed
    start = len(ordered) - int(_TAIL * len(ordered))
    over = ordered[start:] - ordered[start - 1]
    return max(observed, float(ordered[start - 1] + over.mean() * np.log(_TAIL / share)))
