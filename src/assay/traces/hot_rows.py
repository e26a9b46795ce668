"""What sealing, expiry and erasure need of the database of recent traces: rows by number, age and content."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from assay.domain.span import Event
from assay.store.transactions import transaction
from assay.traces.payload import unpacked_log

CURSOR = (
    "UPDATE sealed SET span = MIN(span, (SELECT COALESCE(MAX(seq), 0) FROM spans)), "
    "log = MIN(log, (SELECT COALESCE(MAX(seq), 0) FROM logs))"
)
"""Numbers of rows that are gone are given out again: what comes next must not pass for sealed."""


class Sealing:
    """The part of the database that knows which rows a sealed segment holds."""

    _writer: sqlite3.Connection

    @property
    def _reader(self) -> sqlite3.Connection:
        raise NotImplementedError

    def unsealed(self, most: int) -> tuple[int, int, int, int] | None:
        """Numbers of rows that no segment holds: spans after and up to, log records after and up to; None for none."""
        span, log = self._reader.execute("SELECT span, log FROM sealed").fetchone()
        ends = [
            int(self._reader.execute(
                f"SELECT COALESCE(MAX(seq), ?1) FROM (SELECT seq FROM {table} WHERE seq > ?1 ORDER BY seq LIMIT ?2)",
                (begin, most),
            ).fetchone()[0])
            for table, begin in (("spans", span), ("logs", log))
        ]  # fmt: skip
        return (span, ends[0], log, ends[1]) if (span, log) != (ends[0], ends[1]) else None

    def rows(
        self, place: tuple[int, int, int, int]
    ) -> Iterator[tuple[str, str, str, str, str, int, int, bool, str, str]]:
        """Spans and log records between these numbers as they rest, by trace."""
        rows = self._reader.execute(
            "SELECT 'span', trace, spans.id, parent, name, start_ns, end_ns, failed, body, payload FROM spans "
            "JOIN resources ON resources.id = spans.resource WHERE seq > ? AND seq <= ? UNION ALL "
            "SELECT 'log', trace, span, '', '', time_ns, time_ns, 0, x'7b7d', payload FROM logs "
            "WHERE seq > ? AND seq <= ? ORDER BY trace", place
        )  # fmt: skip
        return ((*row[:7], bool(row[7]), row[8].decode(), row[9].decode()) for row in rows)

    def seal(self, segment: tuple[str, str, int, int, int, int, int], place: tuple[int, int, int, int]) -> None:
        """Note a segment, as columns of the table, and that it holds the rows up to these numbers."""
        with transaction(self._writer, "BEGIN IMMEDIATE"):
            self._writer.execute("INSERT OR REPLACE INTO segments VALUES (?, ?, ?, ?, ?, ?, ?)", segment)
            self._writer.execute("UPDATE sealed SET span = ?, log = ?, at_ns = ?", (place[1], place[3], segment[6]))
            self._writer.execute(CURSOR)

    def segments(self, sealed_before_ns: int = 2**63 - 1) -> dict[str, str]:
        """Digests of the sealed segments by name, the oldest first."""
        rows = self._reader.execute(
            "SELECT name, digest FROM segments WHERE sealed_ns < ? ORDER BY sealed_ns, name", (sealed_before_ns,)
        )
        return dict(rows.fetchall())

    def reseal(self, name: str, digest: str) -> None:
        """Note that a segment was written anew."""
        self._writer.execute("UPDATE segments SET digest = ? WHERE name = ?", (digest, name))

    def unseal(self, name: str) -> None:
        """Note that a segment is gone."""
        self._writer.execute("DELETE FROM segments WHERE name = ?", (name,))

    def older(self, before_ns: int, most: int = 200, *, sealed_only: bool = True) -> list[str]:
        """Ids of judged traces that began and last grew before a time, those first that no segment lacks."""
        limit = before_ns
        if sealed_only:
            limit = min(limit, int(self._reader.execute("SELECT at_ns FROM sealed").fetchone()[0]))
        rows = self._reader.execute(
            "SELECT id FROM traces WHERE start_ns < ? AND arrived_ns < ? AND judged = 1 ORDER BY start_ns LIMIT ?",
            (before_ns, limit, most),
        )
        return [row[0] for row in rows]

    def holding(self, key: str, value: str) -> set[str]:
        """Ids of traces of which a span, its resource or a log record may say that `key` is `value`."""
        inside = value.encode()
        resources = [
            row[0]
            for row in self._reader.execute("SELECT id, body FROM resources")
            if inside in row[1] or b"\\" in row[1]
        ]
        listed = ", ".join(map(str, resources)) or "NULL"
        rows = self._reader.execute(
            f"SELECT trace FROM spans WHERE instr(payload, ?1) OR instr(payload, x'5c') OR resource IN ({listed}) "
            "UNION SELECT trace FROM logs WHERE trace <> '' AND (instr(payload, ?1) OR instr(payload, x'5c'))",
            (inside,),
        )
        return {row[0] for row in rows}

    def loose_logs(self) -> Iterator[tuple[int, Event]]:
        """Log records that belong to no trace, with their numbers."""
        rows = self._reader.execute("SELECT seq, span, time_ns, payload FROM logs WHERE trace = ''")
        return ((row[0], unpacked_log("", *row[1:])) for row in rows)

    def remove_logs(self, numbers: Sequence[int]) -> None:
        """Remove log records by number."""
        with transaction(self._writer, "BEGIN IMMEDIATE"):
            self._writer.executemany("DELETE FROM logs WHERE seq = ?", [(one,) for one in numbers])
            self._writer.execute(CURSOR)

    def sweep(self) -> None:
        """Remove resources that no span names any more."""
        self._writer.execute("DELETE FROM resources WHERE id NOT IN (SELECT DISTINCT resource FROM spans)")
