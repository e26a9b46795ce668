"""What was told to whom, and how each channel does: kept in a file, so that a restart tells nothing twice."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.store.alarm_words import opened
from assay.store.transactions import transaction

_TABLES = (
    "CREATE TABLE IF NOT EXISTS channels (name TEXT PRIMARY KEY, kind TEXT NOT NULL, since INTEGER NOT NULL, "
    "sent INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0, "
    "waiting INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, next_s REAL NOT NULL DEFAULT 0, "
    "tried_s REAL NOT NULL DEFAULT 0, problem TEXT NOT NULL DEFAULT '', limited INTEGER NOT NULL DEFAULT 0, "
    "at_limit INTEGER NOT NULL DEFAULT 0) STRICT",
    "CREATE TABLE IF NOT EXISTS told (channel TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (channel, seq)) "
    "STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS sent (channel TEXT NOT NULL, at_s REAL NOT NULL) STRICT",
    "CREATE INDEX IF NOT EXISTS sent_at ON sent (channel, at_s)",
)


_ADDED = ("limited", "at_limit")
"""Columns that files of earlier versions lack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a channel does."""

    name: str
    """As in the plan."""
    kind: str
    """How it tells."""
    since: int
    """Entry of the ledger after which it tells."""
    sent: int = 0
    """Messages that were taken."""
    failed: int = 0
    """Attempts that were not."""
    dropped: int = 0
    """News that were given up."""
    waiting: int = 0
    """News that wait."""
    limited: int = 0
    """How often news had to wait as the messages of an hour were used up."""
    at_limit: int = 0
    """Whether they do now, 0 or 1."""
    tries: int = 0
    """Attempts that failed since the last success."""
    next_s: float = 0.0
    """Not before this is it tried again, seconds since 1970."""
    tried_s: float = 0.0
    """When it was tried last."""
    problem: str = ""
    """What went wrong last; empty when nothing did since."""

    @property
    def at(self) -> str:
        """When it was tried last, UTC."""
        if not self.tried_s:
            return ""
        return datetime.datetime.fromtimestamp(self.tried_s, datetime.UTC).isoformat(timespec="seconds")


class Deliveries:
    """The file; each call opens and closes it, as calls are few and come from any thread."""

    def __init__(self, folder: Path) -> None:
        """Open or make it.

        Args:
            folder: State folder of a watch.
        """
        self._folder = folder
        with closing(opened(folder)) as base:
            for statement in _TABLES:
                base.execute(statement)
            there = {row[1] for row in base.execute("PRAGMA table_info(channels)")}
            for name in (one for one in _ADDED if one not in there):
                base.execute(f"ALTER TABLE channels ADD COLUMN {name} INTEGER NOT NULL DEFAULT 0")

    def of(self, channel: str, kind: str, last: int) -> Delivery:
        """How a channel does; one that is new tells what comes after `last`."""
        with closing(opened(self._folder)) as base:
            base.execute("INSERT OR IGNORE INTO channels (name, kind, since) VALUES (?, ?, ?)", (channel, kind, last))
            names = tuple(Delivery.__dataclass_fields__)
            row = base.execute(f"SELECT {', '.join(names)} FROM channels WHERE name = ?", (channel,)).fetchone()
        return Delivery(**dict(zip(names, row, strict=True)))

    def all(self) -> list[Delivery]:
        """All channels that were ever told."""
        names = tuple(Delivery.__dataclass_fields__)
        with closing(opened(self._folder)) as base:
            rows = base.execute(f"SELECT {', '.join(names)} FROM channels ORDER BY name").fetchall()
        return [Delivery(**dict(zip(names, row, strict=True))) for row in rows]

    def told(self, channel: str) -> set[int]:
        """Entries that a channel was told."""
        with closing(opened(self._folder)) as base:
            return {row[0] for row in base.execute("SELECT seq FROM told WHERE channel = ?", (channel,))}

    def sent_since(self, channel: str, at_s: float) -> int:
        """Messages since a time."""
        query = "SELECT COUNT(*) FROM sent WHERE channel = ? AND at_s > ?"
        with closing(opened(self._folder)) as base:
            return int(base.execute(query, (channel, at_s)).fetchone()[0])

    def taken(self, channel: str, seqs: Sequence[int], now_s: float) -> None:
        """A message was taken."""
        with closing(opened(self._folder)) as base, transaction(base, "BEGIN IMMEDIATE"):
            self._mark(base, channel, seqs)
            base.execute("DELETE FROM sent WHERE at_s < ?", (now_s - 2 * 86400,))
            base.execute("INSERT INTO sent VALUES (?, ?)", (channel, now_s))
            base.execute(
                "UPDATE channels SET sent = sent + 1, tries = 0, next_s = 0, tried_s = ?, problem = '' WHERE name = ?",
                (now_s, channel),
            )

    def failed(self, channel: str, problem: str, now_s: float, next_s: float) -> None:
        """An attempt failed; the next one is not before `next_s`."""
        with closing(opened(self._folder)) as base:
            base.execute(
                "UPDATE channels SET failed = failed + 1, tries = tries + 1, tried_s = ?, next_s = ?, problem = ? "
                "WHERE name = ?", (now_s, next_s, problem[:300], channel)
            )  # fmt: skip

    def tested(self, channel: str, problem: str, now_s: float) -> None:
        """A message that tells of nothing was taken, or was not: nothing is counted, and no news waits for it."""
        with closing(opened(self._folder)) as base:
            told = (problem[:300], now_s, channel)
            base.execute("UPDATE channels SET problem = ?, tried_s = ? WHERE name = ?", told)

    def dropped(self, channel: str, seqs: Sequence[int]) -> None:
        """News that are given up."""
        with closing(opened(self._folder)) as base, transaction(base, "BEGIN IMMEDIATE"):
            self._mark(base, channel, seqs)
            base.execute("UPDATE channels SET dropped = dropped + ? WHERE name = ?", (len(seqs), channel))

    def at_limit(self, channel: str, now: bool) -> None:
        """News wait as the messages of an hour are used up, or no longer; each time that it begins is counted."""
        with closing(opened(self._folder)) as base:
            base.execute(
                "UPDATE channels SET limited = limited + ?, at_limit = ? WHERE name = ?", (int(now), int(now), channel)
            )

    def waiting(self, channel: str, count: int) -> None:
        """How many news wait."""
        with closing(opened(self._folder)) as base:
            base.execute("UPDATE channels SET waiting = ? WHERE name = ?", (count, channel))

    @staticmethod
    def _mark(base: Any, channel: str, seqs: Iterable[int]) -> None:
        base.executemany("INSERT OR IGNORE INTO told VALUES (?, ?)", [(channel, seq) for seq in seqs])
