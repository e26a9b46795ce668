"""Rows against a deployment: system prompt, tools, chat template."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assay.checks.interface import Interface
from assay.domain.deployment import Deployment
from assay.domain.errors import PlanError
from assay.domain.sample import Message, ToolCall
from assay.domain.training import TrainingRow
from assay.store.chat_templates import template
from assay.store.deployments import read_deployment

CHATML = (
    "{% for message in messages %}{% generation %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endgeneration %}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
STRICT = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('No system role') }}{% endif %}"
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('must alternate') }}{% endif %}"
    "{{ bos_token + m['role'] + ': ' + m['content'] | trim }}\n{% endfor %}{% if add_generation_prompt %}{{ bos_token + 'assistant: ' }}{% endif %}"
)
ONLY_USERS = "{% for m in messages if m['role'] == 'user' %}{{ m['content'] }}{% endfor %}"
THINKING = CHATML.replace("'<|im_start|>assistant\n'", "'<|im_start|>assistant\n<think>\n'")
TOOL = {"name": "find", "parameters": {"type": "object"}}


def row(*turns: tuple[str, str], **more: Any) -> TrainingRow:
    said = tuple(Message(role=role, content=content) for role, content in turns)
    return TrainingRow(file="a", line=1, shape="chat", prompt=said[:-1], answers=(said[-1:],), **more)


PLAIN = row(("user", "Hi"), ("assistant", "Hello"))
SYSTEM = row(("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello"))


def codes(deployment: Deployment, *rows: TrainingRow) -> list[str]:
    check = Interface(deployment)
    for one in rows:
        check.add(one)
    return sorted(one.code.removeprefix("interface.") for one in check.findings())


def test_nothing_is_asked_by_an_empty_deployment() -> None:
    assert codes(Deployment(), PLAIN, SYSTEM) == []


def test_system_prompts_are_the_deployed_one() -> None:
    assert codes(Deployment(system_prompt="Be kind."), SYSTEM) == []
    assert codes(Deployment(system_prompt="Be kind."), PLAIN) == ["system_prompt"]
    assert codes(Deployment(system_prompt=""), PLAIN) == []
    assert codes(Deployment(system_prompt=""), SYSTEM) == ["system_prompt"]


def test_tools_are_the_deployed_ones() -> None:
    call = Message(role="assistant", content="", tool_calls=(ToolCall(name="lose", arguments={}),))
    calling = TrainingRow(file="a", line=1, shape="chat", answers=((call,),))
    assert codes(Deployment(tools=(TOOL,)), PLAIN, row(("user", "Hi"), ("assistant", "x"), tools=(TOOL,))) == []
    assert codes(Deployment(tools=()), row(("user", "Hi"), ("assistant", "x"), tools=(TOOL,))) == ["tool"]
    assert codes(Deployment(tools=(TOOL,)), calling) == ["tool"]
    other = {"name": "find", "parameters": {"type": "object", "required": ["x"]}}
    assert codes(Deployment(tools=(TOOL,)), row(("user", "Hi"), ("assistant", "x"), tools=(other,))) == ["tool_schema"]


@pytest.mark.parametrize(
    ("text", "one", "found"),
    [
        (CHATML, SYSTEM, []),
        (CHATML, row(("user", "Hi"), ("assistant", "")), []),
        (STRICT, PLAIN, []),
        (STRICT, SYSTEM, ["template_refuses"]),
        (STRICT, row(("user", "Hi"), ("user", "there"), ("assistant", "Hello")), ["template_refuses"]),
        (ONLY_USERS, PLAIN, ["text_lost"]),
        (THINKING, PLAIN, ["mask_boundary"]),
        (CHATML, row(("user", "Hi"), ("assistant", "<think>\nWell\n</think>\n\nHello")), []),
        ("{{ messages[0].nothing.more }}", PLAIN, ["template_refuses"]),
        ("{{ ''.__class__.__mro__ }}", PLAIN, ["template_refuses"]),
    ],
)
def test_templates(text: str, one: TrainingRow, found: list[str]) -> None:
    assert codes(Deployment(render=template(text, {"bos_token": "<s>"}, "x")), one) == found


def test_calls_reach_the_template() -> None:
    render = template(
        "{{ tools | tojson }}{% for m in messages %}{{ m.tool_calls[0].function.arguments | tojson }}{% endfor %}",
        {},
        "x",
    )
    call = Message(role="assistant", content="", tool_calls=(ToolCall(name="f", arguments={"city": "Zürich"}),))
    assert render([call], [TOOL], False) == (
        '[{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}]{"city": "Zürich"}'
    )


def test_deployments_are_read_from_yaml_and_model_folders(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"chat_template": STRICT, "bos_token": {"content": "<s>"}})
    )
    file = tmp_path / "deployment.yaml"
    file.write_text("system_prompt: Be kind.\ntools: [{name: find}]\nchat_template: base\n")
    found = read_deployment(file)
    assert (found.system_prompt, found.tools) == ("Be kind.", ({"name": "find"},))
    for place in (file, folder, folder / "tokenizer_config.json"):
        render = read_deployment(place).render
        assert render is not None
        assert render(PLAIN.prompt, (), True) == "<s>user: Hi\n<s>assistant: "
    (folder / "chat_template.jinja").write_text("other")
    assert (read_deployment(folder).render or template("", {}, ""))((), (), False) == "other"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("system: x\n", "unknown key"),
        ("tools: [{parameters: {}}]\n", "a tool has no name"),
        ("chat_template: nowhere\n", "no such file or folder"),
        ("chat_template: '{% for x %}'\n", "not a chat template"),
    ],
)
def test_wrong_deployments_are_told(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "deployment.yaml"
    file.write_text(text)
    with pytest.raises(PlanError, match=said):
        read_deployment(file)
    (tmp_path / "tokenizer_config.json").write_text("{}")
    with pytest.raises(PlanError, match="has no chat template"):
        read_deployment(tmp_path)


@pytest.mark.parametrize(
    ("asked", "answer", "found"),
    [
        ("word " * 50, "yes", ["interface.answer_cut_off"]),
        ("word " * 49, "yes " * 2, ["interface.too_long"]),
        ("word " * 49, "yes", []),
        ("Why?", "no", []),
    ],
)
def test_rows_longer_than_the_context(asked: str, answer: str, found: list[str]) -> None:
    check = Interface(Deployment(context_tokens=50))
    said = (Message(role="user", content=asked),)
    answers = ((Message(role="assistant", content=answer),),)
    check.add(TrainingRow(file="a", line=1, shape="chat", prompt=said, answers=answers))
    assert [one.code for one in check.findings()] == found
