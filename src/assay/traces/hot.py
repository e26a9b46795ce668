"""The traces of the last days: one SQLite file, one writer, any number of readers."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.domain.errors import DataError
from assay.domain.span import Arrived, Span
from assay.store.migrations import migrate
from assay.store.transactions import transaction
from assay.traces.hot_batch import int64, sorted_out, touched
from assay.traces.hot_reading import Reading, Waiting
from assay.traces.hot_rows import CURSOR, Sealing
from assay.traces.hot_schema import MIGRATIONS, opened
from assay.traces.payload import packed, packed_log, packed_mapping

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


class HotTraces(Reading, Sealing):
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

    def judged(self, traces: Sequence[Waiting]) -> None:
        """Note that these were judged as they were; one that grew since then waits again."""
        with transaction(self._writer, "BEGIN IMMEDIATE"):
            self._writer.executemany(
                "UPDATE traces SET judged = 1 WHERE id = ? AND arrived_ns = ?",
                [(one.id, one.arrived_ns) for one in traces],
            )

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

    def close(self) -> None:
        """Close the file."""
        self._writer.close()
