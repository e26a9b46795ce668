"""Where the watch stands, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assay.report.inert import one_line
from assay.report.labels import label_lines
from assay.report.moves import moved, percent
from assay.report.spread import spread_lines
from assay.report.watch import no_traffic, where, without_unscored

_MOST = 60
_DIGITS = 6
"""Digits of a case's id that are shown; `assay watch ack` takes them."""


def status_text(told: Mapping[str, Any]) -> str:
    """The state of a watch in lines."""
    return "\n".join(_lines(told))


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    kept = told["kept"]
    if told["silent"]:
        before = "; figures are of before, and say nothing of now" if told["last_ns"] else ""
        yield f"NOTHING   {no_traffic(told['last_ns'])}{before}"
    yield f"kept      {kept.get('spans', 0):,} spans, {kept.get('logs', 0):,} log records"
    yield f"not kept  {_listed(told['rejected'])}"
    yield f"traces    {told['traces']:,} recent, {told['judged']:,} judged, {told['waiting']:,} wait"
    yield f"lag       {told['lag_s']:,.0f} s"
    yield f"counted   {_listed(told['found'])}"
    yield f"disk      {told['bytes_hot'] / 1e6:,.1f} MB recent, {told['bytes_cold'] / 1e6:,.1f} MB sealed"
    yield f"ledger    {_entries(told['ledger']['entries'])}{_problem(told['ledger']['problem'])}"
    segments = told["segments"]
    yield f"segments  {segments['sealed']:,} sealed, {len(segments['differing'])} not as they were sealed"
    if told["learning_until"]:
        yield (
            f"reference is being learned until {told['learning_until']}: no figure raises an alarm before, "
            "but for those that are held against a released run"
        )
    yield ""
    yield _open(told["alarms"], told["resolved_early"])
    for one in told["alarms"]:
        taken = f", {one['state']}" if one["state"] != "open" else ""
        owner = f", {one_line(one['owner'], 40)} takes care" if one["owner"] else ""
        head = (
            f"  {one['severity']:<8}  {one['case'][:_DIGITS]}  {one_line(one['metric'], 60)}, {where(one['segment'])}"
        )
        yield f"{head}: {moved(one)} since {one['since']}{taken}{owner}"
    yield ""
    yield from _table(told)
    yield from spread_lines(told["percentiles"], told["words"])
    if told["people"]:
        yield ""
        yield "Rates corrected by people's labels of traces that were drawn at random"
        yield from label_lines(told["people"])


def _urgent(one: Mapping[str, Any], alarms: Sequence[Mapping[str, Any]]) -> tuple[bool, bool, float, str, str]:
    """Place of a figure: all traffic first, then what is in alarm, then what surely moved most."""
    alarmed = any((of["metric"], of["segment"]) == (one["metric"], one["segment"]) for of in alarms)
    return bool(one["segment"]), not alarmed, -_distance(one), one["metric"], where(one["segment"])


def _distance(one: Mapping[str, Any]) -> float:
    """How far the interval lies from the reference, in moves that are tolerated by default; 0 where it holds it."""
    held = one["reference"]
    if held is None or one["value"] is None:
        return 0.0
    gap = max(one["low"] - held, held - one["high"], 0.0)
    return float(gap / max(0.25 * abs(held), 0.005))


def _number(one: Mapping[str, Any], key: str) -> str:
    if one[key] is None:
        return "-"
    return percent(one[key]) if one["kind"] == "rate" else f"{one[key]:.4g}"


def span(seconds: float) -> str:
    """A length of time for people.

    Examples:
        >>> span(86_400), span(7 * 86_400), span(5_400)
        ('day', '7 days', '1.5 hours')
    """
    size, unit = (86_400, "day") if seconds >= 86_400 else (3_600, "hour") if seconds >= 3_600 else (60, "minute")
    count = seconds / size
    return unit if count == 1 else f"{round(count, 1):,g} {unit}s"


def _listed(counts: Mapping[str, int]) -> str:
    return one_line(", ".join(f"{name} {count:,}" for name, count in counts.items() if count) or "nothing", 300)


def _entries(count: int) -> str:
    return f"{count:,} {'entry' if count == 1 else 'entries'}"


def _problem(text: str) -> str:
    return f"; {one_line(text, 200)}" if text else ", sound"


def _open(alarms: Sequence[Mapping[str, Any]], early: int) -> str:
    """How many alarms are open, how many of them somebody took, and how many were resolved early."""
    taken = sum(one["state"] == "acknowledged" for one in alarms)
    each = "acknowledged" if taken == len(alarms) else f"{taken} acknowledged"
    more = f"; {early:,} more that somebody resolved while the figure is still off" if early else ""
    return f"{len(alarms)} open alarm{'' if len(alarms) == 1 else 's'}{f' ({each})' if taken else ''}{more}"


def _none_yet(waiting: int) -> str:
    """That there is no figure, and whether some may come."""
    if not waiting:
        return "No figure"
    waits = "1 trace waits and is" if waiting == 1 else f"{waiting:,} traces wait and are"
    return f"No figure yet, {waits} judged while `assay watch serve` runs"


def _table(told: Mapping[str, Any]) -> Iterator[str]:
    figures = sorted(without_unscored(told["figures"]), key=lambda one: _urgent(one, told["alarms"]))
    if not figures:
        yield f"{_none_yet(told['waiting'])}: no trace of the last {span(told['since_s'])} is judged"
        return
    yield f"Figures of the last {span(told['since_s'])}; in alarm first, then by their move against the reference"
    yield f"  {'figure':<20} {'cohort':<24} {'value':>9} {'95 %':>21} {'reference':>9} {'n':>9} {'unscored':>9}"
    for one in figures[:_MOST]:
        value, low, high, reference = (_number(one, key) for key in ("value", "low", "high", "reference"))
        limits = f"{low} to {high}" if one["value"] is not None else ""
        yield (
            f"  {one['metric']:<20} {where(one['segment']):<24} {value:>9} {limits:>21} {reference:>9} {one['n']:>9,} "
            f"{one['unscored']:>9,}"
        )
    if len(figures) > _MOST:
        yield f"  ... {len(figures) - _MOST} more; --format json has all"
