"""Rules that decide over `assay check data`, by the gate's own `kind: findings`: nothing passes by what nobody saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from assay.checks.codes import codes
from assay.checks.fit import UNFIT
from assay.domain.data import DataOutcome, rows_of
from assay.domain.errors import ConfigurationError
from assay.domain.findings import CONTAMINATED_SUITE, UNDER_COVERED
from assay.domain.verdict import Decision, Finding, Rule

_READ_ALL_THE_SAME = ("byte_order_mark", "crlf", "empty_file")
_WHOLE = ("unreadable", "changed_while_read", "lists_left")
UNREAD = tuple(UNFIT[cause].code for cause in UNFIT if cause not in _READ_ALL_THE_SAME)
"""Codes of findings that count rows which no other check has seen."""


def rules(written: Sequence[str]) -> tuple[Rule, ...]:
    """Rules from `CODE=N`: at most so many rows with findings of that code.

    Raises:
        ConfigurationError: Not of that form, or no check makes such a finding.
    """
    found = []
    for each in written:
        code, _, number = each.rpartition("=")
        if not code or not number.isdecimal():
            raise ConfigurationError(f"--at-most {each}: expected CODE=N, for example 'format.*=0'")
        known(code, "--at-most")
        found.append(Rule(id=f"data.{code}", kind="findings", code=code, at_most=float(number)))
    return tuple(found)


def known(pattern: str, option: str) -> None:
    """Makes sure that some check makes findings of a code.

    Raises:
        ConfigurationError: None does.
    """
    if not any(fnmatchcase(code, pattern) for code in codes()):
        near = ", ".join(get_close_matches(pattern, codes(), 3)) or "format.*, privacy.*, duplicate.exact"
        raise ConfigurationError(f"{option} {pattern}: no check makes findings of this code. For example: {near}")


def unheard(findings: Sequence[Finding], rows: int) -> Iterator[str]:
    """Why findings cannot stand for the data: nothing was read, or not all of a file.

    Args:
        findings: What was found.
        rows: Rows that were read.
    """
    if not rows:
        yield "it holds no row that could be read"
    for one in findings:
        if one.code in {UNFIT[cause].code for cause in _WHOLE}:
            yield f"{Path(str(one.where.get('file', ''))).name} could not be read to its end"


def verdict(
    asked: Sequence[Rule], findings: Sequence[Finding], manifest: Mapping[str, Any], looked_for: Sequence[str]
) -> dict[str, Any]:
    """What the rules decide; each row counts once per finding, and each that could not be read as one of every rule.

    Args:
        asked: The rules.
        findings: What was found.
        manifest: What the data is.
        looked_for: Codes of all findings that could have been made.
    """
    from assay.gate.circumstances import Circumstances  # the gate, and scipy with it, only where there are rules
    from assay.gate.counted import counted

    weighed = tuple(replace(one, evidence={"count": rows_of(one), "rows": rows_of(one)}) for one in findings)
    outcome = DataOutcome(
        findings=weighed,
        codes=tuple(code for code in looked_for if code not in (CONTAMINATED_SUITE, UNDER_COVERED)),
        rows=manifest["rows"],
        unread=manifest["unfit"],
        unread_codes=UNREAD,
        broken=next(unheard(findings, manifest["rows"]), ""),
    )
    around = Circumstances(today=datetime.now(UTC).date(), findings=weighed, data=outcome)
    outcomes = [counted(rule, around) for rule in asked]
    worst = max((one.decision for one in outcomes), default=Decision.DEPLOY)
    return {
        "decision": worst.word,
        "rules": [
            {
                "id": one.rule.id,
                "kind": "findings",
                "code": one.rule.code,
                "at_most": int(one.rule.at_most or 0),
                "rows": one.n,
                "outcome": one.decision.word,
                "reason": one.reason,
            }
            for one in outcomes
        ],
    }
