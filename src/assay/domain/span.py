"""Spans and log records as production sends them, before anyone knows what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened within a span, or beside it as a log record."""

    name: str
    """Its name; empty when it has none."""
    time_ns: int = 0
    """When, nanoseconds since 1970."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """What it says."""
    body: Any = None
    """Body of a log record."""
    trace: str = ""
    """Trace that a log record belongs to, 32 hexadecimal digits; empty for none."""
    span: str = ""
    """Its span, 16 hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One span of OpenTelemetry."""

    trace: str
    """Trace id, 32 lower-case hexadecimal digits."""
    id: str
    """Span id, 16 of them."""
    name: str
    """Its name."""
    parent: str = ""
    """Id of the span around it; empty for a root."""
    start_ns: int = 0
    """When it began, nanoseconds since 1970."""
    end_ns: int = 0
    """When it ended."""
    failed: bool = False
    """Whether its status says error."""
    status: str = ""
    """What the status says."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """What it says; lists and mappings are plain ones."""
    events: tuple[Event, ...] = ()
    """What happened within it."""
    resource: Mapping[str, Any] = field(default_factory=dict)
    """What made it, for example `service.name`; shared by many spans."""
    scope: str = ""
    """The library that made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What one request of an exporter held."""

    spans: tuple[Span, ...] = ()
    """Spans that can be kept."""
    logs: tuple[Event, ...] = ()
    """Log records that can be kept."""
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Cause -> number of spans and log records that cannot: `trace_id`, `span_id`, `time`, `malformed`."""
    repaired: int = 0
    """Characters that are none, such as half a pair, and stand as U+FFFD now."""
    redacted: Mapping[str, int] = field(default_factory=dict)
    """Type -> number of texts that were taken out before storing, such as `api_key`."""
