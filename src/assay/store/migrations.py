"""The schema of an SQLite file, brought up to date step by step."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from assay.domain.errors import DataError
from assay.store.transactions import transaction


def migrate(base: sqlite3.Connection, steps: Sequence[str], path: Path) -> tuple[int, int]:
    """Bring a file up to date; gives the number of its schema before and after, 0 for a new file.

    Each step is done whole or not at all, so a process that is killed leaves one schema or the other, and the next one
    goes on from there. Several processes may do so at once. No copy is left behind: it would outlive an erasure.

    Args:
        base: A connection in autocommit mode.
        steps: Statements of each step; `user_version` of the file tells how many are done. None holds `;` in a text.
        path: The file, for messages.

    Raises:
        DataError: The file was made by a newer version; nothing in it was changed.
        sqlite3.Error: A step cannot be done, such as on a full disk; the file is as it was before that step.
    """
    begin = _version(base)
    if begin > len(steps):
        raise DataError(
            f"{path}: was made by a newer version of assay (schema {begin}); this one knows {len(steps)}. "
            "Nothing in it was changed. Install the newer version again, or give another folder"
        )
    for number, step in enumerate(steps, start=1):
        if number <= begin:
            continue
        with transaction(base, "BEGIN IMMEDIATE"):
            if _version(base) < number:  # another process may have been faster
                for statement in filter(str.strip, step.split(";")):
                    base.execute(statement)
                base.execute(f"PRAGMA user_version={number}")
    return begin, max(len(steps), begin)


def _version(base: sqlite3.Connection) -> int:
    return int(base.execute("PRAGMA user_version").fetchone()[0])
