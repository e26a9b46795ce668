from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.span import Event, Span
from assay.domain.trace import Trace
from assay.traces.assembly import MOST_STEPS, trace_of, traces_of
from assay.traces.kinds import kind_of
from assay.traces.otlp import decoded
from assay.traces.steps import step_of
from assay.traces.turns import nested, turns

GOLDEN = Path(__file__).parents[1] / "golden" / "traces"
FAMILIES = ("otel", "traceloop", "openinference", "traceai")


def recorded(name: str) -> tuple[Trace, ...]:
    """Traces of what a real package sent; tests/golden/traces/make.py recorded it."""
    pytest.importorskip("opentelemetry.proto")
    spans: list[Span] = []
    logs: list[Event] = []
    for one in json.loads(gzip.decompress((GOLDEN / f"{name}.requests.gz").read_bytes())):
        signal: Any = "logs" if one["route"].endswith("logs") else "traces"
        found = decoded(base64.b64decode(one["body"]), one["type"], signal=signal)
        spans += found.spans
        logs += found.logs
    return traces_of(spans, logs)


@pytest.mark.parametrize("family", FAMILIES)
def test_one_request_reads_alike_from_all_families(family: str) -> None:
    orders, chat, broken = recorded(family)
    assert (orders.dialect, orders.problems) == (family, ())
    assert [step.kind for step in orders.steps] == ["agent", "retrieval", "model", "tool", "model"]
    assert [turn.role for turn in orders.asked] == ["system", "user"]
    assert orders.asked[1].content == "Where is order A-17?"
    assert orders.answer == "Order A-17 left our warehouse on Monday."
    assert orders.attributes["route"] == "orders"
    assert chat.answer == ""
    assert [bool(step.error) for step in broken.of("model")] == [True]


@pytest.mark.parametrize("family", FAMILIES)
def test_steps_hold_what_was_done(family: str) -> None:
    first, last = [*recorded(family)[0].of("model")]
    (retrieval,) = recorded(family)[0].of("retrieval")
    (tool,) = recorded(family)[0].of("tool")
    assert [(call.name, call.arguments) for turn in first.output for call in turn.tool_calls] == [
        ("find_order", {"id": "A-17"})
    ]
    assert (first.model, last.model, last.served_model) == ("demo-model", "demo-model", "demo-model-2026-11")
    assert last.usage is not None
    assert (last.usage.input_tokens, last.usage.output_tokens) == (6, 11)
    assert [turn.role for turn in last.input] == ["system", "user", "assistant", "tool"]
    assert retrieval.passages[0].text == "Order A-17: left the warehouse on Monday 2026-11-23."
    assert tool.call is not None
    assert (tool.call.name, tool.call.arguments) == ("find_order", {"id": "A-17"})
    assert json.loads(tool.result) == {"state": "shipped", "day": "Monday"}


def test_a_passage_knows_its_age_where_its_metadata_say_so() -> None:
    (retrieval,) = recorded("openinference")[0].of("retrieval")
    assert retrieval.passages[0].time_ns == 1795420800 * 10**9


def span(id: int = 1, parent: int = 0, start: int = 1, end: int = 2, **attributes: Any) -> Span:
    return Span(
        trace="a" * 32, id=f"{id:016x}", parent=f"{parent:016x}" if parent else "", name="s",
        start_ns=start, end_ns=end, attributes=attributes,
    )  # fmt: skip


def test_names_from_before_the_renames_are_read() -> None:
    old = span(**{
        "gen_ai.system": "openai", "gen_ai.operation.name": "chat", "gen_ai.request.model": "m",
        "gen_ai.usage.prompt_tokens": 3, "gen_ai.usage.completion_tokens": 4,
        "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Hello",
        "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "Hi",
    })  # fmt: skip
    step = step_of(old)
    assert step.usage is not None
    assert (step.usage.input_tokens, step.usage.output_tokens) == (3, 4)
    assert (step.input[0].content, step.output[0].content) == ("Hello", "Hi")


def test_messages_may_come_as_events_or_as_log_records() -> None:
    asked = Event(name="gen_ai.user.message", attributes={"content": "Hello"})
    said = Event(name="gen_ai.choice", body={"index": 0, "message": {"role": "assistant", "content": "Hi"}})
    step = step_of(Span(trace="a" * 32, id="b" * 16, name="chat", events=(asked,)), (said,))
    assert (step.input[0].content, step.output[0].content) == ("Hello", "Hi")


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"gen_ai.operation.name": "embeddings"}, "other"),
        ({"gen_ai.operation.name": "search_memory"}, "memory"),
        ({"openinference.span.kind": "GUARDRAIL"}, "guardrail"),
        ({"traceloop.span.kind": "task", "traceloop.entity.name": "vector search"}, "retrieval"),
        ({"assay.step": "answer", "gen_ai.operation.name": "chat"}, "answer"),
        ({"http.method": "GET"}, "other"),
    ],
)
def test_what_a_span_does(attributes: dict[str, Any], kind: str) -> None:
    assert kind_of(span(**attributes)) == kind


def test_an_answer_of_a_tool_inside_a_message_is_a_turn_of_its_own() -> None:
    found = turns([{"role": "tool", "parts": [
        {"type": "tool_call_response", "id": "c1", "response": {"ok": True}},
        {"type": "tool_call_response", "id": "c2", "response": "late"},
    ]}])  # fmt: skip
    assert [(turn.role, turn.tool_call_id, turn.content) for turn in found] == [
        ("tool", "c1", '{"ok": true}'), ("tool", "c2", "late"),
    ]  # fmt: skip


@pytest.mark.parametrize("odd", [None, 5, "", [], {}, [1, None], "[", '{"a": 1}', [{"role": None, "parts": "x"}]])
def test_odd_messages_make_no_error(odd: Any) -> None:
    assert isinstance(turns(odd), tuple)


def test_flattened_names_that_contradict_each_other_lose_the_later() -> None:
    assert nested({"p.0.a": 1, "p.0.a.b": 2}, "p") == [{"a": 1}]
    assert nested({"q": 1}, "p") == []


def problems(spans: Sequence[Span]) -> tuple[str, ...]:
    return tuple(one for one in trace_of(spans).problems if one not in ("unknown_dialect", "undated"))


def test_what_nobody_can_read_or_date_is_said() -> None:
    assert trace_of([span(1, start=0)]).problems == ("undated", "unknown_dialect")
    assert trace_of([span(1, start=5, end=9, **{"gen_ai.operation.name": "chat"})]).problems == ()
    assert trace_of([span(1, start=5, end=9, **{"assay.step": "tool"})]).problems == ()


def test_what_is_odd_about_a_trace_is_said() -> None:
    assert problems([span(1), span(2, parent=9)]) == ("parent_missing", "several_roots")
    assert problems([span(1, start=5 * 10**9, end=6 * 10**9), span(2, parent=1, start=1)]) == ("clock_skew",)
    assert problems([span(1, start=5, end=4)]) == ("ends_before_it_begins",)
    assert "circle" in problems([span(1, parent=2), span(2, parent=1)])
    assert "circle" in problems([span(1, parent=1)])
    assert problems([span(1), span(1, end=9)]) == ("repeated_span",)


def test_of_a_span_that_came_twice_the_longer_one_stays() -> None:
    made = trace_of([span(1, end=9), span(1, end=2)])
    assert [step.end_ns for step in made.steps] == [9]


def test_a_trace_without_end_is_cut() -> None:
    made = trace_of([span(n, parent=max(n - 1, 0), start=n, end=n + 1) for n in range(1, MOST_STEPS + 50)])
    assert len(made.steps) == MOST_STEPS
    assert "too_many_steps" in made.problems


@given(st.permutations(list(range(6))))
def test_the_order_of_arrival_changes_nothing(order: list[int]) -> None:
    spans = [span(n + 1, parent=n, start=n, end=20 - n) for n in range(6)]
    assert trace_of([spans[n] for n in order]) == trace_of(spans)


def test_spans_of_many_traces_are_told_apart() -> None:
    one, two = span(1, start=5), Span(trace="b" * 32, id="1" * 16, name="t", start_ns=1)
    assert [trace.id for trace in traces_of([one, two])] == ["b" * 32, "a" * 32]
