"""How high a rate may be before it counts, when what it was is itself an estimate."""

from __future__ import annotations

from dataclasses import dataclass

from assay.statistics.proportion import clopper_pearson, wilson

LIKELY, SURE = 0.6827, 0.99
"""Two-sided levels of limits of what the rate was. The tolerance is added to the upper limit of LIKELY (one standard
error, by Wilson), and no less is tolerated than that of SURE (exact). With the estimate in place of the former and 95 %
in place of the latter, 90 days of 50 cohorts had a false alarm several times as often."""
_HIGHEST = 0.95
_CERTAIN = 1 - 1e-6
_LOWEST = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How far a figure may move one way; an alarm is raised on evidence that it is further."""

    rising: bool
    """Whether a figure above it is too much, or one below it too little."""
    rate: float
    """Of a rate the rate itself. Of an amount the share of values beyond `beyond`, in which more is always worse."""
    beyond: float | None = None
    """Of an amount: its reference's 95th percentile, or its 5th where a fall is watched."""


def tolerated(before: float, n: int, share: float, least: float) -> float:
    """The rate that may be without an alarm, in (0, 1).

    A reference of few values may lie far below the rate that always was, so more is tolerated the fewer there are.

    Args:
        before: What the rate was; 1 minus it where a fall is watched.
        n: Values that it comes from; 0 when it is known, and taken as it stands.
        share: Tolerated move as a share of the rate.
        least: The smallest move that counts.

    Returns:
        A rate that is never quite 1: of what is missing to 1 at least half is left to be found.

    Examples:
        >>> [round(tolerated(0.02, n, 0.25, 0.005), 4) for n in (0, 10_000, 1_000, 200)]
        [0.025, 0.0268, 0.0344, 0.0616]
    """
    seen = min(max(before, 0.0), 1.0)
    likely = wilson(seen * n, n, LIKELY)[1] if n else seen
    sure = clopper_pearson(seen * n, n, SURE)[1] if n else seen
    highest = max(_HIGHEST, (1 + likely) / 2, sure)
    return min(max(likely + max(likely * share, least), sure, _LOWEST), highest, _CERTAIN)
