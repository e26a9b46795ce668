"""Two arms of traffic side by side: is one worse by more than a margin, or proved to be within it, at any time."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from assay.domain.errors import EvidenceError
from assay.statistics.roots import Floats

Claim = Literal["worse", "within"]
BETS = (0.1, 0.3, 0.6, 0.95)
"""Shares of the largest possible bet; wealth is averaged over them."""


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
    log_wealth: Floats = field(default_factory=lambda: np.zeros(len(BETS)))
    """Natural logarithm of the wealth of each bet, now; shape (bets,)."""
    best: float = 0.0
    """Largest logarithm of the mean wealth so far."""
    n: int = 0
    """Values of the canary so far."""

    def __post_init__(self) -> None:
        if not 0 <= self.margin < 1:
            raise EvidenceError(f"a margin is a number in [0, 1), got {self.margin}")
        if self.claim == "within" and self.margin == 0:
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
        gains = sign * (x - c - self.margin)
        bets = np.array(BETS) / (1.0 + sign * self.margin)
        path = self.log_wealth + np.cumsum(np.log1p(bets * gains[:, None]), axis=0)
        top = path.max(axis=1)
        mean = top + np.log(np.exp(path - top[:, None]).mean(axis=1))
        self.log_wealth, self.best, self.n = path[-1], max(self.best, float(mean.max())), self.n + len(x)

    @property
    def p_value(self) -> float:
        """Chance of such wealth at any time if the claim is false."""
        return math.exp(-max(self.best, 0.0))


def paired(canary: ArrayLike, in_canary: ArrayLike) -> tuple[Floats, Floats]:
    """Values of both arms in order of time as `ArmBets` takes them.

    A value of the canary takes the values of the control since the canary's last one, or, where there is none, the next
    that comes; one that none comes for is left for the next time.

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
    x, mine = np.asarray(canary, dtype=np.float64), np.asarray(in_canary, dtype=bool)
    kept: list[tuple[float, float]] = []
    waiting: deque[float] = deque()
    total, count = 0.0, 0
    for value, own in zip(x.tolist(), mine.tolist(), strict=True):
        if not own and waiting:
            kept.append((waiting.popleft(), value))
        elif not own:
            total, count = total + value, count + 1
        elif count:
            kept.append((value, total / count))
            total, count = 0.0, 0
        else:
            waiting.append(value)
    pairs = np.array(kept, dtype=np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
