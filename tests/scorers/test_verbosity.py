"""The scorer `verbosity`."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.domain.sample import Sample
from assay.domain.trial import Output
from assay.scorers.content import content, padding
from assay.scorers.verbosity import Verbosity
from assay.testing import check_scorer

ASKED = Sample(id="1", input="Which colours has the flag of Poland?")
SAID = "White and red. The upper stripe is white, the lower one red."


def values(text: str) -> list[object]:
    return [score.value for score in Verbosity().score(ASKED, Output(text=text))]


def test_it_keeps_the_protocol() -> None:
    check_scorer(Verbosity())


def test_words_and_padding() -> None:
    assert values("White and red.") == [3.0, 0.0]
    assert values("Great question! White and red.") == [5.0, 40.0]
    assert values("今天下雨") == [4.0, 0.0]


def test_saying_it_twice_is_longer_and_padded() -> None:
    once, twice = values(SAID), values(f"{SAID} {SAID}")
    assert float(str(twice[0])) == 2 * float(str(once[0]))
    assert float(str(twice[1])) > 30.0 > float(str(once[1]))


def test_saying_more_is_longer_and_not_padded() -> None:
    assert values(f"{SAID} Sailors fly a variant with an eagle since 1919.")[1] == values(SAID)[1] == 0.0


def test_the_question_again_is_padding() -> None:
    idle = padding("You ask which colours the flag of Poland has. White.", ASKED.prompt)
    assert [piece.text for piece in idle] == ["You ask which colours the flag of Poland has."]


def test_an_option_of_the_question_is_no_padding() -> None:
    assert (
        padding("(B). A large city near the coast", "Pick: (A). A small village (B). A large city near the coast") == []
    )


def test_endings_do_not_make_content() -> None:
    assert content("walking dogs") == content("walked dog") == ["walk", "dog"]


@given(st.lists(st.sampled_from(["White.", "It is red.", "Great question!", "Snow fell on the hills."]), min_size=1))
def test_padding_is_a_percentage(parts: list[str]) -> None:
    count, share = values(" ".join(parts))
    assert float(str(count)) > 0
    assert 0.0 <= float(str(share)) <= 100.0


def test_the_evidence_points_at_what_adds_nothing() -> None:
    text = "White and red. I hope this helps!"
    (span,) = Verbosity().score(ASKED, Output(text=text))[1].evidence
    assert text[span.start : span.end] == "I hope this helps!"
    assert [score.unscored for score in Verbosity().score(ASKED, Output(text="!?"))] == ["no words", "no words"]
