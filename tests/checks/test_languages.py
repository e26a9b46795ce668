"""Languages of questions and answers: those that differ are found, those that are meant to differ are not."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from assay.checks.languages import Languages, quick
from assay.domain.sample import Message
from assay.domain.training import TrainingRow

SPANISH = "La capital de Francia es París, que está en el norte del país y tiene muchos museos."
GERMAN = "Die Hauptstadt von Frankreich ist Paris, und sie liegt im Norden des Landes an der Seine."
ENGLISH = "The capital of France is Paris, which lies in the north of the country on the Seine."


def row(asked: str, answer: str, line: int = 1, system: str = "") -> TrainingRow:
    prompt = ((Message(role="system", content=system),) if system else ()) + (Message(role="user", content=asked),)
    answers = ((Message(role="assistant", content=answer),),)
    return TrainingRow(file="a.jsonl", line=line, shape="chat", prompt=prompt, answers=answers)


def found(*rows: TrainingRow) -> dict[str, list[int]]:
    check = Languages()
    for each in rows:
        check.add(each)
    return {one.code: list(one.where["lines"]) for one in check.findings()}


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("What is the capital of France, and where is it?", SPANISH),
        ("What is the capital of France, and where is it?", GERMAN),
        ("Was ist die Hauptstadt von Frankreich und wo liegt sie?", ENGLISH),
        ("¿Cuál es la capital de Francia y dónde está?", ENGLISH),
    ],
)
def test_an_answer_in_another_language_is_found(asked: str, answer: str) -> None:
    assert found(row(asked, answer)) == {"format.other_language": [1]}


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("What is the capital of France, and where is it?", ENGLISH),
        ("Was ist die Hauptstadt von Frankreich und wo liegt sie?", GERMAN),
        ("Translate it, please: the capital of France is Paris.", SPANISH),
        ("What is the capital of France? Answer in Spanish.", SPANISH),
        ("How do they say that in Madrid?", "In Spanish one says: la capital de Francia es París, que está en el norte."),
        ("¿Cómo ordeno una lista en el programa que está aquí?", "```python\nif x not in the_list and y is not None: pass\n```"),
        ("I am desperate!", "You should try talking to your family about what has happened to you."),
        ("do irsh peaple drink a lot?", "Yes, they do, and there are many reasons for that which you will find."),
        ("Where is the capital of France?", "Во Франции, на севере страны, на реке Сене, и там много музеев."),  # scripts finds it
    ],
)  # fmt: skip
def test_what_is_in_order_or_meant_is_not_found(asked: str, answer: str) -> None:
    assert found(row(asked, answer)) == {}


def test_a_system_prompt_that_names_a_language_is_heard() -> None:
    asked = "What is the capital of France, and where is it?"
    assert found(row(asked, SPANISH, system="Always reply in Spanish.")) == {}


def test_few_rows_in_another_language_are_told_for_the_file() -> None:
    rows = [row("", ENGLISH, line) for line in range(1, 121)] + [row("", SPANISH, 121), row("", GERMAN, 122)]
    random.Random(1).shuffle(rows)
    assert found(*rows) == {"format.minority_language": [121, 122]}


def test_a_file_of_two_languages_or_few_rows_is_not_told() -> None:
    assert found(*[row("", ENGLISH if line % 3 else SPANISH, line) for line in range(1, 201)]) == {}
    assert found(*[row("", ENGLISH, line) for line in range(1, 50)], row("", SPANISH, 50)) == {}


@pytest.mark.parametrize("size", [400, 60_000])
@pytest.mark.parametrize("piece", ["la de que ", "é", "`", "你"])
def test_a_long_row_takes_linear_time(piece: str, size: int, linear: Callable[..., None]) -> None:
    linear(lambda text: found(row(text, text), row(text, ENGLISH)), piece, size)


def test_words_of_several_languages_decide_nothing() -> None:
    assert quick("de la que") == ""
