"""What people may change about a decision, and what they may not: the policy says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

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
    acts: tuple[str, ...]
    """The same without their words."""


@dataclass(frozen=True, slots=True)
class Waived:
    """What the waivers make of the outcomes."""

    outcomes: list[RuleOutcome]
    """The outcomes with them."""
    said: tuple[str, ...]
    """What was waived, a sentence each."""
    acts: tuple[str, ...]
    """The same without the words of people."""
    until: str
    """The first day on which one that counts runs out; empty when none counts."""


def waived(outcomes: Sequence[RuleOutcome], policy: Policy, circumstances: Circumstances) -> Waived:
    """The outcomes with the waivers that hold, and what is to be said of all of them.

    A waiver makes of an outcome that the policy lets people waive a deployment under watch, or what is missing in it
    beside; of one that holds, of a block, of an exploratory decision it makes nothing.
    """
    found: list[RuleOutcome] = []
    said: list[str] = []
    acts: list[str] = []
    until: list[str] = []
    for outcome in outcomes:
        waivers = _waivers(outcome, circumstances)
        refused = {one: _why_not(outcome, one, policy, circumstances) for one in waivers}
        holding = [one for one in waivers if not refused[one]]
        if not waivers or outcome.decision <= Decision.DEPLOY_MONITORED:
            found.append(outcome)
        elif not holding:
            name = _waiver_named(waivers[-1])
            acts.append(f"{name}: without effect, {refused[waivers[-1]]}")
            said.append(acts[-1])
            found.append(outcome)
        else:
            last = holding[-1]
            said.append(f"{_waiver_named(last)}: {last.reason}")
            acts.append(_waiver_named(last))
            until.append(last.until)
            lifted = _lifted(outcome, policy)
            reason = f"{outcome.reason}; waived until {last.until} by {last.by}"
            found.append(replace(outcome, decision=lifted, reason=reason))
    return Waived(found, tuple(said), tuple(acts), min(until, default=""))


def _lifted(outcome: RuleOutcome, policy: Policy) -> Decision:
    """What a waiver leaves: missing evidence beside what is waived stays, unless the policy lets people waive that."""
    stays = Decision.DEPLOY if outcome.rest.word in policy.waivable else outcome.rest
    return max(Decision.DEPLOY_MONITORED, stays)


def _waiver_named(one: Waiver) -> str:
    return f"waiver of {one.rule} by {one.by} until {one.until}"


def _waivers(outcome: RuleOutcome, circumstances: Circumstances) -> list[Waiver]:
    """The waivers of a rule, in the order in which they came."""
    return [
        one
        for one in circumstances.people.waivers
        if one.rule == outcome.rule.id and one.candidate in ("", circumstances.candidate)
    ]


def _why_not(outcome: RuleOutcome, waiver: Waiver, policy: Policy, circumstances: Circumstances) -> str:
    today = circumstances.people.as_of or circumstances.today
    runs = (date.fromisoformat(waiver.until) - _day(waiver.at)).days
    if circumstances.exploratory:
        return "the decision is exploratory"
    if outcome.decision.word not in policy.waivable:
        allowed = listed(policy.waivable) or "nothing"
        return f"the policy lets people waive {allowed}, not {outcome.decision.word}"
    if outcome.hold:
        return "a block band was reached; that takes two signatures"
    if date.fromisoformat(waiver.until) < today:
        return "it has run out"
    if runs > policy.waiver_days:
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
    ordered = sorted(last.values(), key=_weight)
    said = [f"{_acts(one)} by {one.by}: {one.reason}" for one in ordered]
    acts = [f"{_acts(one)} by {one.by}" for one in ordered]
    if stale:
        told = f"{stale} earlier signature{'s' if stale > 1 else ''} of another outcome: without effect"
        said.append(told)
        acts.append(told)
    approvals = [one for one in ordered if one.act == "approve"]
    if len(approvals) < len(ordered):
        return Signed(Decision.BLOCK, False, tuple(said), tuple(acts))
    risks = [f"risk accepted by {one.by}: {one.risk}" for one in approvals if one.stated]
    accepted = [f"risk accepted by {one.by}" for one in approvals if one.stated]
    if decision == Decision.DEPLOY_MONITORED:  # nothing to lift; who accepts the remaining risk is still on record
        return Signed(decision, hold, (*said, *risks), (*acts, *accepted))
    if decision != Decision.REVIEW or not approvals:
        return Signed(decision, hold, tuple(said), tuple(acts))
    why_not = _not_lifted(approvals, hold, policy, circumstances)
    if why_not:
        told = f"not released by that: {why_not}"
        return Signed(decision, hold, (*said, told), (*acts, told))
    return Signed(max(Decision.DEPLOY_MONITORED, rest), False, (*said, *risks), (*acts, *accepted))


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
    if not any(one.stated for one in approvals):
        return "no approver states the risk that is accepted"
    return ""
