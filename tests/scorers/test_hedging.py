"""The scorer `hedging`."""

from __future__ import annotations

import pytest

from assay.domain.sample import Sample
from assay.domain.score import Score
from assay.domain.trial import Output
from assay.scorers.hedging import Hedging
from assay.testing import check_scorer


def score(text: str) -> Score:
    return Hedging().score(Sample(id="1", input="?"), Output(text=text))[0]


def test_it_keeps_the_protocol() -> None:
    check_scorer(Hedging())


def test_hedges_are_counted_per_hundred_words() -> None:
    assert score("It is perhaps blue.").value == 25.0
    assert score("It is blue.").value == 0.0
    assert score(" ".join(["It is perhaps blue."] * 7)).value == 25.0


def test_the_explanation_names_the_hedges_where_there_are_some() -> None:
    assert score("It is blue.").explanation == "0 hedges in 3 words"
    assert score("It is perhaps, or maybe not, blue.").explanation == "2 hedges in 7 words: 'perhaps', 'maybe'"


@pytest.mark.parametrize(
    "text", ["In May the garden opens.", "You may enter now.", "He pushed with all his might and won."]
)
def test_words_that_only_look_like_hedges_are_none(text: str) -> None:
    assert score(text).value == 0.0


def test_the_evidence_points_at_the_hedges() -> None:
    text = "<think>maybe</think>I think it is blue. Code:\n```\nperhaps()\n```\nProbably."
    found = score(text)
    assert [text[span.start : span.end] for span in found.evidence] == ["I think", "Probably"]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "empty"),
        ("...", "no words"),
        ("Vielleicht ist es blau, aber ich bin mir nicht sicher.", "not English"),
        ("<think>perhaps", "reasoning only"),
    ],
)
def test_what_cannot_be_read_is_unscored(text: str, cause: str) -> None:
    assert (score(text).value, score(text).unscored) == (None, cause)
