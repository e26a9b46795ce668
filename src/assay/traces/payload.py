"""A span or a log record as the bytes that rest in the database, and back."""

from __future__ import annotations

from typing import Any

import msgspec

from assay.domain.span import Event, Span


class _Event(msgspec.Struct, array_like=True):
    name: str
    time_ns: int
    attributes: dict[str, Any]


class _Span(msgspec.Struct, omit_defaults=True):
    a: dict[str, Any] = {}
    e: list[_Event] = []
    s: str = ""
    c: str = ""


class _Log(msgspec.Struct, omit_defaults=True):
    n: str = ""
    a: dict[str, Any] = {}
    b: Any = None


_ENCODER = msgspec.json.Encoder()
_SPANS = msgspec.json.Decoder(_Span)
_LOGS = msgspec.json.Decoder(_Log)


def packed(span: Span) -> bytes:
    """All of a span that no column holds: attributes, events, status, scope; as JSON."""
    events = [_Event(one.name, one.time_ns, dict(one.attributes)) for one in span.events]
    return _ENCODER.encode(_Span(a=dict(span.attributes), e=events, s=span.status, c=span.scope))


def unpacked(row: tuple[str, str, str, str, int, int, int], payload: bytes, resource: dict[str, Any]) -> Span:
    """A span of its row: trace, id, parent, name, start, end, whether it failed; its payload and its resource."""
    held = _SPANS.decode(payload)
    return Span(
        trace=row[0],
        id=row[1],
        parent=row[2],
        name=row[3],
        start_ns=row[4],
        end_ns=row[5],
        failed=bool(row[6]),
        status=held.s,
        attributes=held.a,
        events=tuple(Event(name=one.name, time_ns=one.time_ns, attributes=one.attributes) for one in held.e),
        resource=resource,
        scope=held.c,
    )


def packed_log(event: Event) -> bytes:
    """All of a log record that no column holds: name, attributes, body."""
    return _ENCODER.encode(_Log(n=event.name, a=dict(event.attributes), b=event.body))


def unpacked_log(trace: str, span: str, time_ns: int, payload: bytes) -> Event:
    """A log record of its row and payload."""
    held = _LOGS.decode(payload)
    return Event(name=held.n, time_ns=time_ns, attributes=held.a, body=held.b, trace=trace, span=span)


def packed_mapping(given: dict[str, Any]) -> bytes:
    """A resource, its keys sorted, so that equal ones are equal bytes."""
    return msgspec.json.encode(given, order="sorted")


def unpacked_mapping(payload: bytes) -> dict[str, Any]:
    """The resource of those bytes."""
    found: dict[str, Any] = msgspec.json.decode(payload)
    return found
