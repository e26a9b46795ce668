"""Judges that never said anything else: nobody knows whether they could."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from assay.domain.asking import AskingScorer
from assay.domain.estimate import Comparison
from assay.domain.plan import Plan
from assay.domain.verdict import Finding

FEWEST = 20
"""Below this many pairs it is no wonder that all verdicts are alike."""


def one_sided(plan: Plan, comparisons: Sequence[Comparison], labelled: Collection[str]) -> tuple[Finding, ...]:
    """A finding for each judged metric all of whose verdicts on both subjects are alike, unless people labelled some.

    A model that says yes to everything passes every candidate, and no interval shows it.
    """
    asked = {m.name for task in plan.tasks for s in task.scorers if isinstance(s, AskingScorer) for m in s.metrics()}
    whole = [one for one in comparisons if not one.slice and one.metric.name in asked - set(labelled)]
    return tuple(_finding(one) for one in whole if _alike(one))


def _alike(one: Comparison) -> bool:
    usual = one.metric.yardstick is None and not one.metric.diagnostic and one.metric.kind != "label"
    values = np.concatenate([np.asarray(one.pairs.reference), np.asarray(one.pairs.candidate)])
    return usual and one.n >= FEWEST and len(np.unique(values)) == 1


def _finding(one: Comparison) -> Finding:
    return Finding(
        code="judge.one_sided",
        severity="high",
        message=f"the judge of {one.metric.name} gave one and the same verdict on all answers to {one.n} prompts; "
        "whether it can give another one was not shown",
        where={"metric": one.metric.name},
        evidence={"n": one.n},
        remediation="Let people label a random part: assay calibrate judge RUN --sample 100 -o FILE.",
    )
