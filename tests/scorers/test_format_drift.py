"""The scorer `format_drift`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.sample import Sample
from assay.domain.score import Score
from assay.domain.trial import Output
from assay.scorers.asked_form import named, read
from assay.scorers.format_drift import FormatDrift
from assay.scorers.forms import COUNTED, FORMS, Form, fault
from assay.testing import check_scorer


def score(text: str, asked: str = "?", **metadata: object) -> Score:
    return FormatDrift().score(Sample(id="1", input=asked, metadata=metadata), Output(text=text))[0]


def test_it_keeps_the_protocol() -> None:
    check_scorer(FormatDrift())


KEPT_AND_BROKEN = {
    "json": ('```json\n{"a": 1}\n```', 'Here: {"a": 1}'),
    "json_only": ('{"a": 1}', '```json\n{"a": 1}\n```'),
    "code": ("```python\nx = 1\n```", "You should add the numbers up."),
    "code_only": ("def f(x):\n    return 2 * x", "Sure, here it is:\ndef f(x):\n    return 2 * x"),
    "list": ("- one\n- two", "One and two."),
    "bullets: 2": ("* one\n* two", "* one\n* two\n* three"),
    "numbered: 2": ("1. one\n2. two", "- one\n- two"),
    "sentences: 2": ("It rains. It pours.", "It rains."),
    "words: <=3": ("It is red", "It is red and blue"),
    "words: 2-3": ("Red, blue", "Red"),
    "paragraphs: 2": ("One.\n\nTwo.", "One.\nTwo."),
    "lines: 2": ("roses\nviolets", "roses"),
    "one_word": ("Paris.", "It is Paris."),
    "number": ("42.", "It is 42"),
    "one_of: yes, no": ("Yes.", "Yes, of course."),
    "option: A, B": ("B. honey", "honey"),
    "plain": ("It is red.", "It is **red**."),
    "markdown": ("# Title\n\nText", "Text"),
    "table": ("| a | b |\n|---|---|\n| 1 | 2 |", "a: 1, b: 2"),
    "csv": ("name,age\nAda,36", "name and age"),
    "uppercase": ("MAY AND JUNE", "May and June"),
    "lowercase": ("hello there", "Hello there"),
    "holds: [Yes], [No]": ("It is prime. [Yes]", "It is prime. Yes"),
}


@pytest.mark.parametrize(("form", "texts"), KEPT_AND_BROKEN.items(), ids=KEPT_AND_BROKEN.keys())
def test_each_form_is_told(form: str, texts: tuple[str, str]) -> None:
    kept, broken = (score(text, format=form) for text in texts)
    assert (kept.value, broken.value) == (False, True), (kept.explanation, broken.explanation)


def test_no_form_lacks_an_example() -> None:
    assert {form.partition(":")[0] for form in KEPT_AND_BROKEN} == set(FORMS)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Answer yes or no.", ["one of yes, no"]),
        ("Give just the number.", ["number"]),
        ("Generate the code only without any other text, in lowercase.", ["code only"]),
        ("Explain it in at most 50 words.", ["words: 0 to 50"]),
        ("Write a 100-word story.", ["words: 50 to 120"]),
        ("Your response should contain less than 6 sentences.", ["sentences: 0 to 5"]),
        ("Answer with 300 or more words.", ["words: 300+"]),
        ("Answer in 5 or 6 sentences.", ["sentences: 5 to 6"]),
        ("Do not use any bullet points. What is a word?", []),
        ("What did the judge say about the sentence?", []),
        ("Give a line by line analysis.", []),
    ],
)
def test_forms_are_read_from_prompts(prompt: str, expected: list[str]) -> None:
    assert expected == [str(form) for form in read(prompt)]


def test_metadata_come_before_the_prompt() -> None:
    assert score("Yes, it is.", "Answer yes or no.", format="sentences: 1").value is False
    assert score("Yes, it is.", "Answer yes or no.", format=["sentences: 1", "uppercase"]).value is True
    assert named("sonnet") is None
    assert named("sentences") is None


def test_the_evidence_points_at_the_fault() -> None:
    text = "  <think>x</think> A b C"
    found = score(text, format="lowercase")
    assert text[found.evidence[0].start : found.evidence[0].end] == "A"


def test_what_cannot_be_judged_is_unscored() -> None:
    assert score("Text", "Why?").unscored == "no format asked"
    assert score(" ", format="json").unscored == "empty"
    assert score("<think>", format="json").unscored == "reasoning only"


@given(st.text(max_size=300), st.sampled_from(sorted(FORMS)), st.integers(1, 5))
def test_no_text_breaks_a_form(text: str, kind: str, count: int) -> None:
    form = Form(kind, count, count, ("yes", "no")) if kind in COUNTED else Form(kind, words=("A", "B"))
    wrong = fault(text, form)
    for piece in wrong.pieces if wrong else ():
        assert text.strip()[piece.start : piece.end] == piece.text
