"""Rules that fail become findings: located, owned, with a first remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assay.domain.verdict import Decision, Finding, RuleOutcome, Severity

_SEVERITY: Mapping[Decision, Severity] = {
    Decision.BLOCK: "critical",
    Decision.REVIEW: "high",
    Decision.INCONCLUSIVE: "medium",
    Decision.DEPLOY_MONITORED: "low",
}


def rule_findings(outcomes: Iterable[RuleOutcome], owner: str) -> tuple[Finding, ...]:
    """One finding per rule, and per category of it, that asks for more than deployment."""
    lines = [line for each in outcomes if each.rule.kind != "findings" for line in (each, *each.parts)]
    return tuple(_finding(line, owner) for line in lines if line.decision > Decision.DEPLOY)


def _finding(line: RuleOutcome, owner: str) -> Finding:
    return Finding(
        code=f"rule.{line.rule.kind}",
        severity=_SEVERITY[line.decision],
        message=line.reason,
        where={
            "rule": line.rule.id,
            "metric": line.rule.metric,
            "slice": dict(line.slice),
            "samples": list(line.worst_samples),
        },
        evidence=_numbers(line),
        owner=owner,
        remediation=_remediation(line),
        state="open",
    )


def _numbers(line: RuleOutcome) -> dict[str, Any]:
    return {
        "decision": line.decision.word,
        "n": line.n,
        "n_unscored": line.n_unscored,
        "reference": line.reference.value,
        "candidate": line.candidate.value,
        "drop": [line.drop.value, line.drop.low, line.drop.high],
        "difference": [line.difference.value, line.difference.low, line.difference.high],
        "p_pass": line.p_pass,
        "p_block": line.p_block,
        "needed_n": line.needed_n,
    }


def _remediation(line: RuleOutcome) -> str:
    if line.decision == Decision.INCONCLUSIVE:
        if line.needed_n is not None:
            return f"Run about {line.needed_n} prompts of {line.rule.metric} in a newly registered plan."
        return f"Supply what is missing: {line.missed or 'evidence'}; then run the audit again."
    if line.rule.kind == "all":
        return "Read the failing answers: each row of this suite is a failure that was known and must stay mended."
    return line.remediation or f"Read the regressed answers of {line.rule.metric} side by side, worst first."
