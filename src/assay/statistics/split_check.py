"""Does traffic split as it was meant to: a test that may be looked at after every request."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from scipy.special import gammaln

from assay.domain.errors import EvidenceError
from assay.statistics.roots import Floats


@dataclass(slots=True)
class SplitCheck:
    """Evidence, at any time, that arms do not get the shares that they should.

    Source:
        Lindon & Malek 2022: posterior odds of a Dirichlet prior around the meant shares; by Ville's inequality the
        chance that they ever reach 1 / alpha is at most alpha while the shares are as meant.

    Examples:
        >>> check = SplitCheck(shares=(0.9, 0.1))
        >>> check.update((900, 100)); check.p_value
        1.0
        >>> check.update((900, 300)); check.p_value < 0.001
        True
    """

    shares: tuple[float, ...]
    """What each arm should get; they sum to 1."""
    weight: float = 100.0
    """How many requests the prior around the shares is worth."""
    counts: Floats = field(init=False)
    """Requests of each arm so far."""
    best: float = 0.0
    """Largest natural logarithm of the odds so far."""

    def __post_init__(self) -> None:
        if len(self.shares) < 2 or min(self.shares) <= 0 or abs(sum(self.shares) - 1) > 1e-9:
            raise EvidenceError(f"shares of arms are positive and sum to 1, got {self.shares}")
        self.counts = np.zeros(len(self.shares))

    def update(self, counts: tuple[int, ...]) -> None:
        """Take in requests, one number for each arm.

        Raises:
            EvidenceError: A number is missing or negative.
        """
        if len(counts) != len(self.shares) or min(counts) < 0:
            raise EvidenceError(f"{len(self.shares)} counts of requests are needed, none negative; got {counts}")
        self.counts += np.asarray(counts, dtype=np.float64)
        self.best = max(self.best, self.log_odds)

    @property
    def log_odds(self) -> float:
        """Natural logarithm of the odds against the meant shares, now."""
        prior = self.weight * np.asarray(self.shares)
        total = float(self.counts.sum())
        marginal = gammaln(self.weight) - gammaln(self.weight + total)
        marginal += float((gammaln(prior + self.counts) - gammaln(prior)).sum())
        return float(marginal - (self.counts * np.log(self.shares)).sum())

    @property
    def p_value(self) -> float:
        """Chance of such evidence at any time while the shares are as meant."""
        return math.exp(-max(self.best, 0.0))
