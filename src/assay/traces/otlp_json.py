"""OTLP in its JSON form: ids are hexadecimal there, and 64-bit numbers are text."""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any, TypeVar

import msgspec

from assay.domain.errors import DataError
from assay.domain.span import Arrived, Event, Span
from assay.traces import otlp_form as form
from assay.traces.otlp_repair import mended_json
from assay.traces.otlp_values import ids, kept, parent_of, times

_DEEPEST = 32
_ERROR = (2, "2", "STATUS_CODE_ERROR")


_DECODER = msgspec.json.Decoder(form.Request)
_LOOSE = msgspec.json.Decoder(form.Loose)
_Read = TypeVar("_Read", form.Span, form.Log)


def from_json(body: bytes) -> Arrived:
    """Spans and log records of a request in JSON.

    Raises:
        DataError: It is no JSON, or not of OTLP's form.

    Source:
        OpenTelemetry protocol 1.5, JSON Protobuf encoding: ids in hexadecimal, not in base64.
    """
    rejected: Counter[str] = Counter()
    repaired = 0
    try:
        request = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        body, repaired = mended_json(body)
        request = _loosely(body, rejected, error)
    spans: list[Span] = []
    logs: list[Event] = []
    for one in request.resource_spans:
        resource = _attributes(one.resource.attributes) if one.resource else {}
        for scoped in one.scope_spans:
            scope = scoped.scope.name if scoped.scope else ""
            found = (_span(span, resource, scope, rejected) for span in scoped.spans)
            spans += [span for span in found if span is not None]
    for other in request.resource_logs:
        logs += [_log(record) for scoped in other.scope_logs for record in scoped.log_records]
    return Arrived(spans=tuple(spans), logs=tuple(logs), rejected=dict(rejected), repaired=repaired)


def _loosely(body: bytes, rejected: Counter[str], first: Exception) -> form.Request:
    """A request without the spans and log records that are not of OTLP's form.

    Raises:
        DataError: It is no JSON, or a request is not what it is at all.
    """
    try:
        found = _LOOSE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise DataError(f"no OTLP in JSON: {first}") from first
    return form.Request(
        resource_spans=[
            form.ResourceSpans(
                resource=one.resource,
                scope_spans=[
                    form.ScopeSpans(scope=held.scope, spans=_each(held.spans, form.Span, rejected))
                    for held in one.scope_spans
                ],
            )
            for one in found.resource_spans
        ],
        resource_logs=[
            form.ResourceLogs(
                resource=other.resource,
                scope_logs=[
                    form.ScopeLogs(scope=held.scope, log_records=_each(held.log_records, form.Log, rejected))
                    for held in other.scope_logs
                ],
            )
            for other in found.resource_logs
        ],
    )


def _each(given: list[msgspec.Raw], kind: type[_Read], rejected: Counter[str]) -> list[_Read]:
    found: list[_Read] = []
    for one in given:
        try:
            found.append(msgspec.json.decode(one, type=kind))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            rejected["malformed"] += 1
    return found


def _span(given: form.Span, resource: dict[str, Any], scope: str, rejected: Counter[str]) -> Span | None:
    own = ids(given.trace_id, given.span_id, rejected)
    if own is None:
        return None
    when = times(given.start_time_unix_nano, given.end_time_unix_nano, rejected)
    if when is None:
        return None
    status = given.status
    return Span(
        trace=own[0],
        id=own[1],
        parent=parent_of(given.parent_span_id),
        name=given.name,
        start_ns=when[0],
        end_ns=when[1],
        failed=status is not None and status.code in _ERROR,
        status=status.message if status else "",
        attributes=_attributes(given.attributes),
        events=tuple(
            Event(name=one.name, time_ns=_whole(one.time_unix_nano), attributes=_attributes(one.attributes))
            for one in given.events
        ),
        resource=resource,
        scope=scope,
    )


def _log(given: form.Log) -> Event:
    attributes = _attributes(given.attributes)
    nothing: Counter[str] = Counter()
    own = ids(given.trace_id, given.span_id, nothing) or ("", "")
    return Event(
        name=given.event_name or str(attributes.get("event.name", "")),
        time_ns=_whole(given.time_unix_nano) or _whole(given.observed_time_unix_nano),
        attributes=attributes,
        body=_value(given.body) if given.body else None,
        trace=own[0],
        span=own[1],
    )


def _attributes(pairs: list[form.Pair]) -> dict[str, Any]:
    return kept([(pair.key, _value(pair.value)) for pair in pairs if pair.value is not None])


def _value(given: form.Value | None, depth: int = 0) -> Any:
    if given is None or depth > _DEEPEST:
        return None
    if given.string_value is not None:
        return given.string_value
    if given.int_value is not None:
        return _integer(given.int_value)
    if given.double_value is not None:
        return _number(given.double_value)
    if given.bool_value is not None:
        return given.bool_value
    if given.array_value is not None:
        return [_value(one, depth + 1) for one in given.array_value.values]
    if given.kvlist_value is not None:
        return {pair.key: _value(pair.value, depth + 1) for pair in given.kvlist_value.values}
    return _bytes(given.bytes_value) if given.bytes_value is not None else None


def _whole(given: int | str) -> int:
    """A time; 0 is none."""
    return _integer(given) or 0


def _integer(given: int | str) -> int | None:
    """A whole number; None for what is none: no value is not 0."""
    try:
        return int(given)
    except ValueError:
        return None


def _number(given: float | str) -> float | None:
    try:
        return float(given)
    except ValueError:
        return None


def _bytes(given: str) -> str | None:
    try:
        return base64.b64decode(given).hex()
    except ValueError:  # binascii.Error is one
        return None
