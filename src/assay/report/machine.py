"""The verdict for programs: JSON with the keys that `assay schema verdict` promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assay.domain.audit import Audit, Side
from assay.domain.estimate import Comparison, Estimate
from assay.domain.verdict import Finding, RuleOutcome
from assay.report.noise import noise_json
from assay.report.rules import worst_first
from assay.report.words import finite

SCHEMA = "assay/verdict/1"
"""Name and version of the form."""


def verdict_json(audits: Sequence[Audit]) -> dict[str, Any]:
    """The verdict as a JSON-like value; every number in it is finite or null.

    Args:
        audits: One audit per candidate, at least one.

    Returns:
        For one candidate its verdict. For several, an object with the worst decision,
        its exit code, and under `verdicts` one verdict each in the order of the plan.
    """
    if len(audits) == 1:
        return _plain_object(_verdict(audits[0]))
    worst = worst_first(audits)[0]
    return _plain_object(
        {
            "schema": SCHEMA,
            "audit": worst.name,
            "decision": worst.verdict.decision.word,
            "exit_code": max((_exit_code(audit) for audit in audits), key=_GRAVITY.index),
            "hold": any(audit.verdict.hold for audit in audits),
            "reasons": [
                f"{audit.candidate.identity.name}: {reason}"
                for audit in worst_first(audits)
                for reason in audit.verdict.reasons
            ],
            "reference": _subject(worst.reference),
            "candidate": [_subject(audit.candidate) for audit in audits],
            "verdicts": [_verdict(audit) for audit in audits],
        }
    )


_GRAVITY = (0, 4, 3, 1)
"""Exit codes of decisions, best first."""


def _exit_code(audit: Audit) -> int:
    """The decision's exit code; an exploratory verdict deploys nothing."""
    code = audit.verdict.decision.exit_code
    return 4 if audit.verdict.exploratory and code == 0 else code


def _verdict(audit: Audit) -> dict[str, Any]:
    verdict = audit.verdict
    return {
        "schema": SCHEMA,
        "audit": audit.name,
        "decision": verdict.decision.word,
        "exit_code": _exit_code(audit),
        "hold": verdict.hold,
        "reasons": list(verdict.reasons),
        "next_step": verdict.next_step,
        "reference": _subject(audit.reference),
        "candidate": _subject(audit.candidate),
        "rules": [_rule(outcome) for outcome in verdict.outcomes],
        "findings": [_finding(finding) for finding in verdict.findings],
        "counts": {key: audit.counts.get(key, 0) for key in ("samples", "trials", "errors", "unscored")},
        "not_tested": list(verdict.not_tested),
        "error_statement": verdict.error_statement,
        "registered": {"digest": audit.registered.get("digest", ""), "time": audit.registered.get("time", "")},
        "valid_until": verdict.valid_until,
        "exploratory": verdict.exploratory,
        "risk": risk_of(audit),
        "effects": list(verdict.effects),
        "people": list(verdict.people),
        "acts": list(verdict.acts),
        "case": verdict.case,
        "bands": audit.bands,
        "comparisons": [_comparison(each) for each in audit.comparisons],
        "power": audit.power,
        "subjects": {"reference": _side(audit.reference), "candidate": _side(audit.candidate)},
        "judges": [{**_subject(side), **_side(side)} for side in audit.judges],
        "saved": audit.saved,
        "elapsed_s": finite(audit.elapsed_s),
        "assay_version": audit.assay_version,
        "warnings": list(audit.warnings),
        **noise_json(audit),
    }


def risk_of(audit: Audit) -> Mapping[str, Any]:
    """The risk context as the plan wrote it; empty when it wrote none."""
    places: list[Any] = [audit.config]
    plan = audit.config.get("plan")
    if isinstance(plan, Mapping):
        places += [plan, plan.get("gate")]
    for place in places:
        if isinstance(place, Mapping) and isinstance(place.get("risk"), Mapping):
            found: Mapping[str, Any] = place["risk"]
            return found
    return {}


def plain(value: Any) -> Any:
    """The value as JSON in UTF-8 can say it: mappings, lists, texts, finite numbers, true, false, null."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in (sorted(value, key=str) if isinstance(value, (set, frozenset)) else value)]
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return finite(value)
    return str(value)


def _plain_object(verdict: dict[str, Any]) -> dict[str, Any]:
    return {key: plain(value) for key, value in verdict.items()}


def _subject(side: Side) -> dict[str, Any]:
    identity = side.identity
    return {
        "name": identity.name,
        "digest": identity.digest,
        "kind": identity.kind,
        "revision": identity.revision,
        "prompt": identity.prompt,
        "details": identity.details,
    }


def _side(side: Side) -> dict[str, Any]:
    able = side.capabilities
    return {
        "counts": side.counts,
        "finish_reasons": side.finish_reasons,
        "tokens_in": side.tokens_in,
        "tokens_out": side.tokens_out,
        "cost_usd": finite(side.cost_usd),
        "latency_s": side.latency_s,
        "cached": side.cached,
        "capabilities": {
            "seed": able.seed,
            "logprobs": able.logprobs,
            "n": able.n,
            "choices": able.choices,
            "notes": list(able.notes),
        },
    }


def _rule(outcome: RuleOutcome) -> dict[str, Any]:
    rule = outcome.rule
    return {
        "id": rule.id,
        "kind": rule.kind,
        "metric": rule.metric,
        "slice": outcome.slice,
        "outcome": outcome.decision.word,
        "hold": outcome.hold,
        "reason": outcome.reason,
        "at_least": finite(rule.at_least),
        "at_most": finite(rule.at_most),
        "reference": _level(outcome.reference),
        "candidate": _level(outcome.candidate),
        "drop": _estimate(outcome.drop),
        "difference": _estimate(outcome.difference),
        "n": outcome.n,
        "n_unscored": outcome.n_unscored,
        "p_pass": finite(outcome.p_pass),
        "p_block": finite(outcome.p_block),
        "needed_n": outcome.needed_n,
        "missed": outcome.missed,
        "worst_samples": list(outcome.worst_samples),
        "remediation": outcome.remediation,
        "parts": [_rule(part) for part in outcome.parts],
    }


def _comparison(compared: Comparison) -> dict[str, Any]:
    metric = compared.metric
    return {
        "metric": metric.name,
        "higher_is_better": metric.higher_is_better,
        "kind": metric.kind,
        "unit": metric.unit,
        "slice": compared.slice,
        "reference": _level(compared.reference),
        "candidate": _level(compared.candidate),
        "drop": _estimate(compared.drop),
        "difference": _estimate(compared.difference),
        "mcnemar": compared.mcnemar,
        "n": compared.n,
        "n_unscored": compared.n_unscored,
        "unscored": compared.unscored,
        "regressed": len(compared.regressed),
        "fixed": len(compared.fixed),
        "cluster": compared.cluster,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "where": finding.where,
        "evidence": finding.evidence,
        "owner": finding.owner,
        "remediation": finding.remediation,
        "state": finding.state,
    }


def _level(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": finite(estimate.value),
        "n": estimate.n,
        "low": finite(estimate.low),
        "high": finite(estimate.high),
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": finite(estimate.value),
        "low": finite(estimate.low),
        "high": finite(estimate.high),
        "level": estimate.level,
        "method": estimate.method,
    }
