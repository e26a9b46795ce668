"""Opposites and words alike: what the lists must not say."""

from __future__ import annotations

from assay.scorers import word_relations
from assay.scorers.word_relations import alike, opposites
from assay.scorers.wordforms import stem

OPPOSED = set(word_relations._ANTONYMS)
ALIKE = set(word_relations._SYNONYMS)


def test_both_are_symmetric_and_never_of_the_word_itself() -> None:
    assert all(key in opposites(other) and key != other for key in OPPOSED for other in opposites(key))
    assert all(key != other for key in ALIKE for other in alike(key))


def test_no_word_is_alike_and_opposed() -> None:
    assert not [key for key in OPPOSED if set(opposites(key)) & set(alike(key))]


def test_forms_are_found_by_their_stem() -> None:
    assert stem("closed") in opposites(stem("open"))
    assert stem("forbidden") in opposites(stem("allowed"))
    assert stem("fell") in opposites(stem("rising"))
    assert stem("staff") in alike(stem("employees"))


def test_the_two_ends_of_one_event_are_no_opposites() -> None:
    for one, two in (("buy", "sell"), ("lend", "borrow"), ("give", "receive"), ("teach", "learn"), ("send", "receive")):
        assert stem(two) not in opposites(stem(one))


def test_an_unknown_word_has_neither() -> None:
    assert not opposites("zyx")
    assert not alike("")


def test_the_order_does_not_depend_on_the_process() -> None:
    assert all(list(opposites(key)) == sorted(opposites(key)) for key in OPPOSED)
    assert all(list(alike(key)) == sorted(alike(key)) for key in ALIKE)
