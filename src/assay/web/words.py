"""Numbers, times and places of the watch in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from assay.domain.watched import Segment
from assay.report.inert import one_line
from assay.report.watch import moment

NONE = "\u2013"
"""Where there is nothing to say."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def number(value: float | None, kind: str = "amount") -> str:
    """A figure for people.

    Examples:
        >>> number(0.0213, "rate"), number(1234.5), number(float("nan"))
        ('2.13\\xa0%', '1,234', '\u2013')
    """
    if value is None or not math.isfinite(value):
        return NONE
    if kind == "rate":
        return f"{_short(100 * value)}\u00a0%"
    return _short(value)


def _short(value: float) -> str:
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.095 or not size else f"{value:.2g}"


def interval(low: float, high: float, kind: str = "amount") -> str:
    """Limits for people.

    Examples:
        >>> interval(0.01, 0.04, "rate")
        '1.00\\xa0% to 4.00\\xa0%'
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{number(low, kind)} to {number(high, kind)}"


def when(time_ns: int) -> str:
    """A time to the minute, UTC.

    Examples:
        >>> when(1795773600 * 10**9)
        '2026-11-27 10:00'
    """
    return moment(time_ns).replace("T", " ")[:16] if time_ns > 0 else NONE


def ago(time_ns: int, now_ns: int) -> str:
    """How long ago, roughly.

    Examples:
        >>> ago(0, 80 * 10**9), ago(0, 3 * 3600 * 10**9), ago(5, 0)
        ('1 min ago', '3 h ago', 'just now')
    """
    seconds = (now_ns - time_ns) / 1e9
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name} ago"
    return "just now"


def took(seconds: float) -> str:
    """How long something took.

    Examples:
        >>> took(0.0123), took(2.5), took(200)
        ('12 ms', '2.5 s', '200 s')
    """
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds:.0f} s"


def where(segment: Segment | Iterable[tuple[str, str]]) -> str:
    """A cohort for people.

    Examples:
        >>> where(()), where((("route", "chat"),))
        ('all traffic', 'route chat')
    """
    return one_line(", ".join(f"{key} {value}" for key, value in segment) or "all traffic", 100)


def counted(counts: Mapping[str, int]) -> str:
    """Counts by name, in one line."""
    return ", ".join(f"{one_line(name, 60)} {count:,}" for name, count in counts.items())
