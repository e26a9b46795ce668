"""Known failures that stand in holdouts: a suite that was seen while building must not be one that decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assay.checks.check import Defect, numbered
from assay.checks.contamination import Contamination
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

LEAKED = Defect(
    code="contamination.holdout",
    severity="medium",
    message="rows of a suite that was seen while building stand in {suite}, which decides",
    remediation="Take the rows out of one of the two: a holdout with known failures says whether they were mended",
)
_CODES = ("contamination.verbatim", "contamination.rephrased")


def leaks(
    seen: Sequence[TrainingRow], holdouts: Sequence[TrainingRow], sealed: Mapping[str, bytes] | None = None
) -> Iterator[Finding]:
    """Items of suites that were seen while building, such as a harvest of failures, that stand in holdouts.

    Args:
        seen: Their items; the file of each is its suite.
        holdouts: Items of the suites that decide.
        sealed: By name, the hashes of those whose texts may not be here.

    Yields:
        One finding for each pair of suites.
    """
    if not seen or not (holdouts or sealed):
        return
    check = Contamination(holdouts, sealed=sealed)
    for row in seen:
        check.add(row)
    places: dict[tuple[str, str], set[int]] = {}
    for one in check.findings():
        if one.code in _CODES:
            pair = str(one.where["file"]), str(one.evidence["suite"])
            places.setdefault(pair, set()).update(one.where["lines"])
    for (suite, holdout), lines in places.items():
        yield Finding(
            code=LEAKED.code,
            severity=LEAKED.severity,
            message=numbered(len(lines), LEAKED.message.format(suite=holdout)),
            where={"file": suite, "lines": sorted(lines)},
            evidence={"rows": len(lines), "suite": holdout},
            remediation=LEAKED.remediation,
        )
