"""Traces in, figures and alarms out: a baseline first, then the watch against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import starmap
from typing import Any, Protocol

from assay.domain.score import Scorer
from assay.domain.watched import Alarm, Monitor, Observation, Segment
from assay.scorers.step_judging import StepJudge
from assay.watch.baseline import Baseline
from assay.watch.distributions import Distributions
from assay.watch.figures import Figures, Rate
from assay.watch.glance import Broken, Glance, Glancer
from assay.watch.judging import unscored_name
from assay.watch.live import Live, Looked
from assay.watch.measures import MEASURES, RATES
from assay.watch.reference import Reference
from assay.watch.segments import Segments
from assay.watch.spread import Counts
from assay.watch.streams import Promise, Streams

_BATCH = 1_000
Glances = Callable[[Iterable[tuple[Any, bool]]], Iterator[Glance | Broken]]
"""Traces, each with whether its distributions are watched, looked at in their order."""


class Dated(Protocol):
    """A trace, or what one is made of where it is looked at."""

    @property
    def id(self) -> str: ...
    @property
    def start_ns(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is promised, and against what figures are held."""

    baseline_ns: int = 0
    """How long the beginning of the stream is the reference; 0 when the monitors have theirs."""
    released: Mapping[tuple[str, Segment], Reference] = field(default_factory=dict)
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
        spread: How figures spread.
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
        self.spread = Counts()
        made = settings or Settings()
        self._live = Live(
            streams=Streams(monitors, made.promise),
            scorers=scorers,
            segments=segments,
            shares=dict.fromkeys((one.name for one in scorers), 1.0),
            baseline=Baseline(length_ns=made.baseline_ns),
            released=made.released,
            beside=Distributions(made.every_ns, made.alpha, firsts=made.baseline_ns > 0),
            steps=made.steps,
        )
        kinds = {name: "rate" if name in RATES else "amount" for name in MEASURES}
        self._figures = Figures({**kinds, **{one.metric: one.kind for one in monitors}})

    def run(self, traces: Iterable[Dated], glances: Glances | None = None) -> Iterator[Alarm]:
        """The alarms that these traces raise, as they come.

        Args:
            traces: In order of time; where nobody else looks at them, traces themselves.
            glances: Looks at them elsewhere, and gives what it saw in their order; None looks at them here.
        """
        batch: list[Looked] = []
        judging = bool(self._live.scorers) or self._live.steps is not None
        asked = self._asked(traces)
        for seen in starmap(self.glancer, asked) if glances is None else glances(asked):
            self.problems.update(seen.problems)
            if isinstance(seen, Broken):
                self.problems[f"could_not_judge_{seen.error}"] += 1
                continue
            looked = self._live.settle(seen)
            self._figures.put(looked.observations, looked.segments)
            self.spread.put(looked.parts, looked.segments)
            if judging:
                self.scored += sum(one.value is not None and _judges(one) for one in looked.observations)
            batch.append(looked)
            if len(batch) >= _BATCH:
                yield from self._taken(batch)
                batch = []
        yield from self._taken(batch)
        yield from self._live.beside.looks.looked()

    def _asked(self, traces: Iterable[Dated]) -> Iterator[tuple[Any, bool]]:
        """Traces, each with whether it is drawn to have its distributions watched."""
        return ((trace, self._live.beside.draws(trace.id, trace.start_ns)) for trace in traces)

    @property
    def glancer(self) -> Glancer:
        """Who looks at traces."""
        live = self._live
        return Glancer(keys=live.segments.keys, scorers=live.scorers, steps=live.steps)

    def _taken(self, batch: Sequence[Looked]) -> list[Alarm]:
        live = self._live
        first = live.baseline
        inside = 0 if first is None or live.released else sum(first.within(one.start_ns) for one in batch)
        self.watched += len(batch) - inside
        return live.take(batch)

    @property
    def alarms(self) -> list[Alarm]:
        """All alarms so far, as they stand."""
        found = [*self._live.streams.alarms, *self._live.beside.alarms]
        return sorted(found, key=lambda one: (one.at_ns, one.metric, one.segment))

    @property
    def unseen(self) -> tuple[str, ...]:
        """Keys of cohorts of which no trace had a value so far."""
        return self._live.segments.unseen

    def rates(self) -> list[Rate]:
        """All figures so far."""
        return self._figures.rates()


def _judges(one: Observation) -> bool:
    """Whether a scorer or a policy of steps said this, and not that something could not be judged."""
    return bool(one.scorer) and not one.metric.startswith(unscored_name(""))
