"""The scorer `tool_use`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assay.domain.errors import PlanError
from assay.domain.sample import Message, Sample, ToolCall
from assay.domain.score import Score
from assay.domain.trial import Output
from assay.scorers.tool_steps import is_error
from assay.scorers.tool_use import ToolUse
from assay.testing import check_scorer

WEATHER = {
    "name": "get_weather",
    "parameters": {
        "type": "object",
        "required": ["city"],
        "properties": {
            "city": {"type": "string"},
            "party_size": {"type": "integer", "description": "How large the group is"},
        },
    },
}
BONN = {"name": "get_weather", "arguments": {"city": "Bonn"}}


def call(name: str = "get_weather", id: str = "", **arguments: Any) -> ToolCall:
    return ToolCall(name=name, id=id, arguments=arguments)


def judged(
    metadata: dict[str, Any], text: str = "", *calls: ToolCall, judge: ToolUse | None = None, **more: Any
) -> Score:
    sample = Sample(
        id="1", input=more.pop("input", "?"), tools=(WEATHER,), metadata=metadata, target=more.pop("target", None)
    )
    return (judge or ToolUse()).score(sample, Output(text=text, tool_calls=calls, **more))[0]


@pytest.mark.parametrize(
    ("expected", "calls", "part"),
    [
        ([BONN], [call(city="Bonn")], "right"),
        ([], [], "right"),
        ([BONN], [call(city="Rome")], "arguments"),
        ([BONN], [call()], "arguments"),
        ([BONN], [call(city="Bonn", party_size="two")], "arguments"),
        ([BONN], [call("get_time", city="Bonn")], "tool"),
        ([BONN], [], "missing call"),
        ([BONN], [call(city="Bonn"), call(city="Bonn")], "extra call"),
        ([], [call(city="Bonn")], "extra call"),
    ],
)
def test_the_part_that_failed_is_named(expected: list[Any], calls: list[ToolCall], part: str) -> None:
    score = judged({"expected_calls": expected}, "" if calls else "Hm.", *calls)
    assert (part == "right", part) == (score.value, score.answer)
    assert score.explanation.startswith("as expected" if part == "right" else part)


def test_optional_arguments_may_be_left_out() -> None:
    expected = [{"name": "get_weather", "accept": {"city": ["Bonn"], "party_size": [2]}, "optional": ["party_size"]}]
    assert judged({"expected_calls": expected}, "", call(city="Bonn")).value is True
    assert judged({"expected_calls": expected}, "", call(city="Bonn", party_size=2)).value is True
    assert judged({"expected_calls": expected}, "", call(city="Bonn", party_size=3)).value is False


def test_a_call_may_be_expected_without_saying_which() -> None:
    assert judged({"expects": "call"}, "", call(city="Bonn")).value is True
    assert judged({"expects": "call"}, "", call(town="Bonn")).answer == "arguments"
    assert judged({"expects": "call"}, "It is sunny.").answer == "missing call"
    assert judged({"expects": "no_call"}, "It is sunny.").value is True
    assert judged({}, "", call(city="Bonn"), target="get_weather").value is True


@pytest.mark.parametrize(
    ("missing", "text", "value"),
    [
        (["city"], "Which city do you mean?", True),
        (["city"], "Gern! Wo? Welche City?", True),
        (["city"], "Where are you?", True),
        (["party_size"], "How large is your group?", True),
        (["city", "date"], "Which city?", False),
        (["city"], "It is sunny there.", False),
        ([["city", "stadt"]], "Bitte nennen Sie die Stadt.", True),
        ([], "Could you tell me more?", True),
    ],
)
def test_what_is_missing_is_asked_for(missing: list[Any], text: str, value: bool) -> None:
    score = judged({"expects": "ask", "missing": missing}, text)
    assert (value, "right" if value else "ask") == (score.value, score.answer)
    assert bool(score.evidence) is value


def test_a_call_with_an_invented_argument_is_no_question() -> None:
    score = judged({"missing": ["city"]}, "Which city?", call(city="Bonn"))
    assert (score.value, score.explanation) == (False, "ask: calls 'get_weather' although inputs are missing")


def turns(*results: str, last: str = "", again: ToolCall | None = None) -> tuple[Message, ...]:
    made: list[Message] = []
    for number, result in enumerate(results):
        one = again if again and number else call(city="Bonn")
        made.append(Message(role="assistant", content="", tool_calls=(one,)))
        made.append(Message(role="tool", content=result))
    return (*made, Message(role="assistant", content=last))


def recovered(*results: str, last: str, expects: str | None = "recover", again: ToolCall | None = None) -> Score:
    transcript = turns(*results, last=last, again=again)
    calls = tuple(call for turn in transcript for call in turn.tool_calls)
    metadata = {"expects": expects} if expects else {"expected_calls": [BONN]}
    return judged(metadata, last, *calls, transcript=transcript)


def test_an_error_is_recovered_from_or_admitted() -> None:
    assert recovered("Error: timeout", "12 degrees", last="It is 12 degrees.").value is True
    admitted = recovered("Error: timeout", last="I couldn't reach the weather service.")
    assert (admitted.value, admitted.explanation) == (True, "admits the tool's error")
    assert [span.reason for span in admitted.evidence] == ["admits the error"]
    silent = recovered("Error: timeout", last="It is 12 degrees and sunny.")
    assert (silent.value, silent.answer) == (False, "error")
    stubborn = recovered("Error", "Error", "Error", last="I am sorry, that failed.")
    assert "3 times" in stubborn.explanation
    assert recovered("12 degrees", last="It is 12 degrees.").unscored == "no tool error happened"


def test_an_error_counts_where_a_call_was_expected() -> None:
    assert recovered("503", "12 degrees", last="It is 12 degrees.", expects=None).value is True
    assert recovered("503", last="It is 12 degrees.", expects=None).answer == "error"


def test_a_call_that_failed_and_was_mended_does_not_count_twice() -> None:
    mended = recovered('{"error": "no such city"}', "12", last="12 degrees.", expects=None, again=call(city="Bonn"))
    assert mended.value is True


def test_an_error_at_the_end_of_the_input_is_handled_in_the_answer() -> None:
    asked = (
        Message(role="user", content="Weather in Bonn?"),
        Message(role="assistant", content="", tool_calls=(call(id="c1", city="Bonn"),)),
        Message(role="tool", content='{"status": 500}', tool_call_id="c1"),
    )
    assert judged({}, "The service is unavailable right now.", input=asked).value is True
    assert judged({}, "It is warm.", input=asked).value is False
    assert judged({}, "", call(city="Bonn, Germany"), input=asked).explanation == "tries another call"
    assert judged({}, "", call(city="Bonn"), input=asked, judge=ToolUse(retries=0)).value is False


@pytest.mark.parametrize(
    ("metadata", "cause"),
    [
        ({}, "nothing says what was expected"),
        ({"expects": "dance"}, "expects is not call, no_call, ask or recover"),
        ({"expected_calls": "get_weather"}, "expected calls are not a list"),
        ({"expects": "call", "expected_calls": [1]}, ""),
    ],
)
def test_what_cannot_be_told_is_unscored(metadata: dict[str, Any], cause: str) -> None:
    score = judged(metadata, "", call(city="Bonn"))
    assert cause in score.unscored
    assert score.value is None or not cause


def test_an_answer_that_never_leaves_its_reasoning_is_unscored() -> None:
    assert judged({"expects": "ask", "missing": ["city"]}, "<think>which city?").unscored == "reasoning only"


def test_settings_are_checked_and_the_protocol_kept() -> None:
    with pytest.raises(PlanError, match="retries: expected 0 or more"):
        ToolUse(retries=-1)
    asked = [
        Sample(id=way, input="?", tools=(WEATHER,), metadata={"expects": way})
        for way in ("call", "no_call", "ask", "recover")
    ]
    check_scorer(ToolUse(), samples=asked)
    check_scorer(ToolUse(metric="tool_use_de"))


def test_results_that_say_no_error_are_none() -> None:
    assert is_error("Traceback (most recent call last)")
    assert is_error('{"status": 404}')
    assert not is_error('{"status": 200, "message": "error-free"}')
    assert not is_error("")


def test_made_calls_are_all_told_apart() -> None:
    root = Path(__file__).parents[2]
    shared = Path(os.environ.get("ASSAY_SHARED", root.parent / "shared"))
    if not (shared / "data/capability/bfcl.jsonl").exists():
        pytest.skip("no capability/bfcl.jsonl: set ASSAY_SHARED to the folder of shared data")
    command = [sys.executable, root / "train/measure_tools.py", "--shared", shared]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "| right | 573 | 1.000 |" in said.stdout
