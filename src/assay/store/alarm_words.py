"""What people wrote of alarms, by digest: it may be erased, and the ledger that has the digests stays."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from assay.domain.errors import RunFailed
from assay.store.transactions import transaction

WORDS = "alerts.sqlite"
"""Name of the file with what people wrote, and with what was told to whom."""
ERASED = "(erased)"
_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS words (digest TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
"""


def said(folder: Path, text: str) -> str:
    """Keeps what somebody wrote, and gives its digest; empty for nothing."""
    if not text.strip():
        return ""
    with closing(opened(folder)) as base, transaction(base, "BEGIN IMMEDIATE"):
        base.execute("INSERT OR IGNORE INTO facts VALUES ('salt', ?)", (secrets.token_hex(16),))
        salt = base.execute("SELECT value FROM facts WHERE name = 'salt'").fetchone()[0]
        digest = hashlib.sha256(f"{salt}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
        shown = text.encode("utf-8", "replace").decode()
        base.execute("INSERT OR IGNORE INTO words VALUES (?, ?)", (digest, shown))
    return digest


def written(folder: Path, digest: str) -> str:
    """What somebody wrote, by its digest."""
    if not digest:
        return ""
    with closing(opened(folder)) as base:
        row = base.execute("SELECT text FROM words WHERE digest = ?", (digest,)).fetchone()
    return str(row[0]) if row else ERASED


def opened(folder: Path) -> sqlite3.Connection:
    """The file beside the ledger.

    Raises:
        RunFailed: It cannot be opened.
    """
    try:
        base = sqlite3.connect(folder / WORDS, isolation_level=None, timeout=30)
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA secure_delete=ON")
        for statement in _TABLES.strip().split("\n"):
            base.execute(statement)
        return base
    except sqlite3.Error as error:
        raise RunFailed(f"{folder / WORDS}: cannot be opened: {error}") from error
