"""What an alarm says moved, in words: a figure, one word for another, or something that was never seen before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.report.inert import one_line

_LONGEST = 60
SHARES = ("share", "exceeding", "below")
"""Units of alarms whose figures are shares."""


def first_seen(evidence: Mapping[str, Any]) -> str:
    """What was seen for the first time; empty for alarms of anything else.

    Examples:
        >>> first_seen({"tool": "drop_table", "category": "drop_table"}), first_seen({"category": "m-2"})
        ('first seen: drop_table', '')
    """
    return f"first seen: {one_line(str(evidence['tool']), _LONGEST)}" if "tool" in evidence else ""


def words_moved(evidence: Mapping[str, Any]) -> str:
    """Which word took the place of which; empty for alarms of figures.

    Args:
        evidence: Of an alarm: `category` grew most, `gone` shrank most.

    Examples:
        >>> words_moved({"category": "m-2", "gone": "m-1"}), words_moved({"category": "m-2"}), words_moved({})
        ('m-1 -> m-2', 'm-2', '')
        >>> words_moved({"category": "", "gone": "m-1"})
        'm-1 -> (none)'
    """
    if "category" not in evidence or "tool" in evidence:
        return ""
    names = [one_line(str(evidence[key]), _LONGEST) or "(none)" for key in ("gone", "category") if key in evidence]
    return " -> ".join(names)


def percent(value: float) -> str:
    """A share for people.

    Examples:
        >>> percent(0.0), percent(0.0213), percent(1.0)
        ('0 %', '2.13 %', '100 %')
    """
    return f"{100 * value:.3g} %"


def moved(alarm: Mapping[str, Any], *, limits: bool = True) -> str:
    """What moved and how far, of an alarm as `alarm_plain` gives it.

    Args:
        alarm: The alarm.
        limits: Whether the interval of the figure is told.

    Examples:
        >>> told = {"unit": "share", "before": 0.0, "now": 1.0, "low": 0.98, "high": 1.0, "n": 300}
        >>> moved({**told, "evidence": {"category": "m-2", "gone": "m-1"}})
        'm-1 -> m-2, 0 % -> 100 % [98 %, 100 %]'
        >>> moved({**told, "evidence": {"tool": "drop_table"}})
        'first seen: drop_table'
        >>> moved({**told, "unit": "mean", "before": 120.0, "now": 90.0, "low": 80.0, "high": 99.5, "evidence": {}})
        '120 -> 90 [80, 99.5]'
    """
    evidence = alarm["evidence"]
    if first := first_seen(evidence):
        return first
    before, now, low, high = (_figure(alarm[key], alarm["unit"]) for key in ("before", "now", "low", "high"))
    beyond = {"exceeding": "share above ", "below": "share below "}.get(alarm["unit"], "")
    told = f"{beyond}{alarm['limit']:.4g}: " if beyond and alarm.get("limit") is not None else ""
    words = words_moved(evidence)
    between = f" [{low}, {high}]" if limits else ""
    return f"{f'{words}, ' if words else ''}{told}{before} -> {now}{between}"


def _figure(value: float, unit: str) -> str:
    return percent(value) if unit in SHARES else f"{value:.3g}"
