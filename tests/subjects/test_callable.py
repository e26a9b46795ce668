"""Workflows: found, called on the right thread, and read whatever they return."""

from __future__ import annotations

import asyncio
import itertools
import threading
from pathlib import Path
from typing import Any

import pytest

from assay.domain.errors import PlanError, SubjectError
from assay.domain.plan import Limits
from assay.domain.sample import Message, Sample
from assay.domain.subject import Ask, Generation
from assay.domain.trial import Output, Trial, Usage
from assay.engine.collect import collect
from assay.engine.schedule import Pending
from assay.interfaces.cli import run
from assay.subjects.callable import Callable
from assay.subjects.transcripts import as_output
from assay.testing.fakes import samples

_NUMBERS = itertools.count()


def workflow(folder: Path, source: str, function: str = "answer") -> Callable:
    """A module of a name that no other test uses."""
    module = f"workflow_{next(_NUMBERS)}"
    (folder / f"{module}.py").write_text(source)
    return Callable(f"{module}:{function}", folder)


def answered(subject: Callable, sample: Sample | None = None, epoch: int = 1) -> Output:
    ask = Ask(sample=sample or Sample(id="s1", input="Hi"), generation=Generation(seed=5, max_tokens=9), epoch=epoch)
    return asyncio.run(subject.respond(ask))


@pytest.mark.parametrize(
    "source",
    [
        "def answer(q): return q['prompt'].upper()",
        "async def answer(q): return q['prompt'].upper()",
        "import functools\ndef f(q, s): return q['prompt'].upper() + s\nanswer = functools.partial(f, s='')",
        "class A:\n    def __call__(self, q): return q['prompt'].upper()\nanswer = A()",
        "class A:\n    async def __call__(self, q): return q['prompt'].upper()\nanswer = A()",
        "async def f(q): return q['prompt'].upper()\ndef answer(q): return f(q)",
    ],
)
def test_functions_of_all_kinds(source: str, tmp_path: Path) -> None:
    assert answered(workflow(tmp_path, source)).text == "HI"


def test_a_name_may_reach_into_a_class(tmp_path: Path) -> None:
    source = "class Bot:\n    @staticmethod\n    def answer(q): return 'static'"
    assert answered(workflow(tmp_path, source, "Bot.answer")).text == "static"


def test_a_file_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text("from parts_of_bot import word\ndef answer(q): return word")
    (tmp_path / "parts_of_bot.py").write_text("word = 'from a part'")
    assert answered(Callable("bot.py:answer", tmp_path)).text == "from a part"


def test_what_a_workflow_is_told(tmp_path: Path) -> None:
    sample = Sample(
        id="s1",
        input=(
            Message(role="user", content="A"),
            Message(role="assistant", content="B"),
            Message(role="user", content="C"),
        ),
        target="the key",
        choices=("x", "y"),
        context=("passage",),
        metadata={"k": 1},
    )
    told: dict[str, Any] = {}
    subject = workflow(tmp_path, "told = {}\ndef answer(q):\n    told.update(q)\n    return ''")
    told = subject._function.__globals__["told"]
    answered(subject, sample, epoch=2)
    assert told["prompt"] == "C"
    assert [turn["content"] for turn in told["messages"]] == ["A", "B", "C"]
    assert told["input"] == told["messages"]
    assert (told["context"], told["choices"], told["metadata"]) == (["passage"], ["x", "y"], {"k": 1})
    assert (told["epoch"], told["seed"], told["max_tokens"]) == (2, 6, 9)
    assert "the key" not in repr(told)


def test_sync_functions_run_beside_each_other(tmp_path: Path) -> None:
    together = "from threading import Barrier\nALL = Barrier(20)\ndef answer(q):\n    ALL.wait(120)\n    return 'x'"
    trials = collected(workflow(tmp_path, together), Limits(concurrency=20), 20)
    assert all(trial.output for trial in trials)


def collected(subject: Callable, limits: Limits, count: int = 2) -> list[Trial]:
    trials: list[Trial] = []
    asks = [Pending(subject="new", task="t", ask=Ask(sample=s, generation=Generation())) for s in samples(count)]
    asyncio.run(collect(asks, {"new": subject}, limits=limits, record=trials.append))
    return trials


def test_what_a_workflow_raises_is_a_trial(tmp_path: Path) -> None:
    for source in ("def answer(q): raise KeyError('no')", "async def answer(q): raise KeyError('no')"):
        trials = collected(workflow(tmp_path, source), Limits())
        assert {trial.failure.cause for trial in trials if trial.failure} == {"callable"}
        assert all(trial.failure and trial.failure.message == "KeyError: 'no'" for trial in trials)


def test_a_workflow_that_hangs_times_out_and_holds_nobody(tmp_path: Path) -> None:
    subject = workflow(tmp_path, "from threading import Event\nEND = Event()\ndef answer(q): END.wait(120)")
    trials = collected(subject, Limits(timeout_s=0.1, retries=0))
    left = [one for one in threading.enumerate() if one.name == "assay-workflow"]
    assert left and all(one.daemon for one in left)
    subject._function.__globals__["END"].set()
    assert {trial.failure.cause for trial in trials if trial.failure} == {"timeout"}


@pytest.mark.parametrize(
    "returned",
    ["'\\ud83d broken'", "{'output': 'x', 'metadata': {'a': object()}}", "{'output': 'x', 'metadata': {1j: 2}}"],
)
def test_what_cannot_be_recorded_is_malformed(returned: str, tmp_path: Path) -> None:
    with pytest.raises(SubjectError, match="cannot be recorded"):
        answered(workflow(tmp_path, f"def answer(q): return {returned}"))


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("nothing_here:answer", "no module 'nothing_here'"),
        ("answer", "expected 'module:function'"),
        ("missing.py:answer", "no file"),
        ("json:nope", "nothing is called 'nope'. Functions there: JSONDecodeError, JSONDecoder"),
        ("json:__name__", "a str cannot be called"),
    ],
)
def test_a_function_that_is_not_there(function: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        Callable(function, tmp_path)
    assert said in str(caught.value)


def test_a_module_that_is_broken_says_so(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="cannot be imported"):
        workflow(tmp_path, "def answer(q: return 1")


@pytest.mark.parametrize("stop", ["1 / 0", "raise MemoryError('all gone')", "raise SystemExit(0)", "import json.nope"])
@pytest.mark.parametrize("file", ["", ".py"])
def test_a_module_that_raises_says_which_and_what(stop: str, file: str, tmp_path: Path) -> None:
    module = f"workflow_{next(_NUMBERS)}"
    (tmp_path / f"{module}.py").write_text(f"{stop}\ndef answer(q): return ''")
    expected = ModuleNotFoundError if "nope" in stop else PlanError
    with pytest.raises(expected) as caught:
        Callable(f"{module}{file}:answer", tmp_path)
    if expected is PlanError:
        assert f"{module}{file}" in str(caught.value)
        assert any(f"{name}: " in str(caught.value) for name in ("ZeroDivisionError", "MemoryError", "SystemExit"))


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_lack_of_memory_is_the_workflows(kind: str, tmp_path: Path) -> None:
    trials = collected(workflow(tmp_path, f"{kind} answer(q): raise MemoryError"), Limits(retries=0))
    assert [(trial.failure.cause, trial.failure.message) for trial in trials if trial.failure] == [
        ("callable", "MemoryError")
    ] * 2


def test_what_a_module_prints_is_not_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workflow(tmp_path, "print('loading')\ndef answer(q): return ''")
    assert capsys.readouterr() == ("", "loading\n")


def test_what_a_workflow_prints_is_not_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "noisy.py").write_text("def answer(q):\n    print('NOISE')\n    return 'x'")
    (tmp_path / "golden.jsonl").write_text("".join(f'{{"id": "{n}", "input": "q{n}"}}\n' for n in range(9)))
    (tmp_path / "reference.jsonl").write_text("".join(f'{{"id": "{n}", "output": "x"}}\n' for n in range(9)))
    (tmp_path / "audit.yaml").write_text(
        "assay: 1\nname: noisy\nreference: {type: recorded, path: reference.jsonl}\n"
        'candidate: {type: callable, function: "noisy.py:answer"}\n'
        "suites: [{name: golden, dataset: golden.jsonl, scorers: [refusal]}]\n"
    )
    run(["audit", str(tmp_path / "audit.yaml"), "-o", str(tmp_path / "run"), "-q"])
    out, err = capsys.readouterr()
    assert "NOISE" not in out
    assert err.count("NOISE") == 9


def test_identity_follows_the_source(tmp_path: Path) -> None:
    (tmp_path / "prompts_of_test.py").write_text("text = 'one'")
    (tmp_path / "agent_a.py").write_text(
        "import prompts_of_test\nimport json\ndef answer(q): return ''\ndef other(q): return ''"
    )
    first = Callable("agent_a:answer", tmp_path).identity
    assert set(first.details) == {"function", "source:agent_a.py", "source:prompts_of_test.py"}
    assert Callable("agent_a:answer", tmp_path).identity == first
    assert Callable("agent_a:other", tmp_path).identity.digest != first.digest
    (tmp_path / "prompts_of_test.py").write_text("text = 'two'")
    assert Callable("agent_a:answer", tmp_path).identity.digest != first.digest


def test_answers_are_not_kept(tmp_path: Path) -> None:
    subject = workflow(tmp_path, "def answer(q): return ''")
    assert subject.cache_key(Ask(sample=Sample(id="s", input="x"), generation=Generation())) is None


def test_a_transcript_is_read() -> None:
    output = as_output(
        {
            "messages": [
                {"role": "user", "content": "Weather?"},
                {"role": "assistant", "tool_calls": [{"id": "1", "name": "weather", "arguments": {"city": "Bern"}}]},
                {"role": "tool", "tool_call_id": "1", "content": "rain"},
                {"role": "assistant", "content": [{"type": "text", "text": "Rain."}]},
            ],
            "context": ["a", "b"],
            "usage": {"prompt_tokens": 3, "completion_tokens": 4},
            "finish_reason": "end_turn",
            "metadata": {"steps": 2},
        }
    )
    assert output.text == "Rain."
    assert output.tool_calls[0].arguments == {"city": "Bern"}
    assert [turn.role for turn in output.transcript] == ["user", "assistant", "tool", "assistant"]
    assert (output.context, output.usage, output.finish_reason) == (
        ("a", "b"),
        Usage(input_tokens=3, output_tokens=4),
        "stop",
    )
    assert as_output(output) is output
    assert as_output({"text": "x"}).text == "x"
    assert as_output({"tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}).tool_calls[0].name == "f"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "returned nothing"),
        (3, "of type int"),
        (b"x", "of type bytes"),
        ({}, "without 'output'"),
        ({"ouput": "x"}, "unknown key 'ouput'"),
        ({"output": 3}, "'output' is of type int"),
        ({"output": "x", "context": 3}, "'context' is of type int"),
        ({"output": "x", "usage": {"input_tokens": "3"}}, "usage.input_tokens"),
        ({"output": "x", "tool_calls": {"a": 1}}, "expected a list"),
        ({"output": "x", "tool_calls": [{}]}, "no 'name'"),
        ({"messages": ["x"]}, "a turn of 'messages'"),
    ],
)
def test_what_is_no_answer_is_malformed(given: object, said: str) -> None:
    with pytest.raises(SubjectError) as caught:
        as_output(given)
    assert said in str(caught.value)
    assert (caught.value.cause, caught.value.retryable) == ("malformed", False)
