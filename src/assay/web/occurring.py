"""Whether keys of cohorts occur in traces at all: one that does not is mostly a mistake of spelling."""

from __future__ import annotations

from collections.abc import Iterable

from assay.traces.judged import segment_of
from assay.traces.observed import Observed
from assay.watch.segments import NONE

FEWEST = 100
"""Judged traces after which a key that none of them has a value of is told: it may be a rare one."""


def occurring(observed: Observed, keys: Iterable[str]) -> dict[str, bool]:
    """Whether any trace has a value of each key; a key that too few traces were judged by is missing."""
    rows = observed.base.execute(
        "SELECT segment, SUM(n + unscored) FROM sums WHERE metric = 'errors' GROUP BY segment"  # every trace has it
    )
    counts = {segment_of(row[0]): row[1] for row in rows}
    named = {key for segment in counts for key, value in segment if value != NONE}
    return {key: key in named for key in keys if key in named or counts.get(((key, NONE),), 0) >= FEWEST}
