"""The tables of what was found in traces, step by step."""

from __future__ import annotations

from assay.traces.judged import COLUMNS

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE judged (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, trace TEXT NOT NULL UNIQUE, version INTEGER NOT NULL,
        arrived_ns INTEGER NOT NULL, start_ns INTEGER NOT NULL, body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX judged_start ON judged (start_ns);
    CREATE TABLE sums (
        metric TEXT NOT NULL, segment TEXT NOT NULL, hour INTEGER NOT NULL, n REAL NOT NULL, total REAL NOT NULL,
        squares REAL NOT NULL, unscored REAL NOT NULL, w REAL NOT NULL, wx REAL NOT NULL, ww REAL NOT NULL,
        wwx REAL NOT NULL, wwxx REAL NOT NULL, PRIMARY KEY (metric, segment, hour)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sums_hour ON sums (hour);
    CREATE TABLE alarms (
        id INTEGER PRIMARY KEY AUTOINCREMENT, metric TEXT NOT NULL, segment TEXT NOT NULL, at_ns INTEGER NOT NULL,
        closed_ns INTEGER, body BLOB NOT NULL, UNIQUE (metric, segment, at_ns)
    ) STRICT;
    CREATE TABLE labels (
        trace TEXT NOT NULL, metric TEXT NOT NULL, value REAL NOT NULL, who TEXT NOT NULL, at_ns INTEGER NOT NULL,
        drawn INTEGER NOT NULL, PRIMARY KEY (trace, metric)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE states (name TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE counts (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    """,
    f"""
    CREATE TABLE draws (
        metric TEXT NOT NULL, round INTEGER NOT NULL, seed INTEGER NOT NULL, wanted INTEGER NOT NULL,
        population INTEGER NOT NULL, low_ns INTEGER NOT NULL, high_ns INTEGER NOT NULL, last_seq INTEGER NOT NULL,
        at_ns INTEGER NOT NULL, who TEXT NOT NULL, PRIMARY KEY (metric, round)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE draw_sums (
        metric TEXT NOT NULL, segment TEXT NOT NULL, {" REAL NOT NULL, ".join(COLUMNS)} REAL NOT NULL,
        PRIMARY KEY (metric, segment)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE drawn (
        metric TEXT NOT NULL, trace TEXT NOT NULL, place REAL NOT NULL, chance REAL NOT NULL, share REAL NOT NULL,
        value REAL NOT NULL, start_ns INTEGER NOT NULL, round INTEGER NOT NULL, segments TEXT NOT NULL,
        PRIMARY KEY (metric, trace)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE words (
        metric TEXT NOT NULL, trace TEXT NOT NULL, who TEXT NOT NULL, word TEXT NOT NULL, random INTEGER NOT NULL,
        item TEXT NOT NULL, at_ns INTEGER NOT NULL, start_ns INTEGER NOT NULL, PRIMARY KEY (metric, trace, who)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO words SELECT metric, trace, who, IIF(value < 0.5, 'no', 'yes'), 0, '', at_ns, at_ns FROM labels;
    DROP TABLE labels;
    """,
    """
    CREATE TABLE spread (
        metric TEXT NOT NULL, segment TEXT NOT NULL, hour INTEGER NOT NULL, part TEXT NOT NULL, n REAL NOT NULL,
        w REAL NOT NULL, ww REAL NOT NULL, PRIMARY KEY (hour, metric, segment, part)
    ) STRICT, WITHOUT ROWID;
    """,
)
"""The schema, step by step; a step is never changed, only followed."""
