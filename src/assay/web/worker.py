"""The process that judges: quiet traces of the hot file become observations; it reads beside the receiver."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from assay.domain.errors import AssayError
from assay.domain.trace import Trace
from assay.domain.watched import Alarm, Segment
from assay.traces.assembly import trace_of
from assay.traces.hot import HotTraces
from assay.traces.hot_reading import Waiting
from assay.traces.observed import Erased, Judged, Observed
from assay.watch.distributions import shown
from assay.watch.live import Live, Looked
from assay.watch.silence import METRIC as TRAFFIC
from assay.watch.surroundings import PARTS
from assay.web.learning import bring_back, keep, note

MOST_AT_ONCE = 500
"""Traces of one step."""
OPEN_NS = 600 * 10**9
"""A trace that never falls quiet is judged after so long, and then again."""
AHEAD_NS = 86_400 * 10**9
"""A trace that begins so long after it arrived comes from a clock that is wrong: it is dated by its arrival."""
SAVE_NS = 300 * 10**9
"""Time between two saves of distributions, by our own clock."""
DISTRIBUTIONS = "distributions"
"""Name under which the references of distributions rest."""


@dataclass(slots=True, kw_only=True)
class Worker:
    """Judges what waits, a step at a time.

    A trace is noted here with the arrival of its last span before the hot file learns that it is judged. So a process
    that is killed between the two judges nothing twice: the next one finds the arrival and only notes it.
    """

    hot: HotTraces
    """Recent traces."""
    observed: Observed
    """Where observations go."""
    live: Live
    """Who looks."""
    quiet_s: float = 10.0
    """Seconds without a span after which a trace is judged."""
    told: Callable[[Sequence[Alarm]], None] = lambda alarms: None
    """Who hears of alarms."""
    clock_ns: Callable[[], int] = time.time_ns
    """Our own clock."""
    chores: Callable[[], None] = lambda: None
    """What is to be done now and then, such as sealing the last hour."""
    problems: Counter[str] = field(default_factory=Counter)
    """What went wrong in this process, by kind."""
    _saved: bool = False
    _look: int = 0
    _saved_ns: int = 0
    _open: dict[tuple[str, Segment, str], Alarm] = field(default_factory=dict)

    def restore(self, most: int = 100_000) -> None:
        """Bring the detectors to where they were, by the last judged traces; alarms of then are not raised again."""
        saved = bring_back(self.observed, self.live)
        standing = (alarm for _, alarm, _ in self.observed.alarms(open_only=True, most=-1))
        self._open = {_key(alarm): alarm for alarm in standing if alarm.metric != TRAFFIC}  # no detector knows that one
        last = self.observed.last
        held = self.observed.state(DISTRIBUTIONS)
        upto = 0 if held is None else self.live.beside.restore(held, self._open.values())
        upto = last if upto is None else upto
        begin = max(last - most, 0) if saved else 0
        self._take(_looked(one) for one in self.observed.since(begin, upto))
        self._take(self._again(one) for one in self.observed.since(max(begin, upto)))
        self._settle()

    def _take(self, looked: Iterable[Looked]) -> None:
        """Watch what was judged before."""
        stream = iter(looked)
        while batch := [*islice(stream, MOST_AT_ONCE)]:
            for one in batch:
                self.live.segments.learn(one.segments)
            self.live.take(batch)

    def _again(self, one: Judged) -> Looked:
        """What was seen of a judged trace, with what no save of distributions holds yet, where its spans are there."""
        found = _looked(one)
        try:
            trace = self._trace(one.trace, one.arrived_ns)
            drawn = trace is not None and self.live.beside.draws(trace.id, trace.start_ns)
            beside = None if trace is None else shown(trace, one.observations, one.parts, distributed=drawn)
        except (sqlite3.Error, OSError, AssayError):
            raise  # a file: what began this process begins it anew
        except Exception as error:  # noqa: BLE001  what broke whoever judged it breaks him again
            self.problems[f"could_not_judge_{type(error).__name__}"] += 1
            beside = None
        return found if beside is None else replace(found, shown=beside)

    def _settle(self) -> None:
        """Close alarms of the last process that the last traces no longer show."""
        standing = {_key(alarm) for alarm in self.live.open}
        over = [replace(alarm, closed_ns=self.clock_ns()) for key, alarm in self._open.items() if key not in standing]
        self.live.closed()
        self.observed.keep([], over)
        for alarm in over:
            del self._open[_key(alarm)]

    def step(self) -> int:
        """Judge what waits; gives the number of traces that did.

        Raises:
            sqlite3.Error: A file cannot be read or written; nothing is lost, and the next step begins again.
            Erased: Somebody's traces were erased; nothing was kept, and the detectors are to be made anew.
        """
        now = self.clock_ns()
        waiting = self.hot.waiting(now - int(self.quiet_s * 1e9), MOST_AT_ONCE, now - OPEN_NS)
        if not waiting:
            return 0
        known = self.observed.known(one.id for one in waiting)
        judged = [
            self._judged(one, known.get(one.id, (0, 0))[0] + 1)
            for one in waiting
            if known.get(one.id, (0, -1))[1] != one.arrived_ns
        ]
        pairs = sorted((one for one in judged if one is not None), key=lambda one: (one[0].start_ns, one[0].trace))
        kept = [one for one, _ in pairs]
        alarms = self.live.take([looked for one, looked in pairs if one.version == 1])
        standing = [self._first(one) for one in (*self.live.closed(), *self.live.open)] if kept else []
        raised = [one for one in map(self._first, alarms) if _key(one) not in self._open]
        self.observed.keep(kept, standing, _counted(kept, len(judged) - len(kept)))
        self.hot.judged(waiting)
        self._save(bool([one for one in alarms if one.metric == "new_tool"]))
        self._open = {_key(one): one for one in standing if one.closed_ns is None} if kept else self._open
        if raised:
            self.told(raised)
        return len(waiting)

    def _first(self, alarm: Alarm) -> Alarm:
        """The alarm under the time at which it was raised first, also by a process before this one."""
        known = self._open.get(_key(alarm))
        if known is None or known.at_ns == alarm.at_ns:
            return alarm
        return replace(
            alarm, at_ns=known.at_ns, since_ns=known.since_ns, since_low_ns=known.since_low_ns,
            since_high_ns=known.since_high_ns,
        )  # fmt: skip

    def _save(self, tools: bool) -> None:
        """Saves figures of the reference once it is over; distributions now and then, and with each tool and look."""
        note(self.observed, self.live.learning_ns, self.live.released)
        first = bool(self.live.references) and not self._saved
        if first:
            keep(self.observed, self.live)
            self._saved = True
        look, due = self.live.beside.looks.look, self.clock_ns() >= self._saved_ns + SAVE_NS
        if first or tools or due or look != self._look:
            self.save()

    def save(self) -> None:
        """Save distributions as they stand; what comes after is read again by the next process."""
        self.observed.save_state(DISTRIBUTIONS, self.live.beside.saved(self.observed.last))
        self._saved_ns, self._look = self.clock_ns(), self.live.beside.looks.look

    def _judged(self, waiting: Waiting, version: int) -> tuple[Judged, Looked] | None:
        try:
            trace = self._trace(waiting.id, waiting.arrived_ns)
            if trace is None:
                return None
            found = self.live.look(trace)
        except (sqlite3.Error, OSError, AssayError):
            raise  # a file, which the next step tries again
        except Exception as error:  # noqa: BLE001  one trace must not stop the watch, now and at each start
            self.problems[f"could_not_judge_{type(error).__name__}"] += 1
            found = _nothing(waiting)
        kept = Judged(
            trace=found.trace, start_ns=found.start_ns, arrived_ns=waiting.arrived_ns, segments=found.segments,
            observations=found.observations, around=found.around, stratum=found.stratum, problems=found.problems,
            again=found.again, parts=found.parts, version=version,
        )  # fmt: skip
        return kept, found

    def _trace(self, name: str, arrived_ns: int) -> Trace | None:
        """The trace as it is now, dated by its arrival where its clock is wrong; None when only log records came."""
        spans = self.hot.spans(name)
        if not spans:
            return None
        made = trace_of(spans, self.hot.logs(name))
        ahead = made.start_ns - arrived_ns
        if made.start_ns > 0 and ahead <= AHEAD_NS:
            return made
        problem = () if made.start_ns <= 0 else ("clock_ahead",)
        steps = tuple(
            replace(step, start_ns=max(step.start_ns - ahead, 1), end_ns=max(step.end_ns - ahead, 1))
            for step in made.steps
        )
        return replace(made, steps=steps, problems=tuple(sorted({*made.problems, *problem})))

    def run(self, stopped: Callable[[float], bool], pause_s: float = 0.5) -> None:
        """Judge until told to stop, or until somebody's traces were erased; what fails is counted, and tried again.

        Args:
            stopped: Waits so many seconds at most, and says whether to stop.
            pause_s: Seconds between two looks when nothing waits.
        """
        wait = 0.0
        while not stopped(wait):
            try:
                wait = 0.0 if self.step() else pause_s
                self.chores()
                self._told_problems()
            except Erased:
                self.problems["began_anew_after_erasure"] += 1
                self.observed.count(self.problems)
                return
            except (sqlite3.Error, OSError, AssayError) as error:
                self.problems[f"worker_{type(error).__name__}"] += 1
                wait = max(pause_s, 1.0)

    def _told_problems(self) -> None:
        if self.problems:
            self.observed.count(self.problems)
            self.problems.clear()


def _key(alarm: Alarm) -> tuple[str, Segment, str]:
    return alarm.metric, alarm.segment, alarm.unit


def _nothing(waiting: Waiting) -> Looked:
    """A trace of which nothing is known but that it came."""
    return Looked(
        trace=waiting.id, start_ns=waiting.arrived_ns, segments=((),), observations=(), around=("",) * len(PARTS),
        stratum="", problems=("could_not_judge",),
    )  # fmt: skip


def _looked(one: Judged) -> Looked:
    return Looked(
        trace=one.trace, start_ns=one.start_ns, segments=one.segments, observations=one.observations,
        around=one.around, stratum=one.stratum, problems=one.problems, again=one.again,
    )  # fmt: skip


def _counted(judged: Sequence[Judged], empty: int) -> Counter[str]:
    found: Counter[str] = Counter(judged=len(judged), log_without_span=empty)
    for one in judged:
        found["late"] += one.version > 1
        found.update(f"odd_{problem}" for problem in one.problems)
    return found
