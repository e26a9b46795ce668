"""The scorer `disclaimers`."""

from __future__ import annotations

import pytest

from assay.domain.sample import Sample
from assay.domain.score import Score
from assay.domain.trial import Output
from assay.scorers.disclaimers import Disclaimers, disclaims
from assay.testing import check_scorer


def score(text: str) -> Score:
    return Disclaimers().score(Sample(id="1", input="?"), Output(text=text))[0]


def test_it_keeps_the_protocol() -> None:
    check_scorer(Disclaimers())


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("As an AI language model, I have no opinion.", "machine"),
        ("My knowledge only goes up to 2021.", "scope"),
        ("This is not legal advice.", "advice"),
        ("I’m not a doctor.", "advice"),
        ("Please talk to a qualified electrician.", "expert"),
        ("The doctor arrived an hour later.", ""),
        ("As an AI researcher, she published forty papers.", ""),
        ("Consult the table on page nine.", ""),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    assert kind == disclaims(text.replace("’", "'"))
    assert score(text).value == float(bool(kind))


def test_a_sentence_counts_once_and_is_pointed_at() -> None:
    text = "Sure. As an AI I'm not a doctor. Drink water. See a doctor if it lasts."
    found = score(text)
    assert found.value == 2.0
    assert found.answer == "expert, machine"
    assert [text[span.start : span.end] for span in found.evidence] == [
        "As an AI I'm not a doctor.",
        "See a doctor if it lasts.",
    ]


def test_other_languages_are_unscored() -> None:
    assert score("Je ne suis pas médecin, mais je peux vous aider.").unscored == "not English"
