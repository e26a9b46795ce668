"""Rates and amounts of production, one stream for each monitor and cohort, watched for a move to the worse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from assay.domain.watched import Alarm, Monitor, Observation, Segment
from assay.statistics.e_detector import RateDetectors
from assay.watch.alarms import alarm_of, explained, gone_on
from assay.watch.before import Befores
from assay.watch.reference import WAYS, Reference
from assay.watch.stream import Stream
from assay.watch.surroundings import Surroundings

FEWEST = 50
"""Values before a stream may raise an alarm; a cohort that was seen a few times says nothing."""
CALM = 300
"""Values within what is tolerated, since the detector last crossed, after which an alarm is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What is promised about false alarms."""

    values_between: float = 6_500.0
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


class Seen(NamedTuple):
    """One value, with the cohorts it belongs to and what is needed to explain an alarm."""

    observation: Observation
    """The value."""
    segments: Sequence[Segment]
    """Cohorts of its trace."""
    around: int = 0
    """Number of what surrounded it."""
    stratum: int = 0
    """Number of its stratum of traffic."""


class Streams:
    """All streams together.

    A monitor without a reference is not watched until `refer` gives it one. A stream has at most one alarm at a time:
    it is raised once, kept up to date while the detector goes on crossing its threshold, and closed when the figure is
    back.
    """

    def __init__(self, monitors: Iterable[Monitor], promise: Promise | None = None) -> None:
        self.monitors: dict[str, Monitor] = {one.metric: one for one in monitors if one.kind in ("rate", "amount")}
        self.promise = promise or Promise()
        self.surroundings = Surroundings()
        self.strata: dict[str, int] = {}
        self.befores: Befores = {}
        self.closed: list[Alarm] = []
        self._references: dict[tuple[str, Segment], Reference] = {}
        self._streams: dict[tuple[str, Segment], tuple[Stream, ...]] = {}
        self._many = 0
        self._detectors = RateDetectors(np.empty(0), self.promise.threshold, fewest=FEWEST)

    def refer(self, metric: str, segment: Segment, reference: Reference | float) -> None:
        """Say what a cohort's figure was: a rate, or the mean and the percentiles of an amount."""
        made = reference if isinstance(reference, Reference) else Reference(mean=reference)
        self._references[metric, segment] = made
        self._streams = {key: streams for key, streams in self._streams.items() if streams}  # one may have its figure

    def stratum(self, name: str) -> int:
        """Number of a stratum of traffic, for telling another mix from other behaviour."""
        return self.strata.setdefault(name, len(self.strata))

    @property
    def open(self) -> list[Alarm]:
        """Alarms that are not closed, as they stand."""
        return [stream.open for stream in self._all() if stream.open is not None]

    @property
    def alarms(self) -> list[Alarm]:
        """All alarms as they stand, in the order in which they were raised."""
        return sorted([*self.closed, *self.open], key=lambda one: (one.at_ns, one.metric, one.segment))

    def update(self, seen: Sequence[Seen]) -> list[Alarm]:
        """Take in values in order of time; gives the alarms that they raise, not those that go on."""
        places = [*self._places(seen)]
        if not places:
            return []
        values = [stream.unit(float(one.observation.value or 0.0)) for stream, one in places]
        found = self._detectors.update([stream.detector for stream, _ in places], values)
        crossed = {one.place for one in found}
        alarms: list[Alarm] = []
        for place, (stream, one) in enumerate(places):
            held = one.observation
            stream.history.put(values[place], held.time_ns, held.trace, one.around, one.stratum)
            stream.since_crossed += 1
            if place in crossed:
                alarms += self._raised(stream)
            elif stream.open is not None and stream.since_crossed % CALM == 0:
                self._perhaps_closed(stream)
        return alarms

    def _places(self, seen: Iterable[Seen]) -> Iterator[tuple[Stream, Seen]]:
        """Each value with the streams that watch it."""
        known, monitors = self._streams, self.monitors
        for one in seen:
            metric, value = one.observation.metric, one.observation.value
            monitor = monitors.get(metric)
            if monitor is None:
                continue
            for segment in one.segments:
                streams = known.get((metric, segment))
                if streams is None:
                    streams = known[metric, segment] = self._made(monitor, segment)
                for stream in streams:
                    if value is None:
                        stream.unscored += 1
                    else:
                        yield stream, one

    def _reference(self, monitor: Monitor, segment: Segment) -> Reference | None:
        """The cohort's own figure, else that of all traffic, else the released one."""
        for key in ((monitor.metric, segment), (monitor.metric, ())):
            if key in self._references:
                return self._references[key]
        if monitor.reference is None:
            return None
        return Reference(mean=monitor.reference, high=monitor.reference, n=monitor.reference_n)

    def _made(self, monitor: Monitor, segment: Segment) -> tuple[Stream, ...]:
        """The streams of a monitor in a cohort; none while there is nothing to hold it against."""
        reference = self._reference(monitor, segment)
        if reference is None:
            return ()
        streams = tuple(Stream(monitor, segment, rising, reference) for rising in WAYS[monitor.worse])
        for stream in streams:
            many = max(1.0, (self._many + 1) / self.promise.streams)
            stream.detector = self._detectors.add(stream.tolerated, self.promise.threshold * many**2)
            self._many += 1
        return streams

    def _all(self) -> Iterator[Stream]:
        return (stream for streams in self._streams.values() for stream in streams)

    def _raised(self, stream: Stream) -> list[Alarm]:
        """The alarm, unless it is one that goes on."""
        rows = stream.history.last()
        dropped = stream.history.count - len(rows)
        made = alarm_of(
            stream.monitor,
            stream.segment,
            rows,
            earlier=(dropped, stream.history.first_ns) if dropped else None,
            rising=stream.rising,
            reference=stream.before,
            limit=stream.limit,
            surroundings=self.surroundings,
            known=self.befores.get((stream.monitor.metric, stream.segment), {}),
            strata={number: name for name, number in self.strata.items()},
            promise=self.promise.words,
        )
        first, stream.since_crossed = stream.open, 0
        if first is None:
            stream.open = made
            return [made]
        oldest = int(rows["time"][0])
        left = dropped > 0 and (oldest > first.since_low_ns or oldest > made.since_low_ns)
        stream.open = gone_on(first, made, left=left or made.since_ns > first.since_high_ns)
        return []

    def explained(self, alarm: Alarm) -> Alarm:
        """An alarm of a distribution, with what else changed then by the values of its figure, else of its cohort."""
        of_cohort = [key for key, streams in self._streams.items() if streams and key[1] == alarm.segment]
        if not of_cohort:
            return alarm
        own = (alarm.metric, alarm.segment)
        key = own if own in of_cohort else max(of_cohort, key=lambda one: self._streams[one][0].history.count)
        rows = self._streams[key][0].history.last()
        return explained(alarm, rows, self.befores.get(key, {}), self.surroundings)

    def _perhaps_closed(self, stream: Stream) -> None:
        rows = stream.history.last()[-CALM:]
        if stream.open is not None and float(rows["value"].mean()) <= stream.tolerated:
            self.closed.append(replace(stream.open, closed_ns=int(rows["time"][-1])))
            stream.open = None

    def figures(self) -> Mapping[tuple[str, Segment], tuple[float, int, int]]:
        """Mean of the values that are kept, their number, and how many were unscored, by metric and cohort."""
        found: dict[tuple[str, Segment], tuple[float, int, int]] = {}
        for stream in self._all():
            rows = stream.history.last()
            mean = float(rows["value"].mean()) if len(rows) else float("nan")
            found[stream.monitor.metric, stream.segment] = (
                mean if stream.rising or stream.limit is not None else 1 - mean,
                len(rows),
                stream.unscored,
            )
        return found
