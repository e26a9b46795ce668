"""Where the watch stands, in numbers: what was kept, rejected and judged, how far behind it is, what rests on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from assay.domain.alerting import Case, case_id
from assay.domain.alerting import State as CaseState
from assay.domain.errors import AssayError, DataError
from assay.domain.watched import Alarm
from assay.store.alarm_book import AlarmBook
from assay.traces.hot import HotTraces
from assay.traces.observed import Observed

MOST = 1000
"""Closed alarms of a watch that are kept in sight, the last ones; open ones all are."""
_STANDING: Mapping[str, tuple[CaseState, ...]] = {"off": ("open", "acknowledged"), "once": ("open",), "back": ()}
"""How it is with the figure of an alarm -> in which states the alarm is not over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The watch in numbers."""

    kept: Mapping[str, int]
    """What was kept since the beginning: spans, logs."""
    rejected: Mapping[str, int]
    """What was not, by cause."""
    found: Mapping[str, int]
    """Counts of the worker: judged, late, odd traces by problem, redacted secrets by type, repaired characters."""
    traces: int
    """Traces in the hot file."""
    waiting: int
    """Of them, those that are not judged yet."""
    last_ns: int
    """When a span came last, by our own clock; 0 when none ever did."""
    lag_s: float
    """Age of the one that waits longest; 0 when none waits."""
    judged: int
    """Traces with observations."""
    bytes_hot: int
    """Bytes of the hot files on disk."""
    bytes_cold: int
    """Bytes of the sealed segments."""


def in_sight(observed: Observed) -> list[Alarm]:
    """All open alarms and the last closed ones, the latest first.

    Raises:
        DataError: They cannot be read.
    """
    try:
        found = [*observed.alarms(open_only=True, most=-1), *observed.alarms(most=MOST)]
        return [alarm for _, alarm in sorted({number: alarm for number, alarm, _ in found}.items(), reverse=True)]
    except (sqlite3.Error, msgspec.MsgspecError) as error:
        raise DataError(f"{observed.path}: alarms cannot be read: {error}") from error


def cases_of(folder: Path, observed: Observed) -> Callable[[], Sequence[Case]]:
    """Gives the alarms in sight with what became of them, reading each time what is new in the ledger; all count as
    open where it cannot be read.
    """
    book = AlarmBook(folder, lambda: in_sight(observed))

    def cases() -> Sequence[Case]:
        try:
            return book.cases()
        except AssayError:  # of the ledger, which says itself what is wrong with it
            return [Case(id=case_id(alarm), alarm=alarm, state="open", at="") for alarm in in_sight(observed)]

    return cases


def standing(cases: Iterable[Case]) -> list[Case]:
    """Alarms that are not over: nobody resolved them, and their figure is not back; or nobody took what happened
    once.
    """
    return [one for one in cases if one.state in _STANDING[_still(one.alarm)]]


def _still(alarm: Alarm) -> str:
    """Whether a figure is `off`, is `back`, or something happened `once` and goes back to nothing."""
    return "off" if alarm.closed_ns is None else "once" if alarm.closed_ns == alarm.at_ns else "back"


def resolved_early(cases: Iterable[Case]) -> int:
    """How many alarms somebody resolved while the figure is still off."""
    return sum(one.state == "resolved" and one.alarm.closed_ns is None for one in cases)


def state_of(folder: Path, hot: HotTraces, observed: Observed, now_ns: int) -> State:
    """Where the watch stands now."""
    counts = hot.counts()
    traces, waiting, oldest = hot.load()
    return State(
        kept={name: counts[name] for name in counts if not name.startswith(("rejected_", "redacted_", "repaired_"))},
        rejected={
            name.removeprefix("rejected_"): count for name, count in counts.items() if name.startswith("rejected_")
        },
        found={
            **observed.counts(),
            **{name: count for name, count in counts.items() if name.startswith(("redacted_", "repaired_"))},
        },
        traces=traces,
        waiting=waiting,
        last_ns=hot.last_arrival(),
        lag_s=max(now_ns - oldest, 0) / 1e9 if oldest else 0.0,
        judged=len(observed),
        bytes_hot=sum(one.stat().st_size for one in folder.glob("*.db*")),
        bytes_cold=sum(one.stat().st_size for one in (folder / "cold").glob("*.parquet")),
    )
