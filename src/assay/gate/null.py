"""What a verdict means when the reference was audited against itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from assay.domain.verdict import Decision, Finding, RuleOutcome, Verdict
from assay.gate.words import conditions, listed

_WHAT_TO_LOOK_AT = (
    "a served model that changes, a temperature above 0, a scorer or judge that judges one text in two ways, "
    "slices of few prompts, a reference that fails the safety prompts itself"
)


def null_verdict(verdict: Verdict, owner: str = "") -> Verdict:
    """The verdict on a null run: nothing changed, so all that it finds is about the set-up.

    Deploy means that this set-up passes an unchanged model. Enhanced monitoring becomes
    inconclusive: what is known to be unchanged was not proved unchanged, so evidence is
    too thin. Review and block stay, and are a fault of the set-up. No decision is made better.

    Args:
        verdict: What the gate says of reference and copy.
        owner: Who takes care of findings.
    """
    if verdict.decision == Decision.DEPLOY:
        return replace(verdict, reasons=(_CLEAN, *verdict.reasons), next_step=_AUDIT)
    if verdict.decision <= Decision.INCONCLUSIVE:
        return _thin(verdict, owner)
    return _fault(verdict, owner)


_CLEAN = "null run: the reference passes against itself, so noise is not mistaken for change"
_AUDIT = (
    "Nothing to release: this was a null run. Audit the candidate with the same plan, "
    "and read no drop within the noise floor as a change."
)


def _thin(verdict: Verdict, owner: str) -> Verdict:
    """Too little evidence to pass what did not change."""
    weak = _open(verdict.outcomes)
    where = f" ({listed(_named(weak)[:4])})" if weak else ""
    reason = f"null run: not proved unchanged{where} although nothing changed; no candidate can do better"
    wanted = {one.rule.metric: 0 for one in weak if one.needed_n}
    for one in weak:
        if one.needed_n:
            wanted[one.rule.metric] = max(wanted[one.rule.metric], one.needed_n)
    more = [f"about {count} prompts of {metric}" for metric, count in sorted(wanted.items())]
    step = f"Supply {listed(more)}, then give the null run again." if more else verdict.next_step
    if verdict.decision == Decision.INCONCLUSIVE:
        step = verdict.next_step
    found = Finding(
        code="null.thin",
        severity="medium",
        message=reason,
        where={"rules": sorted({one.rule.id for one in weak})},
        evidence={"decision": verdict.decision.word},
        owner=owner,
        remediation="Add prompts where the noise floor is wider than the policy's bands, or lower the noise.",
    )
    return replace(
        verdict,
        decision=Decision.INCONCLUSIVE,
        reasons=(reason, *verdict.reasons),
        next_step=step,
        findings=(found, *verdict.findings),
    )


def _fault(verdict: Verdict, owner: str) -> Verdict:
    """Something speaks although nothing changed."""
    bad = [one for one in _open(verdict.outcomes) if one.decision >= Decision.REVIEW]
    where = f", by {listed(_named(bad)[:4])}" if bad else ""
    word = verdict.decision.word
    reason = f"null run: the reference against itself ended in {word}{where}: a fault of the set-up, not of a model"
    step = (
        f"Mend the set-up before any candidate is audited with it. Look at {_WHAT_TO_LOOK_AT}; then give the null "
        "run again with --fresh. Chance alone does this at the rate of the error statement."
    )
    found = Finding(
        code="null.fault",
        severity="critical" if verdict.decision == Decision.BLOCK else "high",
        message=reason,
        where={
            "rules": sorted({one.rule.id for one in bad}),
            "samples": list(dict.fromkeys(id for one in bad for id in one.worst_samples))[:20],
        },
        evidence={"decision": word},
        owner=owner,
        remediation=f"Look at {_WHAT_TO_LOOK_AT}.",
    )
    return replace(
        verdict, reasons=(reason, *verdict.reasons), next_step=step, hold=False, findings=(found, *verdict.findings)
    )


def _open(outcomes: Iterable[RuleOutcome]) -> list[RuleOutcome]:
    """Rules and categories that are no plain deploy, worst first."""
    lines = [line for one in outcomes for line in (one, *one.parts) if line.decision > Decision.DEPLOY]
    return sorted(lines, key=lambda line: -line.decision)


def _named(lines: Iterable[RuleOutcome]) -> list[str]:
    said = (f"{one.rule.metric} in {conditions(one.slice)}" if one.slice else one.rule.metric for one in lines)
    return list(dict.fromkeys(said))
