"""What the page shows of a state folder: figures, alarms, traces."""

from __future__ import annotations

import itertools
import math
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assay.domain.alerting import Case
from assay.domain.errors import DataError
from assay.domain.score import Score
from assay.domain.trace import Trace
from assay.domain.watched import Segment
from assay.domain.watchplan import WatchPlan
from assay.engine.score import score
from assay.interfaces.labelling import left, rates, readable, waiting
from assay.interfaces.watch_made import Asked
from assay.store.alarm_book import AlarmBook
from assay.traces.assembly import trace_of
from assay.traces.cold_reading import ColdReading
from assay.traces.hot import HotTraces, Waiting
from assay.traces.judged import Sums
from assay.traces.label_book import LabelBook
from assay.traces.labelled import LabelItem, Spoken, Word
from assay.traces.observed import HOUR_NS, Observed
from assay.traces.state import state_of
from assay.watch.baseline import References
from assay.watch.cohorts import CohortFigure, cohort_figures, figure_of, kind_of
from assay.watch.corrected import Corrected
from assay.watch.defaults import usual
from assay.watch.drawing import question
from assay.watch.judging import sample_of, trial_of
from assay.watch.silence import SILENT_S, silent
from assay.watch.steps import step_findings
from assay.watch.streams import Reference, limits
from assay.web.learning import held_against
from assay.web.shown import Figure, LabelQueue, Overview, Point, TraceLine, TraceShown

DAY_NS = 24 * HOUR_NS
OVER_NS = DAY_NS
"""Time that figures are over: the last day."""
DRAWN_NS = 14 * DAY_NS
"""Time that is drawn."""
_POINTS = 84
"""Most points of a line; more hours are put together."""
FEWEST_DIGITS = 8
"""Digits of an id from which sealed segments are searched too: each of them is opened."""
DIGITS = frozenset("0123456789abcdef")
_OLDER_S = 600.0
"""Seconds for which figures that have no value today are not looked up anew."""
_FRESH_S = 10.0
"""Seconds for which figures are not asked anew."""
_SEARCHED, _EXAMPLES = 3_000, 8
"""Traces among which examples are looked for, and how many are given."""
_NONE: Sequence[str] = ()
_NAMED = 3
"""Damaged segments that a message names."""
_MOST_SPANS = 60
"""Spans of a trace beyond which its first words are not looked up for a list."""


@dataclass(slots=True, kw_only=True)
class WatchSide:
    """The watch's own part of the page. Judging anew needs the scorers, which are loaded when a trace is first read."""

    folder: Path
    """State folder."""
    hot: HotTraces
    """Recent traces."""
    observed: Observed
    """What was found in them."""
    book: AlarmBook
    """Alarms with what became of them."""
    wanted: Callable[[], Asked]
    """Makes the scorers of the watch, and its policy of steps."""
    released: Mapping[tuple[str, Segment], Reference] = field(default_factory=dict)
    """What the released run scored, where rates are held against it."""
    plan: WatchPlan = field(default_factory=WatchPlan)
    """How far figures may move, where somebody says so."""
    title: str = "production"
    """What is watched."""
    cold: ColdReading | None = None
    """Sealed segments; None where nobody can read them."""
    silent_s: float = SILENT_S
    """Seconds without a span after which the page says so."""
    clock_ns: Callable[[], int] = time.time_ns
    """Our own clock."""
    _asked: Asked | None = None
    _labels: LabelBook | None = None
    _figures: tuple[float, list[Figure]] = (-math.inf, [])
    _older: tuple[float, list[CohortFigure]] = (-math.inf, [])
    _erasures: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def overview(self) -> Overview:
        """The watch in a few numbers."""
        now = self.clock_ns()
        held = state_of(self.folder, self.hot, self.observed, now)
        odd = {name.removeprefix("odd_"): count for name, count in held.found.items() if name.startswith("odd_")}
        rejected = {f"rejected: {name}": count for name, count in held.rejected.items()}
        return Overview(
            name=self.title, now_ns=now, traces=held.traces, spans=held.kept.get("spans", 0), waiting=held.waiting,
            problems={**rejected, **odd}, silent=silent(held.last_ns, now, self.silent_s), last_ns=held.last_ns,
        )  # fmt: skip

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
        """The last traces that count towards a rate, of those judged last."""
        if kind_of(metric) != "rate":
            return []
        good = float(usual(metric).worse == "lower")
        found = (
            one
            for one in self.observed.newest(_SEARCHED)
            if (not segment or segment in one.segments)
            and any(held.metric == metric and held.value not in (None, good) for held in one.observations)
        )
        return [
            TraceLine(id=one.trace, start_ns=one.start_ns, steps=0, judged=True)
            for one in itertools.islice(found, _EXAMPLES)
        ]

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

    def cases(self) -> Sequence[Case]:
        """Alarms with what became of them."""
        return self.book.cases()

    def traces(self, wanted: str, most: int) -> tuple[Sequence[TraceLine], Sequence[str]]:
        """The last traces whose id begins as wanted, from so many digits on sealed ones too; and damaged segments."""
        found = [
            TraceLine(id=one.id, start_ns=one.start_ns, steps=one.spans, judged=judged, gist=self._gist(one))
            for one, judged in self.hot.latest(wanted, most)
        ]
        if self.cold is None or len(wanted) < FEWEST_DIGITS or not DIGITS.issuperset(wanted) or len(found) >= most:
            return found, ()
        there = {one.id for one in found}
        sealed, damaged = self.cold.find(wanted, most)
        found += [
            TraceLine(id=one.id, start_ns=one.start_ns, steps=one.spans, judged=True, sealed=True)
            for one in sealed
            if one.id not in there
        ]
        return found[:most], damaged

    def _gist(self, one: Waiting) -> str:
        if one.spans > _MOST_SPANS:
            return ""
        made = self._trace(one.id)
        return "" if made is None else " / ".join(turn.content for turn in made.asked if turn.role == "user")

    def _trace(self, name: str) -> Trace | None:
        try:
            spans = self.hot.spans(name)
            return trace_of(spans, self.hot.logs(name)) if spans else None
        except sqlite3.Error as error:
            raise DataError(f"trace {name[:40]}: cannot be read: {error}") from error

    def trace(self, id: str) -> TraceShown | None:
        """One trace: what was observed of it, and the scorers' judgements, made anew for their evidence."""
        made, damaged = self._trace(id), _NONE
        sealed = made is None
        if made is None:
            made, damaged = self._sealed(id)
        if made is None:
            return None
        held = self.observed.judged(id)
        scores, findings = self._judged(made)
        observations = held.observations if held else ()
        return TraceShown(
            trace=made, scores=scores, observations=observations, findings=findings, sealed=sealed, damaged=damaged
        )

    def _sealed(self, name: str) -> tuple[Trace | None, Sequence[str]]:
        """A trace that rests in sealed segments alone, and the names of those that are damaged.

        Raises:
            DataError: It stands in none that is as it was sealed, and others are not.
        """
        if self.cold is None or len(name) != 32 or not DIGITS.issuperset(name):
            return None, _NONE
        spans, logs, damaged = self.cold.read(name)
        if damaged and not spans:
            raise DataError(
                f"trace {name}: in no sealed segment that is as it was sealed; {', '.join(damaged[:_NAMED])} cannot be "
                "read, or is not as it was sealed. Restore the file; `assay watch status` names all that differ"
            )
        return (trace_of(spans, logs) if spans else None), damaged

    def _judged(self, made: Trace) -> tuple[list[Score], list[tuple[str, str, str]]]:
        """The judgements of a trace, and what breaks the policy of steps: span, code and words."""
        with self._lock:
            if self._asked is None:
                self._asked = self.wanted()
            sample, judge = sample_of(made), self._asked.settings.steps
            scores = [*score(sample, trial_of(made, sample), self._asked.scorers)]
            found = step_findings(made, judge(made)) if judge is not None else ()
            return scores, [(str(one.where["span"]), one.code, one.message) for one in found]

    @property
    def labels(self) -> LabelBook:
        """What people say of traces."""
        if self._labels is None:
            self._labels = LabelBook(self.folder, self.observed, self.clock_ns)
        return self._labels

    def people(self) -> Sequence[Corrected]:
        """Rates as people say."""
        return rates(self.labels)

    def label_queues(self) -> Sequence[LabelQueue]:
        """Metrics that traces were drawn for."""
        book = self.labels
        return [
            LabelQueue(
                metric=one.metric, statement=question(one.metric), rate=one, picked=book.picked(one.metric),
                unvouched=book.unvouched(one.metric), **left(book, self.hot, one.metric)._asdict(),
            )
            for one in self.people()
            if not one.segment
        ]  # fmt: skip

    def to_label(self, metric: str, after: str) -> LabelItem | None:
        """The next trace of a queue that can be read, after one that is passed over."""
        wait = waiting(self.labels, metric)
        place = next((at for at, one in enumerate(wait) if one.trace == after), -1)
        return next(readable(self.hot, metric, wait[place + 1 :]), None)

    def label(self, metric: str, trace: str, *, word: Word, picked: bool, by: str) -> None:
        """What somebody says of a trace."""
        self.labels.say(metric, [Spoken(trace=trace, word=word, picked=picked)], by)

    def acknowledge(self, case: str, *, by: str, owner: str, note: str) -> None:
        """Somebody takes care of an alarm."""
        self.book.acknowledge(case, by=by, owner=owner, note=note)

    def resolve(self, case: str, *, by: str, note: str) -> None:
        """Somebody says that an alarm is over."""
        self.book.resolve(case, by=by, note=note)


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
