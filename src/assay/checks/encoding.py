"""Damaged characters: text that was decoded by the wrong table, or lost what the table did not have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.checks.check import Defect, Gathered, around
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding


def _read_as(first: int, last: int, encoding: str) -> str:
    return bytes(range(first, last + 1)).decode(encoding, errors="ignore")


_CONTINUED = "[" + re.escape(_read_as(0x80, 0xBF, "cp1252") + _read_as(0x80, 0xBF, "latin-1")) + "]"
"""What a continuation byte of UTF-8 shows as in Windows-1252 or Latin-1."""
TWICE = re.compile(
    f"\u00e2[\u20ac\u0080\u201a\u201e\u2020]{_CONTINUED}"  # dashes, quotes, the ellipsis, arrows, marks
    f"|\u00f0[\u0178\u009f]{_CONTINUED}{_CONTINUED}"  # emoji
    f"|\u00c3{_CONTINUED}"  # accented letters
    "|\u00c2[\u00a0\u00a3\u00a7\u00a9\u00ab\u00ae\u00b0\u00b1\u00b4\u00b7\u00bb\u00bd]"
    "|\u00ef\u00bb\u00bf"
)
"""UTF-8 that was read as Windows-1252 or Latin-1: `â€™`, `Ã©`, `Â©`."""
MOJIBAKE = Defect(
    code="format.mojibake",
    severity="medium",
    message="rows hold UTF-8 that was read as another encoding, such as â€™ for a quotation mark",
    remediation="Decode the source as UTF-8 again, or repair with ftfy and check by eye",
)
LOST = Defect(
    code="format.lost_character",
    severity="medium",
    message="rows hold the replacement character: what stood there is lost",
    remediation="Decode the source by its own encoding again",
)
CONTROL = Defect(
    code="format.control_character",
    severity="low",
    message="rows hold control characters",
    remediation="Take them out; escape sequences of terminals and form feeds are no part of an answer",
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


class Encoding:
    """UTF-8 read as something else, replacement characters, control characters."""

    def __init__(self) -> None:
        self._gathered = Gathered()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        text = row.text
        if not text.isprintable():
            self._look(row, text, _CONTROLS, CONTROL)
        if text.isascii():
            return
        self._look(row, text, TWICE, MOJIBAKE)
        place = text.find("\ufffd")
        if place >= 0:
            self._gathered.add(LOST, row.file, row.line, around(text, place, place + 1))

    def _look(self, row: TrainingRow, text: str, pattern: re.Pattern[str], defect: Defect) -> None:
        found = pattern.search(text)
        if found:
            detail = found.group() if defect is MOJIBAKE else ""
            self._gathered.add(defect, row.file, row.line, around(text, found.start(), found.end()), detail)

    def findings(self) -> Iterator[Finding]:
        """One finding for each kind of damage and file."""
        return self._gathered.findings()
