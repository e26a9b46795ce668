"""Rows of another shape than most of their file."""

from __future__ import annotations

from collections.abc import Iterator

from assay.checks.check import MOST_LINES, Defect, Gathered
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

CODES = ("format.mixed_shapes", "format.mixed_forms")
"""Codes of its findings beside those of `Kind`."""


class Shapes:
    """Shapes of rows by file, and the lines of those that are not the shape of most."""

    def __init__(self) -> None:
        self._lines: dict[str, dict[str, list[int]]] = {}
        self._counts: dict[str, dict[str, int]] = {}

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        name = f"{row.shape}: {row.form}"
        counts = self._counts.setdefault(row.file, {})
        counts[name] = counts.get(name, 0) + 1
        lines = self._lines.setdefault(row.file, {}).setdefault(name, [])
        if len(lines) < MOST_LINES:
            lines.append(row.line)

    def findings(self) -> Iterator[Finding]:
        """A finding for each file of several shapes; several forms of one shape are a lesser one."""
        for file, counts in self._counts.items():
            most, *others = sorted(counts, key=lambda name: -counts[name])
            if not others:
                continue
            mixed = len({name.partition(":")[0] for name in counts}) > 1
            kind = "shapes" if mixed else "forms"
            rows = sum(counts[name] for name in others)
            yield Finding(
                code=f"format.mixed_{kind}",
                severity="medium" if mixed else "low",
                message=f"{rows:,} rows are of other {kind} than the most common, {most}",
                where={"file": file, "lines": sorted(line for name in others for line in self._lines[file][name])},
                evidence={"rows": rows, "kinds": dict(sorted(counts.items(), key=lambda item: -item[1]))},
                remediation="Keep one shape a file: trainers read the keys of the first rows and misread others",
            )


KINDS: dict[str, frozenset[str]] = {
    "sft": frozenset({"chat", "rated"}),
    "preference": frozenset({"preference", "ranked"}),
    "text": frozenset({"text"}),
}
"""What a file may be said to be -> shapes of rows that are that."""
OTHER_KIND = Defect(
    code="format.other_kind",
    severity="high",
    message="rows are not of the kind that the file is said to be",
    remediation="Take them out, or check them apart with their own --kind",
)


class Kind:
    """Rows that are not of the kind that the user says."""

    def __init__(self, kind: str) -> None:
        self._shapes = KINDS[kind]
        self._gathered = Gathered()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if row.shape not in self._shapes:
            self._gathered.add(OTHER_KIND, row.file, row.line, row.text[:200], f"{row.shape}: {row.form}")

    def findings(self) -> Iterator[Finding]:
        """One finding for each file."""
        return self._gathered.findings()
