"""The form of OTLP in JSON: what a request of an exporter holds, as the protocol names it."""

from __future__ import annotations

import msgspec


class Value(msgspec.Struct, rename="camel"):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    array_value: Values | None = None
    kvlist_value: Pairs | None = None
    bytes_value: str | None = None


class Values(msgspec.Struct):
    values: list[Value] = []


class Pair(msgspec.Struct):
    key: str = ""
    value: Value | None = None


class Pairs(msgspec.Struct):
    values: list[Pair] = []


class Event(msgspec.Struct, rename="camel"):
    name: str = ""
    time_unix_nano: int | str = 0
    attributes: list[Pair] = []


class Status(msgspec.Struct):
    code: int | str = 0
    message: str = ""


class Span(msgspec.Struct, rename="camel"):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    name: str = ""
    start_time_unix_nano: int | str = 0
    end_time_unix_nano: int | str = 0
    attributes: list[Pair] = []
    events: list[Event] = []
    status: Status | None = None


class Log(msgspec.Struct, rename="camel"):
    trace_id: str = ""
    span_id: str = ""
    event_name: str = ""
    time_unix_nano: int | str = 0
    observed_time_unix_nano: int | str = 0
    body: Value | None = None
    attributes: list[Pair] = []


class Named(msgspec.Struct):
    name: str = ""
    attributes: list[Pair] = []


class ScopeSpans(msgspec.Struct):
    scope: Named | None = None
    spans: list[Span] = []


class ResourceSpans(msgspec.Struct, rename="camel"):
    resource: Named | None = None
    scope_spans: list[ScopeSpans] = []


class ScopeLogs(msgspec.Struct, rename="camel"):
    scope: Named | None = None
    log_records: list[Log] = []


class ResourceLogs(msgspec.Struct, rename="camel"):
    resource: Named | None = None
    scope_logs: list[ScopeLogs] = []


class Request(msgspec.Struct, rename="camel"):
    resource_spans: list[ResourceSpans] = []
    resource_logs: list[ResourceLogs] = []


class LooseSpans(msgspec.Struct):
    scope: Named | None = None
    spans: list[msgspec.Raw] = []


class LooseLogs(msgspec.Struct, rename="camel"):
    scope: Named | None = None
    log_records: list[msgspec.Raw] = []


class LooseResourceSpans(msgspec.Struct, rename="camel"):
    resource: Named | None = None
    scope_spans: list[LooseSpans] = []


class LooseResourceLogs(msgspec.Struct, rename="camel"):
    resource: Named | None = None
    scope_logs: list[LooseLogs] = []


class Loose(msgspec.Struct, rename="camel"):
    """A request whose spans and log records are read one by one."""

    resource_spans: list[LooseResourceSpans] = []
    resource_logs: list[LooseResourceLogs] = []
