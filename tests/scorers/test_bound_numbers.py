"""Numbers that an answer gives to something else than the passages do."""

from __future__ import annotations

import time

import pytest

from assay.scorers.bound_numbers import exchanged
from assay.scorers.passages import indexed
from assay.scorers.tokens import tokens


def found(answer: str, context: str) -> list[tuple[str, str]]:
    said, passages = tokens(answer, 9999), indexed((context,))
    pairs = exchanged(said, 0, len(said.words), passages)
    return [(said.words[at], passages.tokens.words[there]) for at, there in pairs]


@pytest.mark.parametrize(
    ("answer", "context", "expected"),
    [
        ("Plan A costs 9 dollars.", "Plan A costs 5 dollars and plan B costs 9 dollars.", [("9", "5")]),
        ("The pro plan costs 5 euros.", "The basic plan costs 5 euros. The pro plan costs 9 euros.", [("5", "9")]),
        ("Pears cost 2 euros.", "Apples cost 2 euros, but pears cost 3 euros.", [("2", "3")]),
        ("The tunnel opened in 1932.", "The bridge was built in 1932. The tunnel opened in 1992.", [("1932", "1992")]),
    ],
)
def test_a_number_of_something_else_is_found(answer: str, context: str, expected: list[tuple[str, str]]) -> None:
    assert found(answer, context) == expected


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        ("Plan B costs 9 dollars.", "Plan A costs 5 dollars and plan B costs 9 dollars."),
        ("Adults pay 5 euros.", "It costs 5 euros for adults and 3 euros for children."),
        ("The basic plan is 5 euros.", "5 euros for the basic plan and 9 euros for the pro plan."),
        ("It costs 9 dollars.", "Plan A costs 5 dollars and plan B costs 9 dollars."),
        ("Plan A costs 9 dollars.", "Plan B costs 9 dollars."),
        ("The train has 9 cars.", "The bus has 5 seats and the train 9 doors."),
        ("Plan A costs 7 dollars.", "Plan A costs 5 dollars and plan B costs 9 dollars."),
        ("", "1 2"),
    ],
)
def test_nothing_is_said_of_what_fits_or_is_not_told(answer: str, context: str) -> None:
    assert found(answer, context) == []


def test_a_table_of_numbers_takes_linear_time() -> None:
    many = "The price is 5 euros. " * 8000
    begin = time.process_time()
    assert found(many[:20000], many) == []
    assert time.process_time() - begin < 10.0
