"""Rows that models wrote: where they come from, what of their making stands in them, what their metadata admit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assay.checks.seeds import repeats_seed
from assay.checks.synthetic import Synthetic
from assay.checks.synthetic_rows import written_by_a_model
from assay.checks.verifications import verified
from assay.domain.sample import Message
from assay.domain.training import Shape, TrainingRow

LONG = "The river rises in the hills above the old town and runs for ninety miles through farms and woods to the sea."
NAN = float("nan")


def row(
    asked: str = "Why?", answer: str = "Because.", line: int = 1, shape: Shape = "chat", **told: Any
) -> TrainingRow:
    return TrainingRow(
        file="a.jsonl",
        line=line,
        shape=shape,
        prompt=(Message(role="user", content=asked),),
        answers=((Message(role="assistant", content=answer),),),
        metadata=told,
    )


def codes(*rows: TrainingRow) -> list[str]:
    check = Synthetic()
    for each in rows:
        check.add(each)
    return sorted(one.code.removeprefix("synthetic.") for one in check.findings())


@pytest.mark.parametrize(
    ("told", "how"),
    [
        ({"synthetic": True}, "synthetic"), ({"generator": "gpt-4"}, "generator"), ({"source": "self-instruct"}, "source"),
        ({"is_synthetic": "yes"}, "is_synthetic"), ({"model": "llama"}, "model"), ({"synthetic": False, "model": "x"}, ""),
        ({"generator": "human"}, ""), ({"generator": None, "source": "forum"}, ""), ({"model": NAN}, ""), ({}, ""),
        ({"source": "stackexchange"}, ""), ({"generator": {"name": "x"}}, "generator"), ({"source": 5}, ""),
    ],
)  # fmt: skip
def test_how_a_row_is_known_to_be_synthetic(told: dict[str, Any], how: str) -> None:
    assert written_by_a_model(row(**told)) == how


def test_rows_by_hand_give_nothing() -> None:
    assert codes(row(), row(source="forum", licence="MIT"), row(generator="human")) == []


def test_what_the_origin_lacks_is_told_with_its_share() -> None:
    whole = {"generator": "m", "prompt_template": "t", "seed": 0, "schema_valid": True}
    assert codes(row(**whole)) == []
    assert codes(row(synthetic=True, template="t", seed=1, verified=True)) == ["provenance"]
    assert codes(row(**{**whole, "seed": None})) == ["recipe"]
    check = Synthetic()
    for each in (row(**whole), row(line=2, generator="m"), row(line=3), row(line=4, synthetic=True)):
        check.add(each)
    told = {one.code: one.evidence for one in check.findings()}
    assert told["synthetic.recipe"]["kinds"] == {"prompt": 2, "seed": 2, "verification": 2}
    assert told["synthetic.recipe"]["synthetic_rows"] == 3
    assert told["synthetic.provenance"]["share"] == 0.3333
    assert told["synthetic.provenance"]["known_by"] == {"generator": 2, "synthetic": 1}


@pytest.mark.parametrize(
    "told",
    [
        {"tests_passed": False}, {"verification": "failed"}, {"schema_valid": "false"}, {"test_result": "3/5"},
        {"verification": {"schema": True, "execution": False}}, {"critic_verdict": "reject"}, {"is_correct": False},
        {"execution_result": "Timeout"}, {"passed_tests": [True, False]},
    ],
)  # fmt: skip
def test_rows_that_failed_their_verification(told: dict[str, Any]) -> None:
    assert codes(row(**told)) == ["failed_verification"]
    assert codes(row(shape="rated", **told)) == [], "a rated row may be bad on purpose"


@pytest.mark.parametrize(
    "told",
    [
        {"tests_passed": True}, {"verification": "passed"}, {"test_result": "5/5"}, {"correct": "B"}, {"verified": False},
        {"critic_score": 0.1}, {"verification": None}, {"is_correct": 1}, {"valid": "maybe"}, {"execution_result": "42"},
        {"verification": {"note": "x"}}, {"passed_tests": []}, {"test_result": "0/0 of"},
    ],
)  # fmt: skip
def test_rows_that_did_not(told: dict[str, Any]) -> None:
    assert codes(row(**told)) == []


def test_results_are_read_by_kind() -> None:
    assert verified({"verified": False, "critic_score": 3}) == {"verified": "unverified", "critic_score": "scored"}


@pytest.mark.parametrize(
    "asked",
    [
        "Sure! Here are 5 questions about rivers:", "Certainly! Below is a rewritten prompt.", "#Rewritten Prompt#\nWhy?",
        "Here is the rephrased question: why?", "**Generated Question:** Why?", "Here's a more complex, revised version:",
        "I'm sorry, but as an AI language model I cannot write that.",
    ],
)  # fmt: skip
def test_what_a_generator_says_in_a_prompt(asked: str) -> None:
    assert codes(row(asked)) == ["chatter"]
    assert codes(row(asked, shape="text")) == []


@pytest.mark.parametrize(
    "asked",
    [
        "Here is my code, what is wrong with it?", "Here's a question for you: why?", "Sure, why not?", "Of course it is wrong.",
        "Rewrite this prompt: be brief", "New question: why?", "As an AI language model, what can you do?", "# Task\nDo it.",
        "Here are the numbers of last year.", "What does 'Sure! Here are' mean?", "",
    ],
)  # fmt: skip
def test_what_people_write_in_a_prompt(asked: str) -> None:
    assert codes(row(asked)) == []


def test_a_user_who_takes_up_an_answer_is_no_generator() -> None:
    turns = (
        Message(role="user", content="Debug this"),
        Message(role="assistant", content="Show me the log."),
        Message(role="user", content="Sure! Here is the log: ..."),
    )
    answers = ((Message(role="assistant", content="Thanks."),),)
    assert codes(TrainingRow(file="a", line=1, shape="chat", prompt=turns, answers=answers)) == []


def test_what_a_generator_says_in_an_answer() -> None:
    said = "Here is the rewritten answer:\nThe sky is blue."
    assert codes(row("Why is the sky blue?", said)) == ["chatter"]
    assert codes(row("Rewrite: teh sky is blue", said)) == []
    assert codes(row("Who won?", "A did. This response was generated by ChatGPT.")) == ["chatter"]


def test_an_answer_that_speaks_as_a_model() -> None:
    said = "As an AI language model, I have no taste."
    assert codes(row("Is tea better than coffee?", said)) == ["speaks_as_model"]
    assert codes(row("Are you an AI?", said)) == []
    assert codes(row("Is tea better?", "Models of AI are many.")) == []


def test_rows_that_repeat_their_seed() -> None:
    assert codes(row("Tell me of the river", LONG, seed_text=LONG)) == ["repeats_seed"]
    assert codes(row(LONG, "It does.", seed_prompt=LONG)) == ["repeats_seed"]
    assert codes(row(LONG, "It does.", few_shot=[{"question": LONG}])) == ["repeats_seed"]
    assert codes(row("Tell me of the river", LONG)) == []
    assert codes(row("Tell me of the river", LONG, seed_text="Rivers in the north, their towns and farms")) == []
    assert codes(row("Short", "Short", seed="Short")) == []
    assert repeats_seed(row(seed=42, few_shot=[1, None], seed_text={"a": 5})) == ("", 0.0)


@pytest.mark.parametrize("piece", ["Sure! ", "here is a ", " ", "As an AI ", "a"])
def test_hostile_rows_take_linear_time(piece: str, linear: Callable[..., None]) -> None:
    linear(lambda text: codes(row(text, text, generator=text, seed_text=text, verification=text)), piece)
