"""A staged rollout: what its policy asks for, and what is decided from the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Word = Literal["widen", "complete", "wait", "hold", "roll_back"]
"""widen: go to the next share. complete: the last share is reached. wait: not enough is known yet. hold: something is
wrong with the evidence, people look. roll_back: a guard is proved worse."""
EXIT_CODES: Mapping[Word, int] = {"widen": 0, "complete": 0, "roll_back": 1, "hold": 3, "wait": 4}
"""Only what may be widened gives 0, so that a script that asks for nothing else stays where it is."""
Arm = Literal["control", "canary"]
ARMS: tuple[Arm, Arm] = ("control", "canary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One share of traffic on the way."""

    share: float
    """Part of the assignment keys that the canary gets, in (0, 1]."""
    requests: int = 0
    """Units of the canary that must be counted before the next share."""
    time_s: float = 0.0
    """Seconds of traffic that must lie in the step before the next share."""
    slack: float = 1.0
    """By what the margins are multiplied where the next share is decided; early steps may be satisfied with less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A figure that may not get worse by more than a margin."""

    name: str
    """Unique in the policy."""
    metric: str
    """A measure of the watch, or a metric of the scorer."""
    scorer: str | Mapping[str, Any] = ""
    """Scorer that makes it, as in a plan; empty when the trace alone tells."""
    worse: Literal["", "higher", "lower"] = ""
    """Which way is worse; empty when the metric itself says it."""
    margin: float = 0.0
    """How much worse the canary's mean may be than the control's, absolute."""
    relative: float = 0.0
    """The same as a share of the control's mean; both together are added."""
    above: float | None = None
    """Of amounts: the share of requests above this is compared."""
    most_unscored: float | None = None
    """Share of requests of an arm that it may leave unscored; that of the policy when None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """How a canary is widened."""

    name: str
    """For people, ledger and file."""
    arm: str
    """Attribute of the root span or the resource that says which arm served a request."""
    control: str
    """Its value for the control."""
    canary: str
    """Its value for the canary."""
    key: str
    """Attribute by which requests are assigned to an arm."""
    unit: Literal["key", "request"] = "key"
    """What counts as one observation: the first request of a key in a step, or every request."""
    stages: tuple[Stage, ...]
    """By share, rising."""
    guards: tuple[Guard, ...]
    """At least one."""
    alpha: float = 0.05
    """Chance that a canary within all margins is rolled back at any time, and that one beyond a margin is widened."""
    alpha_split: float = 0.001
    """Chance in each step that arms are called badly split which are not."""
    most_unscored: float = 0.05
    """Share of requests of an arm that a guard may leave unscored."""
    most_misplaced: float = 0.01
    """Share of requests without a key, and of keys that are served by both arms in one step."""
    silence_s: float = 3600.0
    """Seconds without a request of an arm after which people are asked."""
    patience_s: float = 14 * 86400.0
    """Seconds that a step may last."""
    settle_s: float = 600.0
    """Seconds after a new share that are left out, until the router has taken it over."""
    digest: str = ""
    """Digest of the policy file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardEvidence:
    """What is known of one guard."""

    guard: str
    """Its name."""
    n: Mapping[Arm, int]
    """Values of each arm in this step."""
    rate: Mapping[Arm, tuple[float, float, float]]
    """Mean with 95 % limits in this step, as the figure itself is told; NaN without values."""
    asked: Mapping[Arm, int]
    """Requests in this step that it should judge: its values, and what it left unscored."""
    unscored: Mapping[Arm, float]
    """Share of requests in this step that could not be judged."""
    allowed: float
    """The worst mean that the canary may have in this step, from the control's; NaN without values."""
    p_worse: float
    """Chance of such evidence at any time while the canary is within its margin."""
    e_worse: float
    """The evidence itself: wealth of a bet that it is worse."""
    needs_worse: float
    """p_worse that rolls back."""
    p_within: float
    """Chance of such evidence in this step while the canary is beyond the margin."""
    needs_within: float
    """p_within that proves it."""
    total: Mapping[Arm, int]
    """Values of each arm in all steps."""

    @property
    def worse(self) -> bool:
        """Whether it is proved worse."""
        return self.p_worse <= self.needs_worse

    @property
    def within(self) -> bool:
        """Whether it is proved within its margin in this step."""
        return self.p_within <= self.needs_within


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What is decided at one look."""

    word: Word
    """In one word."""
    step: int
    """Number of the step in which it was decided, from 1."""
    share: float
    """Part of the keys that the canary gets from now on."""
    reasons: tuple[str, ...]
    """Why, a sentence each."""
    codes: tuple[str, ...]
    """The same as words for machines: worse:NAME, split, unscored:NAME, silent:ARM, and so on."""
    at_ns: int
    """The clock of the look, nanoseconds since 1970."""
    since_ns: int
    """When the step began."""
    last_ns: int
    """Time of the last request that was counted."""
    requests: Mapping[Arm, int]
    """Requests of each arm in this step."""
    keys: Mapping[Arm, int]
    """Keys of each arm in this step."""
    p_split: float
    """Chance of such a split at any time while keys are assigned as meant."""
    guards: tuple[GuardEvidence, ...]
    """Evidence by guard, in the order of the policy."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Requests that were not counted, by cause, since the canary began."""
