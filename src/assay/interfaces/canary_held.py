"""A canary's file held against the ledger that its decisions were told to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.domain.errors import RunFailed
from assay.interfaces.ledger_entry import book_at
from assay.store.canary_state import CanaryState
from assay.store.ledger.book import Ledger
from assay.store.ledger.check import sound
from assay.watch.canary_continued import departs
from assay.watch.canary_progress import Progress

ENTRY = "canary"
"""Kind of the ledger's entries."""


def unaltered(state: CanaryState, progress: Progress, book: Path) -> None:
    """See that the file is what became of the decisions that the ledger has.

    Args:
        state: The file.
        progress: What it says of the rollout.
        book: The ledger, or its folder.

    Raises:
        RunFailed: The file or the ledger was altered, or this is another ledger.
    """
    kept, known = state.decisions(), _known(book, state.id)
    for number, body, told in kept:
        made = entry(number, body)
        if known.get(number, None if "ledger" in told else made) != made:
            raise _altered(state, book, f"decision {number} is not as the ledger has it")
    if beyond := known.keys() - {number for number, _, _ in kept}:
        raise _altered(state, book, f"decision {min(beyond)} of the ledger is not there")
    if kept:
        number, last, _ = kept[-1]
        what = "the number of traces read" if state.read < last.get("read", 0) else departs(progress, last)
        if what:
            raise _altered(state, book, f"{what} cannot be what became of decision {number}")


def entry(number: int, body: Mapping[str, Any]) -> dict[str, Any]:
    """A decision for the ledger, with all the evidence that it rests on."""
    return {**{name: body[name] for name in body if name != "schema"}, "number": number}


def _known(book: Path, canary: str) -> dict[int, Mapping[str, Any]]:
    """Number -> decision of this canary."""
    path = book_at(book)
    if not path.is_file():
        return {}
    with Ledger(path) as ledger:
        sound(ledger)
        found = [one.data for one in ledger.entries(ENTRY) if one.data.get("canary") == canary]
    return {int(one["number"]): one for one in found}


def _altered(state: CanaryState, book: Path, what: str) -> RunFailed:
    return RunFailed(
        f"{state.path}: altered, or {book} is another ledger than before: {what}. Restore the file, give the ledger of "
        "before with --ledger, or begin a new canary with --fresh"
    )
