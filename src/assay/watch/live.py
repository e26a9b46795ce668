"""Quiet traces, judged: what to keep of each, and the alarms that new ones raise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assay.domain.asking import asks_a_model
from assay.domain.score import Scorer
from assay.domain.trace import Trace
from assay.domain.watched import Alarm, Observation, Part, Segment
from assay.scorers.step_judging import StepJudge
from assay.watch.baseline import Baseline, References
from assay.watch.before import Befores
from assay.watch.distributions import Distributions, Shown
from assay.watch.glance import Glance, Judge, glance
from assay.watch.judging import unscored_name
from assay.watch.reference import Reference
from assay.watch.sampling import Sampling, drawn
from assay.watch.segments import Segments, cohort_words
from assay.watch.sessions import FirstOfDay, Sessions
from assay.watch.stream import Seen
from assay.watch.streams import Streams
from assay.watch.surroundings import PARTS

DEAR: Mapping[str, float] = {"groundedness": 0.2}
"""Scorers that take milliseconds a trace -> share of large cohorts that they read."""
ASKED = 0.01
"""Share that scorers read that ask a model."""
SHARED = unscored_name("")
"""How figures begin whose values a session shares: whether a request can be judged is a matter of its language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was seen of a trace."""

    trace: str
    """Its id."""
    start_ns: int
    """When it began."""
    segments: tuple[Segment, ...]
    """Its cohorts."""
    observations: tuple[Observation, ...]
    """What was observed."""
    around: tuple[str, ...]
    """What surrounded it."""
    stratum: str
    """Its kind of traffic."""
    problems: tuple[str, ...]
    """What is odd about it."""
    again: bool = False
    """Whether its session was seen before that day: figures that a session shares have it from its first request."""
    parts: tuple[Part, ...] = ()
    """Where it lies in the spread of its figures."""
    shown: Shown | None = None
    """What is watched beside its observations; None where only those were kept."""


@dataclass(slots=True, kw_only=True)
class Live:
    """Looks at traces, and watches what it sees."""

    streams: Streams
    """What is watched."""
    scorers: Sequence[Scorer]
    """Who judges."""
    segments: Segments
    """Cohorts."""
    shares: Mapping[str, float] = field(default_factory=lambda: dict(DEAR))
    """Scorer -> share of large cohorts that it reads; those without a share read all."""
    baseline: Baseline | None = None
    """The beginning of the stream, while it is the reference; None when the monitors have theirs."""
    references: References = field(default_factory=dict)
    """What the baseline gave, once it is over."""
    released: Mapping[tuple[str, Segment], Reference] = field(default_factory=dict)
    """Metric and cohort -> the released figure; such metrics are watched from the first trace on."""
    beside: Distributions = field(default_factory=lambda: Distributions(0, 0.05, firsts=False))
    """Tools and distributions."""
    steps: StepJudge | None = None
    """Policy of an agent's steps, made ready."""
    _samplings: dict[str, Sampling] = field(default_factory=dict)
    _sessions: Sessions = field(default_factory=Sessions)
    _firsts: FirstOfDay = field(default_factory=FirstOfDay)

    def look(self, trace: Trace) -> Looked:
        """What a trace shows."""
        words = cohort_words(trace, self.segments.keys)
        cohorts = tuple(self.segments.of(words))
        judges = self._drawn(trace, stratum_of(cohorts))
        drawn = self.beside.draws(trace.id, trace.start_ns)
        return self._settled(glance(trace, words, judges, self.steps, distributed=drawn), cohorts)

    def settle(self, seen: Glance) -> Looked:
        """What a trace shows, looked at elsewhere, after those that came before it."""
        return self._settled(seen, tuple(self.segments.of(seen.words)))

    def _settled(self, seen: Glance, cohorts: tuple[Segment, ...]) -> Looked:
        request = seen.request
        return Looked(
            trace=seen.trace,
            start_ns=seen.start_ns,
            segments=cohorts,
            observations=(*seen.observations, *self._sessions.retried(request)),
            around=seen.around,
            stratum=stratum_of(cohorts),
            problems=seen.problems,
            again=self._firsts.again(request.session, seen.trace, seen.start_ns),
            parts=seen.parts,
            shown=seen.shown,
        )

    def _drawn(self, trace: Trace, stratum: str) -> Iterator[Judge]:
        """Who looks at a trace, with which chance and why."""
        for scorer in self.scorers:
            share = self.shares.get(scorer.name, ASKED if asks_a_model(scorer) else 1.0)
            if share >= 1:
                yield Judge(scorer)
                continue
            sampling = self._samplings.setdefault(scorer.name, Sampling(share=share))
            chance = sampling.chance(stratum, trace.start_ns)
            if drawn(trace.id, chance.share, scorer.name):
                yield Judge(scorer, chance.share, chance.reason)

    def __post_init__(self) -> None:
        for (metric, segment), figure in self.released.items():
            self.streams.refer(metric, segment, figure)
        self.beside.looks.explain = self.streams.explained

    def take(self, looked: Iterable[Looked]) -> list[Alarm]:
        """Watch what was seen of new traces; gives the alarms that it raises."""
        seen: list[Seen] = []
        within: list[tuple[Looked, bool]] = []
        for held in looked:
            seen.append(self._watched(held))
            within.append((held, self.baseline is not None))
        alarms = self.streams.update(seen)  # first, as they know what surrounds the values of a look
        for held, reference in within:
            if held.shown is None:  # judged by a process before this one, which saved what it was like
                self.beside.learn(held.around[PARTS.index("tools")].split(","))
            else:
                alarms += self.beside.take(held.shown, held.segments, held.trace, held.start_ns, reference=reference)
        return alarms

    @property
    def learning_ns(self) -> int:
        """Until when the reference is learned; 0 where it is over, or no trace has begun it."""
        return self.baseline.ends_ns if self.baseline is not None else 0

    @property
    def open(self) -> list[Alarm]:
        """Alarms that are open, as they stand."""
        return [*self.streams.open, *self.beside.looks.open]

    def closed(self) -> list[Alarm]:
        """Alarms that were closed since the last time that this was asked, and those that close at once."""
        found = [*self.streams.closed, *self.beside.looks.closed, *self.beside.told]
        for held in (self.streams.closed, self.beside.looks.closed, self.beside.told):
            held.clear()
        return found

    def _watched(self, looked: Looked) -> Seen:
        """What the detectors take of a trace: of the baseline only what has a released figure."""
        counted = _counted(looked)
        around = self.streams.surroundings.number(looked.around)
        stratum = self.streams.stratum(looked.stratum)
        if self.baseline is not None and self.baseline.within(looked.start_ns):
            self.baseline.put(counted, looked.segments, around)
            known = {metric for metric, _ in self.released}
            counted = tuple(one for one in counted if one.metric in known) if known else ()
        elif self.baseline is not None:
            monitors = self.streams.monitors
            self.refer(self.baseline.references(monitors), self.baseline.befores(monitors))
        return Seen(observations=counted, segments=looked.segments, around=around, stratum=stratum)

    def refer(self, references: References, befores: Befores) -> None:
        """The baseline is over: hold against it what has no released figure, and know what surrounded all figures."""
        self.references = references
        self.streams.befores = befores
        self.baseline = None
        known = {metric for metric, _ in self.released}
        for (metric, segment), figure in references.items():
            if metric not in known:
                self.streams.refer(metric, segment, figure)


def stratum_of(cohorts: Sequence[Segment]) -> str:
    """The kind of traffic that these cohorts make: the values of all keys."""
    return " / ".join(value for segment in cohorts[1:] for _, value in segment)


def _counted(looked: Looked) -> tuple[Observation, ...]:
    """Observations that are values of their figure: of what sessions share, those of their first request of a day."""
    if not looked.again:
        return looked.observations
    return tuple(one for one in looked.observations if not one.metric.startswith(SHARED))
