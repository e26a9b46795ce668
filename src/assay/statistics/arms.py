"""Two arms of traffic side by side: is one worse by more than a margin, or proved to be within it, at any time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assay.domain.errors import EvidenceError
from assay.statistics.roots import Floats

Claim = Literal["worse", "within"]
BETS = (0.1, 0.3, 0.6, 0.95)
"""Shares of the largest possible bet; wealth is averaged over them."""
WEIGHTS: Mapping[Claim, tuple[float, ...]] = {"worse": (0.1, 0.15, 0.25, 0.5), "within": (0.25, 0.25, 0.25, 0.25)}
"""By claim, the part of the stake on each bet. Harm is rare, and of rare events large bets prove a rise soonest."""


@dataclass(slots=True)
class ArmBets:
    """Wealth of a gambler who bets, request by request, on how the canary's mean differs from the control's.

    Each value of the canary is held against the mean of the control's values that came since the one before. If the
    claim is false, the wealth is not expected to grow, whenever one looks, as long as the assignment is random.

    Source:
        Waudby-Smith & Ramdas 2024, fixed bets mixed; Ville's inequality.

    Examples:
        >>> bets = ArmBets(claim="worse", margin=0.01)
        >>> bets.update([1, 0, 1, 1, 0, 1, 1, 1] * 2, [0.02] * 16)
        >>> bets.p_value < 0.05
        True
    """

    claim: Claim
    """worse: the canary's mean exceeds the control's by more than the margin. within: by less."""
    margin: float
    """In [0, 1); of a metric where less is better."""
    ratio: float = 1.0
    """What the control's mean is multiplied by before the margin is added; above 1 for a margin relative to it."""
    log_wealth: Floats = field(default_factory=lambda: np.zeros(len(BETS)))
    """Natural logarithm of the wealth of each bet, now; shape (bets,)."""
    best: float = 0.0
    """Largest logarithm of the mean wealth so far."""
    n: int = 0
    """Values of the canary so far."""

    def __post_init__(self) -> None:
        if not 0 <= self.margin < 1:
            raise EvidenceError(f"a margin is a number in [0, 1), got {self.margin}")
        if not 1 <= self.ratio < math.inf:
            raise EvidenceError(f"a ratio of means is a number from 1 on, got {self.ratio}")
        if self.claim == "within" and self.margin == 0 and self.ratio == 1:
            raise EvidenceError("that the canary is no worse at all cannot be proved; give a margin above 0")

    def update(self, canary: ArrayLike, control: ArrayLike) -> None:
        """Take in values.

        Args:
            canary: Values in [0, 1], less is better, shape (n,).
            control: Mean of the control's values since the canary's value before, shape (n,).

        Raises:
            EvidenceError: Shapes differ, or a value is not in [0, 1].
        """
        x, c = (np.atleast_1d(np.asarray(side, dtype=np.float64)) for side in (canary, control))
        if x.shape != c.shape or x.ndim != 1 or not ((x >= 0) & (x <= 1) & (c >= 0) & (c <= 1)).all():
            raise EvidenceError("arms need values in [0, 1], one of the control's for each of the canary's")
        if not len(x):
            return
        sign = 1.0 if self.claim == "worse" else -1.0
        gains = sign * (x - self.ratio * c - self.margin)
        largest_loss = self.ratio + self.margin if self.claim == "worse" else 1.0 - self.margin
        path = self.log_wealth + np.cumsum(np.log1p(np.array(BETS) / largest_loss * gains[:, None]), axis=0)
        self.log_wealth, self.best, self.n = path[-1], max(self.best, float(self._mean(path).max())), self.n + len(x)

    @property
    def log_mean(self) -> float:
        """Natural logarithm of the mean wealth, now."""
        return float(self._mean(self.log_wealth[None])[0])

    def _mean(self, path: Floats) -> Floats:
        """Logarithm of the mean over bets of wealth given as logarithms, shape (n, bets)."""
        top: Floats = path.max(axis=1)
        mean: Floats = np.exp(path - top[:, None]) @ np.array(WEIGHTS[self.claim])
        return top + np.log(mean)

    @property
    def p_value(self) -> float:
        """Chance of such wealth at any time if the claim is false."""
        return math.exp(-max(self.best, 0.0))


@dataclass(slots=True)
class Pairing:
    """Values of both arms in order of time, as they come, as `ArmBets` takes them.

    A value of the canary takes the values of the control since the canary's last one, or, where there is none, the next
    that comes; one that none comes for is left for the next time.
    """

    waiting: deque[float] = field(default_factory=deque)
    """Values of the canary that no control came for."""
    total: float = 0.0
    """Sum of the control's values since the canary's last one."""
    count: int = 0
    """Their number."""

    def take(self, values: ArrayLike, in_canary: ArrayLike) -> tuple[Floats, Floats]:
        """The canary's values that have a control by now, and the mean of the control for each.

        Args:
            values: Values of both arms in order of time, shape (n,).
            in_canary: Which of them are the canary's, shape (n,).
        """
        x, mine = np.asarray(values, dtype=np.float64), np.asarray(in_canary, dtype=bool)
        kept: list[tuple[float, float]] = []
        for value, own in zip(x.tolist(), mine.tolist(), strict=True):
            if not own and self.waiting:
                kept.append((self.waiting.popleft(), value))
            elif not own:
                self.total, self.count = self.total + value, self.count + 1
            elif self.count:
                kept.append((value, self.total / self.count))
                self.total, self.count = 0.0, 0
            else:
                self.waiting.append(value)
        pairs = np.array(kept, dtype=np.float64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]


def paired(canary: ArrayLike, in_canary: ArrayLike) -> tuple[Floats, Floats]:
    """Values of both arms in order of time as `ArmBets` takes them, all at once; see `Pairing`.

    Args:
        canary: Values of both arms in order of time, shape (n,).
        in_canary: Which of them are the canary's, shape (n,).

    Returns:
        The canary's values that have a control, and the mean of the control for each.

    Source:
        Own: each value of either arm is used once, so the differences are a martingale's under random assignment.

    Examples:
        >>> paired([0, 1, 1, 0, 0, 1, 0], [False, False, True, True, False, True, False])[1].tolist()
        [0.5, 0.0, 0.0]
    """
    return Pairing().take(canary, in_canary)
