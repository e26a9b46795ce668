"""Times of day, written in another way than the passages do."""

from __future__ import annotations

import pytest

from assay.scorers.clock_times import retimed, times
from assay.scorers.tokens import JOINT, Tokens, tokens


def words(text: str) -> Tokens:
    return tokens(text, 999)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("5 pm", [1020]),
        ("5pm", [1020]),
        ("5 p.m.", [1020]),
        ("12 am", [0]),
        ("12:30 pm", [750]),
        ("17:45", [1065]),
        ("noon", [720]),
        ("08:15", [495]),
        ("25:00", []),
        ("13 pm", []),
        ("5:75", []),
        ("5.30", []),
        ("5.30 pm", [1050]),
        ("5.30, pm", []),
        ("14:30 ml", []),
        ("2:30 hours", []),
        ("5 men", []),
        ("16:9:4", []),
    ],
)
def test_what_is_a_time(text: str, minutes: list[int]) -> None:
    assert [time.minutes for time in times(words(text))] == minutes


@pytest.mark.parametrize(
    ("said", "there"),
    [
        ("17:00", "5 pm"),
        ("5 pm", "17:00"),
        ("5 p.m.", "5 pm"),
        ("12:00", "noon"),
        ("noon", "12 pm"),
        ("0:00", "midnight"),
        ("9.30 am", "9:30"),
        ("8:15 pm", "20:15"),
    ],
)
def test_the_same_time_is_compared_as_the_passages_write_it(said: str, there: str) -> None:
    ours, theirs = retimed(words(f"It opens at {said}."), words(f"It opens at {there}.")), words(there)
    kept = [key for key, kind in zip(ours.keys, ours.kinds, strict=True) if kind != JOINT]
    assert kept == ["open", theirs.keys[0]]


@pytest.mark.parametrize(
    ("said", "there"), [("5 am", "5 pm"), ("17:30", "5 pm"), ("05:00", "17:00"), ("8:15", "20:15")]
)
def test_another_time_does_not_match(said: str, there: str) -> None:
    assert retimed(words(said), words(there)).keys[0] not in words(there).keys


@pytest.mark.parametrize(
    ("said", "there"),
    [
        ("8:15 pm", "8:15"),
        ("8:15", "8:15 pm"),
        ("noon", "midnight"),
        ("midnight", "12:00"),
        ("noon", "5 pm"),
        ("5.30", "17:30"),
    ],
)
def test_where_it_is_in_doubt_the_words_stay(said: str, there: str) -> None:
    assert retimed(words(said), words(there)) == words(said)


def test_the_exact_time_goes_before_one_half_a_day_off() -> None:
    hours = words("It opens at 8:00 and closes at 20:00.")
    assert retimed(words("It opens at 8 pm."), hours).keys[3] == "20:00"
    assert retimed(words("It opens at 8 am."), hours).keys[3] == "8:00"


def test_words_without_times_stay_as_they_are() -> None:
    for said, there in (("It costs 5 euros.", "It opens at 5 pm."), ("At 5 pm.", "It costs 5 euros."), ("", "5 pm")):
        assert retimed(words(said), words(there)) == words(said)
