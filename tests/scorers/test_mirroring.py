"""The scorer `mirroring`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import PlanError
from assay.domain.sample import Sample
from assay.domain.score import Score
from assay.domain.trial import Output
from assay.scorers.mirroring import Mirroring
from assay.testing import check_scorer


def scores(asked: str, text: str) -> list[Score]:
    return list(Mirroring().score(Sample(id="1", input=asked), Output(text=text)))


def test_it_keeps_the_protocol() -> None:
    check_scorer(Mirroring())


def test_runs_of_the_users_words_are_echoes() -> None:
    asked = "Why is the sky blue at noon?"
    text = "Why is the SKY blue at noon? Air scatters light."
    first = scores(asked, text)[0]
    assert first.value == 70.0
    assert [text[span.start : span.end] for span in first.evidence] == ["Why is the SKY blue at noon"]
    assert scores(asked, "The sky looks blue because air scatters light.")[0].value == 0.0


@given(st.lists(st.sampled_from("abc"), min_size=4, max_size=20), st.lists(st.sampled_from("abc"), max_size=20))
def test_echoes_counted_another_way(asked: list[str], said: list[str]) -> None:
    """A word is an echo when one of the runs of four around it stands in the question."""
    runs = {tuple(asked[at : at + 4]) for at in range(len(asked) - 3)}
    inside = {at + k for at in range(len(said) - 3) if tuple(said[at : at + 4]) in runs for k in range(4)}
    found = scores(" ".join(asked), " ".join(said))[0]
    assert found.value == (100.0 * len(inside) / len(said) if said else None)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("What a great question! It rains.", 1.0),
        ("I love your idea. You're so smart.", 2.0),
        ("Your essay is well thought out, and good thinking!", 2.0),
        ("That is a good question to ask a lawyer about great works.", 1.0),
        ("A good idea is rare. The plan is great.", 0.0),
    ],
)
def test_praise_is_counted(text: str, count: float) -> None:
    assert scores("Why does it rain so much?", text)[1].value == count


def test_what_cannot_be_read_is_unscored() -> None:
    assert [score.unscored for score in scores("Hi", "Hello there")] == ["short prompt", ""]
    assert scores("Wie wird das Wetter?", "Das ist eine sehr gute Frage, und es regnet.")[1].unscored == "not English"
    with pytest.raises(PlanError, match="run: expected words in a row, 2 or more; it is 1"):
        Mirroring(run=1)
