"""What the order of two answers did to a judge's preference, said beside the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from assay.domain.asking import FIRST, ORDERS, SAME, SECOND, ComparingScorer
from assay.domain.plan import Plan
from assay.engine.observations import Observations


def orders(plan: Plan, observations: Observations, candidate: str) -> tuple[str, ...]:
    """A sentence for each metric that compares: how often the winner changed with the order, and towards what."""
    return tuple(_said(name, counts) for name, counts in _counted(plan, observations, candidate) if counts)


def _counted(plan: Plan, observations: Observations, candidate: str) -> Iterator[tuple[str, Counter[str]]]:
    makers: dict[str, set[str]] = {}
    for task in plan.tasks:
        for scorer in task.scorers:
            if isinstance(scorer, ComparingScorer):
                names = [one.name for one in scorer.metrics() if one.kind == "label" and one.name.endswith(ORDERS)]
                for name in names:
                    makers.setdefault(name, set()).add(task.name)
    for name, tasks in makers.items():
        labels = [observations.column(candidate, task, name).labels.values() for task in sorted(tasks)]
        yield name.removesuffix(ORDERS), Counter(label for found in labels for label in found)


def _said(name: str, counts: Counter[str]) -> str:
    judged = counts[SAME] + counts[FIRST] + counts[SECOND]
    changed = counts[FIRST] + counts[SECOND]
    unasked = counts.total() - judged
    rest = f"; {unasked} pairs of identical answers were ties unasked" if unasked else ""
    if not judged:
        return f"{name}: no pair was judged in both orders{rest}"
    if not changed:
        return f"{name}: the judge named the same winner in both orders in all {judged} pairs{rest}"
    return (
        f"{name}: in {changed} of {judged} pairs ({changed / judged:.1%}) the judge's winner changed with the order, "
        f"and they count as ties; {counts[FIRST]} of them favoured the answer shown first, {counts[SECOND]} the "
        f"second{rest}"
    )
