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
    two = gzip.compress(b"0" * 600) + gzip.compress(b"1" * 400)  # one behind the other, as gzip allows
    assert unpacked(two, "gzip", largest=1000) == b"0" * 600 + b"1" * 400
    with pytest.raises(DataError, match="more than 999 bytes"):
        unpacked(two, "gzip", largest=999)
    with pytest.raises(DataError, match="damaged"):
        unpacked(two + b"junk", "gzip")
    with pytest.raises(DataError, match="more than 16 parts"):
        unpacked(gzip.compress(b"") * 17, "gzip")
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


def several(*texts: bytes) -> bytes:
    """A request of a span each with these texts in it, as they are."""
    spans = b",".join(
        b'{"traceId":"%s","spanId":"%016x","name":"chat","startTimeUnixNano":"5","endTimeUnixNano":"9",'
        b'"attributes":[{"key":"t","value":{"stringValue":%s}}]}' % (TRACE.encode(), at + 1, text)
        for at, text in enumerate(texts)
    )
    return b'{"resourceSpans":[{"scopeSpans":[{"spans":[%s]}]}]}' % spans


@pytest.mark.parametrize(
    ("text", "read", "repaired"),
    [
        (rb'"a\ud800b"', "a\ufffdb", 1),
        (rb'"\udc00\udc00"', "\ufffd\ufffd", 2),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600", 1),
        (rb'"\\ud800 \ud800"', "\\ud800 \ufffd", 1),
        (b'"a\xff\xfe b"', "a\ufffd\ufffd b", 2),
        (b'"a\xed\xa0\x80"', "a\ufffd\ufffd\ufffd", 3),
    ],
)
def test_a_text_that_is_none_costs_no_other_span(text: bytes, read: str, repaired: int) -> None:
    found = from_json(several(rb'"\ud83d\ude00 \\ud800"', text, b'"ok"'))
    assert [one.attributes["t"] for one in found.spans] == ["\U0001f600 \\ud800", read, "ok"]
    assert (found.repaired, dict(found.rejected)) == (repaired, {})


def test_a_span_of_another_form_is_counted_and_the_others_are_kept() -> None:
    for text in (b"7", rb'["\ud800"]', b"[" * 200 + b"]" * 200):
        found = from_json(several(b'"ok"', text, b'"ok"'))
        assert [one.id for one in found.spans] == [f"{1:016x}", f"{3:016x}"], text[:9]
        assert dict(found.rejected) == {"malformed": 1}
    log = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"eventName": 7}, {"eventName": "kept"}]}]}]}
    records = from_json(json.dumps(log).encode())
    assert [one.name for one in records.logs] == ["kept"] and dict(records.rejected) == {"malformed": 1}


def test_a_text_that_is_none_costs_no_other_span_of_protobuf() -> None:
    service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    made = service.ExportTraceServiceRequest()
    one = made.resource_spans.add()
    one.resource.attributes.add(key="service.name").value.string_value = "sh\u00f6p"
    for at in (1, 2):
        span = one.scope_spans.add().spans.add(
            trace_id=bytes.fromhex(TRACE), span_id=at.to_bytes(8), name="ch@t" if at == 1 else "chat",
            start_time_unix_nano=2**62, end_time_unix_nano=2**62 + 1,
        )  # fmt: skip
        span.attributes.add(key="n").value.double_value = 0.5
        span.attributes.add(key="raw").value.bytes_value = b"\xff\xfe"
    body = made.SerializeToString().replace(b"ch@t", b"ch\xfft")
    found = decoded(body, "application/x-protobuf")
    assert [(span.name, span.id, span.start_ns) for span in found.spans] == [
        ("ch\ufffdt", f"{1:016x}", 2**62), ("chat", f"{2:016x}", 2**62)]  # fmt: skip
    assert {str(dict(span.attributes)) for span in found.spans} == {"{'n': 0.5, 'raw': 'fffe'}"}
    assert (found.spans[0].resource, found.repaired) == ({"service.name": "sh\u00f6p"}, 1)


@given(st.binary(max_size=60), st.binary(max_size=9))
def test_damaged_bytes_of_any_kind_are_an_error_or_a_request(junk: bytes, more: bytes) -> None:
    for kind in ("application/json", "application/x-protobuf"):
        for body in (junk, several(b'"' + more + b'"'), junk + several(more)):
            try:
                found = decoded(body, kind)
            except DataError:
                continue
            assert all(isinstance(span.name, str) for span in found.spans)


def test_a_number_that_is_none_is_no_value_and_not_zero() -> None:
    pairs_ = [
        {"key": "n", "value": {"intValue": "many"}}, {"key": "x", "value": {"doubleValue": "much"}},
        {"key": "b", "value": {"bytesValue": "***\u00e4"}}, {"key": "z", "value": {"intValue": "0"}},
    ]  # fmt: skip
    (found,) = from_json(json.dumps(request(attributes=pairs_)).encode()).spans
    assert dict(found.attributes) == {"n": None, "x": None, "b": None, "z": 0}
