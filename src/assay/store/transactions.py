"""Whole changes of an SQLite file, or none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def transaction(base: sqlite3.Connection, begin: str = "BEGIN") -> Iterator[None]:
    """What is done inside is committed when it ends well, and undone when it raises.

    Args:
        base: A connection in autocommit mode.
        begin: How it begins; `BEGIN IMMEDIATE` keeps other writers out from the start.
    """
    base.execute(begin)
    try:
        yield
    except BaseException:
        if base.in_transaction:  # of a full disk SQLite rolls back by itself
            base.execute("ROLLBACK")
        raise
    base.execute("COMMIT")
