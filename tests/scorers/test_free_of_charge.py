"""Ways to say that nothing is to be paid."""

from __future__ import annotations

import pytest

from assay.scorers.free_of_charge import unpaid
from assay.scorers.tokens import JOINT, tokens
from assay.scorers.wordforms import NEGATION


def content(text: str) -> list[str]:
    read = unpaid(tokens(text, 999), text)
    return [word for word, kind in zip(read.words, read.kinds, strict=True) if kind != JOINT]


@pytest.mark.parametrize(
    "said",
    [
        "is free",
        "is free of charge",
        "costs nothing",
        "has no fee",
        "is at no cost",
        "has no fee; it",
        "costs nothing, and",
        "is without charge",
        "you don't have to pay.",
        "you do not need to pay",
    ],
)
def test_nothing_to_pay_is_one_word_and_no_denial(said: str) -> None:
    read = unpaid(tokens(said, 999), said)
    assert content(said) == ["free"]
    assert NEGATION.isdisjoint(read.words)
    assert len(read.words) == len(tokens(said, 999).words)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("It charges no entry fee.", ["entry", "free"]),
        ("You don't have to pay for the car park.", ["free", "car", "park"]),
        ("They are not charged for lockers.", ["free", "lockers"]),
        ("It costs nothing on Sundays.", ["free", "sundays"]),
    ],
)
def test_what_is_free_stays(said: str, kept: list[str]) -> None:
    assert content(said) == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("You must pay.", ["pay"]),
        ("One never has to pay.", ["never", "pay"]),
        ("You don't have to pay for it in cash.", ["pay", "cash"]),
        ("You don't have to pay for", ["pay"]),
        ("You don't have to pay for 3 days.", ["pay", "3", "days"]),
        ("You do not have to pay a deposit.", ["pay", "deposit"]),
        ("You do not pay when you enter.", ["pay", "enter"]),
        ("He did not pay.", ["pay"]),
        ("It is not charged.", ["charged"]),
        ("It is at no extra cost.", ["extra", "cost"]),
        ("It costs nothing extra.", ["costs", "nothing", "extra"]),
        ("No fee is refunded.", ["fee", "refunded"]),
        ("No charge cards", ["charge", "cards"]),
        ("No fee?", ["fee"]),
        ("No fee (except in June).", ["fee", "except", "june"]),
        ("No fee: a deposit.", ["fee", "deposit"]),
        ("If you book, there is no fee.", ["book", "fee"]),
        ("Guests without pets pay no fee.", ["guests", "without", "pets", "pay", "fee"]),
        ("No fee, but a deposit.", ["fee", "deposit"]),
        ("No booking fee.", ["booking", "fee"]),
        ("You don't have to pay by card.", ["pay", "card"]),
        ("They did not pay the bill.", ["pay", "bill"]),
        ("A fee of no importance", ["fee", "importance"]),
        ("Nothing costs more.", ["nothing", "costs"]),
        ("He is free to go.", ["free", "go"]),
        ("", []),
    ],
)
def test_what_is_paid_or_not_meant_stays(said: str, kept: list[str]) -> None:
    assert content(said) == kept
