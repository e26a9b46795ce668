"""The judge's own part: what it asks, and how it reads replies."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.asking import AskingScorer
from assay.domain.digest import digest
from assay.domain.sample import Message, Sample
from assay.domain.trial import Failure, Output
from assay.registry import scorer, scorer_digest
from assay.scorers.judge import Judge
from assay.scorers.judged import read
from assay.scorers.rubric import FORMS, FRAME
from assay.testing import check_scorer
from assay.testing.conformance import HOSTILE

JUDGE = Judge(url="http://127.0.0.1:9/v1", model="m", metric="politeness", rubric="The answer is polite.")
SAMPLE = Sample(id="1", input=(Message(role="system", content="Be brief."), Message(role="user", content="Hi")))


def test_it_keeps_the_promises_of_a_scorer() -> None:
    check_scorer(JUDGE)
    assert isinstance(JUDGE, AskingScorer)


def test_a_changed_frame_is_a_new_version() -> None:
    assert (JUDGE.version, digest([FRAME, FORMS])[7:19]) == ("1", "fa1e6f3f4ebc")


def test_all_that_decides_is_in_the_digest() -> None:
    changes: list[dict[str, Any]] = [
        {"rubric": "The answer is kind."}, {"model": "n"}, {"url": "http://127.0.0.1:8/v1"}, {"temperature": 0.5},
        {"repeats": 2}, {"scale": "0..1"}, {"max_tokens": 9}, {"extra": {"top_k": 1}}, {"show_target": True},
    ]  # fmt: skip
    assert len({scorer_digest(JUDGE), *(scorer_digest(replace(JUDGE, **change)) for change in changes)}) == 10


def test_the_question_holds_rubric_conversation_and_answer_and_not_the_reasoning() -> None:
    sample = replace(SAMPLE, context=("Rule 7.",), target="Hello")
    (ask,) = JUDGE.questions(sample, Output(text="<think>rude?</think>Hello there"))
    system, user = ask.sample.messages
    assert JUDGE.rubric in system.content
    assert all(part in user.content for part in ("Be brief.", "Hi", "Rule 7.", "Hello there"))
    assert "rude?" not in user.content and "expected answer" not in user.content
    assert (ask.generation.temperature, ask.generation.max_tokens) == (0.0, 512)


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 1_000_000, "\ud800 half", "<think>never"])
def test_hostile_answers_are_asked_about_soundly_or_unscored_with_a_cause(text: str) -> None:
    asks = JUDGE.questions(SAMPLE, Output(text=text))
    (score,) = JUDGE.score(SAMPLE, Output(text=text))
    assert score.value is None and bool(asks) == (score.unscored == "not_judged")
    for ask in asks:
        json.dumps([turn.content for turn in ask.sample.messages]).encode("utf-8")
        ask.sample.messages[1].content.encode("utf-8")


@given(st.text(max_size=200))
def test_no_answer_can_close_its_mark(text: str) -> None:
    for ask in JUDGE.questions(SAMPLE, Output(text=text)):
        shown = ask.sample.messages[1].content
        code = shown.split()[shown.split().index("answer") + 1] if "<<< answer" in shown else ""
        assert code and code not in text


@given(st.text(max_size=300))
def test_no_text_but_the_object_gives_a_value(text: str) -> None:
    for scale in ("true/false", "0..1"):
        found = read(Output(text=text), scale)
        assert (found.value is None) == bool(found.cause)
        if found.value is not None:
            assert "{" in text


@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=9),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["verdict", "score", "reason"]), inner, max_size=3)))  # fmt: skip
def test_any_json_is_read_or_none(value: Any) -> None:
    for scale, kind in (("true/false", bool), ("0..1", float)):
        found = read(Output(text=json.dumps(value)), scale)
        assert found.value is None or isinstance(found.value, kind)


def test_a_failed_call_keeps_its_cause() -> None:
    (score,) = JUDGE.verdict(SAMPLE, Output(text="Hi"), [Failure(cause="timeout", message="no answer within 1 s")])
    assert (score.value, score.unscored, score.explanation) == (None, "judge_timeout", "no answer within 1 s")


def test_a_quote_becomes_evidence_only_where_it_stands() -> None:
    answer = Output(text="You are welcome.")
    for quote, spans in (("welcome", [(8, 15)]), ("hello", []), ("", [])):
        reply = Output(text=json.dumps({"reason": "r", "quote": quote, "verdict": True}))
        (score,) = JUDGE.verdict(SAMPLE, answer, [reply])
        assert [(span.start, span.end) for span in score.evidence] == spans


def test_known_names_keep_their_direction() -> None:
    spec = {"type": "judge", "url": "http://h/v1", "model": "m", "rubric": "It does harm.", "name": "harmful_answer"}
    (metric,) = scorer(spec).metrics()
    assert (metric.higher_is_better, metric.safety, metric.kind) == (False, True, "proportion")
    (metric,) = scorer({**spec, "scale": "0..1"}).metrics()
    assert metric.kind == "share"
