"""Damaged characters: text that was decoded by the wrong table, or lost what the table did not have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from assay.checks.blocks import Block, turns_of
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
HIDDEN = Defect(
    code="format.hidden_character",
    severity="medium",
    message="rows hold characters that nobody sees: zero-width blanks, overrides of direction, tags",
    remediation="Take them out: they part words, so that no search finds them, and may carry text for a model alone",
)
_HIDDEN = re.compile("[\u00ad\u200b\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
"""Joiners and the marks of right-to-left scripts are not among them: languages and emoji need those."""
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_LOST = re.compile("\ufffd")
_DAMAGE = np.isin(np.arange(256), [*range(0x09), 0x0B, *range(0x0E, 0x20), 0x7F])
_AFTER = np.isin(np.arange(256), [0xA2, 0xB0, 0x83, 0x82, 0xAF, 0xBF])
"""Second bytes in UTF-8 of the replacement character and of the letters with which `TWICE` begins."""


_KINDS = ((_CONTROLS, CONTROL), (TWICE, MOJIBAKE), (_LOST, LOST), (_HIDDEN, HIDDEN))


class Encoding:
    """UTF-8 read as something else, replacement characters, control characters, and those that nobody sees."""

    def __init__(self) -> None:
        self._gathered = Gathered()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        self._look(row, [turn.content for turn in turns_of(row)])

    def take(self, block: Block) -> None:
        """Look at the rows of a block."""
        rows: dict[int, tuple[TrainingRow, list[str]]] = {}
        for row, turn in block.turns_at(_suspects(block)):
            rows.setdefault(id(row), (row, []))[1].append(turn.content)
        for row, texts in rows.values():
            self._look(row, texts)

    def _look(self, row: TrainingRow, texts: Sequence[str]) -> None:
        for pattern, defect in _KINDS:
            for text in texts:
                found = None if text.isascii() and defect is not CONTROL else pattern.search(text)
                if found:
                    detail = found.group() if defect is MOJIBAKE else ""
                    if defect is HIDDEN:
                        detail = f"U+{ord(found.group()):04X}"
                    self._gathered.add(defect, row.file, row.line, around(text, found.start(), found.end()), detail)
                    break

    def findings(self) -> Iterator[Finding]:
        """One finding for each kind of damage and file."""
        return self._gathered.findings()


def _suspects(block: Block) -> NDArray[np.int64]:
    """Places where damage may be."""
    letters = np.frombuffer(block.joined + b"\0\0", np.uint8)
    control = np.flatnonzero((letters < ord(" ")) & (letters != ord("\n")) | (letters == 0x7F))
    control = control[_DAMAGE[letters[control]]]
    beyond = np.flatnonzero((letters == 0xC3) | (letters == 0xEF))
    beyond = beyond[_AFTER[letters[beyond + 1]]]
    # what lies between two turns is no part of them
    return np.concatenate((np.setdiff1d(control, block.ends), beyond, _unseen(letters)))


def _unseen(letters: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Places where a character may be that nobody sees, by the bytes with which these begin in UTF-8."""
    general = np.flatnonzero(letters == 0xE2)
    second, third = letters[general + 1], letters[general + 2]
    blank = (second == 0x80) & ((third == 0x8B) | (third >= 0xAA) & (third <= 0xAE))
    found = [general[blank | (second == 0x81) & (third >= 0xA0)]]
    for lead, after in ((0xC2, 0xAD), (0xEF, 0xBB), (0xF3, 0xA0)):
        places = np.flatnonzero(letters == lead)
        found.append(places[letters[places + 1] == after])
    return np.concatenate(found)
