"""What becomes of an alarm: raised, told to people, taken by somebody, resolved."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from assay.domain.watched import Alarm, Segment

State = Literal["open", "acknowledged", "resolved"]
News = Literal["raised", "worse", "acknowledged", "resolved"]
"""What there is to tell of an alarm."""
SEVERITIES: Mapping[str, int] = {"low": 0, "medium": 1, "high": 2, "critical": 3}
"""How urgent an alarm is, by word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that somebody did about an alarm."""

    word: News
    """What."""
    by: str
    """Who; `assay` where it was the watch itself."""
    at: str
    """When, UTC, ISO 8601."""
    note: str = ""
    """What they wrote."""
    owner: str = ""
    """Who takes care from then on; empty where that did not change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An alarm with what became of it. The same figure of the same cohort has one case until it is resolved."""

    id: str
    """Ten hexadecimal digits."""
    alarm: Alarm
    """The alarm as it was raised last."""
    state: State
    """open: nobody took it. acknowledged: somebody did. resolved: it is over."""
    at: str
    """When it was raised first, UTC, ISO 8601."""
    owner: str = ""
    """Who takes care."""
    times: int = 1
    """How often it was raised."""
    worst: float = 0.0
    """The largest move so far, in units of the figure."""
    steps: tuple[Step, ...] = field(default_factory=tuple)
    """What was done about it, the first first."""


def case_id(metric: str, segment: Segment, since_ns: int) -> str:
    """Id of the case that an alarm opens.

    Examples:
        >>> case_id("refusal", (("route", "chat"),), 1)
        '9b9af8f325'
    """
    told = "\0".join((metric, *(part for pair in segment for part in pair), str(since_ns)))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def size(alarm: Alarm) -> float:
    """How far the figure moved."""
    return abs(alarm.now - alarm.before)
