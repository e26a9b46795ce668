"""One entry for a ledger that is there already, or for a new one: found sound, signed where a key is at hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assay.interfaces.ledger import to_sign
from assay.store.ledger.book import NAME, Ledger
from assay.store.ledger.check import sound
from assay.store.ledger.keys import signing_key


def tell_once(
    path: Path, kind: str, entries: Iterable[Mapping[str, Any]], *, origin: str, by: tuple[str, ...]
) -> list[int]:
    """Adds entries that the ledger does not have yet, in one synced step.

    Args:
        path: A run folder, another folder, or a ledger's file.
        kind: What happened.
        entries: What is said of it.
        origin: Name of a ledger that is made new.
        by: Names of the data that make an entry the same one.

    Returns:
        The numbers of the entries, those that were there already too.

    Raises:
        RunFailed: The ledger was changed; nothing is added to it.
        RunConflict: Another key signs it.
    """
    key, wanted = signing_key(), list(entries)
    with to_tell(path, origin) as ledger:
        sound(ledger)
        known = {tuple(one.data.get(name) for name in by): one.seq for one in ledger.entries(kind)}
        numbers = []
        for data in wanted:
            same = tuple(data.get(name) for name in by)
            if same not in known:
                known[same] = ledger.append(kind, data).seq
            numbers.append(known[same])
        if key is not None:
            ledger.checkpoint(key)
        return numbers


def book_at(path: Path) -> Path:
    """The file of a ledger that is named by it or by its folder."""
    return path / NAME if path.is_dir() or not path.suffix else path


@contextmanager
def to_tell(path: Path, origin: str) -> Iterator[Ledger]:
    """A sound ledger to add to: that of a run, another one, or a new one in a folder."""
    book = book_at(path)
    if book.is_file():
        with to_sign(book.parent if (book.parent / "run.sqlite").is_file() else book) as ledger:
            yield ledger
        return
    book.parent.mkdir(parents=True, exist_ok=True)
    with Ledger(book, write=True, origin=origin) as ledger:
        yield ledger
