"""A CycloneDX 1.6 bill of materials of the candidate: a model card with its figures, intervals and limits."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from assay.domain.audit import Audit, Side
from assay.domain.estimate import Comparison, Estimate
from assay.report.inert import one_line
from assay.report.words import slice_name

SPEC = "1.6"
"""Version of the specification; readers of 1.7 take it too."""
_NAMESPACE = uuid.UUID("6f2a52be-2a55-5f63-9b1e-2f1f1f0a7c11")
"""Our own; serial numbers are made from it and the run, so that the same audit gives the same document."""


def cyclonedx(audits: Sequence[Audit]) -> str:
    """One document with a component for each candidate, and one for the reference they were compared with."""
    first = audits[0]
    run = first.registered.get("digest", "")
    names = [audit.candidate.identity.digest for audit in audits]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, json.dumps([run, *names]))}",
        "version": 1,
        "metadata": {
            **_timestamp(first.registered.get("time", "")),
            "tools": {"components": [{"type": "application", "name": "assay", "version": first.assay_version or "0"}]},
            "properties": _properties({"assay:audit": first.name, "assay:registered": run}),
        },
        "components": [
            *(_candidate(audit, f"candidate-{number}") for number, audit in enumerate(audits, start=1)),
            _component(first.reference, "reference"),
        ],
        "dependencies": [{"ref": f"candidate-{number}"} for number in range(1, len(audits) + 1)]
        + [{"ref": "reference"}],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _timestamp(time: str) -> dict[str, str]:
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return {}
    return {"timestamp": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def _component(side: Side, ref: str) -> dict[str, Any]:
    identity = side.identity
    version = one_line(identity.revision, 100)
    return {
        "type": "machine-learning-model",
        "bom-ref": ref,
        "name": one_line(identity.name, 200) or ref,
        **({"version": version} if version else {}),
        "properties": _properties(
            {
                "assay:digest": identity.digest,
                "assay:kind": identity.kind,
                "assay:prompt_version": identity.prompt,
                **{f"assay:detail:{key}": value for key, value in sorted(identity.details.items())},
            }
        ),
    }


def _candidate(audit: Audit, ref: str) -> dict[str, Any]:
    verdict = audit.verdict
    return {
        **_component(audit.candidate, ref),
        "modelCard": {
            "bom-ref": f"{ref}-card",
            "quantitativeAnalysis": {
                "performanceMetrics": [
                    metric for one in audit.comparisons if one.metric.kind != "label" for metric in _metrics(one)
                ]
            },
            "considerations": {
                "technicalLimitations": [one_line(each, 500) for each in verdict.not_tested if each.strip()],
                "ethicalConsiderations": [
                    {
                        "name": one_line(f"{finding.code}: {finding.message}", 500),
                        **(
                            {"mitigationStrategy": one_line(finding.remediation, 500)}
                            if finding.remediation.strip()
                            else {}
                        ),
                    }
                    for finding in verdict.findings
                ],
            },
            "properties": _properties(
                {
                    "assay:decision": verdict.decision.word,
                    "assay:hold": "true" if verdict.hold else "false",
                    "assay:exploratory": verdict.exploratory,
                    "assay:valid_until": verdict.valid_until,
                    "assay:error_statement": verdict.error_statement,
                }
            ),
        },
    }


def _metrics(compared: Comparison) -> list[dict[str, Any]]:
    """The candidate's level, and how much of the reference's it lost."""
    name, slice_ = one_line(compared.metric.name, 100), slice_name(compared.slice) if compared.slice else ""
    levels = [(name, compared.candidate), (f"{name} relative drop", compared.drop)]
    return [_metric(kind, estimate, slice_) for kind, estimate in levels if estimate.value is not None]


def _metric(kind: str, estimate: Estimate, slice_: str) -> dict[str, Any]:
    metric: dict[str, Any] = {"type": kind, "value": _number(estimate.value)}
    if slice_:
        metric["slice"] = one_line(slice_, 200)
    if estimate.low is not None and estimate.high is not None:
        metric["confidenceInterval"] = {"lowerBound": _number(estimate.low), "upperBound": _number(estimate.high)}
    return metric


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _properties(values: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"name": one_line(name, 200), "value": one_line(value, 1000)} for name, value in values.items() if value.strip()
    ]
