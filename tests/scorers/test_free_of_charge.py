"""Ways to say that nothing is to be paid."""

from __future__ import annotations

import pytest

from assay.scorers.free_of_charge import unpaid
from assay.scorers.tokens import JOINT, tokens
from assay.scorers.wordforms import NEGATION


def content(text: str) -> list[str]:
    read = unpaid(tokens(text, 999))
    return [word for word, kind in zip(read.words, read.kinds, strict=True) if kind != JOINT]


@pytest.mark.parametrize(
    "said",
    [
        "is free",
        "is free of charge",
        "costs nothing",
        "has no fee",
        "charges no entry fee",
        "is at no extra cost",
        "is without charge",
        "you don't have to pay for",
        "you do not need to pay",
        "they are not charged for",
        "one never has to pay for",
    ],
)
def test_nothing_to_pay_is_one_word_and_no_denial(said: str) -> None:
    read = unpaid(tokens(said, 999))
    assert content(said) == ["free"]
    assert NEGATION.isdisjoint(read.words)
    assert len(read.words) == len(tokens(said, 999).words)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("You must pay.", ["pay"]),
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
