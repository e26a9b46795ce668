"""Figures and alarms of production, for machines and for people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from assay.domain.watched import Alarm, Segment
from assay.report.inert import one_line
from assay.report.moves import first_seen, moved
from assay.report.unread import unread
from assay.report.words import plural

_MOST = 40
_MOVED = {"behaviour": "behaviour within kinds of traffic", "mix": "the mix of kinds of traffic"}


class Figure(Protocol):
    """A figure of one cohort, as the watch has it."""

    @property
    def metric(self) -> str: ...
    @property
    def segment(self) -> Segment: ...
    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def n(self) -> int: ...
    @property
    def unscored(self) -> int: ...


def moment(time_ns: int) -> str:
    """A time for people and machines.

    Examples:
        >>> moment(1795773600 * 10**9)
        '2026-11-27T10:00:00Z'
    """
    try:
        return datetime.fromtimestamp(time_ns / 1e9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return "(no time)"


def no_traffic(last_ns: int) -> str:
    """That nothing comes, for people.

    Examples:
        >>> no_traffic(1795773600 * 10**9), no_traffic(0)
        ('no traffic since 2026-11-27T10:00:00Z', 'no traffic: no span has come yet')
    """
    return f"no traffic since {moment(last_ns)}" if last_ns else "no traffic: no span has come yet"


def alarm_plain(alarm: Alarm) -> dict[str, Any]:
    """An alarm as JSON."""
    return {
        "metric": alarm.metric,
        "segment": dict(alarm.segment),
        "since": moment(alarm.since_ns),
        "since_low": moment(alarm.since_low_ns),
        "since_high": moment(alarm.since_high_ns),
        "at": moment(alarm.at_ns),
        "size": round(alarm.now - alarm.before, 6),
        "before": round(alarm.before, 6),
        "now": round(alarm.now, 6),
        "low": round(alarm.low, 6),
        "high": round(alarm.high, 6),
        "n": alarm.n,
        "unit": alarm.unit,
        "limit": alarm.limit,
        "times": alarm.times,
        "closed": None if alarm.closed_ns is None else moment(alarm.closed_ns),
        "severity": alarm.severity,
        "changed": list(alarm.changed),
        "detector": alarm.detector,
        "examples": list(alarm.examples),
        "evidence": {
            key: round(value, 9) if isinstance(value, float) else value for key, value in alarm.evidence.items()
        },
    }


def rate_plain(rate: Figure) -> dict[str, Any]:
    """A figure as JSON; what cannot be said is null."""
    numbers = {name: getattr(rate, name) for name in ("value", "low", "high")}
    return {
        "metric": rate.metric,
        "segment": dict(rate.segment),
        **{name: None if math.isnan(value) else round(value, 6) for name, value in numbers.items()},
        "n": rate.n,
        "unscored": rate.unscored,
    }


def watch_text(told: Mapping[str, Any], colour: bool = False) -> str:
    """Figures and alarms for a terminal."""
    bold, plain = ("\x1b[1m", "\x1b[0m") if colour else ("", "")
    idle = not told.get("watched", 1)
    lines = [
        *([f"{bold}NOT WATCHED: nothing was held against the reference, as all traces lie within it{plain}"] * idle),
        f"{plural(told['traces'], 'trace')}, {plural(told['spans'], 'span')}, {plural(told['scored'], 'judgement')}",
    ]
    if told["rejected"]:
        lines.append(f"{told['rejected']:,} not read: {unread(told['rejected_by_cause'])}")
    if told.get("odd"):
        lines.append("odd: " + ", ".join(f"{kind} {count:,}" for kind, count in told["odd"].items()))
    lines.append("")
    alarms = told["alarms"]
    lines.append(f"{bold}{len(alarms)} alarm{'s' if len(alarms) != 1 else ''}{plain}")
    lines += ["  none was possible: give a shorter --baseline, or --run"] * (idle and not alarms)
    for one in alarms:
        lines += _alarm_lines(one, told.get("places", {}))
    lines += ["", f"{bold}Figures of all traffic{plain}"]
    lines += _table([one for one in told["rates"] if not one["segment"]])
    return "\n".join(lines) + "\n"


def where(segment: Mapping[str, str]) -> str:
    """A cohort for people, in one inert line."""
    return one_line(", ".join(f"{key} {value}" for key, value in segment.items()) or "all traffic", 80)


def without_unscored(rates: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Figures without those of what was not judged (`unscored_` and a metric): a column beside the metric says that."""
    metrics = {one["metric"] for one in rates}
    return [one for one in rates if one["metric"].removeprefix("unscored_") not in metrics - {one["metric"]}]


def _alarm_lines(one: Mapping[str, Any], places: Mapping[str, str]) -> list[str]:
    of = f" ({one['unit']})" if one["unit"] in ("mean", "distance") else ""
    head = f"  {one['metric']}, {where(one['segment'])}: {moved(one)}{of}"
    if first_seen(one["evidence"]):
        found = ["", f"{head} at {one['since']}"]
    else:
        end = f", until {one['closed']}" if one["closed"] else ", goes on"
        began = f"    since {one['since']} (between {one['since_low']} and {one['since_high']})"
        found = ["", f"{head}, {one['n']:,} values{end}", began]
    found += (f"    {line}" for line in changed_lines(one["changed"], one["evidence"]))
    shown = [f"{name}{f' at {one_line(places[name], 200)}' if name in places else ''}" for name in one["examples"][:3]]
    found.append(f"    traces {', '.join(shown)}")
    return found


def changed_lines(changed: Sequence[str], evidence: Mapping[str, Any]) -> list[str]:
    """What else changed, and what of the figure moved; or that nobody can tell."""
    compared = evidence.get("compared")
    since = " since the reference" if compared == "reference" else ""
    found = [f"changed too{since}: {one_line(part, 110)}" for part in changed]
    if compared == "nothing" and not changed:
        found.append("changed too: nobody can tell, as there was nothing to compare with")
    if sure := evidence.get("sure"):
        found.append(f"surely moved: {' and '.join(_MOVED.get(part, part) for part in sure)}")
    if why := untold(evidence):
        found.append(f"behaviour or mix: {why}")
    return found


def untold(evidence: Mapping[str, Any]) -> str:
    """Why a change was not taken apart; empty where it was, or where there is one kind of traffic alone."""
    why = evidence.get("mix", "")
    return why if isinstance(why, str) else ""


def _table(rates: Sequence[Mapping[str, Any]]) -> list[str]:
    rates = without_unscored(rates)
    wide = max([len(one["metric"]) for one in rates], default=6)
    lines = [f"  {'figure':<{wide}}  {'value':>9}  {'95 %':>19}  {'n':>9}  unscored"]
    for one in rates[:_MOST]:
        if one["value"] is None:
            lines.append(f"  {one['metric']:<{wide}}  {'-':>9}  {'':>19}  {one['n']:>9,}  {one['unscored']:,}")
            continue
        limits = "" if one["low"] is None else f"{one['low']:.4g} to {one['high']:.4g}"
        lines.append(
            f"  {one['metric']:<{wide}}  {one['value']:>9.4g}  {limits:>19}  {one['n']:>9,}  {one['unscored']:,}"
        )
    return lines
