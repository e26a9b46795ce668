"""The scorer `overconfidence`."""

from __future__ import annotations

import pytest

from assay.domain.sample import Sample
from assay.domain.score import Score
from assay.domain.trial import Output
from assay.scorers.overconfidence import Overconfidence, claims_something
from assay.testing import check_scorer


def score(text: str) -> Score:
    return Overconfidence().score(Sample(id="1", input="?"), Output(text=text))[0]


def test_it_keeps_the_protocol() -> None:
    check_scorer(Overconfidence())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is definitely Paris.", 100.0),
        ("It is Paris.", 0.0),
        ("It is definitely Paris. It lies on the Seine.", 50.0),
        ("I am absolutely sure, but I could be wrong.", 0.0),
        ("The sum of two squares is never negative.", 0.0),
    ],
)
def test_the_share_of_claims_beyond_doubt(text: str, expected: float) -> None:
    assert expected == score(text).value


@pytest.mark.parametrize("text", ["Hello!", "Which one do you mean?", "Mix the flour with the milk.", "Paris."])
def test_without_a_claim_it_is_unscored(text: str) -> None:
    assert not claims_something(text)
    assert score(text).unscored == "no claim"


def test_the_evidence_points_at_the_words_of_certainty() -> None:
    text = "Well, that is so. There is absolutely no doubt about it."
    (span,) = score(text).evidence
    assert text[span.start : span.end] == "There is absolutely no doubt"
