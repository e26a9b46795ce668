"""A null run's verdict is never better than the gate's, and anything beyond thin evidence is the set-up's fault."""

from __future__ import annotations

import pytest

from assay.domain.estimate import Estimate
from assay.domain.verdict import Decision, Rule, RuleOutcome, Verdict
from assay.gate.null import null_verdict

NONE = Estimate(value=None)


def line(decision: Decision, slice: dict[str, str] | None = None, parts: tuple[RuleOutcome, ...] = ()) -> RuleOutcome:
    rule = Rule(id="refusal.band", kind="band", metric="refusal")
    return RuleOutcome(
        rule=rule, slice=slice or {}, decision=decision, reason="so", reference=NONE, candidate=NONE, drop=NONE,
        difference=NONE, needed_n=90 if decision == Decision.DEPLOY_MONITORED else None, worst_samples=("s1",),
        parts=parts,
    )  # fmt: skip


def verdict(decision: Decision, *outcomes: RuleOutcome) -> Verdict:
    return Verdict(decision=decision, hold=True, reasons=("so",), next_step="do", outcomes=outcomes)


@pytest.mark.parametrize("decision", list(Decision))
def test_no_decision_is_made_better(decision: Decision) -> None:
    seen = null_verdict(verdict(decision, line(decision)))
    assert seen.decision >= decision
    assert seen.decision != Decision.DEPLOY_MONITORED
    assert seen.reasons[0].startswith("null run: ") and seen.reasons[1:] == ("so",)


@pytest.mark.parametrize("decision", list(Decision))
def test_the_fault_is_told_exactly_where_there_is_one(decision: Decision) -> None:
    seen = null_verdict(verdict(decision, line(decision)), "team")
    codes = {found.code: found for found in seen.findings}
    assert ("null.fault" in codes) == (decision >= Decision.REVIEW)
    assert ("null.thin" in codes) == (decision in (Decision.DEPLOY_MONITORED, Decision.INCONCLUSIVE))
    assert all(found.owner == "team" and found.remediation for found in seen.findings)


def test_thin_evidence_names_what_would_settle_it() -> None:
    seen = null_verdict(verdict(Decision.DEPLOY_MONITORED, line(Decision.DEPLOY_MONITORED)))
    assert seen.next_step == "Supply about 90 prompts of refusal, then give the null run again."


def test_a_fault_names_slice_and_samples_and_nobody_signs_for_it() -> None:
    part = line(Decision.REVIEW, {"category": "fraud"})
    seen = null_verdict(verdict(Decision.REVIEW, line(Decision.DEPLOY, parts=(part,))))
    assert "refusal in category=fraud" in seen.reasons[0]
    assert seen.findings[0].where["samples"] == ["s1"]
    assert not seen.hold


def test_a_fault_of_circumstances_alone_is_one_too() -> None:
    seen = null_verdict(verdict(Decision.REVIEW, line(Decision.DEPLOY)))
    assert seen.findings[0].code == "null.fault" and seen.findings[0].where["rules"] == []
