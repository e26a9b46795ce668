"""What the watch found in traces: one row a judged trace, sums by hour, alarms; beside the traces' own file.

A trace that grows after it was judged is judged again. Its row is replaced, its old numbers leave the sums, and its
version goes up; only version 1 of a trace is for detectors.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from assay.domain.errors import DataError
from assay.domain.watched import LONGEST_VALUE, Alarm, Segment
from assay.store.migrations import migrate
from assay.store.transactions import transaction
from assay.traces.judged import COLUMNS, Judged, Spread, Sums, encoded, packed, segment_of, segment_text, unpacked
from assay.traces.observed_forgetting import forgotten, without_person
from assay.traces.observed_schema import MIGRATIONS
from assay.traces.observed_sums import BY_HOUR_NS, HOUR_NS, add_spread, add_sums, by_day, spread_of

__all__ = ["HOUR_NS", "NAME", "Judged", "Observed", "Sums", "segment_of", "segment_text"]

NAME = "observed.db"
_ERASURES = "erasures"


class Erased(Exception):
    """A person's traces were erased since this process read the file: what it remembers may name them."""


class Observed:
    """The file of observations. Writing is for one process; reading may go on beside it.

    Attributes:
        migrated: Number of the schema before and after it was opened.
        erasures: How many erasures there had been when it was opened.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file.

        Raises:
            DataError: It is no such file, or of a newer version.
        """
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._local = threading.local()
        try:
            self.migrated = migrate(self.base, MIGRATIONS, path)
            self.erasures = self.erased()
        except sqlite3.Error as error:
            raise DataError(f"{path}: no database of observations: {error}") from error

    @property
    def base(self) -> sqlite3.Connection:
        """A connection of this thread's own; for `label_book` beside this module."""
        found: sqlite3.Connection | None = getattr(self._local, "base", None)
        if found is None:
            found = sqlite3.connect(self.path, isolation_level=None, timeout=30)
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON"):
                found.execute(f"PRAGMA {pragma}")
            self._local.base = found
        return found

    # Judged traces

    def known(self, traces: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Version and arrival of those that were judged before."""
        ids = msgspec.json.encode([*traces]).decode()
        rows = self.base.execute(
            "SELECT trace, version, arrived_ns FROM judged WHERE trace IN (SELECT value FROM json_each(?))", (ids,)
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def keep(self, judged: Sequence[Judged], alarms: Sequence[Alarm] = (), counts: Mapping[str, int] = {}) -> None:
        """Keep judged traces and alarms as they stand, all or nothing; earlier versions leave the sums.

        Raises:
            Erased: Somebody's traces were erased since the file was opened; nothing was kept. Open it anew.
        """
        with self.remembering():
            for one in judged:
                if one.version > 1:
                    self._sum([old for old in (self.judged(one.trace),) if old is not None], -1)
                self.base.execute(
                    "INSERT INTO judged (trace, version, arrived_ns, start_ns, body) VALUES (?, ?, ?, ?, ?) "
                    "ON CONFLICT (trace) DO UPDATE SET version = excluded.version, arrived_ns = excluded.arrived_ns, "
                    "start_ns = excluded.start_ns, body = excluded.body",
                    (one.trace, one.version, one.arrived_ns, min(max(one.start_ns, 0), 2**63 - 1), packed(one)),
                )
            self._sum(judged)
            for alarm in alarms:
                self.base.execute(
                    "INSERT INTO alarms (metric, segment, at_ns, closed_ns, body) VALUES (?, ?, ?, ?, ?) "
                    "ON CONFLICT (metric, segment, at_ns) DO UPDATE SET closed_ns = excluded.closed_ns, "
                    "body = excluded.body",
                    (alarm.metric, segment_text(alarm.segment), alarm.at_ns, alarm.closed_ns, encoded(alarm)),
                )
            self._count(counts)

    def _sum(self, judged: Sequence[Judged], sign: int = 1) -> None:
        add_sums(self.base, judged, sign)
        add_spread(self.base, judged, sign)

    def judged(self, trace: str) -> Judged | None:
        """The last version of a judged trace; None when it was not judged."""
        return next(self._rows("WHERE trace = ?", (trace,)), None)

    def since(self, seq: int = 0, upto: int = 2**63 - 1) -> Iterator[Judged]:
        """Judged traces after a number and up to another, in the order in which they were judged first."""
        return self._rows("WHERE seq > ? AND seq <= ? ORDER BY seq", (seq, upto))

    def between(self, low_ns: int, high_ns: int, most: int = -1) -> Iterator[Judged]:
        """Judged traces that began in a time, the latest first."""
        return self._rows(
            "WHERE start_ns >= ? AND start_ns < ? ORDER BY start_ns DESC LIMIT ?", (low_ns, high_ns, most)
        )

    def _rows(self, how: str, values: tuple[Any, ...]) -> Iterator[Judged]:
        rows = self.base.execute(f"SELECT trace, version, arrived_ns, start_ns, body FROM judged {how}", values)
        return (unpacked(*row) for row in rows)

    def newest(self, most: int) -> Iterator[Judged]:
        """Judged traces, the last that began first."""
        return self._rows("ORDER BY start_ns DESC LIMIT ?", (most,))

    @property
    def last(self) -> int:
        """Number of the trace that was judged first last."""
        return int(self.base.execute("SELECT COALESCE(MAX(seq), 0) FROM judged").fetchone()[0])

    def __len__(self) -> int:
        return int(self.base.execute("SELECT COUNT(*) FROM judged").fetchone()[0])

    # Figures

    def sums(self, low_ns: int = 0, high_ns: int = 2**63 - 1) -> list[Sums]:
        """Sums of each figure and cohort over the hours that begin in a time."""
        told = ", ".join(f"SUM({name})" for name in COLUMNS)
        rows = self.base.execute(
            f"SELECT metric, segment, {told} FROM sums WHERE hour >= ? AND hour < ? GROUP BY metric, segment "
            "HAVING SUM(n) > 0 OR SUM(unscored) > 0", (low_ns // HOUR_NS, -(-high_ns // HOUR_NS))
        )  # fmt: skip
        return [
            Sums(metric=row[0], segment=segment_of(row[1]), **dict(zip(COLUMNS, row[2:], strict=True))) for row in rows
        ]

    def spread(self, low_ns: int = 0, high_ns: int = 2**63 - 1, metric: str = "") -> list[Spread]:
        """How figures, or one of them, spread in each cohort over the hours that begin in a time: bins and words."""
        return spread_of(self.base, low_ns, high_ns, metric)

    def hours(self, metric: str, segment: Segment = (), low_ns: int = 0) -> list[tuple[int, Sums]]:
        """Sums of one figure in one cohort by hour, for a line over time; the hour as nanoseconds since 1970."""
        rows = self.base.execute(
            f"SELECT hour, {', '.join(COLUMNS)} FROM sums WHERE metric = ? AND segment = ? AND hour >= ? ORDER BY hour",
            (metric, segment_text(segment), low_ns // HOUR_NS),
        )
        return [
            (row[0] * HOUR_NS, Sums(metric=metric, segment=segment, **dict(zip(COLUMNS, row[1:], strict=True))))
            for row in rows
        ]

    # Alarms, states, counts

    def alarms(self, *, open_only: bool = False, most: int = 200) -> list[tuple[int, Alarm, int | None]]:
        """Alarms with their number and when they were closed, the latest first."""
        rows = self.base.execute(
            f"SELECT id, body, closed_ns FROM alarms {'WHERE closed_ns IS NULL' if open_only else ''} "
            "ORDER BY id DESC LIMIT ?", (most,)
        )  # fmt: skip
        return [(row[0], msgspec.json.decode(row[1], type=Alarm), row[2]) for row in rows]

    def state(self, name: str) -> bytes | None:
        """A state that was saved."""
        row = self.base.execute("SELECT body FROM states WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def save_state(self, name: str, body: bytes) -> None:
        """Save a state.

        Raises:
            Erased: As for `keep`.
        """
        with self.remembering():
            self.base.execute("INSERT OR REPLACE INTO states VALUES (?, ?)", (name, body))

    def erased(self) -> int:
        """How many erasures there were, in this file's life."""
        return int(self.state(_ERASURES) or b"0")

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """A transaction in which what this process remembers is written.

        Raises:
            Erased: Somebody's traces were erased since the file was opened.
        """
        with transaction(self.base, "BEGIN IMMEDIATE"):
            if self.erased() != self.erasures:
                raise Erased
            yield

    def count(self, counts: Mapping[str, int]) -> None:
        """Add to counts."""
        with transaction(self.base, "BEGIN IMMEDIATE"):
            self._count(counts)

    def _count(self, counts: Mapping[str, int]) -> None:
        self.base.executemany(
            "INSERT INTO counts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET count = count + excluded.count",
            [(name, count) for name, count in counts.items() if count],
        )

    def counts(self) -> dict[str, int]:
        """All counts."""
        return dict(self.base.execute("SELECT name, count FROM counts ORDER BY name").fetchall())

    def forget(self, traces: Sequence[str], key: str, value: str) -> int:
        """Remove what was observed in traces, and cohorts named after a person; gives the number that is gone.

        Sums over all traffic stay: they are numbers of many. Alarms lose the traces as examples, and kinds of traffic
        that are named after the person. Whoever has the file
        open and remembers what it read can write no more (`Erased`).
        """
        cohort = (key, value[:LONGEST_VALUE])
        with transaction(self.base, "BEGIN IMMEDIATE"):
            gone = forgotten(self.base, traces, cohort)
            for number, alarm, _ in self.alarms(most=-1):
                kept = without_person(alarm, frozenset(traces), cohort[1])
                if kept != alarm:
                    self.base.execute("UPDATE alarms SET body = ? WHERE id = ?", (encoded(kept), number))
            count_of = (_ERASURES, str(self.erased() + 1).encode())
            self.base.execute("INSERT OR REPLACE INTO states VALUES (?, ?)", count_of)
        return gone

    def expire(self, before_ns: int) -> int:
        """Remove judged traces that began before a time, with people's words and how figures spread then; sums stay,
        those of a month before it by hour and older ones by day.

        Returns:
            The number of traces.
        """
        with transaction(self.base, "BEGIN IMMEDIATE"):
            before = self.base.total_changes
            self.base.execute("DELETE FROM judged WHERE start_ns < ?", (before_ns,))
            gone = self.base.total_changes - before
            self.base.execute("DELETE FROM spread WHERE hour < ?", (before_ns // HOUR_NS,))
            by_day(self.base, before_ns - BY_HOUR_NS)
            for table in ("drawn", "words"):
                self.base.execute(f"DELETE FROM {table} WHERE start_ns < ?", (before_ns,))
        return gone

    def rebuild(self) -> None:
        """Write the file anew: where rows moved between pages, what was deleted can be read in between.

        Raises:
            sqlite3.Error: Somebody holds the file, or the disk has no room for a second one.
        """
        self.base.execute("VACUUM")

    def truncate(self) -> bool:
        """Empty the write-ahead log; whether that was possible while others read."""
        return not self.base.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

    def close(self) -> None:
        """Close this thread's connection."""
        self.base.close()
        del self._local.base
