"""What did not fit: rows that could not be read, and what in a row was read around."""

from __future__ import annotations

from collections.abc import Iterator

from assay.checks.check import Defect, Gathered
from assay.domain.training import TrainingRow, Unfit
from assay.domain.verdict import Finding, Severity


def _defect(word: str, severity: Severity, message: str, remediation: str) -> Defect:
    return Defect(code=f"format.{word}", severity=severity, message=message, remediation=remediation)


_REWRITE = "Write the row anew, one JSON object a line, or take it out"
UNFIT = {
    "empty_file": _defect("empty_file", "high", "files hold no row", "Look for what should have written it"),
    "unreadable": _defect("unreadable", "high", "files cannot be read to the end", "Make or copy the file again"),
    "changed_while_read": _defect(
        "changed_while_read", "high", "files changed while they were read", "Check a copy that nothing writes to"
    ),
    "lists_left": _defect(
        "lists_left",
        "high",
        "files hold further lists of rows, which were not read",
        "Write one list of rows, or JSON Lines; keep other lists in a file of their own",
    ),
    "not_json": _defect("not_json", "high", "rows are not JSON", _REWRITE),
    "half_line": _defect(
        "half_line", "high", "rows end in the middle: the file is cut", "Copy or write the file again; rows may be lost"
    ),
    "long_row": _defect(
        "long_row", "high", "rows are longer than 16 MiB and were not read", "Split the row or drop it"
    ),
    "not_utf8": _defect("not_utf8", "high", "rows are not UTF-8", "Convert the file: iconv -t UTF-8"),
    "too_deep": _defect("too_deep", "high", "rows are nested too deeply", _REWRITE),
    "not_a_row": _defect("not_a_row", "high", "rows are no objects", _REWRITE),
    "not_csv": _defect("not_csv", "high", "rows have other cells than the header", "Quote cells that hold commas"),
    "unknown_shape": _defect(
        "unknown_shape", "high", "rows are of no known shape", "Name the keys as one of the shapes of docs/data.md"
    ),
    "byte_order_mark": _defect(
        "byte_order_mark", "info", "lines begin with a byte order mark", "Write UTF-8 without a mark"
    ),
    "crlf": _defect("crlf", "info", "files have lines that end in CR LF", "Nothing, where all readers take both"),
}
"""Cause of a row that could not be read -> finding."""
PROBLEMS = {
    "unknown_role": _defect(
        "unknown_role", "medium", "rows have a turn of an unknown role", "Use system, user, assistant or tool"
    ),
    "content_not_text": _defect(
        "content_not_text", "medium", "rows have a content that is no text", "Write the content as text"
    ),
    "image_part": _defect(
        "image_part", "medium", "rows hold images, which are unsupported: only their text is checked",
        "Check the pictures elsewhere",
    ),
    "media_part": _defect(
        "media_part", "medium", "rows hold parts that are no text, which are unsupported: only their text is checked",
        "Check those parts elsewhere",
    ),
    "number_as_text": _defect("number_as_text", "low", "rows have a number written as text", "Write it as a number"),
    "duplicate_keys": _defect(
        "duplicate_keys", "medium", "rows have an object with a key twice; the last one was read",
        "Take one of them out: readers differ in which they take",
    ),
    "no_preference": _defect(
        "no_preference", "low", "rows with two answers say of none that it is better",
        "Drop ties, or train on them apart"
    ),
    "order_untold": _defect(
        "order_untold", "low", "rows with a list of answers do not say which are better; taken as best first",
        "Add `ranks` or `scores`",
    ),
    "rating_unreadable": _defect(
        "rating_unreadable", "medium", "rows have a rating that is no number", "Write it as a number"
    ),
    "tools_unreadable": _defect(
        "tools_unreadable", "medium", "rows have tools that are no list of objects", "Write them as a JSON list"
    ),
    "tool_calls_unreadable": _defect(
        "tool_calls_unreadable", "medium", "rows have tool calls that are no list", "Write them as a JSON list"
    ),
}  # fmt: skip
"""Word in `TrainingRow.problems` -> finding."""


class Fit:
    """Rows that do not fit.

    Rows that could not be read are handed in by `add_unfit`.
    """

    def __init__(self) -> None:
        self._gathered = Gathered()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        for word in row.problems:
            if word == "turns_masked":  # told by `nothing_learned`
                continue
            self._gathered.add(PROBLEMS[word], row.file, row.line, row.text[:200])

    def add_unfit(self, row: Unfit) -> None:
        """Take in what could not be read."""
        self._gathered.add(UNFIT[row.cause], row.file, row.line, row.detail)

    def findings(self) -> Iterator[Finding]:
        """One finding for each cause and file."""
        return self._gathered.findings()
