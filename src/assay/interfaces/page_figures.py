"""Figures of a watch as its page shows them: now, over two weeks, and with the last traces that count towards them."""

from __future__ import annotations

import heapq
import itertools
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assay.domain.watched import Segment
from assay.domain.watchplan import WatchPlan
from assay.interfaces.labelling import rates
from assay.traces.judged import Sums
from assay.traces.label_book import LabelBook
from assay.traces.observed import HOUR_NS, Observed
from assay.watch.baseline import References
from assay.watch.cohorts import CohortFigure, cohort_figures, figure_of, kind_of
from assay.watch.corrected import Corrected
from assay.watch.defaults import usual
from assay.watch.reference import Reference, limits
from assay.watch.spread import REASON, REFUSALS, TIMES, percentiles, words
from assay.web.learning import held_against
from assay.web.shown import Figure, Point, Spread, TraceLine

DAY_NS = 24 * HOUR_NS
OVER_NS = DAY_NS
"""Time that figures are over: the last day."""
DRAWN_NS = 14 * DAY_NS
"""Time that is drawn."""
_POINTS = 84
"""Most points of a line; more hours are put together."""
_OLDER_S = 600.0
"""Seconds for which figures that have no value today are not looked up anew."""
_FRESH_S = 10.0
"""Seconds for which figures are not asked anew."""
_SEARCHED, _EXAMPLES = 3_000, 8
"""Traces among which examples are looked for, and how many are given."""


@dataclass(slots=True, kw_only=True)
class FigureSide:
    """The part of the page that tells figures by cohort."""

    folder: Path
    """State folder."""
    observed: Observed
    """What was found in them."""
    released: Mapping[tuple[str, Segment], Reference] = field(default_factory=dict)
    """What the released run scored, where rates are held against it."""
    plan: WatchPlan = field(default_factory=WatchPlan)
    """How far figures may move, where somebody says so."""
    clock_ns: Callable[[], int] = time.time_ns
    """Our own clock."""
    _figures: tuple[float, list[Figure]] = (-math.inf, [])
    _older: tuple[float, list[CohortFigure]] = (-math.inf, [])
    _erasures: int = 0
    _labels: LabelBook | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def figures(self) -> Sequence[Figure]:
        """Figures of the last day by cohort, each with its line over two weeks."""
        with self._lock:
            made, held = self._figures
            if (erased := self.observed.erased()) != self._erasures:  # a cohort may have been named after a person
                self._erasures, made, self._older = erased, -math.inf, (-math.inf, [])
            if time.monotonic() - made > _FRESH_S:
                held = self._made()
                self._figures = time.monotonic(), held
            return held

    def _made(self) -> list[Figure]:
        now = self.clock_ns()
        found = cohort_figures(self.observed.sums(max(now - OVER_NS, 0)))
        there = {(one.metric, one.segment) for one in found}
        if time.monotonic() - self._older[0] > _OLDER_S:
            self._older = time.monotonic(), cohort_figures(self.observed.sums(max(now - DRAWN_NS, 0)))
        found += [_nothing(one) for one in self._older[1] if (one.metric, one.segment) not in there]
        said = {(one.metric, one.segment): one for one in self.people()}
        known = {metric for metric, _ in self.released}
        own = {
            key: held for key, held in held_against(self.observed).items() if key[0] not in known
        }  # as the detectors have it
        held = {**own, **self.released}
        return [replace(self._figure(one, held), people=said.get((one.metric, one.segment))) for one in found]

    def _figure(self, one: CohortFigure, references: References) -> Figure:
        """A figure with what it is held against: the cohort's own, else that of all traffic."""
        default = usual(one.metric)
        monitor = self.plan.monitor(default)
        reference = references.get((one.metric, one.segment), references.get((one.metric, ())))
        if reference is None and monitor is not None and monitor.reference is not None:
            reference = Reference(mean=monitor.reference, high=monitor.reference, n=monitor.reference_n)
        return Figure(
            metric=one.metric, segment=one.segment, value=one.value, low=one.low, high=one.high, n=one.n,
            unscored=one.unscored, kind=kind_of(one.metric), worse=(monitor or default).worse,
            reference=reference.mean if reference else None, reference_n=reference.n if reference else 0,
            limits=limits(monitor, reference) if monitor and reference else (),
        )  # fmt: skip

    def examples(self, metric: str, segment: Segment) -> Sequence[TraceLine]:
        """Of the traces judged last: those that count towards a rate, or those with the worst values of an amount."""
        good = float(usual(metric).worse == "lower")
        found = (
            (one, held.value)
            for one in self.observed.newest(_SEARCHED)
            if not segment or segment in one.segments
            for held in one.observations
            if held.metric == metric and held.value is not None
        )
        if kind_of(metric) == "amount":
            worst = (heapq.nsmallest if good else heapq.nlargest)(_EXAMPLES, found, key=lambda pair: pair[1])
        else:
            worst = [*itertools.islice((pair for pair in found if pair[1] != good), _EXAMPLES)]
        return [
            TraceLine(id=one.trace, start_ns=one.start_ns, steps=0, judged=True, value=value) for one, value in worst
        ]

    def spread(self, metric: str) -> Spread:
        """How a figure spread over the last day: of times percentiles, of refusals their reasons."""
        name = REASON if metric in REFUSALS else metric
        if name not in (REASON, *TIMES):
            return Spread()
        counted = self.observed.spread(max(self.clock_ns() - OVER_NS, 0), metric=name)
        return Spread(percentiles=percentiles(counted), words=words(counted))

    def points(self, metric: str, segment: Segment) -> Sequence[Point]:
        """A figure over two weeks."""
        hours = self.observed.hours(metric, segment, max(self.clock_ns() - DRAWN_NS, 0))
        step = -(-len(hours) // _POINTS) or 1
        found = []
        for at in range(0, len(hours), step):
            some = hours[at : at + step]
            made = figure_of(some[0][1] if len(some) == 1 else _together([one for _, one in some]))
            found.append(Point(time_ns=some[0][0], value=made.value, low=made.low, high=made.high, n=made.n))
        return found

    @property
    def labels(self) -> LabelBook:
        """What people say of traces."""
        if self._labels is None:
            self._labels = LabelBook(self.folder, self.observed, self.clock_ns)
        return self._labels

    def people(self) -> Sequence[Corrected]:
        """Rates as people say."""
        return rates(self.labels)


def _together(hours: Sequence[Sums]) -> Sums:
    """Sums of several hours."""
    names = ("n", "total", "squares", "unscored", "w", "wx", "ww", "wwx", "wwxx")
    sums = {name: math.fsum(getattr(one, name) for one in hours) for name in names}
    return Sums(metric=hours[0].metric, segment=hours[0].segment, **sums)


def _nothing(one: CohortFigure) -> CohortFigure:
    """A figure without a value today."""
    return CohortFigure(
        metric=one.metric, segment=one.segment, value=math.nan, low=math.nan, high=math.nan, n=0, unscored=0
    )
