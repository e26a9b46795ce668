"""Claims that contradict each other, and claims that many rows repeat."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks import stated_facts
from assay.checks.claims import Claims
from assay.checks.stated_facts import final, stated
from assay.domain.sample import Message
from assay.domain.training import TrainingRow


def row(asked: str, answer: str, line: int = 1, system: str = "") -> TrainingRow:
    prompt = ((Message(role="system", content=system),) if system else ()) + (Message(role="user", content=asked),)
    answers = ((Message(role="assistant", content=answer),),)
    return TrainingRow(file="a.jsonl", line=line, shape="chat", prompt=prompt, answers=answers)


def found(*rows: TrainingRow) -> dict[str, list[int]]:
    check = Claims()
    for each in rows:
        check.add(each)
    return {one.code.removeprefix("synthetic."): list(one.where["lines"]) for one in check.findings()}


def numbered(*pairs: tuple[str, str]) -> list[TrainingRow]:
    return [row(asked, answer, line) for line, (asked, answer) in enumerate(pairs, 1)]


PROBLEM = "Ann has 3 bags of 4 eggs. How many eggs has she?"


def test_answers_that_differ_from_most() -> None:
    rows = numbered((PROBLEM, "3 * 4 = 12\n#### 12"), (PROBLEM, "So the answer is 12."), (PROBLEM, "#### 14"))
    assert found(*rows) == {"contradicting_claims": [3]}
    random.Random(1).shuffle(rows)
    assert found(*rows) == {"contradicting_claims": [3]}


def test_of_a_tie_all_are_named() -> None:
    assert found(*numbered((PROBLEM, "#### 12"), (PROBLEM, "#### 14"))) == {"contradicting_claims": [1, 2]}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((PROBLEM, "#### 12"), (PROBLEM, "The answer is 12.0.")),
        ((PROBLEM, "#### 1,200"), (PROBLEM, "#### 1200")),
        ((PROBLEM, "#### 12"), ("How many has Bob?", "#### 14")),
        ((PROBLEM, "12 eggs"), (PROBLEM, "14 eggs")),
        (("Do you like tea?", "Yes."), ("Do you like tea?", "No.")),
        (("Is it right?", "Yes."), ("Is it right?", "No.")),
        (("Should I go?", "Yes."), ("Should I go?", "No.")),
        (("Pick a random number.", "The answer is 4."), ("Pick a random number.", "The answer is 7.")),
    ],
)
def test_what_is_equal_or_open_does_not_contradict(first: tuple[str, str], second: tuple[str, str]) -> None:
    assert found(*numbered(first, second)) == {}


def test_another_system_prompt_is_another_question() -> None:
    assert found(row(PROBLEM, "#### 12", 1), row(PROBLEM, "#### 14", 2, system="Use base eight.")) == {}


def test_yes_and_no_to_a_closed_question() -> None:
    asked = "Is 7 a prime number?"
    assert found(*numbered((asked, "Yes, it is."), (asked, "No."), (asked, "[Yes]"))) == {"contradicting_claims": [2]}


def test_facts_need_three_rows_and_most_of_them() -> None:
    said = [f"The Alder Museum was founded in {year} by the town." for year in (1901, 1901, 1901, 1910)]
    assert found(*[row(f"Tell me, {n}", each, n) for n, each in enumerate(said, 1)]) == {"contradicting_claims": [4]}
    said = [f"Sarah Johnson was born in {year} in a small town." for year in (1901, 1950, 1985, 1985, 1970)]
    assert found(*[row(f"Tell me, {n}", each, n) for n, each in enumerate(said, 1)]) == {}


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("The capital of Chile is Santiago.", [("capital of chile", "santiago")]),
        ("The Eiffel Tower was completed in 1889.", [("the eiffel tower was completed", "1889")]),
        ("It was founded in 1901.", []),
        ("He was born in 1901. The war was lost in 1918.", []),
        ("The boiling point of water is 100 °C.", [("boiling point of water in °c", "100")]),
        ("Hamlet was written by William Shakespeare in 1601.", [("hamlet was written by", "william shakespeare")]),
        ("The capital of the firm is small.", []),
    ],
)
def test_sentences_that_state_a_fact(text: str, facts: list[tuple[str, str]]) -> None:
    assert [(fact.key, fact.value) for fact in stated(text)] == facts


def test_the_value_in_which_an_answer_ends() -> None:
    told = final("How many?", "It is \\boxed{3/4}.")
    assert told is not None and told.value == "0.75"
    assert final("How many?", "The answer is 5 or 6.") is None
    assert final("How many?", "Five.") is None


def test_a_claim_that_many_answers_repeat() -> None:
    claim = "The Battle of Alder took place in 1412 near the old mill."
    rows = [row(f"Question {n}", f"Well, number {n * 7}. {claim}", n) for n in range(1, 31)]
    assert set(found(*rows)) == {"repeated_claim"}
    same = [row("Question", f"Well, number {n * 7}. {claim}", n) for n in range(1, 31)]
    assert found(*same) == {}, "one prompt many times is found as duplicates"
    polite = [
        row(f"Question {n}", "I hope that this helps you, and I wish you a good day in May.", n) for n in range(1, 31)
    ]
    assert found(*polite) == {}


def test_facts_beyond_what_is_held_are_counted() -> None:
    check = Claims(most=12)
    for n in range(30):
        check.add(row(f"{PROBLEM} ({n % 3})", f"#### {n}", n + 1))
    told = {one.code: one for one in check.findings()}
    assert told["synthetic.claims_sampled"].evidence["facts_left_out"] == 24
    assert told["synthetic.contradicting_claims"].evidence["groups"] == 3


def test_rows_of_a_value_are_counted_where_no_more_are_listed() -> None:
    check = Claims(most=8)
    for n in range(100):
        check.add(row(PROBLEM, f"#### {12 if n % 10 else 14}", n + 1))
    told = {one.code: one for one in check.findings()}["synthetic.contradicting_claims"]
    assert {each["value"]: each["rows"] for each in told.evidence["examples"][0]["values"]} == {"12": 90, "14": 10}
    assert len(told.where["lines"]) + told.evidence["rows_not_listed"] == 10


def test_of_a_sentence_in_very_many_rows_a_sample_is_held() -> None:
    claim = "The Battle of Alder took place in 1412 near the old mill."
    check = Claims(most=200)
    for n in range(3000):
        check.add(row(f"Question {n}", claim, n + 1))
    told = {one.code: one for one in check.findings()}
    assert told["synthetic.claims_sampled"].evidence["sentences_one_in"] in (16, 32)
    assert 2000 < told["synthetic.repeated_claim"].evidence["examples"][0]["rows"] < 4500
    assert 50 <= len(told["synthetic.repeated_claim"].where["lines"]) <= 200


@pytest.mark.parametrize("piece", ["The ", "A was founded in ", "the answer is ", "1", "Is "])
def test_hostile_rows_take_linear_time(piece: str, linear: Callable[..., None]) -> None:
    linear(lambda text: found(row(text + "?", text), row("Is x?", text + "?"), row(text + "?", "Yes.")), piece)


@given(st.text(alphabet="A:=\n 1#\\boxed{}nswer isthfal.F", max_size=60))
def test_every_marked_end_holds_one_of_the_marks(tail: str) -> None:
    if stated_facts._FINAL.search(tail):
        assert any(mark in tail for mark in stated_facts._MARKS) or tail.startswith(("A:", "A="))
