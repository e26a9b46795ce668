"""What people may change about a decision, and what they may not: the policy says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from assay.domain.people import Signature, Waiver
from assay.domain.policy import Policy
from assay.domain.verdict import Decision, RuleOutcome
from assay.gate.case import Ground
from assay.gate.circumstances import Circumstances
from assay.gate.words import listed


@dataclass(frozen=True, slots=True)
class Signed:
    """What the signatures make of a decision."""

    decision: Decision
    """The decision with them."""
    hold: bool
    """Whether a second approver is still missing."""
    said: tuple[str, ...]
    """What they did, a sentence each."""


def waived(
    outcomes: Sequence[RuleOutcome], policy: Policy, circumstances: Circumstances
) -> tuple[list[RuleOutcome], list[str]]:
    """The outcomes with the waivers that hold, and what is to be said of all of them.

    A waiver makes of an outcome that the policy lets people waive a deployment under watch; of one that holds, of a
    block, of an exploratory decision it makes nothing.
    """
    found: list[RuleOutcome] = []
    said: list[str] = []
    for outcome in outcomes:
        waiver = _waiver(outcome, circumstances)
        if waiver is None:
            found.append(outcome)
            continue
        why_not = _why_not(outcome, waiver, policy, circumstances)
        name = f"waiver of {outcome.rule.id} by {waiver.by} until {waiver.until}"
        if why_not:
            said.append(f"{name}: without effect, {why_not}")
            found.append(outcome)
        else:
            said.append(f"{name}: {waiver.reason}")
            reason = f"{outcome.reason}; waived until {waiver.until} by {waiver.by}"
            found.append(replace(outcome, decision=Decision.DEPLOY_MONITORED, reason=reason))
    return found, said


def _waiver(outcome: RuleOutcome, circumstances: Circumstances) -> Waiver | None:
    """The last waiver of a rule that needs one."""
    given = [
        one
        for one in circumstances.people.waivers
        if one.rule == outcome.rule.id and one.candidate in ("", circumstances.candidate)
    ]
    return given[-1] if given and outcome.decision > Decision.DEPLOY_MONITORED else None


def _why_not(outcome: RuleOutcome, waiver: Waiver, policy: Policy, circumstances: Circumstances) -> str:
    today = circumstances.people.as_of or circumstances.today
    longest = _day(waiver.at) + timedelta(days=policy.waiver_days)
    if circumstances.exploratory:
        return "the decision is exploratory"
    if outcome.decision.word not in policy.waivable:
        allowed = listed(policy.waivable) or "nothing"
        return f"the policy lets people waive {allowed}, not {outcome.decision.word}"
    if outcome.hold:
        return "a block band was reached; that takes two signatures"
    if date.fromisoformat(waiver.until) < today:
        return "it has run out"
    if date.fromisoformat(waiver.until) > longest:
        return f"the policy lets a waiver run {policy.waiver_days} days"
    return ""


def _day(at: str) -> date:
    return date.fromisoformat(at[:10])


def case_digest(decision: Decision, outcomes: Sequence[RuleOutcome], grounds: Sequence[Ground]) -> str:
    """What a signature is bound to: another outcome of any rule, and it speaks of something else."""
    lines = [
        [one.rule.id, one.decision.word, one.hold, one.n, one.n_unscored, one.reason]
        for one in sorted(outcomes, key=lambda one: one.rule.id)
    ]
    told = [decision.word, lines, sorted(ground.reason for ground in grounds)]
    return hashlib.sha256(json.dumps(told, ensure_ascii=True).encode()).hexdigest()


def signed(
    decision: Decision, rest: Decision, hold: bool, case: str, policy: Policy, circumstances: Circumstances
) -> Signed:
    """What the signatures of this very case make of a decision.

    A rejection blocks whatever the gate found. Approvals lift a review, and nothing else, to a deployment under
    watch, when as many different people approve as the policy asks for and one of them states the risk accepted.

    Args:
        decision: What the gate found.
        rest: What remains without what asks for a review; missing evidence is not signed away.
        hold: Whether a block band was reached without proof.
        case: Digest of the outcomes as they stand.
        policy: What people may do.
        circumstances: What they did.
    """
    last: dict[str, Signature] = {}
    stale = 0
    for one in circumstances.people.signatures:
        if one.candidate != circumstances.candidate:
            continue
        if one.case == case:
            last[one.by.casefold()] = one
        else:
            stale += 1
    said = [f"{_acts(one)} by {one.by}: {one.reason}" for one in sorted(last.values(), key=_weight)]
    if stale:
        said.append(f"{stale} earlier signature{'s' if stale > 1 else ''} of another outcome: without effect")
    if any(one.act == "reject" for one in last.values()):
        return Signed(Decision.BLOCK, False, tuple(said))
    approvals = [one for one in last.values() if one.act == "approve"]
    if decision != Decision.REVIEW or not approvals:
        return Signed(decision, hold, tuple(said))
    why_not = _not_lifted(approvals, hold, policy, circumstances)
    if why_not:
        return Signed(decision, hold, (*said, f"not released by that: {why_not}"))
    risks = [f"risk accepted by {one.by}: {one.risk}" for one in approvals if one.risk]
    return Signed(max(Decision.DEPLOY_MONITORED, rest), False, (*said, *risks))


def _weight(one: Signature) -> tuple[bool, str]:
    return one.act != "reject", one.at


def _acts(one: Signature) -> str:
    return "approved" if one.act == "approve" else "rejected"


def _not_lifted(approvals: Sequence[Signature], hold: bool, policy: Policy, circumstances: Circumstances) -> str:
    needed = policy.hold_approvers if hold else policy.approvers
    if circumstances.exploratory:
        return "the decision is exploratory"
    if not policy.signable:
        return "the policy lets nobody sign a review"
    if len(approvals) < needed:
        return f"{needed} different people must approve, {len(approvals)} did"
    if not any(one.risk.strip() for one in approvals):
        return "no approver states the risk that is accepted"
    return ""
