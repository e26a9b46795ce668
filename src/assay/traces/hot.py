"""The traces of the last days: one SQLite file, one writer, any number of readers."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.domain.errors import DataError
from assay.domain.span import Arrived, Event, Span
from assay.store.migrations import migrate
from assay.store.transactions import transaction
from assay.traces.hot_batch import int64, sorted_out, touched
from assay.traces.hot_rows import CURSOR, Sealing
from assay.traces.hot_schema import MIGRATIONS, opened
from assay.traces.payload import packed, packed_log, packed_mapping, unpacked, unpacked_log, unpacked_mapping

_INSERT = (
    "INSERT INTO spans (trace, id, parent, name, start_ns, end_ns, failed, resource, payload) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_TOUCH = """
    INSERT INTO traces (id, start_ns, spans, arrived_ns, first_ns) VALUES (?1, ?2, ?3, ?4, ?4)
    ON CONFLICT (id) DO UPDATE SET start_ns = MIN(start_ns, excluded.start_ns), spans = spans + excluded.spans,
        first_ns = IIF(judged, excluded.first_ns, first_ns), arrived_ns = excluded.arrived_ns, judged = 0
    """
_COUNT = "INSERT INTO counts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET count = count + excluded.count"


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


class HotTraces(Sealing):
    """The database of recent traces. Writing is for one thread; reading may go on beside it from others.

    Attributes:
        migrated: Number of the schema before and after it was opened.
    """

    def __init__(self, path: Path, patience_s: float = 30.0) -> None:
        """Open or create the file, and bring its schema up to date.

        Args:
            path: The file.
            patience_s: Seconds that are waited for another process that holds it.

        Raises:
            DataError: It is no such database, was made by a newer version, or cannot be opened.
        """
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._resources: dict[bytes, int] = {}
        self._version = -1
        self._local = threading.local()
        try:
            self._writer = opened(path, patience_s)
            self.migrated = migrate(self._writer, MIGRATIONS, path)
        except sqlite3.Error as error:
            raise DataError(f"{path}: no database of traces: {error}") from error

    def add(self, arrived: Iterable[Arrived], now_ns: int) -> int:
        """Keep what arrived, all of it or nothing. A span that comes again is kept again; assembly takes one of them.

        Args:
            arrived: Requests.
            now_ns: Our own clock.

        Returns:
            Spans that were kept.

        Raises:
            sqlite3.Error: The disk is full or the database locked; nothing was kept.
        """
        spans, logs, rejected = sorted_out(arrived)
        self._fresh()
        with transaction(self._writer, "BEGIN IMMEDIATE"):
            self._writer.executemany(_INSERT, [self._row(span) for span in spans])
            self._writer.executemany(_TOUCH, touched(spans, logs, now_ns))
            if logs:
                rows = [(one.trace, one.span, int64(one.time_ns), packed_log(one)) for one in logs]
                self._writer.executemany("INSERT INTO logs (trace, span, time_ns, payload) VALUES (?, ?, ?, ?)", rows)
            if spans:
                self._writer.execute("UPDATE arrivals SET last_ns = ?", (now_ns,))
            counts = {"spans": len(spans), "logs": len(logs), **rejected}
            self._writer.executemany(_COUNT, [(name, count) for name, count in counts.items() if count])
        return len(spans)

    def _fresh(self) -> None:
        """Forget which resources are there when another process has written: it may have removed some."""
        version = int(self._writer.execute("PRAGMA data_version").fetchone()[0])
        if version != self._version:
            self._version = version
            self._resources.clear()

    def _row(self, span: Span) -> tuple[str, str, str, str, int, int, int, int, bytes]:
        return (
            span.trace, span.id, span.parent, span.name, int64(span.start_ns), int64(span.end_ns), int(span.failed),
            self._resource(span.resource), packed(span),
        )  # fmt: skip

    def _resource(self, given: Mapping[str, Any]) -> int:
        body = packed_mapping(dict(given))
        known = self._resources.get(body)
        if known is None:
            self._writer.execute("INSERT INTO resources (body) VALUES (?) ON CONFLICT DO NOTHING", (body,))
            known = int(self._writer.execute("SELECT id FROM resources WHERE body = ?", (body,)).fetchone()[0])
            if len(self._resources) > 10_000:
                self._resources.clear()
            self._resources[body] = known
        return known

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

    def judged(self, traces: Sequence[Waiting]) -> None:
        """Note that these were judged as they were; one that grew since then waits again."""
        with transaction(self._writer, "BEGIN IMMEDIATE"):
            self._writer.executemany(
                "UPDATE traces SET judged = 1 WHERE id = ? AND arrived_ns = ?",
                [(one.id, one.arrived_ns) for one in traces],
            )

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

    def remove(self, traces: Sequence[str], *, truncate: bool = True) -> int:
        """Remove traces with all that belongs to them; gives the number of spans that are gone.

        Args:
            traces: Their ids.
            truncate: Whether the write-ahead log is emptied too, so that what was deleted does not rest there.
        """
        ids = [(one,) for one in traces]
        with transaction(self._writer, "BEGIN IMMEDIATE"):
            before = self._writer.total_changes
            self._writer.executemany("DELETE FROM spans WHERE trace = ?", ids)
            gone = self._writer.total_changes - before
            self._writer.executemany("DELETE FROM logs WHERE trace = ?", ids)
            self._writer.executemany("DELETE FROM traces WHERE id = ?", ids)
            self._writer.execute(CURSOR)
        if truncate:
            self.truncate()
        return gone

    def checkpoint(self) -> None:
        """Move what the write-ahead log holds into the file beside the writer, who then need not wait for the disk."""
        self._reader.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def probe(self) -> None:
        """Write something that changes nothing.

        Raises:
            sqlite3.Error: The disk is full or the database locked.
        """
        self._reader.execute("PRAGMA busy_timeout=1000")
        self._reader.execute("UPDATE arrivals SET last_ns = last_ns")

    def truncate(self) -> bool:
        """Empty the write-ahead log; whether that was possible while others read."""
        return not self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

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

    def close(self) -> None:
        """Close the file."""
        self._writer.close()
