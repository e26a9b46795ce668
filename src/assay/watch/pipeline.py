"""Traces in, figures and alarms out: a baseline first, then the watch against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from assay.domain.score import Scorer
from assay.domain.trace import Trace
from assay.domain.watched import Alarm, Monitor, Segment
from assay.statistics.proportion import wilson
from assay.watch.judging import judged
from assay.watch.measures import measured
from assay.watch.segments import Segments
from assay.watch.streams import Promise, Reference, Seen, Streams

FEWEST_FOR_OWN = 200
"""Values of the baseline that a cohort needs to be held against its own figure; else it is held against that of all."""
MOST_AMOUNTS = 20_000
"""Values of an amount of the baseline that are kept, for its 95th percentile."""
_BATCH = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A figure of one cohort."""

    metric: str
    """What."""
    segment: Segment
    """Where."""
    value: float
    """Mean of the values."""
    low: float
    """Lower limit, 95 %."""
    high: float
    """Upper limit."""
    n: int
    """Values."""
    unscored: int
    """Traces that could not be judged."""


@dataclass(slots=True)
class _Sum:
    n: int = 0
    total: float = 0.0
    squares: float = 0.0
    unscored: int = 0

    def put(self, value: float | None) -> None:
        if value is None:
            self.unscored += 1
            return
        self.n += 1
        self.total += value
        self.squares += value * value


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """Observes traces in order of time, and watches them once there is something to hold them against."""

    monitors: Sequence[Monitor]
    """What is watched."""
    scorers: Sequence[Scorer]
    """Who judges."""
    segments: Segments
    """Cohorts."""
    baseline_ns: int = 0
    """How long the beginning of the stream is the reference; 0 when the monitors have theirs."""
    released: Mapping[tuple[str, Segment], float] = field(default_factory=dict)
    """Metric and cohort -> the released figure; such metrics are watched from the first trace on."""
    promise: Promise = field(default_factory=Promise)
    """What is promised about false alarms."""
    scored: int = 0
    """Judgements with a value."""
    _known: set[str] = field(default_factory=set)
    _began_ns: int = -1
    _streams: Streams | None = None
    _sums: dict[tuple[str, Segment], _Sum] = field(default_factory=lambda: defaultdict(_Sum))
    _first: dict[tuple[str, Segment], _Sum] = field(default_factory=lambda: defaultdict(_Sum))
    _amounts: dict[tuple[str, Segment], list[float]] = field(default_factory=lambda: defaultdict(list))

    def run(self, traces: Iterable[Trace]) -> Iterator[Alarm]:
        """The alarms that these traces raise, as they come."""
        batch: list[Seen] = []
        streams = self._watching
        for trace in traces:
            if self._began_ns < 0:
                self._began_ns = trace.start_ns
            reference = trace.start_ns < self._began_ns + self.baseline_ns
            seen = self._seen(trace, streams)
            self._counted(seen, reference)
            if not reference and self._first:
                self._refer(streams)
            batch += [one for one in seen if not reference or one.observation.metric in self._known]
            if len(batch) >= _BATCH:
                yield from streams.update(batch)
                batch = []
        yield from streams.update(batch)

    @property
    def alarms(self) -> list[Alarm]:
        """All alarms so far, as they stand."""
        return self._watching.alarms

    @property
    def _watching(self) -> Streams:
        if self._streams is None:
            self._streams = Streams(self.monitors, self.promise)
            for (metric, segment), figure in self.released.items():
                self._streams.refer(metric, segment, figure)
                self._known.add(metric)
        return self._streams

    def _seen(self, trace: Trace, streams: Streams) -> list[Seen]:
        cohorts = tuple(self.segments.of(trace))
        around = streams.surroundings.of(trace)
        stratum = streams.stratum(" / ".join(value for segment in cohorts[1:] for _, value in segment))
        found = [*measured(trace), *judged(trace, self.scorers)]
        return [Seen(observation=one, segments=cohorts, around=around, stratum=stratum) for one in found]

    def _counted(self, seen: Sequence[Seen], reference: bool) -> None:
        for one in seen:
            held = one.observation
            self.scored += bool(held.scorer) and held.value is not None
            for segment in one.segments:
                key = held.metric, segment
                self._sums[key].put(held.value)
                if reference:
                    self._first[key].put(held.value)
                    if held.value is not None and len(self._amounts[key]) < MOST_AMOUNTS:
                        self._amounts[key].append(held.value)

    def _refer(self, streams: Streams) -> None:
        """The baseline ends: its figures are what everything is held against."""
        for (metric, segment), one in self._first.items():
            monitor = streams.monitors.get(metric)
            if monitor is None or metric in self._known or not one.n or (segment and one.n < FEWEST_FOR_OWN):
                continue
            low = high = 0.0
            if monitor.kind == "amount":
                low, high = (float(end) for end in np.quantile(self._amounts[metric, segment], (0.05, 0.95)))
            streams.refer(metric, segment, Reference(mean=one.total / one.n, low=low, high=high))
        self._first.clear()
        self._amounts.clear()

    def rates(self) -> list[Rate]:
        """All figures so far."""
        kinds = {one.metric: one.kind for one in self.monitors}
        return [
            _rate(metric, segment, one, kinds.get(metric, "rate"))
            for (metric, segment), one in sorted(self._sums.items())
            if one.n or one.unscored
        ]


def _rate(metric: str, segment: Segment, one: _Sum, kind: str) -> Rate:
    if not one.n:
        value = low = high = float("nan")
    elif kind == "rate" and one.total <= one.n:
        value = one.total / one.n
        low, high = wilson(one.total, one.n)
    else:
        value = one.total / one.n
        spread = 1.96 * max(one.squares / one.n - value**2, 0.0) ** 0.5 / one.n**0.5
        low, high = value - spread, value + spread
    return Rate(metric=metric, segment=segment, value=value, low=low, high=high, n=one.n, unscored=one.unscored)
