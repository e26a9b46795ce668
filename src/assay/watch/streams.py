"""Rates and amounts of production, one stream for each monitor and cohort, watched for a move to the worse."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay.domain.watched import Alarm, Monitor, Segment
from assay.statistics.e_detector import RateDetectors
from assay.watch.alarms import alarm_of, explained, gone_on
from assay.watch.before import Befores
from assay.watch.history import Rows
from assay.watch.reference import WAYS, Reference
from assay.watch.stream import Seen, Stream, by_figure
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


class _Watched(NamedTuple):
    """Values that one stream watches."""

    stream: Stream
    """The stream."""
    of: NDArray[np.intp]
    """Number of the trace of each value."""
    units: NDArray[np.float64]
    """The values as the detector takes them."""


_places = itemgetter(0, 1)


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
        traces, watched = self._watched([one for one in seen if one.observations])
        if not watched:
            return []
        found = self._detectors.update(
            np.concatenate([np.full(len(one.of), one.stream.detector) for one in watched]),
            np.concatenate([one.units for one in watched]),
        )
        crossed: dict[int, list[int]] = {}
        for one in found:
            crossed.setdefault(one.stream, []).append(one.place)
        raised: list[tuple[int, int, Alarm]] = []
        closed: list[tuple[int, int, Alarm]] = []
        begin = 0
        for number, (stream, of, units) in enumerate(watched):
            rows = traces[of]
            rows["value"] = units
            steps = self._steps(stream, rows, [place - begin for place in crossed.get(stream.detector, ())])
            begin += len(of)
            for place, news, alarm in steps:
                (raised if news else closed).append((int(of[place]), number, alarm))
        self.closed += (alarm for _, _, alarm in sorted(closed, key=_places))
        return [alarm for _, _, alarm in sorted(raised, key=_places)]

    def _watched(self, seen: Sequence[Seen]) -> tuple[Rows, list[_Watched]]:
        """A row for each trace, and for each stream the values that it watches."""
        traces, held, unscored = by_figure(seen, self.monitors)
        watched: list[_Watched] = []
        for key, (values, of) in held.items():
            streams = self._streams.get(key)
            if streams is None:
                streams = self._streams[key] = self._made(self.monitors[key[0]], key[1])
            for stream in streams:
                stream.unscored += unscored[key]
                if values:
                    watched.append(_Watched(stream, np.array(of), stream.units(values)))
        return traces, watched

    def _steps(self, stream: Stream, rows: Rows, crossed: Sequence[int]) -> Iterator[tuple[int, bool, Alarm]]:
        """Alarms that values of a stream raise and close: the place of the value, whether it is raised, and the alarm.

        Args:
            stream: The stream.
            rows: Its new values.
            crossed: Places at which its detector crossed the threshold.
        """
        at, left = 0, deque(crossed)
        while at < len(rows):
            end = left[0] + 1 if left else len(rows)
            if stream.open is not None:
                end = min(end, at + CALM - stream.since_crossed % CALM)
            end = min(end, len(rows))
            stream.history.put(rows[at:end])
            stream.since_crossed += end - at
            at = end
            if left and at == left[0] + 1:
                left.popleft()
                yield from ((at - 1, True, alarm) for alarm in self._raised(stream))
            elif stream.open is not None and stream.since_crossed % CALM == 0:
                yield from ((at - 1, False, alarm) for alarm in self._perhaps_closed(stream))

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

    def _perhaps_closed(self, stream: Stream) -> list[Alarm]:
        """The alarm as it is closed, if the figure is back."""
        rows = stream.history.last()[-CALM:]
        if stream.open is None or float(rows["value"].mean()) > stream.tolerated:
            return []
        closed = replace(stream.open, closed_ns=int(rows["time"][-1]))
        stream.open = None
        return [closed]

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
