"""Two sides of a training set that should look alike, or both be there: synthetic and real, refused and answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assay.checks.look_alikes import Balance
from assay.checks.telling import Told, told_apart
from assay.domain.verdict import Finding, Severity
from assay.statistics.proportion import clopper_pearson

FEW = 30
"""Refused requests near the boundary below which nothing is said about their look-alikes."""
PAIRED = 0.15
"""Share of them with an answered look-alike below which one side is missing: ordinary sets reach .06, XSTest .40."""
CODES = ("mixture.mismatch", "mixture.no_look_alikes")
APART = 0.8
"""AUROC from which synthetic rows are said to differ, where the contract says nothing."""


def mismatch(
    ours: Sequence[tuple[str, str]], theirs: Sequence[tuple[str, str]], limit: float | None, where: Mapping[str, Any]
) -> Iterator[Finding]:
    """How well words tell synthetic rows from the others; prompts and answers each for themselves.

    Args:
        ours: Prompt and answer of synthetic rows.
        theirs: Those of the other rows.
        limit: Largest AUROC that the contract allows; None: it says nothing.
        where: The file, where there is one.
    """
    for part, place in (("prompts", 0), ("answers", 1)):
        told = told_apart([one[place] for one in ours if one[place]], [one[place] for one in theirs if one[place]])
        if told is not None:
            yield _mismatch(part, told, limit, where)


def _mismatch(part: str, told: Told, limit: float | None, where: Mapping[str, Any]) -> Finding:
    beyond = told.low > (APART if limit is None else limit)
    severity: Severity = "info" if not beyond else "low" if limit is None else "medium"
    allowed = "" if limit is None else f", the contract allows {limit:g}"
    return Finding(
        code="mixture.mismatch",
        severity=severity,
        message=f"words tell synthetic {part} from the others with AUROC {told.auroc:.2f} "
        f"[{told.low:.2f}, {told.high:.2f}], .5 is chance{allowed}",
        where=where,
        evidence={
            "part": part, "auroc": round(told.auroc, 4), "low": round(told.low, 4), "high": round(told.high, 4),
            "synthetic_words": list(told.first), "other_words": list(told.second),
            "synthetic_rows": told.rows[0], "other_rows": told.rows[1],
        },
        remediation="Look at the telling words: stock phrases and topics of the generator are learned with the rows",
    )  # fmt: skip


def one_sided(seen: Balance) -> Iterator[Finding]:
    """A finding where requests are refused and hardly one of them has a benign look-alike that is answered."""
    share = seen.paired / seen.refused if seen.refused else 1.0
    if seen.refused < FEW or share >= PAIRED * min(1.0, seen.share_read):
        return
    low, high = clopper_pearson(seen.paired, seen.refused)
    file = seen.examples[0][0]
    yield Finding(
        code="mixture.no_look_alikes",
        severity="medium",
        message=f"{seen.refused:,} refused requests ask for harm or come near it, and {seen.paired} of them "
        f"[{low:.0%}, {high:.0%}] have a benign look-alike that is answered",
        where={"file": file, "lines": sorted(line for name, line, _ in seen.examples if name == file)},
        evidence={
            "rows": seen.refused, "paired": seen.paired, "low": round(low, 4), "high": round(high, 4),
            "answered_searched": seen.answered, "share_searched": round(seen.share_read, 4),
            "examples": [{"line": line, "text": text[:200]} for _, line, text in seen.examples[:3]],
            "distribution": {"refused, look-alike answered": seen.paired, "refused, none": seen.refused - seen.paired},
        },
        remediation="Add answered requests on the same words (how to kill a process beside how to kill a person): "
        "refusals alone teach the words, not the boundary",
    )  # fmt: skip
