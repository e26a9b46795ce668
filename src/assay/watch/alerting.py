"""Tells people what became of alarms: grouped, not too often, and again where nobody took it."""

from __future__ import annotations

import hashlib
import math
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from assay.domain.alerting import SEVERITIES, AlertPlan, Case, Channel, Event, News, Notice
from assay.domain.errors import AssayError, RunFailed
from assay.watch.posting import Posted
from assay.watch.unsound import AGAIN_S, unsound_notice

HOUR_S = 3600.0
FIRST_PAUSE_S = 15.0
"""Pause after the first message that a channel did not take; doubled each time."""
LONGEST_PAUSE_S = 900.0
_RANK: Mapping[News, int] = {"raised": 3, "worse": 2, "resolved": 1, "acknowledged": 0}

Send = Callable[[Notice], Posted]
"""Tells a notice, and says what became of it; raises nothing for what the other side does."""


class Book(Protocol):
    """Alarms with their states."""

    @property
    def problem(self) -> str:
        """Why the ledger vouches for no state; empty while it does."""
        ...

    def cases(self) -> Sequence[Case]: ...
    def events(self, after: int = 0) -> Sequence[Event]: ...
    def reconcile(self, worse_by: float) -> int: ...


class State(Protocol):
    """How a channel does."""

    @property
    def since(self) -> int: ...
    @property
    def tries(self) -> int: ...
    @property
    def next_s(self) -> float: ...
    @property
    def waiting(self) -> int: ...
    @property
    def at_limit(self) -> int: ...


class Deliveries(Protocol):
    """What was told to whom."""

    def of(self, channel: str, kind: str, last: int) -> State: ...
    def told(self, channel: str) -> set[int]: ...
    def sent_since(self, channel: str, at_s: float) -> int: ...
    def taken(self, channel: str, seqs: Sequence[int], now_s: float) -> None: ...
    def failed(self, channel: str, problem: str, now_s: float, next_s: float) -> None: ...
    def dropped(self, channel: str, seqs: Sequence[int]) -> None: ...
    def waiting(self, channel: str, count: int) -> None: ...
    def at_limit(self, channel: str, now: bool) -> None: ...


@dataclass(slots=True, kw_only=True)
class Alerting:
    """Tells each channel what it has not been told; a channel that is dead waits and never holds up another."""

    plan: AlertPlan
    """Whom, and how."""
    book: Book
    """Alarms."""
    deliveries: Deliveries
    """What was told."""
    senders: Mapping[str, Send]
    """Channel -> who tells it."""
    watch: str = ""
    """What is watched, for messages."""
    clock_s: Callable[[], float] = time.time
    """Our own clock."""
    problem: str = ""
    """What went wrong with alarms themselves at the last step; empty when nothing did."""
    _warned: dict[str, float] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        events = self.book.events()
        for one in self.plan.channels:
            self.deliveries.of(one.name, one.kind, events[-1].seq if events else 0)

    def step(self) -> int:
        """Write down what alarms did, and tell what is due; gives the number of messages that were taken.

        Raises:
            RunFailed: The ledger was altered, or cannot be read or written; the channels were told that.
        """
        try:
            self.book.reconcile(self.plan.worse_by)
        except RunFailed:
            if self.book.problem:
                self._unsound(self.book.problem)
            raise
        events, cases = self.book.events(), {case.id: case for case in self.book.cases()}
        return sum(self._channel(one, events, cases) for one in self.plan.channels)

    def _unsound(self, problem: str) -> None:
        """Tell each channel, once an hour, that the ledger vouches for nothing."""
        now, cases = self.clock_s(), self.book.cases()
        for one in self.plan.channels:
            state = self.deliveries.of(one.name, one.kind, 0)
            if now < state.next_s or now - self._warned.get(one.name, -math.inf) < AGAIN_S:
                continue
            if self._sent(one, unsound_notice(problem, cases, one, self.plan, self.watch, now), state.tries, now):
                self._warned[one.name] = now

    def _channel(self, channel: Channel, events: Sequence[Event], cases: Mapping[str, Case]) -> int:
        now = self.clock_s()
        state = self.deliveries.of(channel.name, channel.kind, 0)
        told = self.deliveries.told(channel.name)
        new = [one for one in events if one.seq > state.since and one.seq not in told and _wanted(channel, one, cases)]
        old = [one.seq for one in new if now - _seconds(one.at) > self.plan.give_up_s]
        if old:
            self.deliveries.dropped(channel.name, old)
            new = [one for one in new if one.seq not in set(old)]
        sent = 0
        if new and now >= state.next_s and now - min(_seconds(one.at) for one in new) >= self.plan.gather_s:
            left = channel.most_per_hour - self.deliveries.sent_since(channel.name, now - HOUR_S)
            if (left <= 0) != bool(state.at_limit):
                self.deliveries.at_limit(channel.name, left <= 0)
            for notice in self._notices(grouped(new, cases, left), cases, now) if left > 0 else ():
                if not self._sent(channel, notice, state.tries, now):
                    break
                sent += 1
                new = [one for one in new if one.seq not in set(notice.seqs)]
        if len(new) != state.waiting:
            self.deliveries.waiting(channel.name, len(new))
        return sent

    def _notices(self, groups: Sequence[Sequence[Event]], cases: Mapping[str, Case], now: float) -> list[Notice]:
        return [notice_of(group, cases, now, self.watch, self.plan.link) for group in groups]

    def _sent(self, channel: Channel, notice: Notice, tries: int, now: float) -> bool:
        posted = self.senders[channel.name](notice)
        if posted.ok:
            self.deliveries.taken(channel.name, notice.seqs, now)
            return True
        pause = min(FIRST_PAUSE_S * 2 ** min(tries, 10), LONGEST_PAUSE_S)
        self.deliveries.failed(channel.name, posted.problem or f"HTTP {posted.status}", now, now + pause)
        return False

    def start(self, pause_s: float = 5.0) -> None:
        """Go on in a thread of its own until `stop`."""
        self._thread = threading.Thread(target=self._run, args=(pause_s,), name="alerts", daemon=True)
        self._thread.start()

    def _run(self, pause_s: float) -> None:
        while not self._stop.wait(pause_s):
            try:
                self.step()
                self.problem = ""
            except (AssayError, OSError, sqlite3.Error, ArithmeticError, ValueError, LookupError, TypeError) as error:
                self.problem = f"{type(error).__name__}: {error}"[:300]  # shown, and tried again

    def stop(self) -> None:
        """End the thread; what was not told waits in the file."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=60)


def _wanted(channel: Channel, event: Event, cases: Mapping[str, Case]) -> bool:
    case = cases.get(event.case)
    if case is None or event.word not in channel.news:
        return False
    return SEVERITIES[case.alarm.severity] >= SEVERITIES[channel.least]


def grouped(events: Sequence[Event], cases: Mapping[str, Case], most: int) -> list[list[Event]]:
    """News that belong together: of one figure, begun at times that the evidence cannot tell apart.

    Args:
        events: News, in order.
        cases: Their alarms.
        most: Groups at most; what is beyond goes into the last.
    """
    groups: list[tuple[str, int, int, list[Event]]] = []
    for one in sorted(events, key=lambda one: (cases[one.case].alarm.metric, cases[one.case].alarm.since_low_ns)):
        alarm = cases[one.case].alarm
        if groups and groups[-1][0] == alarm.metric and alarm.since_low_ns <= groups[-1][2]:
            _, low, high, held = groups.pop()
            groups.append((alarm.metric, low, max(high, alarm.since_high_ns), [*held, one]))
        else:
            groups.append((alarm.metric, alarm.since_low_ns, alarm.since_high_ns, [one]))
    found = sorted((group[3] for group in groups), key=lambda group: -_gravest(group, cases))
    if len(found) > most:
        found = [*found[: most - 1], [one for group in found[most - 1 :] for one in group]]
    return found


def _gravest(group: Sequence[Event], cases: Mapping[str, Case]) -> int:
    return max(SEVERITIES[cases[one.case].alarm.severity] for one in group)


def notice_of(
    group: Sequence[Event], cases: Mapping[str, Case], now_s: float, watch: str = "", link: str = ""
) -> Notice:
    """The notice of some news; of several about one case the one that says most."""
    news: dict[str, News] = {}
    for one in group:
        before = news.get(one.case)
        over = before in ("raised", "worse") and one.word == "resolved"
        if before is None or over or _RANK[one.word] > _RANK[before]:
            news[one.case] = one.word
    items = sorted(
        ((cases[name], word) for name, word in news.items()),
        key=lambda item: (-SEVERITIES[item[0].alarm.severity], -abs(item[0].alarm.now - item[0].alarm.before)),
    )
    seqs = tuple(sorted(one.seq for one in group))
    told = hashlib.sha256(repr((seqs, sorted(news))).encode()).hexdigest()[:20]
    return Notice(id=told, items=tuple(items), seqs=seqs, at_s=now_s, watch=watch, link=link)


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()
