"""Sums in answers: wrong ones are found, right, rounded and doubted ones are not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks import arithmetic
from assay.checks.arithmetic import Arithmetic, wrong
from assay.domain.sample import Message
from assay.domain.training import TrainingRow


def found(answer: str, asked: str = "How many?") -> list[str]:
    check = Arithmetic()
    answers = ((Message(role="assistant", content=answer),),)
    check.add(
        TrainingRow(file="a", line=1, shape="chat", prompt=(Message(role="user", content=asked),), answers=answers)
    )
    return [kind for one in check.findings() for kind in one.evidence["kinds"]]


@pytest.mark.parametrize(
    "text",
    ["3 * 4 = 13", "so that is 3 x 4 = 13 eggs.", "$5 + $6 = $12", "<<3*4=13>>13", "1. 3 + 4 = 8", "2 × 3 × 4 = 25", "7 − 2 = 6",
     "(3 + 4) * 2 = 15.", "She has: 10 / 4 = 3.5 left", "1,000 + 1 = 1,002", "We get 12 - 5 = 6,\nso six."],
)  # fmt: skip
def test_wrong_sums_are_found(text: str) -> None:
    assert len(found(text)) == 1


@pytest.mark.parametrize(
    "text",
    ["3 * 4 = 12", "10 / 3 = 3.33", "10 / 3 = 3", "17 / 5 = 4", "2x + 3 = 9", "x = 3 + 4 = 7", "3 * 10^2 = 300", "5 + 3 == 8",
     "17 / 5 = 3 remainder 2", "7 + 5 = 0 (mod 12)", "50 * 20% = 10", "20% of 50 + 1 = 11", "3 + 4 = 7 * 1", "a[3] + 4 = 5",
     "3 + 4 = 8 is wrong", "It is not true that 3 + 4 = 8.", "1 1/2 + 1 = 2.5", "5 + 5 = 10th", "v2.3 + 1 = 4", "3 + 4 = 8x",
     "1 + 2 + ... + 9 = 45", "10/12/2020 = 5", "2 km + 3 = 9", "1/3 = 0.33", "3 million + 4 = 3000004", "5! + 1 = 121", "= 5", "4 = 5",
     "2 + 2 = 4 000", "√4 + 1 = 3", "07 + 1 = 9"],
)  # fmt: skip
def test_right_rounded_and_other_things_are_not(text: str) -> None:
    assert found(text) == []


def test_a_sum_of_the_question_is_not_the_answers() -> None:
    assert found("You say that 3 + 4 = 8.", "Is 3 + 4 = 8.") == []


def test_a_row_that_is_marked_as_bad_may_be_wrong() -> None:
    answers = ((Message(role="assistant", content="3 + 4 = 8"),),)
    for rating, count in ((0.0, 0), (1.0, 1)):
        check = Arithmetic()
        check.add(TrainingRow(file="a", line=1, shape="rated", answers=answers, ratings=(rating,)))
        assert len(list(check.findings())) == count


@given(st.integers(0, 10_000), st.integers(1, 10_000), st.sampled_from("+-*/"))
def test_a_right_sum_is_never_wrong(one: int, two: int, sign: str) -> None:
    value = {"+": one + two, "-": one - two, "*": one * two, "/": one / two}[sign]
    assert list(wrong(f"So {one} {sign} {two} = {value:.4f}.")) == []


@given(st.integers(2, 500), st.integers(2, 500), st.integers(1, 50))
def test_a_sum_that_is_off_by_a_whole_number_is(one: int, two: int, off: int) -> None:
    assert list(wrong(f"So {one} + {two} = {one + two + off}.")) != []


@pytest.mark.parametrize(
    ("before", "piece", "after"),
    [("", "1+", "1=2"), ("", "=", ""), ("", "1=1", ""), ("", "(", "=1"), ("1 - " * 20, "1=5", "")],
)
def test_hostile_answers_take_linear_time(before: str, piece: str, after: str, linear: Callable[..., None]) -> None:
    linear(lambda text: found(before + text + after), piece)


@given(st.text(alphabet="0123456789$(  \t.,+-*/)xab\x1c\u2212\u00d7", max_size=80), st.sampled_from([0, 3]))
def test_a_sum_begins_where_the_pattern_begins(part: str, skipped: int) -> None:
    found = arithmetic._LEFT.search(part, skipped)
    assert arithmetic._sum(part, skipped) == (found[0] if found else "")
