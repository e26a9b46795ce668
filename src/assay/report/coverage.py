"""Which controls of a framework an audit holds evidence for: evidence found, not found, out of scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from assay.domain.audit import Audit
from assay.domain.mapping import Control, Coverage, Framework
from assay.report.inert import one_line
from assay.report.machine import plain, risk_of
from assay.report.words import percent, plural, short_digest

FOUND, MISSING, OUTSIDE = "evidence found", "not found", "out of scope"
"""The three words. None of them says that a control is met."""


def coverage(audit: Audit, frameworks: Iterable[Framework], files: Iterable[str] = ()) -> tuple[Coverage, ...]:
    """What one audit holds for every control.

    Args:
        audit: The audit.
        frameworks: The mappings.
        files: Names of further files of the run: `ledger.sqlite`, `verdict.dsse.json`, `verdict.sigstore.json`.
    """
    held = {**_facts(audit, frozenset(files)), **_metrics(audit), **_findings(audit)}
    return tuple(_covered(framework.key, one, held) for framework in frameworks for one in framework.controls)


def _covered(framework: str, control: Control, held: Mapping[str, str]) -> Coverage:
    if control.out_of_scope:
        return Coverage(framework=framework, control=control, status=OUTSIDE)
    found = tuple(
        f"{key}: {words}" for pattern in control.evidence for key, words in held.items() if fnmatchcase(key, pattern)
    )
    return Coverage(
        framework=framework,
        control=control,
        status=FOUND if found else MISSING,
        found=tuple(dict.fromkeys(found)),
    )


def _metrics(audit: Audit) -> dict[str, str]:
    """Metrics with at least one pair of scores, with the candidate's level and what became of their rules."""
    said: dict[str, str] = {}
    for compared in audit.comparisons:
        if compared.slice or not compared.n:
            continue
        level = compared.candidate.value
        words = "no level" if level is None else percent(level) if compared.metric.kind != "amount" else f"{level:.4g}"
        rules = sorted(
            {
                f"{one.rule.id} {one.decision.word}"
                for one in audit.verdict.outcomes
                if one.rule.metric == compared.metric.name
            }
        )
        said[f"metric:{compared.metric.name}"] = one_line(
            f"candidate {words}, {plural(compared.n, 'pair')}, {compared.n_unscored} unscored; "
            f"rules: {', '.join(rules) or 'none'}",
            300,
        )
    return said


def _findings(audit: Audit) -> dict[str, str]:
    said: dict[str, list[str]] = {}
    for finding in audit.verdict.findings:
        said.setdefault(f"finding:{finding.code}", []).append(one_line(finding.message, 200))
    return {code: f"{len(messages)}, first: {messages[0]}" for code, messages in said.items()}


def _facts(audit: Audit, files: frozenset[str]) -> dict[str, str]:
    """Facts about how the run was made; those that it does not have are left out."""
    verdict = audit.verdict
    with_interval = [one for one in audit.comparisons if one.drop.low is not None or one.difference.low is not None]
    slices = sorted({key for one in audit.comparisons for key in one.slice})
    digests = _dataset_digests(audit)
    remedies = [one for one in verdict.findings if one.remediation]
    labelled = [note for note in audit.warnings if "labels" in note]
    said = {
        "decision": verdict.decision.word,
        "reference": f"compared with {one_line(audit.reference.identity.name, 100)}",
        "registered": f"{short_digest(audit.registered.get('digest', ''))} at {audit.registered.get('time', '')}"
        if audit.registered.get("digest")
        else "",
        "plan": "configuration.json holds the plan as written" if audit.config else "",
        "datasets": f"{plural(len(digests), 'digest')} in configuration.json" if digests else "",
        "identity": f"candidate {short_digest(audit.candidate.identity.digest)}"
        if audit.candidate.identity.digest
        else "",
        "rules": plural(len(verdict.outcomes), "rule") if verdict.outcomes else "",
        "intervals": f"{plural(len(with_interval), 'comparison')} with interval" if with_interval else "",
        "slices": f"by {', '.join(slices)}" if slices else "",
        "scorers": "cards/ says what each scorer looks for and misses" if audit.comparisons else "",
        "unscored": f"{audit.counts.get('unscored', 0)} unscored, {audit.counts.get('errors', 0)} errors counted",
        "not_tested": plural(len(verdict.not_tested), "statement") if verdict.not_tested else "",
        "error_statement": one_line(verdict.error_statement, 300),
        "judge_labels": one_line(labelled[0], 200) if labelled else "",
        "valid_until": verdict.valid_until,
        "owner": next((one_line(one.owner, 100) for one in verdict.findings if one.owner), ""),
        "remediation": f"{plural(len(remedies), 'finding')} with what to do" if remedies else "",
        "risk": ", ".join(f"{key} {value}" for key, value in risk_of(audit).items()),
        "examples": f"{plural(len(audit.examples), 'example')} with both answers in report.html"
        if audit.examples
        else "",
        "ledger": "ledger.sqlite" if "ledger.sqlite" in files else "",
        "attestation": ", ".join(sorted(files & {"verdict.dsse.json", "verdict.sigstore.json"})),
    }
    return {f"fact:{key}": words for key, words in said.items() if words}


def _dataset_digests(audit: Audit) -> list[str]:
    held = audit.config.get("digests")
    return sorted(key for key in map(str, held) if key.startswith("dataset:")) if isinstance(held, Mapping) else []


def mapping_json(audits: Sequence[tuple[Audit, Sequence[Coverage]]], frameworks: Sequence[Framework]) -> dict[str, Any]:
    """The coverage as a JSON-like value, with the controls that each finding speaks to."""
    return {
        "schema": "assay/mapping/1",
        "statuses": [FOUND, MISSING, OUTSIDE],
        "note": "Says where evidence stands. Whether a requirement is met is for people to judge.",
        "frameworks": [
            {"key": one.key, "name": one.name, "version": one.version, "note": one.note} for one in frameworks
        ],
        "candidates": [
            {
                "candidate": plain(audit.candidate.identity.name),
                "controls": [
                    {
                        "framework": one.framework,
                        "id": one.control.id,
                        "about": one.control.says,
                        "status": one.status,
                        "evidence": [plain(each) for each in one.found],
                        **({"reason": one.control.out_of_scope} if one.control.out_of_scope else {}),
                    }
                    for one in covered
                ],
                "findings": _mapped_findings(audit, covered),
            }
            for audit, covered in audits
        ],
    }


def _mapped_findings(audit: Audit, covered: Sequence[Coverage]) -> list[dict[str, Any]]:
    """Each finding with the controls whose evidence names its code or its metric."""
    mapped = []
    for finding in audit.verdict.findings:
        keys = {f"finding:{finding.code}"}
        if isinstance(finding.where.get("metric"), str):
            keys.add(f"metric:{finding.where['metric']}")
        controls = [
            f"{one.framework} {one.control.id}"
            for one in covered
            if any(fnmatchcase(key, pattern) for key in keys for pattern in one.control.evidence)
        ]
        mapped.append(
            {
                "code": one_line(finding.code, 200),
                "severity": finding.severity,
                "message": one_line(finding.message, 500),
                "state": finding.state,
                "controls": controls,
            }
        )
    return mapped


def mapping_markdown(audits: Sequence[tuple[Audit, Sequence[Coverage]]], frameworks: Sequence[Framework]) -> str:
    """The coverage as tables for people, one for each framework and candidate."""
    lines = [
        "# Mapping to frameworks",
        "",
        "Says where this audit holds evidence. Whether a requirement is met is for people to judge.",
        "",
    ]
    for audit, covered in audits:
        for framework in frameworks:
            rows = [one for one in covered if one.framework == framework.key]
            counts = ", ".join(
                f"{sum(one.status == word for one in rows)} {word}" for word in (FOUND, MISSING, OUTSIDE)
            )
            lines += [
                f"## {framework.name}, {framework.version}: {_cell(audit.candidate.identity.name)}",
                "",
                *([framework.note, ""] if framework.note else []),
                f"{counts}.",
                "",
                "| id | about | status | evidence |",
                "|---|---|---|---|",
                *(
                    f"| {_cell(one.control.id)} | {_cell(one.control.says)} | {one.status} | "
                    f"{_cell('; '.join(one.found) or one.control.out_of_scope)} |"
                    for one in rows
                ),
                "",
            ]
    return "\n".join(lines)


_PUNCTUATION = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_{}[]<>()#+!|@~&"})


def _cell(text: str) -> str:
    """Text of strangers inside a table of Markdown: no mark-up, no links, no mentions."""
    return one_line(text, 600).translate(_PUNCTUATION)
