"""Words, sentences and what of an answer is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.trial import Output
from assay.scorers.wording import READ, quoted, sentences, wording, words


@given(st.text(alphabet=st.sampled_from("ab.!? \n\"'時。-")))
def test_pieces_stand_where_they_say(text: str) -> None:
    for piece in (*words(text), *sentences(text)):
        assert text[piece.start : piece.end] == piece.text


@given(st.text(alphabet=st.sampled_from("ab.!? \n)'")))
def test_sentences_hold_every_word_once_in_order(text: str) -> None:
    inside = [word.text for sentence in sentences(text) for word in words(sentence.text)]
    assert inside == [word.text for word in words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It costs 3.50 euros. Cheap.", ["It costs 3.50 euros.", "Cheap."]),
        ("See Dr. Weber, e.g. on Monday. Bye", ["See Dr. Weber, e.g. on Monday.", "Bye"]),
        ("今天下雨。明天晴。", ["今天下雨。", "明天晴。"]),
        ("- one\n- two\n\n", ["- one", "- two"]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert expected == [sentence.text for sentence in sentences(text)]


def test_what_is_read() -> None:
    assert wording(Output(text=" ")).cause == "empty"
    assert wording(Output(text="<think>never ends")).cause == "reasoning only"
    assert wording(Output(text="Ich weiß es leider nicht genau."), english=True).cause == "not English"
    assert len(wording(Output(text="a" * 2 * READ)).text) == READ


def test_code_blocks_are_blanked_out_in_place() -> None:
    text = "Perhaps.\n```\nmaybe = 1\n```\nDone."
    read = wording(Output(text=text))
    assert len(read.text) == len(text)
    assert "maybe" not in read.text
    assert read.text.index("Done") == text.index("Done")


def test_spans_count_from_the_start_of_the_output() -> None:
    text = "<think>hm</think>Yes."
    read = wording(Output(text=text))
    span = read.span(0, 3, "said")
    assert text[span.start : span.end] == "Yes"


def test_a_few_pieces_are_quoted() -> None:
    assert quoted(words("a b c d e")) == "'a', 'b', 'c' and 2 more"
