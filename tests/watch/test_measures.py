from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assay.domain.sample import Message, ToolCall
from assay.domain.trace import Passage, Step, Trace
from assay.domain.trial import Usage
from assay.domain.watched import Segment
from assay.registry import scorer
from assay.watch.judging import judged, lost, output_of, sample_of
from assay.watch.measures import MEASURES, RATES, measured
from assay.watch.segments import NONE, REST, Segments, cohort_words, told

ASKED = (Message(role="user", content="Where is order A-17?"),)
SAID = (Message(role="assistant", content="It left on Monday."),)


def step(number: int, kind: Any, **more: Any) -> Step:
    return Step(id=f"{number:016x}", kind=kind, name=kind, start_ns=number, end_ns=number + 2 * 10**9, **more)


def trace(*steps: Step, **attributes: Any) -> Trace:
    root = step(0, "agent", attributes=attributes)
    return Trace(id="a" * 32, steps=(root, *(replace(one, parent=root.id) for one in steps)))


def model(number: int = 1, **more: Any) -> Step:
    return step(number, "model", **{"input": ASKED, "output": SAID, "model": "m", "finish_reason": "stop", **more})


def values(of: Trace) -> dict[str, list[float | None]]:
    found: dict[str, list[float | None]] = {}
    for one in measured(of):
        found.setdefault(one.metric, []).append(one.value)
    return found


def test_a_plain_request_is_counted_and_nothing_is_wrong() -> None:
    found = values(trace(model(usage=Usage(input_tokens=5, output_tokens=7))))
    assert {name: held for name, held in found.items() if name in RATES and held != [0.0]} == {}
    assert (found["latency"], found["input_tokens"], found["output_tokens"]) == ([2.0], [5.0], [7.0])
    assert set(found) <= set(MEASURES)


@pytest.mark.parametrize(
    ("steps", "metric"),
    [
        ([model(error="timed out", output=()), model(2)], "retries"),
        ([model(error="timed out", output=())], "errors"),
        ([model(), model(2, model="other")], "fallback"),
        ([model(finish_reason="length")], "truncated"),
        ([model(finish_reason="content_filter")], "filtered"),
        ([model(output=())], "empty_answer"),
        ([step(1, "tool", call=ToolCall(name="t"), error="no such order"), model(2)], "tool_failures"),
        ([step(n, "tool", call=ToolCall(name="t", arguments={"a": 1})) for n in (1, 2)], "tool_repeats"),
        ([model(attributes={"gen_ai.output.type": "json"})], "invalid_json"),
        ([step(1, "tool", call=ToolCall(name="t", raw="{a: 1"))], "invalid_arguments"),
        ([step(1, "retrieval", attributes={"gen_ai.retrieval.documents": "[]"}), model(2)], "no_passages"),
        ([step(1, "guardrail", result="blocked: threat"), model(2)], "guardrail"),
    ],
)
def test_what_went_wrong_is_seen(steps: list[Step], metric: str) -> None:
    assert max(value or 0 for value in values(trace(*steps))[metric]) == 1.0
    assert max(value or 0 for value in values(trace(model())).get(metric, [0.0])) == 0.0


@pytest.mark.parametrize(
    ("attributes", "asked"),
    [
        ({"gen_ai.output.type": "json"}, True),
        ({"gen_ai.openai.request.response_format": "json_schema"}, True),
        ({"gen_ai.request.structured_output_schema": '{"type": "object"}'}, True),
        ({"llm.invocation_parameters": '{"response_format": {"type": "json_object"}}'}, True),
        ({"llm.invocation_parameters": '{"response_format": "json_object"}'}, True),
        ({"response_format": {"type": "json_object"}}, True),
        ({"gen_ai.output.type": "text"}, False),
        ({"llm.invocation_parameters": "{half"}, False),
        ({"llm.invocation_parameters": "[" * 50_000}, False),
        ({"llm.invocation_parameters": "[1]"}, False),
        ({}, False),
    ],
)
def test_answers_count_as_json_where_json_was_asked_for(attributes: dict[str, Any], asked: bool) -> None:
    for text, wrong in (('{"a": [1, 2]}', 0.0), ("```json\n{}\n```", 1.0), ("{" * 90_000, 1.0), ("Sure: {}", 1.0)):
        said = (Message(role="assistant", content=text),)
        found = values(trace(model(output=said, attributes=attributes))).get("invalid_json")
        assert found == ([wrong] if asked else None)
    assert "invalid_json" not in values(trace(model(output=(), attributes=attributes)))


def test_arguments_count_where_there_are_some() -> None:
    found = values(trace(*(step(at, "tool", call=call) for at, call in enumerate(
        (ToolCall(name="a"), ToolCall(name="a", arguments={}), ToolCall(name="a", raw="[1]")), start=1
    ))))["invalid_arguments"]  # fmt: skip
    assert found == [0.0, 1.0]


def cohorts_of(segments: Segments, of: Trace) -> list[Segment]:
    return [*segments.of(cohort_words(of, segments.keys))]


def test_versions_are_cohorts_wherever_they_stand() -> None:
    of = trace(
        step(1, "retrieval", attributes={"index.version": "i-3"}),
        model(2, model="m", served_model="m-2026", attributes={"gen_ai.prompt.version": "p-7"}),
    )
    keys = ["assay.model", "assay.prompt", "assay.index", "assay.release"]
    assert [segment[0][1] for segment in cohorts_of(Segments(keys), of)[1:]] == ["m-2026", "p-7", "i-3"]
    assert [segment[0][1] for segment in cohorts_of(Segments(["assay.model"]), trace(model()))[1:]] == ["m"]


def test_a_retrieval_without_its_content_is_not_held_to_be_empty() -> None:
    assert "no_passages" not in values(trace(step(1, "retrieval"), model(2)))
    assert values(trace(step(1, "retrieval", passages=(Passage(text="t"),)), model(2)))["no_passages"] == [0.0]


def test_other_arguments_are_no_repeat() -> None:
    calls = [step(n, "tool", call=ToolCall(name="t", arguments={"a": n})) for n in (1, 2)]
    assert values(trace(*calls))["tool_repeats"] == [0.0]


@pytest.mark.parametrize(("said", "found"), [("down", [1.0]), ("Good", [0.0]), (True, [0.0]), ("perhaps", None)])
def test_feedback_counts_where_it_was_given(said: Any, found: Any) -> None:
    assert values(trace(model(), **{"user.feedback": said})).get("thumbs_down") == found


def test_a_trace_is_a_sample_and_an_output() -> None:
    call = ToolCall(name="find", arguments={"id": "A-17"}, id="c")
    turns = (
        Message(role="assistant", content="", tool_calls=(call,)),
        Message(role="tool", content="ok", tool_call_id="c"),
    )
    of = trace(
        step(1, "retrieval", passages=(Passage(text="Order A-17 left on Monday."),)),
        model(2, output=(turns[0],)),
        step(3, "tool", call=call),
        model(4, input=(*ASKED, *turns)),
        route="orders",
    )
    sample, output = sample_of(of), output_of(of)
    assert (sample.prompt, sample.context, sample.metadata["route"]) == (
        "Where is order A-17?", ("Order A-17 left on Monday.",), "orders",
    )  # fmt: skip
    assert (output.text, output.tool_calls) == ("It left on Monday.", (call,))
    assert [turn.role for turn in output.transcript] == ["assistant", "tool", "assistant"]


def test_the_scorers_of_the_release_judge_a_trace() -> None:
    refused = trace(model(output=(Message(role="assistant", content="I'm sorry, but I can't help with that."),)))
    assert [(one.metric, one.value) for one in judged(refused, [scorer("refusal")])] == [("refusal", 1.0)]
    assert [one.value for one in judged(trace(model()), [scorer("refusal")], share=0.1)] == [0.0]


def test_what_cannot_be_judged_has_a_cause_and_no_value() -> None:
    (ungrounded,) = judged(trace(model()), [scorer("groundedness")])
    assert (ungrounded.value, ungrounded.unscored) == (None, "no context")
    (failed,) = judged(trace(model(error="timed out", output=())), [scorer("refusal")])
    assert (failed.value, bool(failed.unscored)) == (None, True)


def test_cohorts_beyond_the_limit_are_watched_together() -> None:
    cohorts = Segments(["route"], most=2)
    seen = [told(cohorts_of(cohorts, trace(model(), route=name))[1]) for name in ("a", "b", "c", "a")]
    assert seen == ["route a", "route b", f"route {REST}", "route a"]
    assert told(cohorts_of(cohorts, trace(model()))[1]) == f"route {NONE}"
    assert cohorts_of(Segments(["route"]), trace(model())) == [()], (
        "of a key that nobody names all traffic would be told twice"
    )
    assert cohorts.count == 3


def test_kind_and_language_of_a_request_are_cohorts_without_an_attribute() -> None:
    cohorts = Segments(["assay.topic", "assay.language"])
    of = trace(
        model(input=(Message(role="user", content="Schreibe bitte eine Funktion in Python, die Zahlen sortiert."),))
    )
    assert cohorts_of(cohorts, of)[1:] == [(("assay.topic", "code"),), (("assay.language", "de"),)]


def test_what_a_scorer_could_not_judge_is_a_rate_of_its_own() -> None:
    fine, failed = (
        judged(trace(model()), [scorer("refusal")]),
        judged(trace(model(error="x", output=())), [scorer("refusal")]),
    )
    assert [(one.metric, one.value) for one in lost(fine)] == [("unscored_refusal", 0.0)]
    assert [(one.metric, one.value) for one in lost(failed)] == [("unscored_refusal", 1.0)]
    assert [*lost(judged(trace(model()), [scorer("groundedness")]))] == []


def test_costs_that_are_no_number_are_counted_as_unscored() -> None:
    for bad in (float("nan"), float("inf"), 10**400, 1e308):
        made = Trace(
            id="1" * 32, steps=(Step(id="2" * 16, kind="model", name="c", attributes={"llm.cost.total": bad}),)
        )
        (cost,) = [one for one in measured(made) if one.metric == "cost"]
        assert (cost.value, cost.unscored) == (None, "no finite number")
