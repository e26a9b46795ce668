"""The state of a canary in one file: what was counted, what was decided, and whom that was told."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from assay.domain.errors import DataError, RunConflict, RunFailed
from assay.store.transactions import transaction

NAME = "canary.sqlite"
"""Name of the file in a canary's folder."""
_LAYOUT = 1
_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE traces (id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE keys (key BLOB PRIMARY KEY, arm TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE decisions (number INTEGER PRIMARY KEY, body TEXT NOT NULL, told TEXT NOT NULL DEFAULT '') STRICT;
"""
_BUSY_S = 10.0


class CanaryState:
    """One canary's file. A look changes it as a whole or not at all.

    Raises (every method):
        RunFailed: The disk is full, or the file is damaged.
    """

    def __init__(self, folder: Path) -> None:
        """Open or make the file in a folder.

        Raises:
            RunConflict: Another assay wrote it.
            DataError: The folder is a file.
        """
        if folder.exists() and not folder.is_dir():
            raise DataError(f"{folder}: is a file; -o names the folder of a canary. Give another name")
        self.path = folder / NAME
        with self._disk():
            folder.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(self.path, isolation_level=None, timeout=_BUSY_S)
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.execute("PRAGMA synchronous=FULL")
            self._made()
        if self.fact("layout") != str(_LAYOUT):
            raise RunConflict(f"{self.path}: written by another assay (this one knows layout {_LAYOUT})")

    def _made(self) -> None:
        with transaction(self._base, "BEGIN IMMEDIATE"):
            if self._base.execute("SELECT 1 FROM sqlite_master WHERE name = 'facts'").fetchone():
                return
            for statement in _TABLES.strip().split(";\n"):
                self._base.execute(statement.rstrip(";"))
            self.set_fact("layout", str(_LAYOUT))
            self.set_fact("id", secrets.token_hex(8))

    @contextmanager
    def look(self) -> Iterator[None]:
        """What is done inside is kept as a whole, or not at all; others wait."""
        with self._disk(), transaction(self._base, "BEGIN IMMEDIATE"):
            yield

    def fact(self, name: str) -> str:
        """A stored fact, empty when there is none."""
        with self._disk():
            row = self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def set_fact(self, name: str, value: str) -> None:
        """Store a fact."""
        with self._disk():
            self._base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    @property
    def id(self) -> str:
        """What ledger and webhook call this canary."""
        return self.fact("id")

    def trace(self, trace: str) -> bool:
        """Whether a trace is new; it is noted."""
        found = self._base.execute("INSERT OR IGNORE INTO traces VALUES (?)", (_short(trace),))
        return found.rowcount == 1

    @property
    def read(self) -> int:
        """Traces that were noted."""
        with self._disk():
            return int(self._base.execute("SELECT COUNT(*) FROM traces").fetchone()[0])

    def key(self, key: str, arm: str) -> Literal["new", "known", "crossed"]:
        """What is known of a key in this step; it is noted as a hash, never as it is."""
        short = _short(key)
        row = self._base.execute("SELECT arm FROM keys WHERE key = ?", (short,)).fetchone()
        if row is None:
            self._base.execute("INSERT INTO keys VALUES (?, ?)", (short, arm))
            return "new"
        if row[0] in (arm, "both"):
            return "known"
        self._base.execute("UPDATE keys SET arm = 'both' WHERE key = ?", (short,))
        return "crossed"

    def forget_keys(self) -> None:
        """A new step begins."""
        self._base.execute("DELETE FROM keys")

    def decided(self, body: Mapping[str, Any], same: Sequence[str]) -> None:
        """Keep a decision, unless it says the same as the one before.

        Args:
            body: The decision as JSON.
            same: Names of what must differ for it to be another one.
        """
        row = self._base.execute("SELECT body FROM decisions ORDER BY number DESC LIMIT 1").fetchone()
        before = json.loads(row[0]) if row else {}
        if any(before.get(name) != body.get(name) for name in same):
            self._base.execute("INSERT INTO decisions (body) VALUES (?)", (json.dumps(body),))

    def decisions(self) -> list[tuple[int, dict[str, Any], frozenset[str]]]:
        """Number, body, and who was told, of each decision in order."""
        with self._disk():
            rows = self._base.execute("SELECT number, body, told FROM decisions ORDER BY number").fetchall()
        try:
            return [(number, json.loads(body), frozenset(told.split())) for number, body, told in rows]
        except ValueError as error:
            raise RunFailed(f"{self.path}: damaged: a decision cannot be read: {error}") from error

    def untold(self, whom: str) -> list[tuple[int, dict[str, Any]]]:
        """Number and body of decisions that somebody was not told yet."""
        return [(number, body) for number, body, told in self.decisions() if whom not in told]

    def told(self, number: int, whom: str) -> None:
        """Note that somebody was told of a decision."""
        with self._disk():
            self._base.execute("UPDATE decisions SET told = trim(told || ' ' || ?) WHERE number = ?", (whom, number))

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        self._base.close()

    def __enter__(self) -> CanaryState:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if "locked" in str(error):
                raise RunConflict(f"{self.path}: another process looks at this canary; try again") from error
            raise RunFailed(f"{self.path}: cannot be written or read: {error}") from error


def _short(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def set_aside(folder: Path) -> None:
    """Keep an earlier canary's file beside, under another name, so that a new one can begin.

    Raises:
        RunFailed: It cannot be moved.
    """
    path = folder / NAME
    if not path.is_file():
        return
    try:
        base = sqlite3.connect(path, timeout=_BUSY_S)
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        base.close()
        spare = next(name for n in range(1, 10_000) if not (name := folder / f"canary.before-{n}.sqlite").exists())
        path.rename(spare)
        for more in ("-wal", "-shm"):
            (folder / f"{NAME}{more}").unlink(missing_ok=True)
    except (sqlite3.Error, OSError) as error:
        raise RunFailed(f"{path}: cannot be set aside: {error}") from error
