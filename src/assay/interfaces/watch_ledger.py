"""What people and commands do with production, as entries of a ledger."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.interfaces.ledger import to_sign
from assay.store.ledger.book import NAME, Entry, Ledger
from assay.store.ledger.check import sound
from assay.store.ledger.keys import signing_key


def tell_watch(path: Path, kind: str, data: Mapping[str, Any]) -> int:
    """Adds an entry to a ledger, or to a new one in a folder, and signs where a key is at hand; gives its number.

    Raises:
        RunFailed: The ledger was changed; nothing is added to it.
    """
    key = signing_key()  # one that cannot be used is told before anything is written
    book = _book(path)
    if book.is_file():
        with to_sign(book.parent if (book.parent / "run.sqlite").is_file() else book) as ledger:
            return _add(ledger, kind, data, key)
    book.parent.mkdir(parents=True, exist_ok=True)
    with Ledger(book, write=True, origin="assay/watch") as ledger:
        return _add(ledger, kind, data, key)


def _add(ledger: Ledger, kind: str, data: Mapping[str, Any], key: Any) -> int:
    sound(ledger)
    added = ledger.append(kind, data)
    if key is not None:
        ledger.checkpoint(key)
    return added.seq


def _book(path: Path) -> Path:
    return path / NAME if path.is_dir() or not path.suffix else path


def entries(path: Path, kind: str) -> list[Entry]:
    """The entries of a kind; none where there is no ledger.

    Raises:
        RunFailed: The ledger was changed.
    """
    book = _book(path)
    if not book.is_file():
        return []
    with Ledger(book) as ledger:
        sound(ledger)
        return list(ledger.entries(kind))
