"""Rows of which nothing is learned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.checks.fit import Fit
from assay.checks.nothing_learned import NothingLearned
from assay.domain.sample import Message, ToolCall
from assay.domain.training import TrainingRow
from assay.store.training_rows import row_of


def row(*answer: Message, **more: object) -> TrainingRow:
    prompt = (Message(role="user", content="What is it?"),)
    return TrainingRow(file="a.jsonl", line=3, shape="chat", prompt=prompt, answers=(answer,), **more)  # type: ignore[arg-type]


def said(text: str) -> Message:
    return Message(role="assistant", content=text)


def codes(*rows: TrainingRow) -> list[str]:
    check = NothingLearned()
    for each in rows:
        check.add(each)
    return [one.code.removeprefix("format.") for one in check.findings()]


@pytest.mark.parametrize(
    "text",
    ["<|im_end|>", "</s>", " <|eot_id|>\n", "<noinput>", "[/INST] </s>", "\u200b\u200b", "<think>So it is 5.</think>",
     "<think>\nSo it is 5.\n</think>\n\n", "<think>So it is", "<think>5</think></s>", "<Thinking>5</Thinking>"],
)  # fmt: skip
def test_an_answer_without_text_is_found(text: str) -> None:
    assert codes(row(said(text))) == ["nothing_learned"]


@pytest.mark.parametrize(
    "text",
    ["Five.</s>", "5", "?", "<b>", "[]", "<think>So</think> 5", "The tag is <think>", "👍", "", " ", "<s>old</s>", "[a](b)",
     "<think>a</think><think>b</think>5"],
)  # fmt: skip
def test_an_answer_with_text_is_not(text: str) -> None:
    assert codes(row(said(text))) == []


def test_a_call_is_learned_and_a_tool_at_the_end_is_told() -> None:
    call = Message(role="assistant", content="", tool_calls=(ToolCall(name="f", arguments={}),))
    tool = Message(role="tool", content="5")
    assert codes(row(call)) == []
    assert codes(row(call, tool, said("Five."))) == []
    assert codes(row(call, tool)) == ["ends_with_tool"]
    assert codes(row(tool)) == ["nothing_learned"]


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ([{"weight": 0}, {"weight": 0}], ["nothing_learned"]),
        ([{"train": False}, {"loss": False}], ["nothing_learned"]),
        ([{"weight": 0}, {"weight": 1}], []),
        ([{"weight": 0}, {}], []),
        ([{}, {}], []),
    ],
)
def test_rows_whose_turns_are_all_masked(marks: list[dict[str, object]], found: list[str]) -> None:
    first, second = marks
    turns = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b", **first},
        {"role": "user", "content": "c"},
        {"role": "assistant", "content": "d", **second},
    ]
    read = row_of({"messages": turns}, "a.jsonl", 1)
    assert isinstance(read, TrainingRow)
    assert codes(read) == found
    fit = Fit()
    fit.add(read)
    assert list(fit.findings()) == []


@pytest.mark.parametrize(("before", "piece"), [("", "<|"), ("<think>", "<"), ("", "["), ("", "\u200b")])
def test_a_long_answer_takes_linear_time(before: str, piece: str, linear: Callable[..., None]) -> None:
    linear(lambda text: codes(row(said(before + text))), piece)
