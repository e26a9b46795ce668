"""Rates and amounts of production, one stream for each monitor and cohort, watched for a move to the worse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from assay.domain.watched import Alarm, Monitor, Observation, Segment
from assay.statistics.e_detector import RateDetectors
from assay.watch.alarms import alarm_of
from assay.watch.history import History
from assay.watch.surroundings import Surroundings

EXCEEDED = 0.05
"""Share of values above the reference's 95th percentile while nothing changed."""
FEWEST = 50
"""Values before a stream may raise an alarm; a cohort that was seen a few times says nothing."""
_HIGHEST = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What is promised about false alarms."""

    values_between: float = 5_000.0
    """At the tolerated rate, mean number of values of each stream between two false alarms of all streams together."""
    streams: int = 50
    """Streams that share the promise. Those that come beyond them have thresholds that rise with the square of their
    number, so that all of them together at most double the false alarms."""

    @property
    def threshold(self) -> float:
        """State of a detector from which it is an alarm."""
        return self.values_between * self.streams

    @property
    def words(self) -> str:
        """The promise for people."""
        return (
            f"at the tolerated rate one false alarm in {self.values_between:,.0f} values of {self.streams} streams each"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One value of one stream, with what is needed to explain an alarm."""

    observation: Observation
    """The value."""
    segments: Sequence[Segment]
    """Cohorts of its trace."""
    around: int = 0
    """Number of what surrounded it."""
    stratum: int = 0
    """Number of its stratum of traffic."""


@dataclass(slots=True)
class _Stream:
    """One monitor in one cohort, in one direction."""

    monitor: Monitor
    segment: Segment
    rising: bool
    reference: float
    detector: int
    history: History = field(default_factory=History.empty)
    unscored: int = 0


class Streams:
    """All streams together.

    A monitor without a reference is not watched until `refer` gives it one; its values are kept all the same.
    """

    def __init__(self, monitors: Iterable[Monitor], promise: Promise | None = None) -> None:
        self.monitors: dict[str, Monitor] = {one.metric: one for one in monitors if one.kind in ("rate", "amount")}
        self.promise = promise or Promise()
        self.surroundings = Surroundings()
        self.strata: dict[str, int] = {}
        self._references: dict[tuple[str, Segment], float] = {}
        self._streams: dict[tuple[str, Segment, bool], _Stream] = {}
        self._by_detector: list[_Stream] = []
        self._detectors = RateDetectors(np.empty(0), self.promise.threshold, fewest=FEWEST)

    def refer(self, metric: str, segment: Segment, reference: float) -> None:
        """Say what a cohort's figure was: a rate, or the 95th percentile of an amount."""
        self._references[metric, segment] = reference

    def stratum(self, name: str) -> int:
        """Number of a stratum of traffic, for telling another mix from other behaviour."""
        return self.strata.setdefault(name, len(self.strata))

    def update(self, seen: Sequence[Seen]) -> list[Alarm]:
        """Take in values in order of time; gives the alarms that they raise."""
        places: list[tuple[_Stream, Seen]] = []
        numbers: list[int] = []
        values: list[float] = []
        for one in seen:
            monitor = self.monitors.get(one.observation.metric)
            if monitor is None:
                continue
            for segment in one.segments:
                for stream in self._of(monitor, segment):
                    if one.observation.value is None:
                        stream.unscored += 1
                        continue
                    value = _unit(one.observation.value, stream)
                    places.append((stream, one))
                    numbers.append(stream.detector)
                    values.append(value)
        crossed = {one.place for one in self._detectors.update(numbers, values)} if numbers else set()
        alarms: list[Alarm] = []
        for place, (stream, one) in enumerate(places):
            held = one.observation
            stream.history.put(values[place], held.time_ns, held.trace, one.around, one.stratum)
            if place in crossed:
                alarms.append(self._raised(stream))
        return alarms

    def _of(self, monitor: Monitor, segment: Segment) -> Iterable[_Stream]:
        reference = self._reference(monitor, segment)
        if reference is None:
            return
        for rising in {"higher": (True,), "lower": (False,), "either": (True, False)}[monitor.worse]:
            key = monitor.metric, segment, rising
            if key not in self._streams:
                self._streams[key] = self._made(monitor, segment, rising, reference)
            yield self._streams[key]

    def _reference(self, monitor: Monitor, segment: Segment) -> float | None:
        """The cohort's own figure, else that of all traffic, else the released one."""
        for key in ((monitor.metric, segment), (monitor.metric, ())):
            if key in self._references:
                return self._references[key]
        return monitor.reference

    def _made(self, monitor: Monitor, segment: Segment, rising: bool, reference: float) -> _Stream:
        made = _Stream(monitor, segment, rising, reference, 0)
        many = max(1.0, (len(self._by_detector) + 1) / self.promise.streams)
        number = self._detectors.add(tolerated(made), self.promise.threshold * many**2)
        made.detector = number
        self._by_detector.append(made)
        return made

    def _raised(self, stream: _Stream) -> Alarm:
        return alarm_of(
            stream.monitor,
            stream.segment,
            stream.history.last(),
            rising=stream.rising,
            reference=before_of(stream),
            surroundings=self.surroundings,
            strata={number: name for name, number in self.strata.items()},
            promise=self.promise.words,
        )

    def figures(self) -> Mapping[tuple[str, Segment], tuple[float, int, int]]:
        """Mean of the values that are kept, their number, and how many were unscored, by metric and cohort."""
        found: dict[tuple[str, Segment], tuple[float, int, int]] = {}
        for (metric, segment, rising), stream in self._streams.items():
            rows = stream.history.last()
            mean = float(rows["value"].mean()) if len(rows) else float("nan")
            found[metric, segment] = (mean if rising else 1 - mean, len(rows), stream.unscored)
        return found


def before_of(stream: _Stream) -> float:
    """What the values of a stream are on average while nothing changed, as they are kept."""
    if stream.monitor.kind == "amount":
        return EXCEEDED
    return stream.reference if stream.rising else 1 - stream.reference


def tolerated(stream: _Stream) -> float:
    """The rate that a stream may have: above the reference by the monitor's tolerance, never quite 1."""
    before = before_of(stream)
    allowed = max(before * stream.monitor.tolerated, stream.monitor.least)
    if stream.monitor.kind == "amount":
        allowed = before * max(stream.monitor.tolerated, 0.5)
    return min(max(before + allowed, 1e-4), _HIGHEST if before < _HIGHEST else (1 + before) / 2)


def _unit(value: float, stream: _Stream) -> float:
    """A value as its detector takes it: in [0, 1], larger is worse."""
    if stream.monitor.kind == "amount":
        return float(value > stream.reference if stream.rising else value < stream.reference)
    inside = min(max(value, 0.0), 1.0)
    return inside if stream.rising else 1.0 - inside
