from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import DataError
from assay.traces.otlp import decoded, unpacked
from assay.traces.otlp_json import from_json
from assay.traces.otlp_values import CUT, LARGEST_TEXT, MOST_ATTRIBUTES, id_of

TRACE, SPAN, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "00f067aa0ba902b6"


def value(given: Any) -> dict[str, Any]:
    if isinstance(given, bool):
        return {"boolValue": given}
    if isinstance(given, int):
        return {"intValue": str(given)}
    if isinstance(given, float):
        return {"doubleValue": given}
    if isinstance(given, list):
        return {"arrayValue": {"values": [value(one) for one in given]}}
    if isinstance(given, dict):
        return {"kvlistValue": {"values": pairs(given)}}
    return {"stringValue": given}


def pairs(given: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value(one)} for key, one in given.items()]


def request(**span: Any) -> dict[str, Any]:
    made = {
        "traceId": TRACE, "spanId": SPAN, "name": "chat", "startTimeUnixNano": "1700000000000000001",
        "endTimeUnixNano": "1700000001000000001", **span,
    }  # fmt: skip
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": pairs({"service.name": "shop"})},
                "scopeSpans": [{"scope": {"name": "lib"}, "spans": [made]}],
            }
        ]
    }


def test_ids_in_json_are_hexadecimal_and_numbers_are_text() -> None:
    body = json.dumps(
        request(
            parentSpanId=PARENT.upper(),
            attributes=pairs({"n": 7, "x": 0.5, "ok": True, "list": ["a", 1], "map": {"k": "v"}}),
            status={"code": "STATUS_CODE_ERROR", "message": "timed out"},
            events=[{"name": "exception", "timeUnixNano": "5", "attributes": pairs({"exception.type": "E"})}],
        )
    ).encode()
    (span,) = decoded(body, "application/json; charset=utf-8").spans
    assert (span.trace, span.id, span.parent) == (TRACE, SPAN, PARENT)
    assert span.start_ns == 1700000000000000001
    assert dict(span.attributes) == {"n": 7, "x": 0.5, "ok": True, "list": ["a", 1], "map": {"k": "v"}}
    assert (span.failed, span.status, span.scope) == (True, "timed out", "lib")
    assert dict(span.resource) == {"service.name": "shop"}
    assert span.events[0].attributes == {"exception.type": "E"}


def protobuf(given: dict[str, Any]) -> bytes:
    """The same request through the library of OpenTelemetry; its JSON reader takes ids for base64, so they are set here."""
    service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    from google.protobuf import json_format

    plain = json.loads(json.dumps(given))
    spans = [span for one in plain["resourceSpans"] for two in one["scopeSpans"] for span in two["spans"]]
    kept = [(span.pop("traceId"), span.pop("spanId"), span.pop("parentSpanId", "")) for span in spans]
    made = json_format.ParseDict(plain, service.ExportTraceServiceRequest())
    targets = [span for one in made.resource_spans for two in one.scope_spans for span in two.spans]
    for target, (trace, own, parent) in zip(targets, kept, strict=True):
        target.trace_id, target.span_id, target.parent_span_id = map(bytes.fromhex, (trace, own, parent))
    return bytes(made.SerializeToString())


SIMPLE = st.one_of(st.text(max_size=20), st.integers(-(2**62), 2**62), st.booleans(), st.floats(-1e6, 1e6))


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=10), SIMPLE, max_size=5
    )
)
def test_both_forms_say_the_same(attributes: dict[str, Any]) -> None:
    given = request(parentSpanId=PARENT, attributes=pairs(attributes))
    one = decoded(json.dumps(given).encode(), "application/json")
    two = decoded(protobuf(given), "application/x-protobuf")
    assert one == two


def test_log_records_come_with_their_span() -> None:
    service = pytest.importorskip("opentelemetry.proto.collector.logs.v1.logs_service_pb2")
    made = service.ExportLogsServiceRequest()
    record = made.resource_logs.add().scope_logs.add().log_records.add()
    record.trace_id, record.span_id, record.event_name = (
        bytes.fromhex(TRACE),
        bytes.fromhex(SPAN),
        "gen_ai.evaluation.result",
    )
    record.body.string_value, record.time_unix_nano = "hello", 9
    (log,) = decoded(made.SerializeToString(), "application/x-protobuf", signal="logs").logs
    given = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{
        "traceId": TRACE, "spanId": SPAN, "eventName": "gen_ai.evaluation.result", "timeUnixNano": "9",
        "body": {"stringValue": "hello"},
    }]}]}]}  # fmt: skip
    assert from_json(json.dumps(given).encode()).logs == (log,)
    assert (log.name, log.body, log.trace, log.span) == ("gen_ai.evaluation.result", "hello", TRACE, SPAN)


@pytest.mark.parametrize(
    ("span", "cause"),
    [
        ({"traceId": "AAAA"}, "trace_id"),
        ({"traceId": "0" * 32}, "trace_id"),
        ({"spanId": "S/Bnqguo"}, "span_id"),
        ({"startTimeUnixNano": "soon"}, "time"),
    ],
)
def test_a_span_that_cannot_be_kept_is_counted_by_its_cause(span: dict[str, Any], cause: str) -> None:
    found = from_json(json.dumps(request(**span)).encode())
    assert (found.spans, dict(found.rejected)) == ((), {cause: 1})


def test_a_parent_of_the_wrong_form_is_no_parent() -> None:
    assert from_json(json.dumps(request(parentSpanId="zz")).encode()).spans[0].parent == ""


def test_gigantic_attributes_are_cut_and_said() -> None:
    many = {f"k{n}": "v" for n in range(MOST_ATTRIBUTES + 9)}
    long = from_json(json.dumps(request(attributes=pairs({"text": "x" * 200_000}))).encode()).spans[0].attributes
    assert (len(long["text"]), long[CUT]) == (LARGEST_TEXT, ["text"])
    wide = from_json(json.dumps(request(attributes=pairs(many))).encode()).spans[0].attributes
    assert wide[CUT] == ["9 attributes"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"resourceSpans": 5}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_request_is_an_error_that_says_so(body: bytes) -> None:
    with pytest.raises(DataError, match="no OTLP in JSON"):
        decoded(body, "application/json")


def test_damaged_protobuf_is_an_error() -> None:
    pytest.importorskip("opentelemetry.proto")
    with pytest.raises(DataError, match="no OTLP in protobuf"):
        decoded(b"\x0a\xff\xff", "application/x-protobuf")


def test_other_types_and_encodings_are_named() -> None:
    with pytest.raises(DataError, match="content type 'text/html'"):
        decoded(b"", "text/html")
    with pytest.raises(DataError, match="content encoding 'br'"):
        unpacked(b"", "br")


def test_packed_requests_are_unpacked_within_their_limit() -> None:
    body = json.dumps(request()).encode()
    assert decoded(gzip.compress(body), "application/json", "gzip") == decoded(body, "application/json")
    with pytest.raises(DataError, match="more than 1,000 bytes once unpacked"):
        unpacked(gzip.compress(b"0" * 100_000), "gzip", largest=1000)
    assert unpacked(gzip.compress(b"0" * 1000), "gzip", largest=1000) == b"0" * 1000
    with pytest.raises(DataError, match="damaged"):
        unpacked(b"junk", "gzip")
    with pytest.raises(DataError, match="end before their end"):
        unpacked(zlib.compress(b"0" * 5000)[:-3], "deflate")
    with pytest.raises(DataError, match="5 bytes, more than 4"):
        unpacked(b"12345", "", largest=4)


def test_deep_values_end_somewhere() -> None:
    deep: Any = "end"
    for _ in range(60):
        deep = [deep]
    found = from_json(json.dumps(request(attributes=pairs({"deep": deep}))).encode()).spans[0].attributes["deep"]
    assert str(found).count("[") <= 40


def test_an_id_has_its_length_and_is_not_zero() -> None:
    assert id_of("F" * 16, 16) == "f" * 16
    assert not id_of("f" * 15, 16)
    assert not id_of("g" * 16, 16)
