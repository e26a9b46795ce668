"""Kinds and difficulty of requests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.scorers.intents import INTENTS, READ, difficulty, intent
from assay.store.behaviours import KINDS

CASES = {
    "translate": ("Translate 'good night' into French.", "How do you say hello in Spanish?"),
    "summarise": ("Summarize the following article: ...", "Give me a summary of this meeting."),
    "rewrite": ("Rewrite the sentence in the passive voice.", "Correct the spelling mistakes in this text."),
    "extract": ("Extract all dates from the text below.", "Identify the names in the following passage."),
    "classify": ("Classify the review as positive or negative.", "Is 'run' a verb? Answer yes or no."),
    "code": ("Write a Python function that reverses a list.", "def f(x):\n    return x  # what is wrong?"),
    "maths": ("What is 3 + 4?", "Tom has 5 apples and eats 2 of them. How many are left?", "Is 91 a prime number?"),
    "creative": ("Write a poem about rain.", "Come up with a slogan for a bakery.", "Pretend you are a pirate."),
    "advice": ("How do I remove a coffee stain?", "Give me some tips for an interview.", "Should I buy or rent?"),
    "explain": ("Explain photosynthesis.", "Why is the sky blue?", "What is the difference between tea and coffee?"),
    "question": ("Who wrote Faust?", "List the planets.", "When did the war end?"),
    "chat": ("Hi there!", "Thanks a lot", "Do you like music?"),
    "other": ("", "fhqwhgads"),
}


@pytest.mark.parametrize(("kind", "prompt"), [(kind, one) for kind, listed in CASES.items() for one in listed])
def test_kinds_are_told(kind: str, prompt: str) -> None:
    assert intent(prompt) == kind


def test_near_misses_are_of_another_kind() -> None:
    assert intent("Write a script for a conversation between two farmers.") == "creative"
    assert intent("What is the history of Python, the comedy group?") != "maths"
    assert intent("How many people live in Rome?") == "question"
    assert intent("Write an explanation of gravity.") == "explain"


def test_tools_on_offer_win_and_turns_before_make_talk() -> None:
    assert intent("What is the weather?", tools=True) == "tool"
    assert intent("fhqwhgads", before=True) == "chat"


def test_contracts_know_the_kinds_that_rules_tell() -> None:
    assert set(KINDS) == set(INTENTS)


def test_difficulty_grows_with_constraints() -> None:
    assert difficulty("Who wrote Faust?") == "easy"
    assert difficulty("Write an essay of three paragraphs on the causes of the war.") == "medium"
    many = "Prove the theorem. Then explain each step, do not use induction, include at least two examples, and avoid jargon."
    assert difficulty(many) == "hard"


@given(st.text(max_size=400))
def test_every_text_has_a_kind(text: str) -> None:
    assert intent(text) in INTENTS
    assert difficulty(text) in ("easy", "medium", "hard")


@pytest.mark.parametrize("piece", ["how many ", "A) ", "translate in ", "1 ", "write a "])
def test_long_prompts_take_linear_time(piece: str, linear: Callable[..., None]) -> None:
    linear(lambda text: (intent(text), difficulty(text)), piece, READ + READ // 2)
