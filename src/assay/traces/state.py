"""Where the watch stands, in numbers: what was kept, rejected and judged, how far behind it is, what rests on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.traces.hot import HotTraces
from assay.traces.observed import Observed


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
        open_alarms=len(observed.alarms(open_only=True, most=10_000)),
        bytes_hot=sum(one.stat().st_size for one in folder.glob("*.db*")),
        bytes_cold=sum(one.stat().st_size for one in (folder / "cold").glob("*.parquet")),
    )
