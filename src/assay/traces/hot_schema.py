"""The database of recent traces as a file: its tables, and how it is opened."""

from __future__ import annotations

import sqlite3
from pathlib import Path

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE resources (id INTEGER PRIMARY KEY, body BLOB NOT NULL UNIQUE) STRICT;
    CREATE TABLE spans (
        seq INTEGER PRIMARY KEY, trace TEXT NOT NULL, id TEXT NOT NULL, parent TEXT NOT NULL, name TEXT NOT NULL,
        start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, failed INTEGER NOT NULL,
        resource INTEGER NOT NULL, payload BLOB NOT NULL
    ) STRICT;
    CREATE INDEX spans_trace ON spans (trace);
    CREATE TABLE logs (
        seq INTEGER PRIMARY KEY, trace TEXT NOT NULL, span TEXT NOT NULL, time_ns INTEGER NOT NULL,
        payload BLOB NOT NULL
    ) STRICT;
    CREATE INDEX logs_trace ON logs (trace) WHERE trace <> '';
    CREATE TABLE traces (
        id TEXT PRIMARY KEY, start_ns INTEGER NOT NULL, spans INTEGER NOT NULL, arrived_ns INTEGER NOT NULL,
        judged INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX traces_open ON traces (arrived_ns) WHERE judged = 0;
    CREATE INDEX traces_start ON traces (start_ns);
    CREATE TABLE counts (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    """,
    """
    ALTER TABLE traces ADD COLUMN first_ns INTEGER NOT NULL DEFAULT 0;
    UPDATE traces SET first_ns = arrived_ns;
    CREATE INDEX traces_first ON traces (first_ns) WHERE judged = 0;
    CREATE TABLE sealed (
        one INTEGER PRIMARY KEY CHECK (one = 1), span INTEGER NOT NULL, log INTEGER NOT NULL, at_ns INTEGER NOT NULL
    ) STRICT;
    INSERT INTO sealed VALUES (1, 0, 0, 0);
    CREATE TABLE segments (
        name TEXT PRIMARY KEY, digest TEXT NOT NULL, spans INTEGER NOT NULL, logs INTEGER NOT NULL,
        low_ns INTEGER NOT NULL, high_ns INTEGER NOT NULL, sealed_ns INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE arrivals (one INTEGER PRIMARY KEY CHECK (one = 1), last_ns INTEGER NOT NULL) STRICT;
    INSERT INTO arrivals SELECT 1, COALESCE(MAX(arrived_ns), 0) FROM traces;
    """,
)
"""The schema, step by step; `user_version` tells how many are done. A step is never changed, only followed."""


def opened(path: Path, patience_s: float) -> sqlite3.Connection:
    """A connection in autocommit mode that waits so long for others; what is deleted is overwritten."""
    base = sqlite3.connect(path, isolation_level=None, timeout=patience_s, check_same_thread=False)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=NORMAL")
    base.execute("PRAGMA secure_delete=ON")
    base.execute("PRAGMA cache_size=-32000")
    base.execute("PRAGMA wal_autocheckpoint=16000")
    return base
