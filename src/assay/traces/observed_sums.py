"""Sums of what was observed, by hour and later by day, and counts by hour of how figures spread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from assay.traces.judged import COLUMNS, Judged, Spread, numbers, segment_of, segment_text

HOUR_NS = 3600 * 10**9
BY_HOUR_NS = 31 * 24 * HOUR_NS
"""How long sums rest by hour beyond what else is kept: lines and tables of the last weeks are by hour."""
_DAY = 24
_SPREAD = ("n", "w", "ww")


def _adding(table: str, keys: Sequence[str], columns: Sequence[str]) -> str:
    """A statement that adds numbers to a row, which is made where there is none."""
    names = (*keys, *columns)
    return (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(f'{c} = {c} + excluded.{c}' for c in columns)}"
    )


_ADD_SUMS = _adding("sums", ("metric", "segment", "hour"), COLUMNS)
_ADD_SPREAD = _adding("spread", ("metric", "segment", "hour", "part"), _SPREAD)


def add_sums(base: sqlite3.Connection, judged: Iterable[Judged], sign: int) -> None:
    """Add what was observed in traces to the sums of their cohorts, or take it out with a sign of -1."""
    rows: dict[tuple[str, str, int], list[float]] = {}
    for one in judged:
        names = [segment_text(segment) for segment in one.segments]
        for seen in one.observations:
            added = numbers(seen)
            for name in names:
                held = rows.setdefault((seen.metric, name, one.start_ns // HOUR_NS), [0.0] * len(COLUMNS))
                for at, number in enumerate(added):
                    held[at] += sign * number
    base.executemany(_ADD_SUMS, [(*key, *sums) for key, sums in rows.items()])


def by_day(base: sqlite3.Connection, before_ns: int) -> None:
    """Put the sums of hours together by day (UTC), of the oldest days that end before a time.

    Those of a day rest in its first hour. One call takes a week, so that nobody waits long for the file.
    """
    last = before_ns // HOUR_NS // _DAY * _DAY
    (first,) = base.execute(f"SELECT MIN(hour) FROM sums WHERE hour < ? AND hour % {_DAY} <> 0", (last,)).fetchone()
    if first is None:
        return
    week = (first // _DAY * _DAY, min(last, (first // _DAY + 7) * _DAY))
    where = f"hour >= ? AND hour < ? AND hour % {_DAY} <> 0"
    sums = ", ".join(f"SUM({one})" for one in COLUMNS)
    base.execute(
        f"INSERT INTO sums (metric, segment, hour, {', '.join(COLUMNS)}) "
        f"SELECT metric, segment, hour - hour % {_DAY}, {sums} FROM sums WHERE {where} GROUP BY 1, 2, 3 "
        f"ON CONFLICT (metric, segment, hour) DO UPDATE SET {', '.join(f'{c} = {c} + excluded.{c}' for c in COLUMNS)}",
        week,
    )
    base.execute(f"DELETE FROM sums WHERE {where}", week)


def add_spread(base: sqlite3.Connection, judged: Iterable[Judged], sign: int) -> None:
    """Count where traces lie in the spread of their figures, or take it out with a sign of -1."""
    rows: dict[tuple[str, str, int, str], list[float]] = {}
    for one in judged:
        names = [segment_text(segment) for segment in one.segments] if one.parts else []
        for part in one.parts:
            w = 1.0 / part.share
            for name in names:
                held = rows.setdefault((part.metric, name, one.start_ns // HOUR_NS, part.name), [0.0] * len(_SPREAD))
                for at, number in enumerate((1.0, w, w * w)):
                    held[at] += sign * number
    base.executemany(_ADD_SPREAD, [(*key, *counts) for key, counts in rows.items()])


def spread_of(base: sqlite3.Connection, low_ns: int, high_ns: int, metric: str = "") -> list[Spread]:
    """Counts of each part of each figure, or of one, and cohort over the hours that begin in a time."""
    only, wanted = ("metric = ? AND", [metric]) if metric else ("", [])
    rows = base.execute(
        f"SELECT metric, segment, part, SUM(n), SUM(w), SUM(ww) FROM spread WHERE {only} hour >= ? AND hour < ? "
        "GROUP BY metric, segment, part HAVING SUM(n) > 0.5", (*wanted, low_ns // HOUR_NS, -(-high_ns // HOUR_NS))
    )  # fmt: skip
    return [
        Spread(metric=metric, segment=segment_of(segment), name=part, n=n, w=w, ww=ww)
        for metric, segment, part, n, w, ww in rows
    ]
