from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import DataError
from assay.domain.trace import Trace
from assay.traces import files
from assay.traces.chats import Row, chat, peeked, trace_of_row
from assay.traces.files import Replayed

TOLD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.just({"a": 1}),
    st.datetimes().map(lambda one: one.isoformat()), st.integers(10**9, 10**19), st.floats(1e8, 1e13),
)  # fmt: skip


def span(trace: str, id: str, parent: str = "", **more: Any) -> dict[str, Any]:
    return {
        "traceId": trace * 32,
        "spanId": id * 16,
        "parentSpanId": parent * 16,
        "name": "s",
        "startTimeUnixNano": "7",
        **more,
    }


def request(*spans: dict[str, Any]) -> dict[str, Any]:
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}


def read(path: Path) -> tuple[list[Trace], Replayed]:
    made = Replayed()
    return [*made.read(path)], made


def test_a_trace_whose_spans_lie_in_several_requests_is_one(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    lines = [request(span("a", "1"), span("b", "1")), request(span("a", "2", "1"))]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    traces, made = read(path)
    assert sorted((trace.id[0], len(trace.steps)) for trace in traces) == [("a", 2), ("b", 1)]
    assert (made.traces, made.spans) == (2, 3)
    assert {trace.place for trace in traces} == {f"{path}:1"}


def test_a_trace_says_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    chat_row = {"input": "Hello", "output": "Hi"}
    path.write_text("\n".join(map(json.dumps, [chat_row, request(span("a", "1")), chat_row])), encoding="utf-8")
    assert sorted(trace.place for trace in read(path)[0]) == [f"{path}:{line}" for line in (1, 2, 3)]


def test_a_file_may_be_one_request(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps(request(span("a", "1")), indent=2), encoding="utf-8")
    assert len(read(path)[0]) == 1


def test_traces_that_stay_open_too_long_are_given_the_oldest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "OPEN", 2)
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(json.dumps(request(span(name, "1"))) for name in "abcd"), encoding="utf-8")
    assert [trace.id[0] for trace in read(path)[0]] == ["a", "b", "c", "d"]


def test_what_cannot_be_read_is_counted_with_its_first_place(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    rows = [
        json.dumps({"input": "Hello", "output": "Hi"}), "{half", "[]", json.dumps({"output": "Hi"}),
        json.dumps({"input": "Hello"}), json.dumps(request({**span("a", "1"), "spanId": "0"})), '{"resourceSpans": 7}',
    ]  # fmt: skip
    path.write_text("\n".join(rows), encoding="utf-8")
    traces, made = read(path)
    assert len(traces) == 1
    assert made.rejected == {
        "not_json": 1, "not_an_object": 1, "nothing_asked": 1, "nothing_said": 1, "span_id": 1, "not_otlp": 1,
    }  # fmt: skip
    assert made.places["not_json"] == f"{path}:2"


def test_a_file_that_is_not_there_or_of_another_form_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read(tmp_path / "none.jsonl")
    (tmp_path / "x.json").write_text('{"a": 1}', encoding="utf-8")
    with pytest.raises(DataError, match="neither OTLP"):
        read(tmp_path / "x.json")


def made(**row: Any) -> Trace:
    found = chat(row, "f:1")
    assert isinstance(found, Trace)
    return found


def test_a_chat_has_its_time_model_and_context() -> None:
    trace = made(
        id="7", messages=[{"role": "user", "content": "Hello"}], response="Hi", created_at=1795773600, model="m",
        usage={"prompt_tokens": 3, "completion_tokens": 4}, latency_s=1.5, context=["A passage."],
        metadata={"route": "chat"},
    )  # fmt: skip
    assert (trace.asked[0].content, trace.answer) == ("Hello", "Hi")
    assert trace.start_ns == 1795773600 * 10**9
    assert trace.root.seconds == 1.5
    assert trace.attributes["route"] == "chat"
    assert [passage.text for step in trace.of("retrieval") for passage in step.passages] == ["A passage."]
    (model,) = trace.of("model")
    assert model.usage is not None
    assert (model.model, model.usage.input_tokens, model.usage.output_tokens) == ("m", 3, 4)


@pytest.mark.parametrize(
    ("time", "ns"),
    [
        ("2026-11-27T10:00:00+01:00", 1795770000 * 10**9),
        ("2026-11-27", 1795737600 * 10**9),
        (1795773600123, 1795773600123 * 10**6),
        ("soon", 0),
        (True, 0),
    ],
)
def test_times_are_read_in_the_forms_that_logs_have(time: Any, ns: int) -> None:
    assert made(input="a", output="b", timestamp=time).start_ns == ns


def test_equal_rows_of_two_places_are_two_traces() -> None:
    one, two = (chat({"input": "a", "output": "b"}, place) for place in ("f:1", "f:2"))
    assert isinstance(one, Trace)
    assert isinstance(two, Trace)
    assert one.id != two.id


def test_a_failed_call_is_a_trace_with_an_error() -> None:
    assert [step.error for step in made(input="a", error="timeout").steps] == ["timeout"]


_CALL = {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "refund", "arguments": "{}"}}]}
_RESULT = {"role": "tool", "tool_call_id": "c", "content": "ok"}
_USER = {"role": "user", "content": "Refund 4711"}
_DONE = {"role": "assistant", "content": "Done."}


@pytest.mark.parametrize(
    ("row", "asked", "said"),
    [
        ({"messages": [_USER, _CALL, _RESULT], "output": "Done."}, 1, ["assistant", "tool", "assistant"]),
        ({"messages": [_USER, _CALL, _RESULT, _DONE]}, 1, ["assistant", "tool", "assistant"]),
        ({"messages": [_USER, _DONE]}, 1, ["assistant"]),
        ({"messages": [_USER, _CALL, _RESULT, _DONE, _USER], "output": "No."}, 5, ["assistant"]),
        ({"messages": [_USER, _DONE], "output": "No."}, 2, ["assistant"]),
    ],
)
def test_what_follows_the_last_turn_of_the_user_was_said_in_this_request(
    row: dict[str, Any], asked: int, said: list[str]
) -> None:
    made = chat(row, "a:1")
    assert isinstance(made, Trace)
    assert (len(made.root.input), [turn.role for turn in made.root.output]) == (asked, said)


def test_messages_that_end_with_the_user_say_nothing() -> None:
    assert chat({"messages": [_USER, _DONE, _USER]}, "a:1") == "nothing_said"


def test_a_latency_that_is_no_time_is_left_out_and_said() -> None:
    for bad in (float("inf"), float("nan"), -5, 10**400, 1e300, "soon"):
        made = chat({"input": "a", "output": "b", "timestamp": 1790000000, "latency_s": bad}, "f:1")
        assert isinstance(made, Trace)
        assert (made.problems, made.root.end_ns) == (("bad_latency",), 0)
    made = chat({"input": "a", "output": "b", "timestamp": 1790000000, "latency_s": 2}, "f:1")
    assert isinstance(made, Trace)
    assert (made.problems, made.root.seconds) == ((), 2.0)


@pytest.mark.parametrize("when", [0, -1, "9999-12-31T23:59:59Z", 1e19, float("nan"), float("inf"), 10**400, None])
def test_a_time_that_no_clock_shows_is_none(when: Any) -> None:
    made = chat({"input": "a", "output": "b", "timestamp": when}, "f:1")
    assert isinstance(made, Trace)
    assert (made.start_ns, made.problems) == (0, ("undated",))


@pytest.mark.parametrize("tokens", [-5, float("inf"), float("nan"), 10**400, True, "7"])
def test_tokens_that_cannot_be_counted_are_none(tokens: Any) -> None:
    made = chat({"input": "a", "output": "b", "usage": {"input_tokens": tokens, "output_tokens": 3}}, "f:1")
    assert isinstance(made, Trace) and made.root.usage is not None
    assert (made.root.usage.input_tokens, made.root.usage.output_tokens) == (0, 3)


def test_halves_of_characters_can_be_stored(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b'{"input": "a \\ud800 b", "output": "c \\uDFFF \\ud83d\\ude00"}\n')
    (made,) = Replayed().read(path)
    assert (made.asked[0].content, made.answer) == ("a ? b", "c ? \N{GRINNING FACE}")


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.one_of(st.none(), st.text(max_size=4), st.integers(), st.floats(), st.booleans(), st.just([1])),
            "timestamp": TOLD, "time": TOLD, "ts": TOLD, "date": TOLD,
            "metadata": st.one_of(st.none(), st.just([1]), st.fixed_dictionaries({}, optional={"time": TOLD, "created_at": TOLD})),
            "input": st.sampled_from(["", "Hello", None]), "output": st.sampled_from(["Hi", "", None]),
            "latency_s": st.floats(),
        },
    )
)  # fmt: skip
def test_what_is_peeked_of_a_line_is_what_its_trace_says(row: dict[str, Any]) -> None:
    line = json.dumps(row).encode()
    seen, made = peeked(line, "a:1", 3), chat(row, "a:1")
    if seen is None:
        return  # read as a whole
    assert trace_of_row(seen) == made
    if not isinstance(made, str):
        assert (seen.id, seen.start_ns, seen.number) == (made.id, made.start_ns, 3)


@pytest.mark.parametrize(
    "line",
    [
        b'{"resourceSpans": []}', b'{"resourceLogs": []}', b"[1]", b"3", b"", b"{", b'{"input": NaN}', b'{"id": 1.5}',
        b'{"id": "\\ud800"}', b"[" * 100_000,
    ],
)  # fmt: skip
def test_odd_lines_are_read_as_a_whole(line: bytes) -> None:
    assert peeked(line, "a:1") is None


def test_rows_and_traces_of_a_file_are_counted_alike(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    lines = ['{"input": "a", "output": "b"}', "{half", "[]", '{"output": "b"}', '{"input": "a"}', "{half", "\udcff"]
    path.write_text("\n".join(lines), encoding="utf-8", errors="surrogateescape")
    whole, lazy = Replayed(), Replayed()
    traces = [*whole.read(path)]
    again = Replayed()
    assert sum(isinstance(one, Row) for one in again.rows(path)) and [*again.read(path)] == traces
    made = []
    for item in [*lazy.rows(path)][::-1]:  # in whatever order they are read
        found = trace_of_row(item) if isinstance(item, Row) else item
        if isinstance(found, str):
            lazy.reject(found, item.place, item.number if isinstance(item, Row) else 0)
        else:
            lazy.take(len(found.steps))
            made.append(found)
    assert made == traces
    assert (lazy.traces, lazy.spans, lazy.rejected, lazy.places) == (
        whole.traces, whole.spans, whole.rejected, whole.places
    )  # fmt: skip
