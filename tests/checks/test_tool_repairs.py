"""Calls that fail, and what follows."""

from __future__ import annotations

import json

import pytest

from assay.checks.tool_calls import ToolCalls
from assay.checks.tool_outcomes import after_failure, fails
from assay.checks.tool_repairs import ToolRepairs
from assay.domain.sample import Message, ToolCall
from assay.domain.training import TrainingRow


def call(name: str = "f", **arguments: object) -> Message:
    raw = json.dumps(arguments)
    return Message(role="assistant", content="", tool_calls=(ToolCall(name=name, arguments=arguments, raw=raw),))


def tool(content: str) -> Message:
    return Message(role="tool", content=content)


def said(content: str) -> Message:
    return Message(role="assistant", content=content)


GOOD = (call(a=1), tool('{"temp": 5}'), said("It is 5 degrees."))
REPAIRED = (call(a=1), tool("Error: a must be text"), call(a="1"), tool('{"temp": 5}'), said("It is 5 degrees."))
TOLD = (call(a=1), tool("Error: no such city"), said("I could not find that city."))
IGNORED = (call(a=1), tool("Error: no such city"), said("It is 5 degrees there today."))


def found(*answers: tuple[Message, ...]) -> dict[str, int]:
    check = ToolRepairs()
    for line, answer in enumerate(answers, 1):
        prompt = (Message(role="user", content="?"),)
        check.add(TrainingRow(file="a", line=line, shape="chat", prompt=prompt, answers=(answer,)))
    return {one.code.removeprefix("format."): one.evidence["rows"] for one in check.findings()}


def test_what_follows_a_failure() -> None:
    assert [after_failure(each) for each in (GOOD, REPAIRED, TOLD, IGNORED)] == ["", "repaired", "told", "ignored"]


def test_the_same_call_again_is_no_repair() -> None:
    again = (call(a=1), tool("Error: a must be text"), call(a=1), tool('{"temp": 5}'), said("It is 5 degrees."))
    assert after_failure(again) != "repaired"


def test_fifty_rows_without_a_repair_are_a_finding() -> None:
    assert found(*[GOOD] * 49) == {}
    assert found(*[GOOD] * 50) == {"no_tool_repair": 50}
    assert found(*[GOOD] * 50, TOLD) == {"no_tool_repair": 51}
    assert found(*[GOOD] * 50, REPAIRED) == {"tool_repair": 1}


def test_an_error_that_the_answer_passes_over_is_a_finding() -> None:
    assert found(IGNORED) == {"tool_error_ignored": 1}
    assert found(TOLD, REPAIRED, GOOD) == {"tool_repair": 2}


def test_the_share_has_its_interval() -> None:
    check = ToolRepairs()
    for line, answer in enumerate([GOOD] * 9 + [REPAIRED], 1):
        check.add(TrainingRow(file="a", line=line, shape="chat", answers=(answer,)))
    (told,) = check.findings()
    assert (told.evidence["share_repaired"], told.evidence["interval_95"]) == (0.1, [0.0025, 0.445])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Error: no such city", True), ('{"error": "no"}', True), ('{"success": false}', True), ('{"status": "error"}', True),
        ("Traceback (most recent call last):", True), ("ValueError: x", True), ('{"error": null}', False), ("", False),
        ('{"errors": []}', False), ("The error rate is 5 %", False), ("Error rate: 5", False), ('{"status": "ok"}', False),
        ("No rain", False), ("[1, 2]", False), ("Failed: 0", False),
    ],
)  # fmt: skip
def test_tool_answers_that_are_errors(content: str, expected: bool) -> None:
    assert fails(content) is expected


TOOL = {"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}}


def offered(*answer: Message) -> TrainingRow:
    prompt = (Message(role="user", content="?"),)
    return TrainingRow(file="a", line=1, shape="chat", prompt=prompt, answers=(answer,), tools=(TOOL,))


def both(*answer: Message) -> list[str]:
    calls, repairs = ToolCalls(), ToolRepairs()
    for check in (calls, repairs):
        check.add(offered(*answer))
    return sorted(one.code.removeprefix("format.") for check in (calls, repairs) for one in check.findings())


def test_a_call_that_breaks_its_schema_and_is_put_right_is_a_repair_and_no_defect() -> None:
    assert both(*REPAIRED) == ["tool_repair"]
    assert both(call(b=1), tool("Error: a is missing"), call(a="1")) == ["tool_repair"]


def test_one_that_is_not_put_right_is_a_defect() -> None:
    assert both(call(a=1), tool("Error: a must be text"), said("I could not find it.")) == ["tool_schema"]
    assert both(call(a=1), tool('{"temp": 5}'), said("It is 5 degrees.")) == ["tool_schema"]
    assert both(call(a=1), call(a="1")) == ["tool_repair", "tool_schema"]
