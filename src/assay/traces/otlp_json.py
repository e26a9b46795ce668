"""OTLP in its JSON form: ids are hexadecimal there, and 64-bit numbers are text."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from typing import Any, TypeVar

import msgspec

from assay.domain.errors import DataError
from assay.domain.span import Arrived, Event, Span
from assay.traces.otlp_repair import mended_json
from assay.traces.otlp_values import ids, kept, parent_of, times

_DEEPEST = 32
_ERROR = (2, "2", "STATUS_CODE_ERROR")


class _Value(msgspec.Struct, rename="camel"):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    array_value: _Values | None = None
    kvlist_value: _Pairs | None = None
    bytes_value: str | None = None


class _Values(msgspec.Struct):
    values: list[_Value] = []


class _Pair(msgspec.Struct):
    key: str = ""
    value: _Value | None = None


class _Pairs(msgspec.Struct):
    values: list[_Pair] = []


class _Event(msgspec.Struct, rename="camel"):
    name: str = ""
    time_unix_nano: int | str = 0
    attributes: list[_Pair] = []


class _Status(msgspec.Struct):
    code: int | str = 0
    message: str = ""


class _Span(msgspec.Struct, rename="camel"):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    name: str = ""
    start_time_unix_nano: int | str = 0
    end_time_unix_nano: int | str = 0
    attributes: list[_Pair] = []
    events: list[_Event] = []
    status: _Status | None = None


class _Log(msgspec.Struct, rename="camel"):
    trace_id: str = ""
    span_id: str = ""
    event_name: str = ""
    time_unix_nano: int | str = 0
    observed_time_unix_nano: int | str = 0
    body: _Value | None = None
    attributes: list[_Pair] = []


class _Named(msgspec.Struct):
    name: str = ""
    attributes: list[_Pair] = []


class _ScopeSpans(msgspec.Struct):
    scope: _Named | None = None
    spans: list[_Span] = []


class _ResourceSpans(msgspec.Struct, rename="camel"):
    resource: _Named | None = None
    scope_spans: list[_ScopeSpans] = []


class _ScopeLogs(msgspec.Struct, rename="camel"):
    scope: _Named | None = None
    log_records: list[_Log] = []


class _ResourceLogs(msgspec.Struct, rename="camel"):
    resource: _Named | None = None
    scope_logs: list[_ScopeLogs] = []


class _Request(msgspec.Struct, rename="camel"):
    resource_spans: list[_ResourceSpans] = []
    resource_logs: list[_ResourceLogs] = []


class _LooseSpans(msgspec.Struct):
    scope: _Named | None = None
    spans: list[msgspec.Raw] = []


class _LooseLogs(msgspec.Struct, rename="camel"):
    scope: _Named | None = None
    log_records: list[msgspec.Raw] = []


class _LooseResourceSpans(msgspec.Struct, rename="camel"):
    resource: _Named | None = None
    scope_spans: list[_LooseSpans] = []


class _LooseResourceLogs(msgspec.Struct, rename="camel"):
    resource: _Named | None = None
    scope_logs: list[_LooseLogs] = []


class _Loose(msgspec.Struct, rename="camel"):
    """A request whose spans and log records are read one by one."""

    resource_spans: list[_LooseResourceSpans] = []
    resource_logs: list[_LooseResourceLogs] = []


_DECODER = msgspec.json.Decoder(_Request)
_LOOSE = msgspec.json.Decoder(_Loose)
_Read = TypeVar("_Read", _Span, _Log)


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


def _loosely(body: bytes, rejected: Counter[str], first: Exception) -> _Request:
    """A request without the spans and log records that are not of OTLP's form.

    Raises:
        DataError: It is no JSON, or a request is not what it is at all.
    """
    try:
        found = _LOOSE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise DataError(f"no OTLP in JSON: {first}") from first
    return _Request(
        resource_spans=[
            _ResourceSpans(
                resource=one.resource,
                scope_spans=[
                    _ScopeSpans(scope=held.scope, spans=_each(held.spans, _Span, rejected)) for held in one.scope_spans
                ],
            )
            for one in found.resource_spans
        ],
        resource_logs=[
            _ResourceLogs(
                resource=other.resource,
                scope_logs=[
                    _ScopeLogs(scope=held.scope, log_records=_each(held.log_records, _Log, rejected))
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


def _span(given: _Span, resource: dict[str, Any], scope: str, rejected: Counter[str]) -> Span | None:
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


def _log(given: _Log) -> Event:
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


def _attributes(pairs: list[_Pair]) -> dict[str, Any]:
    return kept([(pair.key, _value(pair.value)) for pair in pairs if pair.value is not None])


def _value(given: _Value | None, depth: int = 0) -> Any:
    if given is None or depth > _DEEPEST:
        return None
    if given.string_value is not None:
        return given.string_value
    if given.int_value is not None:
        return _whole(given.int_value)
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
    try:
        return int(given)
    except ValueError:
        return 0


def _number(given: float | str) -> float | None:
    try:
        return float(given)
    except ValueError:
        return None


def _bytes(given: str) -> str:
    try:
        return base64.b64decode(given).hex()
    except binascii.Error:
        return ""
