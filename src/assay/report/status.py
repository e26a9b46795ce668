"""Where the watch stands, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assay.report.inert import one_line
from assay.report.labels import label_lines
from assay.report.watch import no_traffic, where, without_unscored

_MOST = 60


def status_text(told: Mapping[str, Any]) -> str:
    """The state of a watch in lines."""
    return "\n".join(_lines(told))


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    kept = told["kept"]
    if told["silent"]:
        yield f"NOTHING   {no_traffic(told['last_ns'])}; figures are of before, and say nothing of now"
    yield f"kept      {kept.get('spans', 0):,} spans, {kept.get('logs', 0):,} log records"
    yield f"not kept  {_listed(told['rejected'])}"
    yield f"traces    {told['traces']:,} recent, {told['judged']:,} judged, {told['waiting']:,} wait"
    yield f"lag       {told['lag_s']:,.0f} s"
    yield f"counted   {_listed(told['found'])}"
    yield f"disk      {told['bytes_hot'] / 1e6:,.1f} MB recent, {told['bytes_cold'] / 1e6:,.1f} MB sealed"
    yield f"ledger    {_entries(told['ledger']['entries'])}{_problem(told['ledger']['problem'])}"
    segments = told["segments"]
    yield f"segments  {segments['sealed']:,} sealed, {len(segments['differing'])} not as they were sealed"
    yield ""
    yield f"{len(told['alarms'])} open alarm{'' if len(told['alarms']) == 1 else 's'}"
    for one in told["alarms"]:
        yield (
            f"  {one['metric']}, {where(one['segment'])}: {one['before']:.3g} -> {one['now']:.3g} "
            f"[{one['low']:.3g}, {one['high']:.3g}] since {one['since']}"
        )
    yield ""
    yield from _table(told["figures"])
    if told["people"]:
        yield ""
        yield "Rates corrected by people's labels of traces that were drawn at random"
        yield from label_lines(told["people"])


def _listed(counts: Mapping[str, int]) -> str:
    return one_line(", ".join(f"{name} {count:,}" for name, count in counts.items() if count) or "nothing", 300)


def _entries(count: int) -> str:
    return f"{count:,} {'entry' if count == 1 else 'entries'}"


def _problem(text: str) -> str:
    return f"; {one_line(text, 200)}" if text else ", sound"


def _table(figures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield f"  {'figure':<20} {'cohort':<24} {'value':>9} {'95 %':>21} {'n':>9} {'unscored':>9}"
    figures = without_unscored(figures)
    for one in figures[:_MOST]:
        value = "-" if one["value"] is None else f"{one['value']:.4g}"
        limits = "" if one["value"] is None else f"{one['low']:.4g} to {one['high']:.4g}"
        yield (
            f"  {one['metric']:<20} {where(one['segment']):<24} {value:>9} {limits:>21} {one['n']:>9,} "
            f"{one['unscored']:>9,}"
        )
    if len(figures) > _MOST:
        yield f"  ... {len(figures) - _MOST} more; --format json has all"
