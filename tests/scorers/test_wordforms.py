"""Stems, and words that are written otherwise than the passages write them."""

from __future__ import annotations

import pytest

from assay.scorers.passages import indexed
from assay.scorers.support import Reading, read
from assay.scorers.support_features import features
from assay.scorers.tokens import tokens
from assay.scorers.wordforms import stem

RARITY = (1.0,)


def laid(answer: str, passage: str) -> Reading:
    return read(answer, indexed((passage,)), "", RARITY)


def matches(answer: str, passage: str) -> list[float]:
    return [match for sentence in laid(answer, passage).sentences for match in sentence.laid.match]


@pytest.mark.parametrize(
    "forms",
    [
        "use uses used using", "movie movies", "city cities", "try tries tried trying", "family families",
        "apply applies applied", "vary varies varied varying", "need needs needed", "go goes went going gone",
        "ski skis skied skiing", "study studies studied studying", "primary primarily", "play plays played playing",
    ],
)  # fmt: skip
def test_forms_of_one_word_have_one_stem(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


@pytest.mark.parametrize(("one", "other"), [("used", "us"), ("need", "new"), ("movie", "move"), ("playing", "plan")])
def test_other_words_have_another_stem(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("word", "passage"),
    [
        ("Kilauea", "Kīlauea is active."),
        ("Wallstreet", "It plays on Wall Street."),
        ("tenpin", "The ten-pin alley closed."),
        ("USA", "It was made in the United States."),
        ("UK", "It was made in the United Kingdom."),
        ("GNR", "They heard Guns N' Roses there."),
    ],
)
def test_a_word_written_otherwise_is_there(word: str, passage: str) -> None:
    assert min(matches(word, passage)) >= 0.9
    assert matches(word, "The clinic opens at seven on weekdays.") == [0.0]


def test_the_us_is_a_country_and_no_talk_of_the_speaker() -> None:
    keys = tokens("Tell us of the US, the U.S. and the UK", 99).keys
    assert keys == ("tell", "us", "of", "the", "usa", "the", "usa", "and", "the", "uk")
    made = laid("It was made in the us", "It was made in the United States.")
    assert (made.sentences[0].counts["self"], min(made.sentences[0].laid.match)) == (0, 0.9)
    assert laid("It told us", "It was made in the United States.").sentences[0].counts["self"] == 1


def test_words_that_say_little_add_no_claim() -> None:
    passage = "The clinic opens at seven."
    light, heavy = (features(laid(f"The clinic {word} opens at seven.", passage)) for word in ("actually", "secretly"))
    assert (light["telling_unknown"][0], light["telling_there"][0]) == (0, 1)
    assert heavy["telling_unknown"][0] > 0
    assert heavy["telling_there"][0] < 1
    assert light["unknown_count"][0] == heavy["unknown_count"][0]


def test_he_beside_a_sentence_that_names_no_woman_is_no_conflict() -> None:
    passage = "Editor Ben Adair tracks down the source of the leak. Graham weighs what her lawyers say."
    kinds = [one.kind for one in laid("He tracks down the source of the leak.", passage).sentences[0].conflicts]
    assert "gender" not in kinds
    kinds = [one.kind for one in laid("Graham weighs what his lawyers say.", passage).sentences[0].conflicts]
    assert kinds == ["gender"]
