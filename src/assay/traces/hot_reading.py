"""What is read of the database of recent traces, beside whoever writes it: traces, those that wait, counts."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.domain.span import Event, Span
from assay.traces.hot_schema import opened
from assay.traces.payload import unpacked, unpacked_log, unpacked_mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A trace that waits to be judged."""

    id: str
    """Its id."""
    start_ns: int
    """When its first span began."""
    spans: int
    """Spans so far."""
    arrived_ns: int
    """When its last span arrived, by our own clock."""


class Reading:
    """The part of the database that changes nothing; each thread reads over a connection of its own."""

    path: Path
    """The file."""
    _local: threading.local

    @property
    def _reader(self) -> sqlite3.Connection:
        """A connection of this thread's own."""
        found: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if found is None:
            found = self._local.reader = opened(self.path, 30.0)
        return found

    def spans(self, trace: str) -> tuple[Span, ...]:
        """Spans of a trace, by the time they began."""
        rows = self._reader.execute(
            "SELECT trace, spans.id, parent, name, start_ns, end_ns, failed, payload, resource, body FROM spans "
            "LEFT JOIN resources ON resources.id = resource WHERE trace = ? ORDER BY start_ns, spans.id, seq", (trace,)
        )  # fmt: skip
        known: dict[int, dict[str, Any]] = {}  # of this trace alone: an erasure gives numbers of resources out again
        found: list[Span] = []
        for *head, payload, resource, body in rows:
            if resource not in known:
                known[resource] = unpacked_mapping(body) if body else {}
            found.append(unpacked(tuple(head), payload, known[resource]))
        return tuple(found)

    def logs(self, trace: str) -> tuple[Event, ...]:
        """Log records of a trace."""
        rows = self._reader.execute(
            "SELECT trace, span, time_ns, payload FROM logs WHERE trace = ? ORDER BY time_ns, seq", (trace,)
        )
        return tuple(unpacked_log(*row) for row in rows)

    def waiting(self, quiet_since_ns: int, most: int = 500, open_since_ns: int = 0) -> Sequence[Waiting]:
        """Traces that were not judged yet, the longest quiet first.

        Args:
            quiet_since_ns: Those without a span since then,
            most: so many of them at most,
            open_since_ns: and so many of those whose first span came before that: some never fall quiet.
        """
        rows = self._reader.execute(
            "SELECT id, start_ns, spans, arrived_ns FROM ("
            "SELECT * FROM (SELECT * FROM traces WHERE judged = 0 AND arrived_ns <= ? ORDER BY arrived_ns LIMIT ?) "
            "UNION SELECT * FROM (SELECT * FROM traces WHERE judged = 0 AND first_ns < ? ORDER BY first_ns LIMIT ?)) "
            "ORDER BY arrived_ns", (quiet_since_ns, most, open_since_ns, most)
        )  # fmt: skip
        return [Waiting(id=row[0], start_ns=row[1], spans=row[2], arrived_ns=row[3]) for row in rows]

    def latest(self, wanted: str = "", most: int = 100) -> list[tuple[Waiting, bool]]:
        """Traces whose id begins as wanted, the latest first, and whether each is judged."""
        if any(char not in "0123456789abcdef" for char in wanted):
            return []
        where = "WHERE id >= ? AND id < ? ORDER BY start_ns DESC" if wanted else "ORDER BY start_ns DESC"
        limits = (wanted, f"{wanted}g", most) if wanted else (most,)
        told = "SELECT id, start_ns, spans, arrived_ns, judged FROM traces"
        rows = self._reader.execute(f"{told} {where} LIMIT ?", limits)
        return [(Waiting(id=row[0], start_ns=row[1], spans=row[2], arrived_ns=row[3]), bool(row[4])) for row in rows]

    def between(self, low_ns: int, high_ns: int, quiet_since_ns: int = 2**63 - 1, open_since_ns: int = 0) -> list[str]:
        """Ids of traces that began in a time, in order of it.

        Args:
            low_ns: Since then,
            high_ns: and before that.
            quiet_since_ns: Of them those without a span since then,
            open_since_ns: and those that began before that: some never fall quiet.
        """
        rows = self._reader.execute(
            "SELECT id FROM traces WHERE start_ns >= ? AND start_ns < ? AND (arrived_ns <= ? OR start_ns < ?) "
            "ORDER BY start_ns, id", (low_ns, high_ns, quiet_since_ns, open_since_ns)
        )  # fmt: skip
        return [row[0] for row in rows]

    def late(self, before_ns: int, after_ns: int, until_ns: int) -> list[str]:
        """Ids of traces that began before a time, and whose last span came after the second and up to the third."""
        rows = self._reader.execute(
            "SELECT id FROM traces WHERE start_ns < ? AND arrived_ns > ? AND arrived_ns <= ? ORDER BY start_ns, id",
            (before_ns, after_ns, until_ns),
        )
        return [row[0] for row in rows]

    def load(self) -> tuple[int, int, int]:
        """Traces, those that wait to be judged, and when the last span of the oldest of these arrived."""
        row = self._reader.execute(
            "SELECT (SELECT COUNT(*) FROM traces), COUNT(*), COALESCE(MIN(arrived_ns), 0) FROM traces WHERE judged = 0"
        ).fetchone()
        return int(row[0]), int(row[1]), int(row[2])

    def last_arrival(self) -> int:
        """When a span came last, by our own clock; 0 when none ever did. It outlives the span."""
        return int(self._reader.execute("SELECT last_ns FROM arrivals").fetchone()[0])

    def counts(self) -> dict[str, int]:
        """What was kept and rejected since the beginning, by name."""
        return dict(self._reader.execute("SELECT name, count FROM counts ORDER BY name").fetchall())
