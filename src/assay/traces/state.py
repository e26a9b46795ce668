"""Where the watch stands, in numbers: what was kept, rejected and judged, how far behind it is, what rests on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.domain.watched import Alarm
from assay.store.alarm_book import AlarmBook
from assay.traces.hot import HotTraces
from assay.traces.observed import Observed

_ONCE = 1000
"""Of so many last alarms those are looked up that happened once, such as the first call of a tool."""


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
    open_alarms: int
    """Alarms that are not over."""
    bytes_hot: int
    """Bytes of the hot files on disk."""
    bytes_cold: int
    """Bytes of the sealed segments."""


def standing(folder: Path, observed: Observed) -> list[Alarm]:
    """Alarms that are not over, the latest first: their figure is not back, or nobody took what happened once."""
    found = {number: alarm for number, alarm, _ in observed.alarms(open_only=True, most=-1)}
    once = {number: alarm for number, alarm, closed in observed.alarms(most=_ONCE) if closed == alarm.at_ns}
    if once:
        cases = AlarmBook(folder, lambda: [*once.values()]).cases()
        found |= {
            number: alarm for (number, alarm), case in zip(once.items(), cases, strict=True) if case.state == "open"
        }
    return [alarm for _, alarm in sorted(found.items(), reverse=True)]


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
        open_alarms=len(standing(folder, observed)),
        bytes_hot=sum(one.stat().st_size for one in folder.glob("*.db*")),
        bytes_cold=sum(one.stat().st_size for one in (folder / "cold").glob("*.parquet")),
    )
