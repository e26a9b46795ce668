"""The scorer `citation`: cited passages exist and support."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.sample import Sample
from assay.domain.score import Score
from assay.domain.trial import Output
from assay.scorers.citation import Citations
from assay.testing import check_scorer

PASSAGES = (
    "The shop opens at nine and closes at six.",
    "House rules: dogs must be kept on a lead.",
    "It has two floors.",
)


def scored(answer: str, **metadata: Any) -> Score:
    sample = Sample(id="1", input="?", context=PASSAGES, metadata=metadata)
    return Citations().score(sample, Output(text=answer))[0]


@pytest.mark.parametrize(
    "answer",
    [
        "The shop opens at nine [1].",
        "The shop opens at nine. [1] It has two floors. [3]",
        "The shop opens at nine and has two floors [1, 3].",
        "Dogs must be kept on a lead (doc 2).",
        "Dogs must be kept on a lead [source 2].",
        "Dogs must be kept on a lead (Source: House rules).",
        'The rules say "dogs must be kept on a lead" [2].',
        "The shop opens at nine【1】.",
    ],
)
def test_citations_that_hold(answer: str) -> None:
    score = scored(answer)
    assert (score.value, score.evidence) == (True, ()), score.explanation


@pytest.mark.parametrize(
    ("answer", "pointed", "reason"),
    [
        ("The shop opens at nine [4].", "[4]", "cites passage 4 of 3"),
        ("The shop opens at nine [0].", "[0]", "cites passage 0 of 3"),
        ("Dogs are welcome (Source: Fire code).", "(Source: Fire code)", "no passage is called 'Fire code'"),
        (
            'It says "dogs may run about freely" [2].',
            "dogs may run about freely",
            "this quotation stands in no passage",
        ),
    ],
)
def test_citations_of_what_is_not_there(answer: str, pointed: str, reason: str) -> None:
    score = scored(answer)
    assert score.value is False
    span = score.evidence[0]
    assert (answer[span.start : span.end], span.reason) == (pointed, reason)


def test_a_cited_passage_must_support_the_sentence() -> None:
    score = scored("The shop opens at nine [1]. It has two floors [2].")
    assert score.value is False
    assert len(score.evidence) == 1
    assert "does not support" in score.evidence[0].reason
    assert scored("The shop opens at ten [1].").explanation.endswith("contradicted: 'ten' against 'nine'")


def test_names_of_passages_come_from_the_sample() -> None:
    named = {"sources": ["Opening hours", "Rules", "Building"]}
    assert scored("It has two floors (Source: Building).", **named).value is True
    assert scored("It has two floors (Source: Rules).", **named).value is False


def test_nothing_cited_is_unscored_unless_it_must() -> None:
    assert scored("The shop opens at nine.").unscored == "nothing cited"
    assert scored("The shop opens at nine.", must_cite=True).value is False
    assert scored(" ").unscored == "empty"
    assert scored("<think>[1]").unscored == "reasoning only"
    bare = Citations().score(Sample(id="1", input="?"), Output(text="So [1]."))[0]
    assert bare.unscored == "no context"


def test_numbers_may_begin_with_nought() -> None:
    sample = Sample(id="1", input="?", context=PASSAGES)
    assert Citations(first=0).score(sample, Output(text="The shop opens at nine [0]."))[0].value is True
    assert Citations(first=0).score(sample, Output(text="It has two floors [3]."))[0].value is False


def test_it_keeps_the_protocol() -> None:
    check_scorer(Citations(), [Sample(id="1", input="?", context=PASSAGES, metadata={"must_cite": True})])


@given(st.text(alphabet='[]()1239 ,-"Source:docab.\n', max_size=80))
def test_any_text_has_a_defined_result(answer: str) -> None:
    score = scored(answer)
    assert (score.value is None) == bool(score.unscored)
    assert all(0 <= span.start <= span.end <= len(answer) for span in score.evidence)


@pytest.mark.parametrize("piece", ["[1] ", "[", '"a b c ', "(Source: ", "a [1]. "])
def test_long_answers_take_linear_time(piece: str, linear: Callable[..., None]) -> None:
    linear(scored, piece)
