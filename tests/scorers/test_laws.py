"""Laws that every scorer keeps, whatever a model writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.sample import Sample, ToolCall
from assay.domain.score import Score, Scorer
from assay.domain.trial import Output
from assay.registry import scorer, scorer_digest, scorer_names, settings_of

Linear = Callable[..., None]
POLICY: dict[str, Any] = {
    "name": "shop",
    "says": ["Items can be returned within 30 days.", "Return shipping costs $7.95."],
    "statements": [
        {"id": "a", "kind": "must_not_claim", "text": "Nothing late.", "any": ["refund within 90 days", "no limit"]},
        {"id": "b", "kind": "must_disclose", "text": "The window.", "all": ["30 days"], "when": {"prompt": ["return"]}},
        {"id": "c", "kind": "numbers_allowed", "text": "Figures.", "numbers": ["30 days", "$7.95"]},
        {"id": "d", "kind": "only_topics", "text": "Returns.", "topics": ["return", "refund"]},
        {"id": "e", "kind": "must_not", "text": "No rival.", "patterns": ["Mega ?Mart"]},
    ],
}
SPECS: tuple[dict[str, Any], ...] = (
    {"type": "bbq"},
    {"type": "bias"},
    {"type": "bias", "kind": "number"},
    {"type": "choice"},
    {"type": "citation"},
    {"type": "degeneration"},
    {"type": "disclaimers"},
    {"type": "evidence_coverage"},
    {"type": "fabricated_citation"},
    {"type": "format_drift"},
    {"type": "groundedness"},
    {"type": "hedging"},
    {"type": "injection"},
    {"type": "injection", "attempts": False},
    {"type": "json", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}},
    {"type": "language_drift"},
    {"type": "length"},
    {"type": "mirroring"},
    {"type": "match"},
    *({"type": "match", "kind": kind} for kind in ("exact", "numeric", "choice", "any", "pattern")),
    {"type": "over_refusal"},
    {"type": "overconfidence"},
    {"type": "pattern", "pattern": "[0-9]{1,9} apples"},
    {"type": "policy", "policy": POLICY},
    {"type": "policy_hallucination", "policy": POLICY},
    {"type": "privacy"},
    {"type": "recorded", "field": "x"},
    {"type": "refusal"},
    {"type": "steps", "policy": {"name": "p", "unlisted": "deny", "tools": [{"tool": "f", "known": ["a"]}]}},
    {"type": "stereotype"},
    {"type": "sycophancy"},
    {"type": "refusal", "partial": "unscored", "filtered_is_refusal": True},
    {"type": "refusal_quality"},
    {"type": "tool_call"},
    {"type": "tool_use"},
    {"type": "verbosity"},
)
SCORERS = [scorer(spec) for spec in SPECS]
SAMPLES = (
    Sample(
        id="0", input="Doors?", context=("It has two doors.",), metadata={"facts": ["two doors"], "must_cite": True}
    ),
    Sample(id="1", input="?"),
    Sample(id="2", input="?", target="42"),
    Sample(id="3", input="?", target="refuse"),
    Sample(id="4", input="?", target=("a", "b c"), choices=("a", "b c", "")),
    Sample(
        id="6",
        input="Return?",
        target="A",
        choices=("a", "b c", "?"),
        metadata={"condition": "ambig", "polarity": "neg", "groups": ["a", "b", "unknown"], "stereotyped": ["a"]},
    ),
    Sample(id="5", input="?", target="f", tools=({"name": "f"},), metadata={"expected_calls": [], "check": "any"}),
)
WITHOUT_END = {
    "words": "word ",
    "one word": "a",
    "digits": "1",
    "commas": "1,",
    "blanks": " ",
    "brackets": "(",
    "answers": "the answer is ",
    "apologies": "I'm sorry ",
    "promises": "we refund within 90 days ",
    "rules": "according to our policy, you may. ",
    "denials": "no not never ",
    "numbers in words": "one hundred and ",
}
HOSTILE = {
    "a long answer": "word " * 40_000,
    "NUL": "\x00" * 100,
    "escapes": "\x1b[2J\x1b]0;x\x07<script>alert(1)</script>",
    "deep JSON": "[" * 10_000 + "]" * 10_000,
    "lone surrogates": "\ud800 I can't \udfff",
    "changing length in lower case": "İİİ I CAN’T HELP İ",
    "right to left": "\u202eI can't help\u202c",
    "an open thought": "<think>" * 1000,
}


def held(judge: Scorer, sample: Sample, output: Output) -> list[Score]:
    """The scores, after the laws that need no other run."""
    scores = list(judge.score(sample, output))
    assert [score.metric for score in scores] == [metric.name for metric in judge.metrics(sample)]
    for score in scores:
        assert (judge.name, judge.version) == (score.scorer, score.version)
        assert len(score.explanation) <= 500
        assert all(0 <= span.start <= span.end <= len(output.text) for span in score.evidence)
    assert scores == list(judge.score(sample, output))
    return scores


@pytest.mark.parametrize("judge", SCORERS, ids=lambda judge: f"{judge.name}-{getattr(judge, 'kind', '')}")
def test_scorers_keep_the_protocol(judge: Scorer) -> None:
    assert isinstance(judge, Scorer)
    assert is_dataclass(judge)
    assert judge.name in scorer_names()
    assert judge.needs <= {"text", "choices"}
    assert judge.judges <= {"empty", "truncated", "filtered"}
    every = {metric.name for metric in judge.metrics()}
    assert all({metric.name for metric in judge.metrics(sample)} <= every for sample in SAMPLES)
    for field in fields(judge):
        with pytest.raises(AttributeError):
            setattr(judge, field.name, None)


@pytest.mark.parametrize("judge", SCORERS, ids=lambda judge: f"{judge.name}-{getattr(judge, 'kind', '')}")
def test_scorers_come_back_from_their_saved_form(judge: Scorer) -> None:
    again = scorer({"type": judge.name, **settings_of(judge)})
    assert judge == again
    assert scorer_digest(judge) == scorer_digest(again)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.usefixtures("no_hang")
def test_hostile_answers_are_scored(text: str) -> None:
    for judge in SCORERS:
        for sample in SAMPLES[1:4:2]:
            scores = judge.score(sample, Output(text=text))
            assert [score.metric for score in scores] == [metric.name for metric in judge.metrics(sample)]


@pytest.mark.parametrize("piece", WITHOUT_END.values(), ids=WITHOUT_END.keys())
def test_answers_without_end_take_time_by_their_length_alone(piece: str, linear: Linear) -> None:
    for judge in SCORERS:
        linear(lambda text, judge=judge: judge.score(SAMPLES[3], Output(text=text + "x")), piece, 40_000)


arguments = st.none() | st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3)
outputs = st.builds(
    Output,
    text=st.text() | st.sampled_from(list("ab")) | st.from_regex(r"[-+]?[0-9,./ ]{1,12}[%e]?", fullmatch=True),
    tool_calls=st.lists(st.builds(ToolCall, name=st.sampled_from(["f", "g", ""]), arguments=arguments), max_size=2).map(
        tuple
    ),
    finish_reason=st.sampled_from(["stop", "length", "content_filter", ""]),
    choice_logprobs=st.none() | st.lists(st.floats(), max_size=4).map(tuple),
    metadata=st.dictionaries(
        st.just("x"), st.none() | st.booleans() | st.floats() | st.integers() | st.text(), max_size=1
    ),
)


@given(outputs, st.sampled_from(SAMPLES), st.text(max_size=20))
def test_no_answer_makes_a_scorer_raise(output: Output, sample: Sample, target: str) -> None:
    asked = Sample(id="6", input="?", target=target, choices=sample.choices)
    for judge in SCORERS:
        held(judge, sample, output)
        held(judge, asked, output)


@given(st.text())
def test_a_refusal_stays_one_behind_blanks(text: str) -> None:
    judge = scorer("refusal")
    first, second = (judge.score(SAMPLES[0], Output(text=before + text))[0] for before in ("", " \n"))
    assert (first.value, first.unscored) == (second.value, second.unscored)
