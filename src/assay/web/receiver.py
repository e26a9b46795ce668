"""Takes what exporters of OpenTelemetry send: nothing is answered 200 that is not on disk."""

from __future__ import annotations

import asyncio
import importlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from assay.domain.errors import DataError, MissingExtra
from assay.domain.span import Arrived
from assay.traces.otlp import Signal, decoded
from assay.traces.writing import UNSTORABLE, Full, Writer
from assay.web.doors import Doors

LARGEST_REQUEST = 16 * 1024 * 1024
"""Bytes of a request as it comes over the wire."""
LARGE = 2 * 1024 * 1024
"""Bytes from which a request is read beside the others, so that they need not wait; also what is packed."""
RETRY_AFTER_S = 1
PROTOBUF = "application/x-protobuf"
_EMPTY = len(b"{}")
"""Bytes of a request that holds nothing and says so."""
_NOTHING = {
    "traces": ("no_resource_spans", "no span under resourceSpans: nothing was kept"),
    "logs": ("no_resource_logs", "no log record under resourceLogs: nothing was kept"),
}
"""How a request is counted, and answered, that holds something else alone: fields that nobody knows are no error."""


@dataclass(slots=True, kw_only=True)
class Receiver:
    """The routes of exporters."""

    writer: Writer
    """Where spans go."""
    doors: Doors
    """Who may send."""
    clean: Callable[[Arrived], Arrived] = lambda arrived: arrived
    """What is done to spans before they are stored, such as redaction."""
    counts: Counter[str] = field(default_factory=Counter)
    """Requests by outcome."""

    def routes(self) -> list[Route]:
        """`/v1/traces`, `/v1/logs`, `/v1/metrics`, and the alias of traceAI."""
        return [
            Route("/v1/traces", self.traces, methods=["POST"]),
            Route("/tracer/v1/traces", self.traces, methods=["POST"]),
            Route("/v1/logs", self.logs, methods=["POST"]),
            Route("/v1/metrics", self.metrics, methods=["POST"]),
        ]

    async def traces(self, request: Request) -> Response:
        """Spans."""
        return await self._taken(request, "traces")

    async def logs(self, request: Request) -> Response:
        """Log records."""
        return await self._taken(request, "logs")

    async def metrics(self, request: Request) -> Response:
        """Metrics are taken and not kept: the watch counts for itself."""
        if self.doors.visitor(request) is None:
            return self._refused(401, "unauthorised", "a token is needed: Authorization: Bearer ...")
        self.counts["metrics_not_kept"] += 1
        return Response(b"", media_type=PROTOBUF)

    async def _taken(self, request: Request, signal: Signal) -> Response:
        if self.doors.visitor(request) is None:
            return self._refused(401, "unauthorised", "a token is needed: Authorization: Bearer ...")
        kind = request.headers.get("content-type", "")
        try:
            body = await _body(request)
            packing = request.headers.get("content-encoding", "")
            read = partial(self._read, body, kind, packing, signal)
            arrived = await asyncio.to_thread(read) if len(body) > LARGE or packing else read()
        except _TooLarge:
            return self._refused(413, "too_large", f"a request has at most {LARGEST_REQUEST:,} bytes")
        except DataError as error:
            return self._refused(400, "unreadable", str(error))
        except MissingExtra as error:
            return self._refused(415, "no_protobuf", str(error))
        except ClientDisconnect:
            return self._refused(400, "hung_up", "the request ended before its end")
        try:
            await asyncio.wrap_future(self.writer.offer(arrived))
        except Full:
            return self._refused(429, "turned_away", "too much waits to be written; come again", retry=True)
        except (sqlite3.Error, MemoryError) as error:
            return self._refused(503, "not_written", f"the database says: {error}", retry=True)
        except UNSTORABLE as error:
            return self._refused(400, "not_written", f"cannot be stored: {error}")
        self.counts["taken"] += 1
        nothing = len(body) > _EMPTY and not (arrived.spans or arrived.logs or arrived.rejected)
        if nothing:
            self.counts[_NOTHING[signal][0]] += 1
        return _answered(arrived, kind, signal, _NOTHING[signal][1] if nothing else "")

    def _read(self, body: bytes, kind: str, packing: str, signal: Signal) -> Arrived:
        return self.clean(decoded(body, kind, packing, signal))

    def _refused(self, status: int, cause: str, why: str, *, retry: bool = False) -> Response:
        self.counts[cause] += 1
        headers = {"Retry-After": str(RETRY_AFTER_S)} if retry else {}
        return JSONResponse({"code": status, "message": why[:500]}, status_code=status, headers=headers)


class _TooLarge(Exception):
    pass


async def _body(request: Request) -> bytes:
    """The body, as far as it is not too large; what is announced as too large is not even read."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > LARGEST_REQUEST:
        raise _TooLarge
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_REQUEST:
            raise _TooLarge
        parts.append(part)
    return b"".join(parts)


def _answered(arrived: Arrived, kind: str, signal: Signal, warning: str) -> Response:
    """The answer of the protocol.

    Source:
        OTLP 1.5, "Partial Success": a message with nothing rejected is a warning about what was taken.
    """
    rejected = sum(arrived.rejected.values())
    told_of = {**arrived.rejected, **({"repaired_characters": arrived.repaired} if arrived.repaired else {})}
    why = ", ".join(f"{cause}: {count}" for cause, count in told_of.items()) or warning
    if kind.startswith("application/json"):
        name: Literal["rejectedSpans", "rejectedLogRecords"]
        name = "rejectedSpans" if signal == "traces" else "rejectedLogRecords"
        told: dict[str, Any] = {"partialSuccess": {name: str(rejected), "errorMessage": why}} if why else {}
        return Response(json.dumps(told), media_type="application/json")
    return Response(_partial(signal, rejected, why) if why else b"", media_type=PROTOBUF)


def _partial(signal: Signal, rejected: int, why: str) -> bytes:
    """The answer of the protocol that some were rejected."""
    module, name, count = (
        ("trace.v1.trace_service_pb2", "ExportTraceServiceResponse", "rejected_spans")
        if signal == "traces"
        else ("logs.v1.logs_service_pb2", "ExportLogsServiceResponse", "rejected_log_records")
    )
    made = getattr(importlib.import_module(f"opentelemetry.proto.collector.{module}"), name)()
    setattr(made.partial_success, count, rejected)
    made.partial_success.error_message = why
    return bytes(made.SerializeToString())
