"""What the ledger of a watch vouches for of people's words: who said what of which trace."""

from __future__ import annotations

from pathlib import Path

from assay.store.ledger.book import NAME as LEDGER
from assay.store.ledger.book import START, Ledger
from assay.store.ledger.check import Altered, linked

SAID = "trace_labelled"
"""Kind of entries."""
_FIRST = 0, bytes.fromhex(START)


class Vouched:
    """What the ledger says, read on from where it was read before.

    Attributes:
        words: Digest of metric and trace, and person -> the word, and whether chance had drawn the trace.
    """

    def __init__(self, folder: Path) -> None:
        """Read the ledger of a state folder; nothing before `catch_up`."""
        self._folder = folder
        self._last = _FIRST
        self.words: dict[tuple[str, str], tuple[str, bool]] = {}

    def catch_up(self) -> None:
        """Read what was added since."""
        if not (self._folder / LEDGER).is_file():
            return
        try:
            with Ledger(self._folder) as ledger:
                for entry in linked(ledger, *self._last):
                    self._last = entry.seq, entry.leaf
                    if entry.kind == SAID:
                        data = entry.data
                        key = str(data.get("item", "")), str(data.get("by", ""))
                        self.words[key] = str(data.get("label", "")), data.get("drawn") is True
        except Altered:  # a ledger that was altered vouches for nothing; `assay watch status` says where
            self.words.clear()
            self._last = _FIRST
