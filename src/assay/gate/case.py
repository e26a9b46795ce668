"""One rule with the evidence it will be judged on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assay.domain.errors import EvidenceError
from assay.domain.estimate import Comparison, Estimate
from assay.domain.policy import Policy
from assay.domain.verdict import Decision, Rule, RuleOutcome
from assay.gate.circumstances import Anytime
from assay.gate.segment import Segment, segment

REPORTED_APART = frozenset({"borderline"})
"""Slices that are shown and not judged as categories: who is in them depends on the answers themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A rule, its slice, and the categories and cohorts within it."""

    rule: Rule
    """The threshold."""
    policy: Policy
    """Bands and error rates in force."""
    overall: Segment | None
    """The rule's own slice; None when nobody measured it."""
    parts: tuple[Segment, ...] = ()
    """Categories and cohorts, in the order of the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One reason for a decision; the worst ground of a rule decides it, the first of equals."""

    decision: Decision
    """What it asks for."""
    reason: str
    """One sentence with its numbers."""
    hold: bool = False
    """A block band was reached without proof."""
    missed: str = ""
    """The bound that was missed, in words."""
    needed_n: int | None = None
    """Prompts that would settle it."""


def case(rule: Rule, policy: Policy, comparisons: Iterable[Comparison], anytime: Anytime | None) -> Case:
    """Find a rule's comparison and those of its categories.

    Categories and cohorts are the comparisons of the same metric whose slice is the
    rule's own and exactly one further key (except those reported apart).

    Raises:
        EvidenceError: The same metric and slice was compared twice.
    """
    same = [one for one in comparisons if one.metric.name == rule.metric]
    own = [one for one in same if dict(one.slice) == dict(rule.slice)]
    if len(own) > 1:
        raise EvidenceError(
            f"rule '{rule.id}': {len(own)} comparisons of '{rule.metric}' on the same slice; the gate reads one"
        )
    within = [one for one in same if rule.kind == "band" and rule.categories and _extends(one, rule)]
    return Case(
        rule=rule,
        policy=policy,
        overall=segment(own[0], anytime) if own else None,
        parts=tuple(segment(one) for one in sorted(within, key=lambda one: sorted(one.slice.items()))),
    )


def _extends(comparison: Comparison, rule: Rule) -> bool:
    if comparison.apart:
        return False
    further = comparison.slice.keys() - rule.slice.keys()
    return len(further) == 1 and not further & REPORTED_APART and rule.slice.items() <= comparison.slice.items()


def worst(grounds: Sequence[Ground]) -> Ground:
    """The ground that decides: the worst decision, a hold before none, the first of equals."""
    return max(grounds, key=lambda ground: (ground.decision, ground.hold))


def outcome(
    case: Case,
    one: Segment | None,
    grounds: Sequence[Ground],
    *,
    p_pass: float | None = None,
    p_block: float | None = None,
    parts: Sequence[RuleOutcome] = (),
) -> RuleOutcome:
    """What a rule says about one segment, from its grounds."""
    ground = worst(grounds)
    unknown = Estimate(value=None, method="no pairs")
    comparison = one.comparison if one else None
    return RuleOutcome(
        rule=case.rule,
        slice=dict(comparison.slice if comparison else case.rule.slice),
        decision=ground.decision,
        rest=_rest(grounds, parts),
        hold=any(each.hold for each in grounds),
        reason=ground.reason,
        reference=comparison.reference if comparison else unknown,
        candidate=comparison.candidate if comparison else unknown,
        drop=comparison.drop if comparison else unknown,
        difference=comparison.difference if comparison else unknown,
        n=comparison.n if comparison else 0,
        n_unscored=comparison.n_unscored if comparison else 0,
        p_pass=p_pass,
        p_block=p_block,
        needed_n=ground.needed_n,
        missed=ground.missed,
        worst_samples=comparison.regressed[:10] if comparison else (),
        remediation=comparison.metric.remediation if comparison else "",
        parts=tuple(sorted(parts, key=lambda part: (-part.decision, -_loss(part)))),
    )


def _rest(grounds: Sequence[Ground], parts: Sequence[RuleOutcome]) -> Decision:
    """The worst beside what asks for review, in the rule itself and in its parts."""
    inside = [part.rest if part.decision == Decision.REVIEW else part.decision for part in parts]
    return max(
        [each.decision for each in grounds if each.decision != Decision.REVIEW] + inside, default=Decision.DEPLOY
    )


def _loss(part: RuleOutcome) -> float:
    return part.drop.value if part.drop.value is not None else 1.0
