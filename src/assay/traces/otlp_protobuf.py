"""OTLP in its protobuf form; needs `pip install 'assay-llm[serve]'`."""

from __future__ import annotations

import importlib
from collections import Counter
from typing import Any

from assay.domain.errors import DataError, MissingExtra
from assay.domain.span import Arrived, Event, Span
from assay.traces.otlp_repair import mended_protobuf
from assay.traces.otlp_values import ids, kept, parent_of, times

_ERROR = 2
_DEEPEST = 32


def traces(body: bytes) -> Arrived:
    """Spans of a request to /v1/traces.

    Raises:
        DataError: It is no such request.
        MissingExtra: opentelemetry-proto is not installed.
    """
    request, repaired = _parsed("trace.v1.trace_service_pb2", "ExportTraceServiceRequest", body)
    rejected: Counter[str] = Counter()
    spans: list[Span] = []
    for one in request.resource_spans:
        resource = _attributes(one.resource.attributes)
        for scoped in one.scope_spans:
            scope = scoped.scope.name
            for given in scoped.spans:
                span = _span(given, resource, scope, rejected)
                if span is not None:
                    spans.append(span)
    return Arrived(spans=tuple(spans), rejected=dict(rejected), repaired=repaired)


def logs(body: bytes) -> Arrived:
    """Log records of a request to /v1/logs.

    Raises:
        DataError: It is no such request.
        MissingExtra: opentelemetry-proto is not installed.
    """
    request, repaired = _parsed("logs.v1.logs_service_pb2", "ExportLogsServiceRequest", body)
    every = (record for one in request.resource_logs for scoped in one.scope_logs for record in scoped.log_records)
    return Arrived(logs=tuple(map(_log, every)), repaired=repaired)


def _parsed(module: str, name: str, body: bytes) -> tuple[Any, int]:
    """The message, and how many characters in it had to be replaced."""
    try:
        from google.protobuf.message import DecodeError

        made = getattr(importlib.import_module(f"opentelemetry.proto.collector.{module}"), name)()
    except ImportError as error:
        raise MissingExtra(
            "traces in protobuf need opentelemetry-proto, which is not installed. "
            "Install with: pip install 'assay-llm[serve]'"
        ) from error
    try:
        made.ParseFromString(body)
        return made, 0
    except DecodeError as error:
        try:
            mended, repaired = mended_protobuf(body, made.DESCRIPTOR)
            made.Clear()
            made.ParseFromString(mended)
        except (ValueError, DecodeError):
            raise DataError(f"no OTLP in protobuf: {error}") from error
    return made, repaired


def _span(given: Any, resource: dict[str, Any], scope: str, rejected: Counter[str]) -> Span | None:
    own = ids(given.trace_id.hex(), given.span_id.hex(), rejected)
    if own is None:
        return None
    when = times(given.start_time_unix_nano, given.end_time_unix_nano, rejected)
    if when is None:
        return None
    return Span(
        trace=own[0],
        id=own[1],
        parent=parent_of(given.parent_span_id.hex()),
        name=given.name,
        start_ns=when[0],
        end_ns=when[1],
        failed=given.status.code == _ERROR,
        status=given.status.message,
        attributes=_attributes(given.attributes),
        events=tuple(
            Event(name=one.name, time_ns=one.time_unix_nano, attributes=_attributes(one.attributes))
            for one in given.events
        ),
        resource=resource,
        scope=scope,
    )


def _log(given: Any) -> Event:
    attributes = _attributes(given.attributes)
    nothing: Counter[str] = Counter()
    own = ids(given.trace_id.hex(), given.span_id.hex(), nothing) or ("", "")
    return Event(
        name=getattr(given, "event_name", "") or str(attributes.get("event.name", "")),
        time_ns=given.time_unix_nano or given.observed_time_unix_nano,
        attributes=attributes,
        body=_value(given.body),
        trace=own[0],
        span=own[1],
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return kept([(pair.key, _value(pair.value)) for pair in pairs])


def _value(given: Any, depth: int = 0) -> Any:
    kind = given.WhichOneof("value")
    if kind is None or depth > _DEEPEST:
        return None
    held = getattr(given, kind)
    if kind == "array_value":
        return [_value(one, depth + 1) for one in held.values]
    if kind == "kvlist_value":
        return {pair.key: _value(pair.value, depth + 1) for pair in held.values}
    return held.hex() if kind == "bytes_value" else held
