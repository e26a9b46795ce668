"""What the page shows of a state folder: figures, alarms, traces."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assay.domain.alerting import Case
from assay.domain.errors import DataError
from assay.domain.score import Score
from assay.domain.trace import Trace
from assay.engine.score import score
from assay.interfaces.labelling import left, readable, waiting
from assay.interfaces.page_figures import FigureSide
from assay.interfaces.watch_made import Asked
from assay.store.alarm_book import AlarmBook
from assay.traces.assembly import trace_of
from assay.traces.cold_reading import ColdReading
from assay.traces.hot import HotTraces
from assay.traces.hot_reading import Waiting
from assay.traces.labelled import LabelItem, Spoken, Word
from assay.traces.state import state_of
from assay.watch.drawing import question
from assay.watch.judging import sample_of, trial_of
from assay.watch.silence import SILENT_S, silent
from assay.watch.steps import step_findings
from assay.web.shown import LabelQueue, Overview, TraceLine, TraceShown

FEWEST_DIGITS = 8
"""Digits of an id from which sealed segments are searched too: each of them is opened."""
DIGITS = frozenset("0123456789abcdef")
_NONE: Sequence[str] = ()
_NAMED = 3
"""Damaged segments that a message names."""
_MOST_SPANS = 60
"""Spans of a trace beyond which its first words are not looked up for a list."""


@dataclass(slots=True, kw_only=True)
class WatchSide(FigureSide):
    """The watch's own part of the page. Judging anew needs the scorers, which are loaded when a trace is first read."""

    hot: HotTraces
    """Recent traces."""
    book: AlarmBook
    """Alarms with what became of them."""
    wanted: Callable[[], Asked]
    """Makes the scorers of the watch, and its policy of steps."""
    title: str = "production"
    """What is watched."""
    cold: ColdReading | None = None
    """Sealed segments; None where nobody can read them."""
    silent_s: float = SILENT_S
    """Seconds without a span after which the page says so."""
    _asked: Asked | None = None

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

    def label_queues(self) -> Sequence[LabelQueue]:
        """Metrics that traces were drawn for."""
        book = self.labels
        altered = book.altered()
        return [
            LabelQueue(
                metric=one.metric, statement=question(one.metric), rate=one, picked=book.picked(one.metric),
                unvouched=book.unvouched(one.metric), altered=altered.get(one.metric, 0),
                **left(book, self.hot, one.metric)._asdict(),
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
