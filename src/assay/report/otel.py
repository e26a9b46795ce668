"""Scores as OpenTelemetry log events in OTLP/JSON: one request a line, as file exporters write."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from assay.domain.audit import Audit, Side
from assay.domain.score import Score
from assay.domain.trial import Trial
from assay.domain.verdict import RuleOutcome
from assay.report.inert import one_line, visible
from assay.report.words import finite

EVENT = "gen_ai.evaluation.result"
"""Name of the event. The GenAI conventions are still in development; these names are those of November 2026."""
NAME, VALUE, LABEL = "gen_ai.evaluation.name", "gen_ai.evaluation.score.value", "gen_ai.evaluation.score.label"
EXPLANATION, ERROR, MODEL = "gen_ai.evaluation.explanation", "error.type", "gen_ai.response.model"
_BATCH = 500
"""Events in one request; collectors refuse bodies of a few MiB."""


def otel(
    audits: Sequence[Audit], scored: Iterable[tuple[Trial, Sequence[Score]]], better: dict[str, bool]
) -> Iterator[str]:
    """Lines of OTLP/JSON: every score of every trial, then every rule and the decision of each candidate.

    Args:
        audits: The audits of a run, at least one.
        scored: Trials with their scores, of all subjects of the run.
        better: Whether higher is better, by metric; what a label means hangs on it.
    """
    version = audits[0].assay_version
    time = _nanoseconds(audits[0].registered.get("time", ""))
    sides = {"reference": audits[0].reference, **{one.candidate.identity.name: one.candidate for one in audits}}
    run = audits[0].registered.get("digest", "")
    waiting: list[dict[str, Any]] = []
    for event in _events(audits, scored, better, sides, run, time):
        waiting.append(event)
        if len(waiting) == _BATCH:
            yield _request(waiting, version)
            waiting = []
    if waiting:
        yield _request(waiting, version)


def _events(
    audits: Sequence[Audit],
    scored: Iterable[tuple[Trial, Sequence[Score]]],
    better: dict[str, bool],
    sides: dict[str, Side],
    run: str,
    time: int,
) -> Iterator[dict[str, Any]]:
    for trial, scores in scored:
        if trial.subject in sides:
            for score in scores:
                yield _score(trial, score, better.get(score.metric), sides[trial.subject], run, time)
    for audit in audits:
        for outcome in audit.verdict.outcomes:
            for one in (outcome, *outcome.parts):
                yield _rule(audit, one, run, time)
        yield _decision(audit, run, time)


def _request(events: list[dict[str, Any]], version: str) -> str:
    resource = {"attributes": [_attribute("service.name", "assay"), _attribute("service.version", version)]}
    scopes = [{"scope": {"name": "assay", "version": version}, "logRecords": events}]
    return json.dumps(
        {"resourceLogs": [{"resource": resource, "scopeLogs": scopes}]},
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )


def _score(trial: Trial, score: Score, higher: bool | None, side: Side, run: str, time: int) -> dict[str, Any]:
    output = trial.output
    attributes = {
        NAME: score.metric,
        VALUE: _number(score.value),
        LABEL: _label(score.value, higher),
        EXPLANATION: one_line(score.explanation, 500),
        ERROR: score.unscored,
        MODEL: output.served_model if output else "",
        "assay.run.digest": run,
        "assay.subject.role": "reference" if trial.subject == "reference" else "candidate",
        "assay.subject.name": side.identity.name,
        "assay.subject.digest": side.identity.digest,
        "assay.suite": trial.task,
        "assay.sample.id": trial.sample_id,
        "assay.sample.digest": trial.sample_digest,
        "assay.epoch": trial.epoch,
        "assay.evaluator.name": score.scorer,
        "assay.evaluator.version": score.version,
        "assay.evaluation.higher_is_better": higher,
        "assay.evaluation.probability": finite(score.probability),
    }
    at = int(trial.started * 1e9) or time
    return _record(attributes, at, *_ids(trial, run))


def _rule(audit: Audit, outcome: RuleOutcome, run: str, time: int) -> dict[str, Any]:
    drop = outcome.drop
    attributes = {
        NAME: outcome.rule.id,
        VALUE: finite(drop.value),
        LABEL: outcome.decision.word,
        EXPLANATION: one_line(outcome.reason, 500),
        "assay.run.digest": run,
        "assay.subject.name": audit.candidate.identity.name,
        "assay.rule.kind": outcome.rule.kind,
        "assay.metric": outcome.rule.metric,
        "assay.slice": ", ".join(f"{key}={value}" for key, value in outcome.slice.items()),
        "assay.reference.value": finite(outcome.reference.value),
        "assay.candidate.value": finite(outcome.candidate.value),
        "assay.drop.low": finite(drop.low),
        "assay.drop.high": finite(drop.high),
        "assay.pairs": outcome.n,
        "assay.unscored": outcome.n_unscored,
    }
    return _record(attributes, time)


def _decision(audit: Audit, run: str, time: int) -> dict[str, Any]:
    verdict = audit.verdict
    attributes = {
        NAME: "assay.decision",
        LABEL: verdict.decision.word,
        EXPLANATION: one_line("; ".join(verdict.reasons), 500),
        "assay.run.digest": run,
        "assay.subject.name": audit.candidate.identity.name,
        "assay.subject.digest": audit.candidate.identity.digest,
        "assay.hold": verdict.hold,
        "assay.exploratory": bool(verdict.exploratory),
    }
    return _record(attributes, time)


def _record(attributes: dict[str, Any], time: int, trace: str = "", span: str = "") -> dict[str, Any]:
    """A log record; attributes without a value are left out, the event's name stands in both places that are read."""
    kept = [_attribute(key, value) for key, value in attributes.items() if value is not None and value != ""]
    return {
        "timeUnixNano": str(time),
        "observedTimeUnixNano": str(time),
        "severityNumber": 9,
        "severityText": "INFO",
        "eventName": EVENT,
        "attributes": [_attribute("event.name", EVENT), *kept],
        **({"traceId": trace, "spanId": span} if trace else {}),
    }


def _attribute(key: str, value: bool | int | float | str) -> dict[str, Any]:
    """A key with its value as OTLP/JSON types them: whole numbers are text."""
    if isinstance(value, bool):
        return {"key": key, "value": {"boolValue": value}}
    if isinstance(value, int):
        return {"key": key, "value": {"intValue": str(value)}}
    if isinstance(value, float):
        return {"key": key, "value": {"doubleValue": value}}
    return {"key": key, "value": {"stringValue": visible(value)[:2000]}}


def _number(value: bool | float | str | None) -> float | None:
    return None if value is None or isinstance(value, str) else finite(float(value))


def _label(value: bool | float | str | None, higher: bool | None) -> str:
    """pass or fail where the value is a yes or no and its direction is known; a word as it is; empty otherwise."""
    if isinstance(value, str):
        return one_line(value, 100)
    if isinstance(value, bool) and higher is not None:
        return "pass" if value == higher else "fail"
    return ""


def _ids(trial: Trial, run: str) -> tuple[str, str]:
    """Trace and span in hexadecimal: those that came with the answer, else made from run, sample and repeat."""
    given = trial.output.metadata if trial.output else {}
    trace, span = given.get("trace_id"), given.get("span_id")
    if _hexadecimal(trace, 32) and _hexadecimal(span, 16):
        return str(trace).lower(), str(span).lower()
    key = json.dumps([run, trial.subject, trial.task, trial.sample_id, trial.sample_digest, trial.epoch])
    made = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return made[:32], made[32:48]


def _hexadecimal(value: object, length: int) -> bool:
    return (
        isinstance(value, str)
        and len(value) == length
        and set(value.lower()) <= set("0123456789abcdef")
        and set(value) != {"0"}
    )


def _nanoseconds(time: str) -> int:
    """Nanoseconds since 1970 of an ISO 8601 time; 0, which says unknown, when it is none."""
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return 0
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) * 1_000_000_000
