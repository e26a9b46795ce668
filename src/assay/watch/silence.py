"""No traffic: a state of its own, never a good one. Without values no figure moves, and nothing else would say so."""

from __future__ import annotations

from assay.domain.watched import Alarm

METRIC = "traffic"
"""Name of the alarm, in requests an hour."""
SILENT_S = 3600.0
"""Seconds without a span after which the watch says so, where the plan does not say how many."""


def silent(last_ns: int, now_ns: int, after_s: float) -> bool:
    """Whether no span came for so long, or none ever.

    Examples:
        >>> silent(0, 5, 10), silent(4, 5, 10), silent(0, 11 * 10**9, 10), silent(10**9, 11 * 10**9, 10)
        (True, False, True, False)
    """
    return not last_ns or now_ns - last_ns > after_s * 1e9


def silence(last_ns: int, after_s: float, hourly: float) -> Alarm:
    """The alarm that no span came for so long; the same however often it is made.

    Args:
        last_ns: When the last one came, by our own clock.
        after_s: Seconds without one that are too many.
        hourly: Requests an hour while there were any.
    """
    return Alarm(
        metric=METRIC,
        segment=(),
        at_ns=last_ns + int(after_s * 1e9),
        since_ns=last_ns,
        since_low_ns=last_ns,
        since_high_ns=last_ns,
        before=hourly,
        now=0.0,
        low=0.0,
        high=0.0,
        n=0,
        detector=f"no span for {after_s:,.0f} s, which the plan calls too long (silence_after)",
        unit="mean",
        severity="high",
    )
