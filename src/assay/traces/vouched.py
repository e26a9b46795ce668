"""What the ledger of a watch vouches for: what was drawn for people, and who said what of which trace."""

from __future__ import annotations

import hashlib
from pathlib import Path

from assay.store.ledger.book import NAME as LEDGER
from assay.store.ledger.book import START, Ledger
from assay.store.ledger.check import Altered, linked

DREW, SAID = "traces_drawn", "trace_labelled"
"""Kinds of entries."""
TAG_BYTES = 16
"""Bytes of the digest of one row."""
_FIRST = 0, bytes.fromhex(START)


class Vouched:
    """What the ledger says, read on from where it was read before.

    Attributes:
        draws: Metric -> digests of the rows that its last draw rests on; None of one before there were such.
        words: Digest of metric and trace, and person -> the word, and whether chance had drawn the trace.
    """

    def __init__(self, folder: Path) -> None:
        """Read the ledger of a state folder; nothing before `catch_up`."""
        self._folder = folder
        self._last = _FIRST
        self.draws: dict[str, frozenset[bytes] | None] = {}
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
                    elif entry.kind == DREW:
                        rows = _tags(ledger.packed(entry.seq), entry.data.get("packed"))
                        self.draws[str(entry.data.get("metric", ""))] = rows
        except Altered:  # a ledger that was altered vouches for nothing; `assay watch status` says where
            self.words.clear()
            self.draws.clear()
            self._last = _FIRST


def _tags(packed: bytes, digest: object) -> frozenset[bytes] | None:
    """Digests of rows; none where they are not those that the entry stands for."""
    if digest is None:
        return None
    if hashlib.sha256(packed).hexdigest() != digest:
        return frozenset()
    return frozenset(packed[at : at + TAG_BYTES] for at in range(0, len(packed), TAG_BYTES))
