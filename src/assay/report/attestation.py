"""The verdict as an in-toto statement: what was audited, what was found, and where it stands in the ledger.

Statement v1 with the predicate test-result v0.1 (in-toto/attestation, spec/predicates/test-result.md);
our own part stands in its field `assay`. The subjects are the candidate's artefacts: a verdict says nothing that
would let the reference pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
SCHEMA = "assay/attestation/1"
KEPT = (
    "schema", "audit", "decision", "exit_code", "hold", "reasons", "next_step", "reference", "candidate", "rules",
    "findings", "counts", "not_tested", "error_statement", "registered", "valid_until", "exploratory", "risk",
    "effects", "bands", "acts", "case",
)  # fmt: skip
"""Parts of the verdict that are attested; the rest is for reading."""
_RESULTS = {"deploy": "PASSED", "deploy_monitored": "WARNED", "inconclusive": "FAILED", "review": "FAILED"}
_LISTS = {"deploy": "passedTests", "deploy_monitored": "warnedTests"}
_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """An entry of the ledger, with what proves that it is there."""

    index: int
    """Its place, from 0."""
    body: str
    """Its body as it stands there."""
    path: Sequence[bytes]
    """Hashes of the inclusion proof (RFC 9162)."""


def result(verdict: Mapping[str, Any]) -> str:
    """PASSED, WARNED or FAILED; an exploratory verdict passes nothing, and only a proved one may."""
    if verdict["exploratory"]:
        return "FAILED"
    return _RESULTS.get(str(verdict["decision"]), "FAILED")


def tests(verdict: Mapping[str, Any]) -> dict[str, list[str]]:
    """The rules by what became of them: passedTests, warnedTests, failedTests."""
    sorted_out: dict[str, list[str]] = {"passedTests": [], "warnedTests": [], "failedTests": []}
    for rule in verdict["rules"]:
        sorted_out[_LISTS.get(rule["outcome"], "failedTests")].append(_named(rule))
    return sorted_out


def _named(rule: Mapping[str, Any]) -> str:
    where = ",".join(f"{key}={value}" for key, value in sorted(rule["slice"].items()))
    return f"{rule['id']}[{where}]" if where else str(rule["id"])


def statement(
    verdict: Mapping[str, Any],
    *,
    run: str,
    digests: Mapping[str, str],
    code: Mapping[str, str],
    samples: Mapping[str, object],
    ledger: Mapping[str, object],
    proofs: Mapping[str, Proof],
    as_of: str,
    earlier: Sequence[Mapping[str, Any]] = (),
    candidates: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The statement about one candidate.

    Args:
        verdict: The verdict of one candidate, as `verdict.json` has it.
        run: Id of the run.
        digests: What was registered, digest by name.
        code: Versions of what decided.
        samples: Number of trials, and root of the tree over their salted commitments, in hexadecimal.
        ledger: origin, size, root and signed checkpoint.
        proofs: Where registration, first answers and end stand in the ledger.
        as_of: Day on which it was decided, and on which waivers still held.
        earlier: Runs that were registered in the same ledger before this one.
        candidates: Names and decisions of all candidates of the run, this one among them.
    """
    return {
        "_type": TYPE,
        "subject": subjects(verdict["candidate"]),
        "predicateType": PREDICATE,
        "predicate": {
            "result": result(verdict),
            "configuration": [*descriptors(digests), *descriptors({"reference": verdict["reference"]["digest"]})],
            **tests(verdict),
            "assay": {
                "schema": SCHEMA,
                "run": run,
                "verdict": _attested(verdict),
                "samples": dict(samples),
                "ledger": dict(ledger),
                "code": dict(code),
                "as_of": as_of,
                "earlier": [dict(one) for one in earlier],
                "candidates": [dict(one) for one in candidates],
                "proofs": {
                    name: {"index": one.index, "body": one.body, "path": [step.hex() for step in one.path]}
                    for name, one in proofs.items()
                },
            },
        },
    }


def _attested(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict without what may quote people's words or prompts."""
    kept = {name: verdict[name] for name in KEPT if name in verdict}
    kept["findings"] = [one for one in verdict["findings"] if not one["code"].startswith("pattern.")]
    return kept


def subjects(candidate: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The candidate as a whole, then each of its parts that has a digest: weights, adapters, tokenizer, prompts."""
    found = descriptors({str(candidate["name"]): str(candidate["digest"])})
    parts = {f"{candidate['name']}/{name}": str(value) for name, value in sorted(candidate["details"].items())}
    return found + descriptors(parts)


def descriptors(digests: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"name": name, "digest": {"sha256": match[1]}}
        for name, value in digests.items()
        if (match := _SHA256.fullmatch(value))
    ]
