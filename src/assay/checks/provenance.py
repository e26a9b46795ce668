"""Where rows come from: fields that must be there, and all rows of one source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from assay.checks.check import Defect, Gathered, numbered
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

MISSING = Defect(
    code="provenance.missing",
    severity="high",
    message="rows lack a field that must say where they come from",
    remediation="Add the field where the origin is known; rows of unknown origin cannot be licensed or withdrawn",
)
OF_SOURCE = Defect(
    code="provenance.source",
    severity="info",
    message="rows are of the source that was asked for",
    remediation="Take them out with --fix DIR --drop provenance.source, if they must go",
)
OTHER_BYTES = Defect(
    code="provenance.other_bytes",
    severity="medium",
    message="files are not the ones that `transformations.json` beside them says were made",
    remediation="Say what was done since, or take the file that is named there",
)
UNTOLD = Defect(
    code="provenance.untold",
    severity="low",
    message="files stand beside a `transformations.json` that tells no steps",
    remediation="Write it as a list of objects with `what`, or give the file another name",
)
PASSED_OVER = Defect(
    code="provenance.passed_over",
    severity="low",
    message="files of a folder are of no known format and were not read",
    remediation="Where they hold rows, convert them to JSON Lines; else keep them out of the folder",
)
_MOST = 100
SOURCES = ("source", "source_dataset", "dataset", "origin")
"""Keys of metadata that may name the source, the first that a row has."""


def passed_over(names: Sequence[str]) -> Iterator[Finding]:
    """One finding for all files of folders that nobody could read.

    Args:
        names: Their paths.
    """
    if names:
        endings = Counter(Path(name).suffix.lower() or Path(name).name for name in names)
        yield Finding(
            code=PASSED_OVER.code,
            severity=PASSED_OVER.severity,
            message=numbered(len(names), PASSED_OVER.message),
            where={"file": names[0], "files": list(names[:_MOST]), "lines": []},
            evidence={"rows": len(names), "kinds": dict(endings.most_common(_MOST))},
            remediation=PASSED_OVER.remediation,
        )


class Provenance:
    """Rows without fields that are required."""

    def __init__(self, required: Sequence[str]) -> None:
        """Names of metadata that every row must have; an empty text counts as missing."""
        self._required = tuple(required)
        self._gathered = Gathered()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        for name in self._required:
            if row.metadata.get(name) in (None, "", [], {}):
                self._gathered.add(MISSING, row.file, row.line, detail=name)

    def findings(self) -> Iterator[Finding]:
        """One finding for each file."""
        return self._gathered.findings()


class Source:
    """All rows of some sources."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(names)
        self._gathered = Gathered()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        name = source_of(row)
        if name in self._names:
            self._gathered.add(OF_SOURCE, row.file, row.line, detail=name)

    def findings(self) -> Iterator[Finding]:
        """One finding for each file."""
        return self._gathered.findings()


def source_of(row: TrainingRow) -> str:
    """The source that a row names; empty when it names none."""
    found = next((row.metadata[key] for key in SOURCES if row.metadata.get(key) is not None), "")
    return str(found)[:200]
