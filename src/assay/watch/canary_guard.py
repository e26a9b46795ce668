"""The evidence of one guard: bets that the canary is worse, and bets that it is within its margin."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from assay.domain.canary import ARMS, Arm, Guard, GuardEvidence, Stage
from assay.statistics.arms import ArmBets, Pairing
from assay.statistics.proportion import wilson

FIRST = 0.6
"""Share of the stake on a canary that is worse from the beginning; the rest is for one that gets worse in a later
step, under more load."""


@dataclass(slots=True)
class Count:
    """Values of one arm."""

    n: int = 0
    """Values."""
    total: float = 0.0
    """Their sum, larger is worse."""
    unscored: int = 0
    """Requests that could not be judged."""


@dataclass(slots=True)
class GuardState:
    """All that is kept of one guard; grows with the number of steps only."""

    guard: Guard
    """What it watches."""
    steps: int
    """Steps that the rollout can have."""
    worse: list[ArmBets] = field(default_factory=list)
    """One for each step that was begun, over all values since then."""
    within: ArmBets | None = None
    """Over the values of this step."""
    pairing: Pairing = field(default_factory=Pairing)
    """What waits for a partner."""
    counts: dict[Arm, Count] = field(default_factory=dict)
    """Of this step."""
    before: dict[Arm, int] = field(default_factory=dict)
    """Values in earlier steps."""
    best: float = 0.0
    """Largest logarithm of the evidence that it is worse, at any look."""

    def begin(self, stage: Stage) -> None:
        """Begin a step: evidence that it is within its margin is asked for anew."""
        for arm in ARMS:
            self.before[arm] = self.before.get(arm, 0) + (self.counts[arm].n if arm in self.counts else 0)
        self.counts = {arm: Count() for arm in ARMS}
        self.pairing = Pairing()
        ratio, margin = 1.0 + self.guard.relative, self.guard.margin
        self.worse.append(ArmBets(claim="worse", margin=margin, ratio=ratio))
        loose = min(margin * stage.slack, 0.99)
        self.within = ArmBets(claim="within", margin=loose, ratio=1.0 + self.guard.relative * stage.slack)

    def add(self, values: ArrayLike, in_canary: ArrayLike) -> None:
        """Take in values in order of time.

        Args:
            values: In [0, 1], larger is worse; NaN is unscored. Shape (n,).
            in_canary: Which of them are the canary's, shape (n,).
        """
        assert self.within is not None, "no step was begun"
        x, mine = np.asarray(values, dtype=np.float64), np.asarray(in_canary, dtype=bool)
        known = ~np.isnan(x)
        for arm in ARMS:
            own = mine == (arm == "canary")
            count, kept = self.counts[arm], x[own & known]
            count.n, count.total = count.n + len(kept), count.total + float(kept.sum())
            count.unscored += int(own.sum()) - len(kept)
        canary, control = self.pairing.take(x[known], mine[known])
        for bets in (*self.worse, self.within):
            bets.update(canary, control)
        self.best = max(self.best, self.log_worse)

    @property
    def log_worse(self) -> float:
        """Natural logarithm of the evidence that it is worse, now: stakes that were not placed yet count as kept."""
        later = (1.0 - FIRST) / max(self.steps - 1, 1)
        weights = np.array([FIRST if self.steps > 1 else 1.0] + [later] * (len(self.worse) - 1))
        logs = np.array([bets.log_mean for bets in self.worse])
        top = float(max(logs.max(initial=0.0), 0.0))
        kept = max(1.0 - float(weights.sum()), 0.0)
        return top + math.log(float((weights * np.exp(logs - top)).sum()) + kept * math.exp(-top))

    def evidence(self, higher_is_worse: bool, needs_worse: float, needs_within: float, slack: float) -> GuardEvidence:
        """What is known of it now.

        Args:
            higher_is_worse: Which way is worse, for the figures as people know them.
            needs_worse: p-value that rolls back.
            needs_within: p-value that proves it within its margin.
            slack: By what margins are multiplied in this step.
        """
        assert self.within is not None, "no step was begun"
        control = self.counts["control"]
        allowed = float("nan")
        if control.n:
            mean = control.total / control.n
            allowed = mean * (1 + self.guard.relative * slack) + self.guard.margin * slack
            allowed = min(allowed, 1.0) if higher_is_worse else max(1 - allowed, 0.0)
        return GuardEvidence(
            guard=self.guard.name,
            n={arm: self.counts[arm].n for arm in ARMS},
            rate={arm: _rate(self.counts[arm], higher_is_worse) for arm in ARMS},
            asked={arm: self.counts[arm].n + self.counts[arm].unscored for arm in ARMS},
            unscored={arm: _share(self.counts[arm]) for arm in ARMS},
            allowed=allowed,
            p_worse=math.exp(-max(self.best, 0.0)),
            e_worse=math.exp(min(self.log_worse, 700.0)),
            needs_worse=needs_worse,
            p_within=self.within.p_value,
            needs_within=needs_within,
            total={arm: self.before[arm] + self.counts[arm].n for arm in ARMS},
        )

    def plain(self) -> dict[str, Any]:
        """The state as JSON."""
        assert self.within is not None, "no step was begun"
        return {
            "worse": [_plain_bets(one) for one in self.worse],
            "within": _plain_bets(self.within),
            "pairing": [list(self.pairing.waiting), self.pairing.total, self.pairing.count],
            "counts": {arm: [one.n, one.total, one.unscored] for arm, one in self.counts.items()},
            "before": dict(self.before),
            "best": self.best,
        }

    @classmethod
    def restored(cls, guard: Guard, stages: Sequence[Stage], plain: Mapping[str, Any]) -> GuardState:
        """The state from its JSON."""
        made = cls(guard, len(stages))
        for stage in stages[: len(plain["worse"])]:
            made.begin(stage)
        assert made.within is not None
        for bets, kept in zip((*made.worse, made.within), (*plain["worse"], plain["within"]), strict=True):
            bets.log_wealth, bets.best, bets.n = np.array(kept[0], dtype=np.float64), float(kept[1]), int(kept[2])
        waiting, total, count = plain["pairing"]
        made.pairing.waiting.extend(waiting)
        made.pairing.total, made.pairing.count = total, count
        made.counts = {arm: Count(*plain["counts"][arm]) for arm in ARMS}
        made.before = {arm: int(plain["before"][arm]) for arm in ARMS}
        made.best = float(plain["best"])
        return made


def _plain_bets(bets: ArmBets) -> list[Any]:
    return [bets.log_wealth.tolist(), bets.best, bets.n]


def _rate(count: Count, higher_is_worse: bool) -> tuple[float, float, float]:
    """Mean and limits of an arm, as the figure itself is told."""
    if not count.n:
        return (math.nan, math.nan, math.nan)
    low, high = wilson(count.total, count.n)
    mean = count.total / count.n
    return (mean, low, high) if higher_is_worse else (1 - mean, 1 - high, 1 - low)


def _share(count: Count) -> float:
    asked = count.n + count.unscored
    return count.unscored / asked if asked else 0.0
