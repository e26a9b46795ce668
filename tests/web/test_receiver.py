from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from starlette.applications import Starlette

from assay.traces.hot import HotTraces
from assay.traces.writing import Writer
from assay.web import receiver
from assay.web.doors import Doors, Visitor, digest_of
from assay.web.receiver import Receiver

SPAN = {
    "traceId": "4bf92f3577b34da6a3ce929d0e0e4736", "spanId": "00f067aa0ba902b7", "name": "chat",
    "startTimeUnixNano": "5", "endTimeUnixNano": "9",
}  # fmt: skip


def body(*spans: dict[str, Any]) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}).encode()


@dataclass
class House:
    """A server in this process, on a port of its own."""

    url: str
    base: HotTraces
    receiver: Receiver


@contextlib.contextmanager
def house(folder: Path, doors: Doors | None = None, most_waiting: int = 100) -> Iterator[House]:
    import uvicorn

    base = HotTraces(folder / "traces.db")
    writer = Writer(base, most_waiting=most_waiting)
    made = Receiver(writer=writer, doors=doors or Doors())
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    config = uvicorn.Config(Starlette(routes=made.routes()), port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield House(f"http://127.0.0.1:{port}", base, made)
    finally:
        server.should_exit = True
        thread.join()
        writer.close()


def post(url: str, data: bytes, **headers: str) -> tuple[int, dict[str, str], bytes]:
    async def ask() -> tuple[int, dict[str, str], bytes]:
        async with aiohttp.ClientSession() as session, session.post(url, data=data, headers=headers) as reply:
            return reply.status, {key.lower(): value for key, value in reply.headers.items()}, await reply.read()

    return asyncio.run(ask())


JSON = {"Content-Type": "application/json"}


def test_what_is_answered_200_is_on_disk(tmp_path: Path) -> None:
    with house(tmp_path) as served:
        for route in ("/v1/traces", "/tracer/v1/traces"):
            status, _, said = post(
                served.url + route, gzip.compress(body(SPAN)), **JSON, **{"Content-Encoding": "gzip"}
            )
            assert (status, said) == (200, b"{}")
        with sqlite3.connect(tmp_path / "traces.db") as other:
            assert other.execute("SELECT count(*) FROM spans").fetchone()[0] == 2


def test_protobuf_is_answered_in_protobuf(tmp_path: Path) -> None:
    service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    made = service.ExportTraceServiceRequest()
    spans = made.resource_spans.add().scope_spans.add().spans
    spans.add(trace_id=bytes.fromhex(SPAN["traceId"]), span_id=bytes.fromhex(SPAN["spanId"]), name="good")
    spans.add(trace_id=b"short", span_id=b"x", name="bad")
    with house(tmp_path) as served:
        status, headers, said = post(
            served.url + "/v1/traces", made.SerializeToString(), **{"Content-Type": "application/x-protobuf"}
        )
        assert (status, headers["content-type"]) == (200, "application/x-protobuf")
        answer = service.ExportTraceServiceResponse.FromString(said)
        assert (answer.partial_success.rejected_spans, answer.partial_success.error_message) == (1, "trace_id: 1")
        assert served.base.counts() == {"rejected_trace_id": 1, "spans": 1}


def test_rejected_spans_are_told_in_json(tmp_path: Path) -> None:
    with house(tmp_path) as served:
        _, _, said = post(served.url + "/v1/traces", body(SPAN, {**SPAN, "spanId": "00"}), **JSON)
        assert json.loads(said) == {"partialSuccess": {"rejectedSpans": "1", "errorMessage": "span_id: 1"}}


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        (b"{", JSON, 400),
        (b"{}", {"Content-Type": "text/plain"}, 400),
        (b"junk", {**JSON, "Content-Encoding": "gzip"}, 400),
        (gzip.compress(b"0" * (65 << 20)), {**JSON, "Content-Encoding": "gzip"}, 400),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(
    tmp_path: Path, data: bytes, headers: dict[str, str], status: int
) -> None:
    with house(tmp_path) as served:
        found, _, said = post(served.url + "/v1/traces", data, **headers)
        assert found == status
        assert json.loads(said)["message"]
        assert served.base.counts() == {}


def test_a_request_of_something_else_is_taken_with_a_warning(tmp_path: Path) -> None:
    """Fields that nobody knows are ignored, as protobuf has it, but a sender who mistook the form must hear of it."""
    with house(tmp_path) as served:
        for route, name, words in (
            ("traces", "rejectedSpans", "no span under resourceSpans: nothing was kept"),
            ("logs", "rejectedLogRecords", "no log record under resourceLogs: nothing was kept"),
        ):
            status, _, said = post(f"{served.url}/v1/{route}", b'{"foo": 1}', **JSON)
            assert (status, json.loads(said)) == (200, {"partialSuccess": {name: "0", "errorMessage": words}})
        assert post(served.url + "/v1/traces", b"{}", **JSON)[::2] == (200, b"{}")
        assert served.receiver.counts == {"taken": 3, "no_resource_spans": 1, "no_resource_logs": 1}


def test_a_large_request_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver, "LARGEST_REQUEST", 1000)
    with house(tmp_path) as served:
        status, _, said = post(served.url + "/v1/traces", b" " * 2000, **JSON)
        assert (status, json.loads(said)["message"]) == (413, "a request has at most 1,000 bytes")


def test_too_much_at_once_is_turned_away_with_a_time_to_come_again(tmp_path: Path) -> None:
    lock = None
    with house(tmp_path, most_waiting=2) as served:
        lock = sqlite3.connect(tmp_path / "traces.db", isolation_level=None, check_same_thread=False)
        lock.execute("BEGIN IMMEDIATE")
        sent: list[int] = []
        first = threading.Thread(
            target=lambda: sent.append(post(served.url + "/v1/traces", body(SPAN, SPAN), **JSON)[0])
        )
        first.start()
        while not served.receiver.writer.waiting:
            time.sleep(0.01)
        status, headers, _ = post(served.url + "/v1/traces", body(SPAN), **JSON)
        lock.execute("ROLLBACK")
        first.join()
        assert (status, headers["retry-after"], sent) == (429, "1", [200])
        assert served.receiver.counts == {"turned_away": 1, "taken": 1}


def test_a_token_is_asked_for_where_there_are_tokens(tmp_path: Path) -> None:
    doors = Doors(tokens={digest_of("open sesame"): Visitor(name="shop", role="exporter")})
    with house(tmp_path, doors) as served:
        route = served.url + "/v1/traces"
        assert post(route, body(SPAN), **JSON)[0] == 401
        assert post(route, body(SPAN), **JSON, Authorization="Bearer wrong")[0] == 401
        assert post(route, body(SPAN), **JSON, Authorization="Bearer open sesame")[0] == 200
        assert post(route, body(SPAN), **JSON, **{"X-Api-Key": "open sesame"})[0] == 200
        assert post(served.url + "/v1/metrics", b"")[0] == 401
        assert served.base.counts()["spans"] == 2


def test_half_a_character_is_repaired_and_told_and_the_others_are_kept(tmp_path: Path) -> None:
    bad = {**SPAN, "spanId": "1" * 16, "name": "half \ud800"}
    wrong = {**SPAN, "spanId": "2" * 16, "name": 7}
    with house(tmp_path) as served:
        status, _, said = post(served.url + "/v1/traces", body(SPAN, bad, wrong), **JSON)
        told = {"rejectedSpans": "1", "errorMessage": "malformed: 1, repaired_characters: 1"}
        assert (status, json.loads(said)) == (200, {"partialSuccess": told})
        assert served.base.counts() == {"rejected_malformed": 1, "repaired_characters": 1, "spans": 2}
        names = {span.name for span in served.base.spans(SPAN["traceId"])}
        assert names == {"chat", "half \ufffd"}
        status, _, said = post(served.url + "/v1/traces", body(SPAN).replace(b"chat", b"\xff\xfe"), **JSON)
        assert (status, json.loads(said)["partialSuccess"]["rejectedSpans"]) == (200, "0")
