"""Traces in, figures and alarms out: a baseline first, then the watch against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assay.domain.score import Scorer
from assay.domain.trace import Trace
from assay.domain.watched import Alarm, Monitor, Observation, Segment
from assay.scorers.step_judging import StepJudge
from assay.watch.baseline import Baseline
from assay.watch.distributions import Distributions
from assay.watch.figures import Figures, Rate
from assay.watch.judging import judged, lost
from assay.watch.measures import MEASURES, RATES, measured
from assay.watch.segments import Segments
from assay.watch.sessions import Sessions
from assay.watch.steps import step_observations
from assay.watch.streams import Promise, Seen, Streams

_BATCH = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is promised, and against what figures are held."""

    baseline_ns: int = 0
    """How long the beginning of the stream is the reference; 0 when the monitors have theirs."""
    released: Mapping[tuple[str, Segment], float] = field(default_factory=dict)
    """Metric and cohort -> the released figure; such metrics are watched from the first trace on."""
    promise: Promise = field(default_factory=Promise)
    """What is promised about false alarms of rates and amounts."""
    every_ns: int = 86_400 * 10**9
    """Time between two looks at distributions; 0 looks at none."""
    alpha: float = 0.05
    """Chance of any false alarm of all looks."""
    steps: StepJudge | None = None
    """Policy of an agent's steps, made ready; each of its rules is a figure."""


class Pipeline:
    """Observes traces in order of time, and watches them once there is something to hold them against.

    Attributes:
        scored: Judgements with a value so far.
        watched: Traces after the reference, or held against released figures.
        problems: What was odd about traces, by kind.
    """

    def __init__(
        self,
        monitors: Sequence[Monitor],
        scorers: Sequence[Scorer],
        segments: Segments,
        settings: Settings | None = None,
    ) -> None:
        self.scored = self.watched = 0
        self.problems: Counter[str] = Counter()
        self._settings = settings or Settings()
        self._scorers = scorers
        self._segments = segments
        self._streams = Streams(monitors, self._settings.promise)
        self._beside = Distributions(
            self._settings.every_ns, self._settings.alpha, firsts=self._settings.baseline_ns > 0
        )
        kinds = {name: "rate" if name in RATES else "amount" for name in MEASURES}
        self._figures = Figures({**kinds, **{one.metric: one.kind for one in monitors}})
        self._baseline: Baseline | None = Baseline(length_ns=self._settings.baseline_ns)
        self._sessions = Sessions()
        for (metric, segment), figure in self._settings.released.items():
            self._streams.refer(metric, segment, figure)
        self._known = {metric for metric, _ in self._settings.released}

    def run(self, traces: Iterable[Trace]) -> Iterator[Alarm]:
        """The alarms that these traces raise, as they come."""
        batch: list[Seen] = []
        for trace in traces:
            cohorts = tuple(self._segments.of(trace))
            self.problems.update(trace.problems)
            found = self._seen_of(trace)
            self._figures.put(found, cohorts)
            reference = self._first(trace, found, cohorts)
            self.watched += not reference or bool(self._known)
            batch += self._seen(trace, found, cohorts, reference)
            shown = self._beside.shown(trace, found)
            yield from self._beside.take(shown, cohorts, trace.id, trace.start_ns, reference=reference)
            if len(batch) >= _BATCH:
                yield from self._streams.update(batch)
                batch = []
        yield from self._streams.update(batch)
        yield from self._beside.looks.looked()

    def _seen_of(self, trace: Trace) -> list[Observation]:
        """What is observed of a trace; one that breaks somebody's code is counted, and the next one comes."""
        try:
            return self._observed(trace)
        except Exception as error:  # noqa: BLE001  whatever it is, it must not stop the watch
            self.problems[f"could_not_judge_{type(error).__name__}"] += 1
            return []

    def _observed(self, trace: Trace) -> list[Observation]:
        judgements = [*judged(trace, self._scorers)]
        self.scored += sum(one.value is not None for one in judgements)
        steps = self._settings.steps
        by_steps = [] if steps is None else [*step_observations(trace, steps(trace))]
        self.scored += sum(one.value is not None for one in by_steps)
        return [*measured(trace), *self._sessions.seen(trace), *judgements, *lost(judgements), *by_steps]

    def _first(self, trace: Trace, found: Sequence[Observation], cohorts: Sequence[Segment]) -> bool:
        """Whether a trace belongs to the baseline; the first that does not ends it."""
        if self._baseline is None:
            return False
        if self._baseline.within(trace.start_ns):
            self._baseline.put(found, cohorts)
            return True
        for (metric, segment), figure in self._baseline.references(self._streams.monitors).items():
            if metric not in self._known:
                self._streams.refer(metric, segment, figure)
        self._baseline = None
        return False

    def _seen(
        self, trace: Trace, found: Sequence[Observation], cohorts: Sequence[Segment], reference: bool
    ) -> list[Seen]:
        around = self._streams.surroundings.of(trace)
        stratum = self._streams.stratum(" / ".join(value for segment in cohorts[1:] for _, value in segment))
        return [
            Seen(observation=one, segments=cohorts, around=around, stratum=stratum)
            for one in found
            if not reference or one.metric in self._known
        ]

    @property
    def alarms(self) -> list[Alarm]:
        """All alarms so far, as they stand."""
        found = [*self._streams.alarms, *self._beside.alarms]
        return sorted(found, key=lambda one: (one.at_ns, one.metric, one.segment))

    def rates(self) -> list[Rate]:
        """All figures so far."""
        return self._figures.rates()
