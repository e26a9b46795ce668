"""The scorer `degeneration`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import PlanError
from assay.domain.sample import Sample
from assay.domain.score import Score
from assay.domain.trial import Output
from assay.scorers.degeneration import Degeneration
from assay.scorers.noise import noise
from assay.scorers.repeats import repeats
from assay.testing import check_scorer

SOUND = "The river rises in the hills, passes two mills and a bridge, and meets the sea behind the old harbour."


def score(text: str, **settings: float) -> Score:
    return Degeneration(**settings).score(Sample(id="1", input="?"), Output(text=text))[0]


def test_it_keeps_the_protocol() -> None:
    check_scorer(Degeneration())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("I do. " * 20, "stood before"),
        (f"{SOUND} {SOUND}", "stood before"),
        ("1. Apples\n2. Apples\n3. Apples\n4. Apples\n5. Apples\n6. Apples\n7. Apples\n8. Apples", "stood before"),
        ("on and on and on and on and on and on", "a loop"),
        ("Noooooooooooooooooooooooo", "in a row"),
        ("\ufffd\ufffd\ufffd ok \ufffd\ufffd", "cannot be shown"),
        ("caf\u00c3\u00a9 na\u00c3\u00afve \u00c3\u00bc\u00c3\u00b6\u00c3\u00a4", "wrong encoding"),
        ("xkcdqwrt bvnmzxpl qwrtplkj zxcvbnml sdfghjkl", "no words"),
    ],
)
def test_kinds_of_degeneration(text: str, why: str) -> None:
    found = score(text)
    assert found.value is True
    assert why in found.explanation
    assert found.evidence


@pytest.mark.parametrize(
    "text",
    [
        SOUND,
        "Yes.",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "-" * 80 + "\nTitle\n" + "=" * 80,
        "Strengths, rhythms and lynx: twelfths.",
        "https://example.org/qwrtplkj/zxcvbnml",
        "今天天气很好，我们去公园散步。",
        "مرحبا بكم في متجرنا الصغير",
        "for i in range(3):\n    print(i)\nfor j in range(4):\n    print(j)",
        "pi is 3.14159265358979 or 3.14",
    ],
)
def test_sound_answers(text: str) -> None:
    assert score(text).value is False


def test_the_last_sentence_may_be_cut_off() -> None:
    assert 0.3 < repeats(f"{SOUND} {SOUND[:60]}").share < 0.4


def test_settings_are_shares() -> None:
    assert score("I know it. It rains and snows in the north of the country. I know it.", repeated=0.1).value is True
    with pytest.raises(PlanError, match="noise: expected a share between 0 and 1; it is 2"):
        Degeneration(noise=2)


def test_what_cannot_be_read_is_unscored() -> None:
    assert score("").unscored == "empty"
    assert score("<think>on and on").unscored == "reasoning only"


@given(st.text(max_size=200))
def test_noise_is_a_share(text: str) -> None:
    found = noise(text)
    assert 0.0 <= found.share <= 1.0
    assert all(text[piece.start : piece.end] == piece.text for piece in found.pieces)


@given(st.text(alphabet="ab c.\n", max_size=200))
def test_repeats_are_a_share_and_in_place(text: str) -> None:
    found = repeats(text)
    assert 0.0 <= found.share <= 1.0
    assert all(text[piece.start : piece.end] == piece.text for piece in found.pieces)


@pytest.mark.parametrize("unit", ["漢字", "a b ", "Dr. X. "])
def test_time_is_linear(unit: str, linear: Callable[..., None]) -> None:
    linear(score, unit)
