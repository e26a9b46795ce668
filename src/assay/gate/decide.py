"""The gate: comparisons and circumstances in, one verdict out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from assay.domain.estimate import Comparison
from assay.domain.policy import Policy
from assay.domain.verdict import Decision, Rule, RuleKind, RuleOutcome, Verdict
from assay.gate import band, every, floor, no_increase, points
from assay.gate.case import Case, case
from assay.gate.circumstances import Circumstances
from assay.gate.counted import counted
from assay.gate.data import marked
from assay.gate.demands import demands, signature
from assay.gate.explain import next_step, reasons
from assay.gate.findings import rule_findings
from assay.gate.gaps import not_tested
from assay.gate.people import case_digest, waived
from assay.gate.people import signed as sign
from assay.gate.statement import error_statement
from assay.gate.thin import absent, why_thin, withheld
from assay.statistics.multiplicity import holm

_P_HARM: dict[RuleKind, Callable[..., float]] = {
    "band": band.p_harm,
    "floor": floor.p_harm,
    "points": points.p_harm,
    "no_increase": no_increase.p_harm,
    "all": every.p_harm,
}
_JUDGE: dict[RuleKind, Callable[..., RuleOutcome]] = {
    "band": band.judge,
    "floor": floor.judge,
    "points": points.judge,
    "no_increase": no_increase.judge,
    "all": every.judge,
}


def decide(
    policy: Policy, rules: Sequence[Rule], comparisons: Sequence[Comparison], circumstances: Circumstances
) -> Verdict:
    """Decide whether the candidate may replace the reference.

    Args:
        policy: Thresholds in force, the risk context already applied.
        rules: All rules of the plan; without any the verdict is inconclusive.
        comparisons: Overall first or not, the order does not matter; overall and slices by metric.
        circumstances: The day, what is missing, what the risk context asks for.

    Returns:
        The verdict. Nothing that is missing, empty or unscored ever makes it better.

    Raises:
        PlanError: A floor or points rule states no threshold.
        EvidenceError: Two comparisons claim the same metric and slice.

    Source:
        Two-key three-way procedure, docs/design/gate.md.
    """
    # 1. The evidence of each rule, and whether too much of it is missing.
    measured = [rule for rule in rules if rule.kind != "findings"]
    cases = [case(rule, policy, comparisons, circumstances.anytime.get(rule.id)) for rule in measured]
    thin = [why_thin(one, circumstances) for one in cases]
    # 2. Harm is tested first: the chance of a false block is split over all rules that estimate (Holm).
    p_harm = [_P_HARM[one.rule.kind](one, favour=bool(why)) for one, why in zip(cases, thin, strict=True)]
    proved = _proved(cases, p_harm, policy.alpha_block)
    # 3. Every rule speaks; the chance of a false pass is not split, since all must pass.
    outcomes = [
        marked(_judged(one, why, harm, circumstances), circumstances)
        for one, why, harm in zip(cases, thin, proved, strict=True)
    ]
    outcomes += [counted(rule, circumstances) for rule in rules if rule.kind == "findings"]
    waivers = waived(outcomes, policy, circumstances)
    outcomes = waivers.outcomes
    # 4. Circumstances can raise the decision, never lower it; the worst of all wins.
    grounds = demands(cases, circumstances, rules)
    asked = [*(each.decision for each in outcomes), *(ground.decision for ground in grounds)]
    signed = signature(max(asked), circumstances)
    decision = max([*asked, *(ground.decision for ground in signed)])
    grounds += signed
    hold = decision == Decision.REVIEW and any(each.hold for each in outcomes)
    case_ = case_digest(decision, outcomes, grounds)
    rest = max(
        [each.rest if each.decision == Decision.REVIEW else each.decision for each in outcomes]
        + [ground.decision for ground in grounds if ground.decision != Decision.REVIEW],
        default=Decision.DEPLOY,
    )
    signatures = sign(decision, rest, hold, case_, policy, circumstances)
    by_hand = signatures.acts if signatures.decision != decision else ()
    decision, hold = signatures.decision, signatures.hold
    # 5. Say why, what to do, what was not tested, and what errors the procedure allows.
    ranked = tuple(sorted(outcomes, key=lambda each: -each.decision))
    valid_until = (circumstances.today + timedelta(days=policy.valid_days)).isoformat()
    valid_until = min(valid_until, waivers.until) if waivers.until else valid_until
    return Verdict(
        decision=decision,
        hold=hold,
        reasons=(*by_hand, *reasons(decision, ranked, grounds, circumstances)),
        next_step=next_step(decision, hold, ranked, grounds, valid_until, circumstances.exploratory),
        outcomes=ranked,
        findings=(*rule_findings(ranked, circumstances.owner), *circumstances.findings),
        not_tested=not_tested(cases, comparisons, circumstances),
        effects=circumstances.effects,
        people=(*waivers.said, *signatures.said),
        acts=(*waivers.acts, *signatures.acts),
        case=case_,
        error_statement=error_statement(policy, cases, circumstances),
        valid_until=valid_until,
        exploratory=circumstances.exploratory,
    )


def _proved(cases: Sequence[Case], p_harm: Sequence[float], alpha: float) -> list[bool]:
    """Which rules have proved harm; what is counted and not estimated takes no part in the correction."""
    estimated = [n for n, one in enumerate(cases) if one.rule.kind not in every.EXACT]
    corrected = dict(zip(estimated, holm([p_harm[n] for n in estimated]), strict=True))
    return [corrected.get(n, p) <= alpha for n, p in enumerate(p_harm)]


def _judged(one: Case, thin: str, harm_proved: bool, circumstances: Circumstances) -> RuleOutcome:
    if one.overall is None or (one.overall.comparison.n == 0 and not (harm_proved and one.rule.kind in every.EXACT)):
        return absent(one, circumstances)
    judged = _JUDGE[one.rule.kind](one, one.overall, harm_proved=harm_proved, favour=bool(thin))
    if harm_proved or one.rule.kind in every.EXACT:
        return judged
    if thin:
        return withheld(judged, thin)
    return _few_clusters(one, judged)


def _few_clusters(one: Case, judged: RuleOutcome) -> RuleOutcome:
    """A pass that rests on fewer clusters than their variance can be known from needs a person."""
    few = one.overall is not None and one.overall.evidence.few_clusters
    if one.overall is None or not few or judged.decision > Decision.DEPLOY_MONITORED:
        return judged
    count, key = one.overall.evidence.n_units, one.overall.comparison.cluster or "cluster"
    return replace(
        judged,
        decision=Decision.REVIEW,
        reason=f"{judged.reason}; but this rests on {count} values of {key}, "
        "and fewer than 10 clusters cannot carry a pass without review",
        missed="10 clusters",
        needed_n=10,
    )
