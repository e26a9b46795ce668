"""What came in several requests, as rows for one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from assay.domain.span import Arrived, Event, Span


def sorted_out(arrived: Iterable[Arrived]) -> tuple[list[Span], list[Event], Counter[str]]:
    """Spans, log records, and counts of what was rejected, taken out and repaired."""
    spans: list[Span] = []
    logs: list[Event] = []
    rejected: Counter[str] = Counter()
    for one in arrived:
        spans += one.spans
        logs += one.logs
        rejected.update({f"rejected_{cause}": count for cause, count in one.rejected.items()})
        rejected.update({f"redacted_{kind}": count for kind, count in one.redacted.items()})
        rejected["repaired_characters"] += one.repaired
    return spans, logs, rejected


def touched(spans: Sequence[Span], logs: Sequence[Event], now_ns: int) -> list[tuple[str, int, int, int]]:
    """Each trace with its begin, its number of spans, and now."""
    starts: dict[str, int] = {}
    counts: Counter[str] = Counter()
    for span in spans:
        starts[span.trace] = min(starts.get(span.trace, span.start_ns), span.start_ns)
        counts[span.trace] += 1
    for log in logs:
        if log.trace:
            starts.setdefault(log.trace, log.time_ns)
    return [(trace, int64(start), counts[trace], now_ns) for trace, start in starts.items()]


def int64(number: int) -> int:
    """A time as SQLite can hold it."""
    return min(max(number, 0), 2**63 - 1)
