"""What a check is, and how the rows with one defect become one finding per file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding, Severity

MOST_LINES = 10_000
"""Lines that a finding names; the count goes on, so memory does not grow with a file that is wrong everywhere."""
_EXAMPLES = 3
_EXAMPLE_LENGTH = 200
_MOST_DETAILS = 50


class Check(Protocol):
    """Something that looks at every row once, in the order of the files, and then says what it found."""

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""

    def findings(self) -> Iterator[Finding]:
        """What was found in all rows so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """A kind of defect of rows."""

    code: str
    """Dotted name, for example `format.empty_answer`."""
    severity: Severity
    """How much harm it does."""
    message: str
    """What is wrong, after the number of rows: `rows have an empty answer`."""
    remediation: str
    """What to do first."""

    def __hash__(self) -> int:
        return hash(self.code)  # a string keeps its hash, and rows are counted by defect


@dataclass(slots=True)
class _Rows:
    """The rows of one file with one defect."""

    count: int = 0
    last: int = -1
    lines: list[int] = field(default_factory=list)
    examples: list[dict[str, Any]] = field(default_factory=list)
    details: Counter[str] = field(default_factory=Counter)


class Gathered:
    """Rows with defects, put together: one finding for each defect and file.

    Examples:
        >>> gathered = Gathered()
        >>> gathered.add(Defect(code="c", severity="low", message="rows are odd", remediation=""), "a.jsonl", 7)
        >>> [(one.message, one.where) for one in gathered.findings()]
        [('1 row is odd', {'file': 'a.jsonl', 'lines': [7]})]
    """

    def __init__(self) -> None:
        self._found: dict[tuple[Defect, str], _Rows] = {}

    def add(self, defect: Defect, file: str, line: int, example: str = "", detail: str = "") -> None:
        """Take in a row; a second defect of the same kind in one row counts once.

        Args:
            defect: What is wrong.
            file: Name of the file.
            line: Line of the row; 0 for the file as a whole.
            example: Text that shows it; the first of each finding are kept.
            detail: A word by which the rows are counted.
        """
        rows = self._found.get((defect, file))
        if rows is None:
            rows = self._found[defect, file] = _Rows()
        if detail and (detail in rows.details or len(rows.details) < _MOST_DETAILS):
            rows.details[detail] += 1
        if rows.count and line == rows.last:
            return
        rows.last = line
        rows.count += 1
        if line and len(rows.lines) < MOST_LINES:
            rows.lines.append(line)
        if example and len(rows.examples) < _EXAMPLES:
            rows.examples.append({"line": line, "text": example[:_EXAMPLE_LENGTH]})

    def findings(self) -> Iterator[Finding]:
        """One finding for each defect and file."""
        for (defect, file), rows in self._found.items():
            yield Finding(
                code=defect.code,
                severity=defect.severity,
                message=numbered(rows.count, defect.message),
                where={"file": file, "lines": sorted(rows.lines)},
                evidence=_evidence(rows),
                remediation=defect.remediation,
            )


def located(
    defect: Defect, file: str, lines: Sequence[int], evidence: Mapping[str, Any], count: int | None = None
) -> Finding:
    """The finding of a defect in rows of a file that are all known: it names the first and counts them all.

    Args:
        defect: What is wrong.
        file: Name of the file.
        lines: Lines of all rows, ascending; the first `MOST_LINES` are enough where the rows were counted.
        evidence: What it rests on beside their number.
        count: How many rows; as many as there are lines where it is not given.
    """
    rows = len(lines) if count is None else count
    left = {"lines_left_out": rows - MOST_LINES} if rows > MOST_LINES else {}
    return Finding(
        code=defect.code,
        severity=defect.severity,
        message=numbered(rows, defect.message),
        where={"file": file, "lines": list(lines[:MOST_LINES])},
        evidence={"rows": rows, **evidence, **left},
        remediation=defect.remediation,
    )


_ONE = {"rows": "row", "files": "file", "lines": "line", "texts": "text"}
_VERBS = {"are": "is", "have": "has", "do": "does", "were": "was", "teach": "teaches"}
_SAME = ("whose", "with", "of", "on", "failed")
_SECOND = re.compile(r"\b((?:and|or) (?:nearly )?)(answer|are|call|do|have|lack|repeat|stand|were|word)\b")
"""A second verb of the same rows."""


def numbered(count: int, said: str) -> str:
    """What is said of rows, with their number, in the singular where it is one.

    Examples:
        >>> numbered(2, "rows have no answer"), numbered(1, "rows have no answer"), numbered(1, "rows repeat another")
        ('2 rows have no answer', '1 row has no answer', '1 row repeats another')
        >>> numbered(1, "files are too long and were not read")
        '1 file is too long and was not read'
    """
    first, _, rest = said.partition(" ")
    if count != 1 or first not in _ONE:
        return f"{count:,} {said}"
    adverb = "nearly " if rest.startswith("nearly ") else ""
    verb, _, more = rest.removeprefix(adverb).partition(" ")
    more = _SECOND.sub(lambda match: match[1] + _singular(match[2]), more)
    return f"1 {_ONE[first]} {adverb}{_singular(verb)} {more}"


def _singular(verb: str) -> str:
    return verb if verb in _SAME else _VERBS.get(verb, f"{verb}s")


def _evidence(rows: _Rows) -> dict[str, Any]:
    told: dict[str, Any] = {"rows": rows.count}
    if rows.count > len(rows.lines) == MOST_LINES:
        told["lines_left_out"] = rows.count - len(rows.lines)
    if rows.details:
        told["kinds"] = dict(rows.details.most_common())
    if rows.examples:
        told["examples"] = rows.examples
    return told


def around(text: str, start: int, end: int, margin: int = 60) -> str:
    """The part of a text that shows a match."""
    return text[max(start - margin, 0) : end + margin]
