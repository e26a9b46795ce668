"""Known failures that stand in holdouts: a suite that was seen while building must not be one that decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assay.checks.check import Defect, numbered
from assay.checks.contamination import Contamination
from assay.domain.harvested import harvested
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

LEAKED = Defect(
    code="contamination.holdout",
    severity="medium",
    message="rows of a suite that was seen while building stand in {suite}, which decides",
    remediation="Take the rows out of one of the two: a holdout with known failures says whether they were mended",
)


def leaks(seen: Sequence[TrainingRow], holdouts: Mapping[str, bytes]) -> Iterator[Finding]:
    """Items of suites that were seen while building, such as a harvest of failures, that stand in holdouts.

    Word for word only: a harvested row is its parent, or a part of it, and other words would bring false alarms.

    Args:
        seen: Their items; the file of each is its suite.
        holdouts: The suites that decide, by name, as hashes.

    Yields:
        One finding for each pair of suites.
    """
    if not seen or not holdouts:
        return
    check = Contamination(sealed=holdouts)
    for row in seen:
        check.add(row)
    for one in check.findings():
        suite = str(one.evidence["suite"])
        told = {"rows": one.evidence["rows"], "suite": suite}
        lines = set(one.where.get("lines", ()))
        marked = sum(harvested(row.metadata) for row in seen if row.file == one.where["file"] and row.line in lines)
        if marked:
            told["harvested"] = marked
        yield Finding(
            code=LEAKED.code,
            severity=LEAKED.severity,
            message=numbered(one.evidence["rows"], LEAKED.message.format(suite=suite)),
            where=one.where,
            evidence=told,
            remediation=LEAKED.remediation,
        )
