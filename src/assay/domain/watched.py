"""What the watch keeps of production: observations, and the alarms that they raise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Segment = tuple[tuple[str, str], ...]
"""A cohort of traffic: names and values, sorted by name; empty is all traffic."""
LONGEST_VALUE = 80
"""Characters of a cohort's value that its name keeps."""


class Observation(NamedTuple):
    """One number of one trace."""

    metric: str
    """What was measured, for example `refusal` or `latency`."""
    value: float | None
    """The number; a rate's is 0 or 1. None where it could not be judged."""
    trace: str
    """Id of the trace."""
    time_ns: int
    """When the trace began, by its own clock."""
    unscored: str = ""
    """Why there is no value."""
    step: str = ""
    """Id of the step, where it is one step's."""
    share: float = 1.0
    """Chance with which traces of its kind were looked at; 1 when all were."""
    reason: str = ""
    """Why this one was looked at, where not all were: `share` or `small cohort`."""
    scorer: str = ""
    """Scorer and version, as `refusal 3`; empty for what needs no judging."""


class Part(NamedTuple):
    """Where one value of a trace lies in the spread of its figure."""

    metric: str
    """Whose spread, for example `latency` or `refusal_reason`."""
    name: str
    """A word, or the number of a bin of an amount."""
    share: float = 1.0
    """Chance with which traces of its kind were looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """A figure of production that is watched, in every segment."""

    metric: str
    """What is measured."""
    kind: Literal["rate", "amount", "category", "vector"]
    """rate: 0 or 1, or between. amount: any number, watched by how often it exceeds the reference's 95th percentile,
    and as a distribution. category: a word. vector: an embedding."""
    worse: Literal["higher", "lower", "either"] = "higher"
    """Which way is worse."""
    scorer: str = ""
    """Scorer that makes it; empty when the trace alone tells."""
    reference: float | None = None
    """Figure of the released run, or of the baseline; None until it is known."""
    reference_n: int = 0
    """Values that the reference comes from; 0 when it is stated, and taken as it stands."""
    tolerated: float = 0.25
    """How far the figure may move before it counts: a share of the reference, at least `least`."""
    least: float = 0.005
    """The smallest move of a rate that counts."""
    share: float = 1.0
    """Share of traces that is judged; small cohorts are judged more."""
    severity: Literal["low", "medium", "high", "critical"] = "medium"
    """How urgent an alarm is."""
    owner: str = ""
    """Who is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A monitor says that something changed."""

    metric: str
    """What changed."""
    segment: Segment
    """Where."""
    at_ns: int
    """Time of the trace that raised it."""
    since_ns: int
    """When the change likely began."""
    since_low_ns: int
    """The earliest time that the evidence leaves open, at 90 %."""
    since_high_ns: int
    """The latest."""
    before: float
    """The figure it is held against."""
    now: float
    """The figure since the change."""
    low: float
    """Lower limit of that, 95 %."""
    high: float
    """Upper limit."""
    n: int
    """Traces since the change."""
    detector: str
    """How it was found, with its promise in words."""
    examples: tuple[str, ...] = ()
    """Ids of traces that show it."""
    changed: tuple[str, ...] = ()
    """What else changed then: model, prompt, index, tools, mix of traffic."""
    unit: Literal["share", "exceeding", "below", "mean", "distance"] = "share"
    """What the figures are: the share itself, how many values lie beyond the reference's 95th or 5th percentile, the
    mean of an amount, or the distance from the reference."""
    limit: float | None = None
    """That percentile."""
    times: int = 1
    """How often the detector crossed its threshold since the alarm was raised."""
    closed_ns: int | None = None
    """When the figure was back within what is tolerated; None while it is not."""
    severity: Literal["low", "medium", "high", "critical"] = "medium"
    """How urgent it is."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """Figures behind it."""
