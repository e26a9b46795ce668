"""Judgements of trials, and the protocol of those who make them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from assay.domain.errors import EvidenceError
from assay.domain.sample import Sample
from assay.domain.trial import Output

MetricKind = Literal["proportion", "share", "amount", "label"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What a score measures."""

    name: str
    """The word used in rules and reports."""
    higher_is_better: bool = True
    """Direction; a rule reads a lower-is-better metric on its complement."""
    kind: MetricKind = "proportion"
    """proportion: true or false. share: a number in [0, 1]. amount: any number in `unit`. label: a word."""
    unit: str = ""
    """Unit of an amount: s, tokens, usd, characters."""
    safety: bool = False
    """Whether the base-floor rule applies: a reference that fails here makes every comparison moot."""
    diagnostic: bool = False
    """Measured for people to look at; no rule reads it unless one names it."""
    yardstick: float | None = None
    """Where answers are compared with the reference's: what an answer gets against itself, and so the reference."""
    meaning: str = ""
    """One sentence for people."""
    remediation: str = ""
    """What to do first when this metric regresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Characters of the answer that a judgement rests on."""

    start: int
    """First character."""
    end: int
    """One past the last."""
    reason: str = ""
    """What was seen there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A scorer's judgement of one trial: a value, or the reason why there is none."""

    metric: str
    """Name of the metric."""
    value: bool | float | str | None
    """None means unscored; then `unscored` says why."""
    unscored: str = ""
    """Cause of a missing value."""
    probability: float | None = None
    """Probability that the value is true, where the scorer has one."""
    answer: str = ""
    """What the scorer read as the answer."""
    explanation: str = ""
    """Why this value, for people."""
    evidence: tuple[Span, ...] = ()
    """Where in the text."""
    scorer: str = ""
    """Name of the scorer."""
    version: str = ""
    """Its version."""

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.unscored):
            raise EvidenceError(
                f"score of '{self.metric}': a missing value needs a cause, and a value has none; "
                f"got value {self.value!r}, cause {self.unscored!r}"
            )
        if isinstance(self.value, float) and not math.isfinite(self.value):
            raise EvidenceError(f"score of '{self.metric}' is {self.value}; a score is finite or unscored")


@runtime_checkable
class Scorer(Protocol):
    """Judge of one trial. A frozen dataclass: its fields are its settings and its saved form.

    `judges` names the states of a trial (empty, truncated, filtered) that this scorer
    has a reason to judge; in the others the engine records `unscored` with the state
    as the cause and does not call `score`. Failed trials are never handed to a scorer.
    """

    @property
    def name(self) -> str:
        """Name in a plan."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same trial may be judged otherwise."""
        ...

    @property
    def needs(self) -> frozenset[str]:
        """What the subject must give: `text`, `choices` (log-likelihoods)."""
        ...

    @property
    def judges(self) -> frozenset[str]:
        """States it can judge beside `answered`."""
        ...

    def metrics(self, sample: Sample | None = None) -> tuple[Metric, ...]:
        """Metrics it makes for this sample; of None, all it can make."""
        ...

    def score(self, sample: Sample, output: Output) -> Sequence[Score]:
        """One score for each of `metrics(sample)`."""
        ...


@runtime_checkable
class Floored(Protocol):
    """A scorer whose settings say which level each of its metrics must reach."""

    def floors(self) -> Mapping[str, float]:
        """Metric -> share of answers that must be good."""
        ...


@runtime_checkable
class Forewarning(Protocol):
    """A scorer that can tell from the samples alone what it will leave unscored."""

    def forewarnings(self, samples: Sequence[Sample]) -> tuple[str, ...]:
        """What people should know before the first call, in sentences; none where nothing is amiss."""
        ...
