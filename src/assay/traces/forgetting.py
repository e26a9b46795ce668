"""Erasure of one person's traces, wherever they rest, and the end of what is old."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assay.domain.errors import RunFailed
from assay.domain.span import Event, Span
from assay.traces.cold import Cold, Told
from assay.traces.cold_rows import says
from assay.traces.hot import HotTraces
from assay.traces.observed import Observed

_STEP = 200
_TRIES = 50
_DAY_NS = 86_400 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was erased."""

    traces: int
    """Traces of the person."""
    spans: int
    """Their spans in the hot file."""
    cold_rows: int
    """Their spans and log records in sealed segments."""
    judged: int
    """Observed traces."""
    logs: int
    """Log records that belonged to no trace."""


def forget(hot: HotTraces, cold: Cold | None, observed: Observed, key: str, value: str, tell: Told) -> Forgotten:
    """Erase all traces of which a span, its resource, an event or a log record says that `key` is `value`.

    Args:
        hot: Recent traces.
        cold: Sealed segments; None where there are none.
        observed: What was found in traces.
        key: Name of an attribute, such as `user.id`.
        value: Its value.
        tell: Takes entries for the ledger; none holds key or value.

    Raises:
        RunFailed: A file cannot be written anew, or a write-ahead log not be emptied, as somebody reads for long; all
            else is done.
    """
    traces = sorted({*_held(hot, key, value), *(cold.holding(key, value) if cold else ())})
    loose = [number for number, log in hot.loose_logs() if says(log, key, value)]
    spans = sum(hot.remove(some, truncate=False) for some in _steps(traces))
    hot.remove_logs(loose)
    hot.sweep()
    rows = cold.erase({*traces}, key, value, tell) if cold else 0
    judged = observed.forget(traces, key, value)
    tell("erased", {"traces": len(traces), "spans": spans, "cold_rows": rows, "logs": len(loose)})
    try:
        observed.rebuild()
    except sqlite3.Error as error:
        raise RunFailed(
            f"the traces are erased, but the file of observations could not be written anew: {error}; give the command "
            "again"
        ) from error
    for truncate in (hot.truncate, observed.truncate):
        _emptied(truncate)
    return Forgotten(traces=len(traces), spans=spans, cold_rows=rows, judged=judged, logs=len(loose))


def _held(hot: HotTraces, key: str, value: str) -> Iterator[str]:
    for trace in hot.holding(key, value):
        held: list[Span | Event] = [*hot.spans(trace), *hot.logs(trace)]
        if any(says(one, key, value) for one in held):
            yield trace


def _steps(traces: Sequence[str]) -> Iterator[Sequence[str]]:
    """A few at a time: exporters wait for the writer meanwhile."""
    return (traces[at : at + _STEP] for at in range(0, len(traces), _STEP))


def _emptied(truncate: Callable[[], bool]) -> None:
    for _ in range(_TRIES):
        if truncate():
            return
        time.sleep(0.1)
    raise RunFailed(
        "the traces are erased, but the write-ahead log could not be emptied while others read; give the command again"
    )


def expire(
    hot: HotTraces, cold: Cold | None, observed: Observed, now_ns: int, hot_days: float, cold_days: float, tell: Told
) -> dict[str, int]:
    """Remove what is older than is kept; gives counts for the status.

    Args:
        hot: Recent traces; those go that are judged, and sealed where there are segments.
        cold: Sealed segments; None where there are none.
        observed: What was found in traces; kept as long as the segments.
        now_ns: Our own clock.
        hot_days: Days that recent traces are kept.
        cold_days: Days that sealed segments are kept.
        tell: Takes entries for the ledger.
    """
    limit = max(now_ns - int(hot_days * _DAY_NS), 0)
    spans = 0
    while some := hot.older(limit, _STEP, sealed_only=cold is not None):
        spans += hot.remove(some, truncate=False)
        time.sleep(0.01)  # the receiver's turn
    hot.remove_logs([number for number, log in hot.loose_logs() if log.time_ns < limit])
    cold_limit = max(now_ns - int(cold_days * _DAY_NS), 0)
    segments = len(cold.expire(cold_limit, tell)) if cold else 0
    return {"expired_spans": spans, "expired_segments": segments, "expired_judged": observed.expire(cold_limit)}
