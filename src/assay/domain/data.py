"""The training data of a plan: what is asked of it, and what its audit found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from assay.domain.findings import CODES
from assay.domain.verdict import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSpec:
    """What a plan says of the data that the candidate was trained on."""

    files: Mapping[str, str]
    """Path of each file as written, with its SHA-256 when the plan was read; empty for one that is not there."""
    folder: str
    """Where relative paths are found."""
    passed: tuple[str, ...] = ()
    """Files in the folders that are of no known format and are not read."""
    kind: str = ""
    """What the rows should be: sft, preference or text; empty for whatever they are."""
    require: tuple[str, ...] = ()
    """Metadata that every row must have."""
    deployment: str = ""
    """File with what the model will meet; empty for none."""
    contract: str = ""
    """Behaviour contract of the plan; empty for none."""
    contract_digest: str = ""
    """Digest of its file."""
    findings: str = ""
    """Outcome of an earlier data audit to read; empty where the audit reads the data itself."""
    ledger: str = ""
    """Ledger that must know these findings; empty for none."""
    findings_digest: str = ""
    """Digest of that file."""
    deployment_digest: str = ""
    """Digest of the deployment's file; empty for a folder."""
    contaminated_above: float = 0.0
    """Share of a suite's items in the data above which the suite is contaminated."""
    contaminated_by: tuple[str, ...] = ("verbatim",)
    """Which items count: verbatim, rephrased."""
    contaminated: Literal["mark", "leave_out"] = "mark"
    """What becomes of such a suite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contaminated:
    """A suite of which items stand in the training data."""

    items: int
    """Different items that stand there."""
    of: int
    """Items of the suite."""

    @property
    def said(self) -> str:
        """In words: `12 of 100 items (12.0 %) stand in the training data`."""
        share = 100 * self.items / max(self.of, 1)
        return f"{self.items:,} of {self.of:,} items ({share:.1f} %) stand in the training data"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOutcome:
    """What the audit of the training data found; texts of the data are not part of it."""

    findings: tuple[Finding, ...] = ()
    """Located defects, worst first."""
    codes: tuple[str, ...] = ()
    """All codes that its checks, as they were asked, can make."""
    rows: int = 0
    """Rows that were read."""
    unread: int = 0
    """Rows that could not be read; each of them may be anything."""
    unread_codes: tuple[str, ...] = ()
    """Codes of the findings that count these rows."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Files that were read, with the digest of what was read."""
    manifest: str = ""
    """Digest of the manifest."""
    slices: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Rows by kind of request, difficulty and language: slice -> label -> rows, as far as they were read."""
    asked: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)
    """The same of the prompts of each suite."""
    contaminated: Mapping[str, Contaminated] = field(default_factory=dict)
    """Suites above the plan's limit, by name."""
    left_out: bool = False
    """Whether these suites were left out of the audit; else they are marked."""
    program: Mapping[str, str] = field(default_factory=dict)
    """Versions of what read the data: assay, and a digest of the checks."""
    read_from: str = ""
    """File with the findings of an earlier audit that no ledger vouches for; empty when one does, or data was read."""
    broken: str = ""
    """Why nothing can be said of the data; empty when something can."""

    def reads(self, pattern: str) -> bool:
        """Whether a pattern of codes is about training data: it fits a code of a check, or none of the audit's own."""
        own = any(fnmatchcase(code, pattern) for code in self.codes)
        return own or not any(fnmatchcase(code, pattern) for code in CODES)

    def looked_for(self, pattern: str) -> bool:
        """Whether a finding that a pattern counts could have been made, by the data's checks or by the audit itself."""
        return any(fnmatchcase(code, pattern) for code in (*self.codes, *CODES))

    def unseen(self, pattern: str) -> int:
        """Rows that could not be read and that the pattern does not count already."""
        counted = (one for one in self.findings if one.code in self.unread_codes and fnmatchcase(one.code, pattern))
        return max(self.unread - sum(rows_of(one) for one in counted), 0)


def rows_of(finding: Finding) -> int:
    """How many rows a finding is about."""
    rows = finding.evidence.get("rows")
    return max(rows, 0) if isinstance(rows, int) else len(finding.where.get("lines", ()))


def place(finding: Finding, most: int = 5) -> str:
    """Where the rows of a finding stand, in brackets; empty for one that names no file.

    Examples:
        >>> place(Finding(code="c", severity="low", message="m", where={"file": "a.jsonl", "lines": [3, 9]}))
        ' (a.jsonl: 3, 9)'
    """
    file, lines = finding.where.get("file"), list(finding.where.get("lines", ()))
    if not isinstance(file, str):
        return ""
    listed = ", ".join(map(str, lines[:most])) + (", .." if rows_of(finding) > most and lines else "")
    return f" ({file}: {listed})" if listed else f" ({file})"
