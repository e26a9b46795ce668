"""What was found in one person's traces, taken out of the tables, the alarms and the saved states."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

import msgspec

from assay.domain.watched import Alarm
from assay.traces.judged import encoded


def forgotten(base: sqlite3.Connection, traces: Sequence[str], cohort: tuple[str, str]) -> int:
    """Remove judged traces with people's words, and a cohort that is named after the person, inside a transaction.

    Args:
        base: The database.
        traces: Ids of the person's traces.
        cohort: Key and value that name the person.

    Returns:
        The number of judged traces that are gone.
    """
    named = encoded(cohort).decode()
    before = base.total_changes
    base.executemany("DELETE FROM judged WHERE trace = ?", [(one,) for one in traces])
    count = base.total_changes - before
    for table in ("drawn", "words"):
        base.executemany(f"DELETE FROM {table} WHERE trace = ?", [(one,) for one in traces])
    for table in ("sums", "spread", "draw_sums", "alarms"):
        base.execute(f"DELETE FROM {table} WHERE instr(segment, ?)", (named,))
    for name, body in base.execute("SELECT name, body FROM states").fetchall():
        left = _without(body, [*cohort])
        if left != body:
            base.execute("UPDATE states SET body = ? WHERE name = ?", (left, name))
    return count


def without_person(alarm: Alarm, traces: Set[str], value: str) -> Alarm:
    """An alarm without these traces as examples, and without kinds of traffic that are named after the person."""
    kept = tuple(one for one in alarm.examples if one not in traces)
    return replace(alarm, examples=kept, evidence=_unnamed(alarm.evidence, value))


def _unnamed(evidence: Mapping[str, Any], value: str) -> Mapping[str, Any]:
    """What an alarm rests on, without the kinds of traffic that are named after that value."""
    kinds = evidence.get("new_traffic")
    if not isinstance(kinds, list):
        return evidence
    return {**evidence, "new_traffic": [one for one in kinds if f" / {value} / " not in f" / {one} / "]}


def _without(body: bytes, named: list[str]) -> bytes:
    """A state without its rows that name a cohort; the others stay, as they are numbers of many."""
    for form in (msgspec.json, msgspec.msgpack):
        try:
            held = form.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        left = _left(held, named)
        return body if left == held else form.encode(left)
    return b""  # nobody can read it, so nobody can say that it does not name the person


def _left(held: Any, named: list[str]) -> Any:
    if not isinstance(held, list):
        return held
    return [_left(one, named) for one in held if not _names(one, named)]


def _names(row: Any, named: list[str]) -> bool:
    """Whether a row is about a cohort of that key and value."""
    return isinstance(row, list) and any(isinstance(part, list) and named in part for part in row)
