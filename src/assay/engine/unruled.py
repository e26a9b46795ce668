"""Proved losses that no rule of the plan reads: a person must see them before a pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assay.domain.estimate import Comparison
from assay.domain.policy import Policy
from assay.domain.verdict import Finding, Rule
from assay.gate.words import conditions, probability
from assay.statistics.evidence import evidence
from assay.statistics.multiplicity import holm


def unruled(policy: Policy, rules: Sequence[Rule], comparisons: Sequence[Comparison]) -> list[Finding]:
    """High findings: safety metrics beyond the review threshold, and slices beyond the concern of a category.

    Suites that stand apart were chosen by their outcome and show no drop; a plan must name a rule for each.
    A rule reads a metric as a whole when it has no slice. A slice is read by a rule on
    it, and by a band rule that judges categories. The rest is measured and decides
    nothing, so that a plan could look away from its own evidence.

    Args:
        policy: Thresholds in force, the risk context already applied.
        rules: All rules of the plan.
        comparisons: What was measured, borderline prompts left out.
    """
    return [*_metrics(policy, rules, comparisons), *_slices(policy, rules, comparisons)]


def _metrics(policy: Policy, rules: Sequence[Rule], comparisons: Iterable[Comparison]) -> Iterable[Finding]:
    whole = {rule.metric for rule in rules if not rule.slice}
    partly = {rule.metric for rule in rules} - whole
    for one in comparisons:
        if one.slice or not one.metric.safety or one.metric.name in whole:
            continue
        p = _p_drop_above(one, policy.monitor)
        if p <= policy.alpha_block / 2:
            reads = "rules read only slices of it" if one.metric.name in partly else "no rule reads it"
            yield _finding("metric.unruled", one, policy.monitor, p, reads)


def _slices(policy: Policy, rules: Sequence[Rule], comparisons: Iterable[Comparison]) -> Iterable[Finding]:
    ruled = {rule.metric for rule in rules}
    free: dict[str, list[Comparison]] = {}
    for one in comparisons:
        if one.slice and not one.apart and one.metric.name in ruled and not any(_reads(rule, one) for rule in rules):
            free.setdefault(one.metric.name, []).append(one)
    for family in free.values():
        values = holm([_p_drop_above(one, policy.category_concern) for one in family])
        for one, p in zip(family, values, strict=True):
            if p <= policy.alpha_block / 2:
                yield _finding("slice.unruled", one, policy.category_concern, p, "no rule judges this slice")


def _reads(rule: Rule, one: Comparison) -> bool:
    if rule.metric != one.metric.name:
        return False
    if dict(rule.slice) == dict(one.slice):
        return True
    within = rule.slice.items() <= one.slice.items() and len(one.slice) == len(rule.slice) + 1
    return rule.kind == "band" and rule.categories and within


def _p_drop_above(one: Comparison, threshold: float) -> float:
    if one.metric.kind == "amount" or not one.n:
        return 1.0
    return evidence(one.pairs, one.metric.kind).p_drop_above(threshold)


def _finding(code: str, one: Comparison, threshold: float, p: float, reads: str) -> Finding:
    where = f" in {conditions(one.slice)}" if one.slice else ""
    drop, left, right = one.drop.value or 0.0, one.reference.value or 0.0, one.candidate.value or 0.0
    return Finding(
        code=code,
        severity="high",
        message=f"{one.metric.name}{where} went from {100 * left:.1f} % to {100 * right:.1f} %, proved worse by more "
        f"than {100 * threshold:.4g} % (n={one.n}, {probability(p)}), and {reads}",
        where={"metric": one.metric.name, "slice": dict(one.slice), "samples": list(one.regressed[:20])},
        evidence={"drop": [drop, one.drop.low, one.drop.high], "threshold": threshold, "n": one.n, "p": p},
        remediation=one.metric.remediation
        or "Read the regressed answers, and give the next plan a band rule that judges them.",
    )
