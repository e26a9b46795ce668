"""Files that say what a model will meet where it is deployed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from pydantic import Field

from assay.domain.deployment import Deployment
from assay.domain.errors import PlanError
from assay.store.chat_templates import template
from assay.store.documents import checked, read_document
from assay.store.planfile import Strict

_TOKENIZER = "tokenizer_config.json"
_TEMPLATE = "chat_template.jinja"


class DeploymentFile(Strict):
    """What surrounds a question in production."""

    system_prompt: str | None = Field(None, description="Its text; an empty one says that there is none")
    tools: list[dict[str, Any]] | None = Field(None, description="Tools on offer, with name and parameters")
    chat_template: str | None = Field(None, description="The template, or a file or model folder that has it")
    context_tokens: int | None = Field(None, gt=0, description="Tokens that a row is cut to in training")


def read_deployment(path: Path) -> Deployment:
    """A deployment from YAML, or its template alone from a model folder, tokenizer_config.json or a .jinja file.

    Raises:
        PlanError: Not readable as one of these, or the template is none.
    """
    if path.is_dir() or path.suffix == ".jinja" or path.name == _TOKENIZER:
        text, marks = _template(path)
        return Deployment(render=template(text, marks, str(path)))
    document = read_document(path)
    read = checked(document, DeploymentFile)
    render = None
    if read.chat_template is not None:
        found = path.parent / read.chat_template if len(read.chat_template) < 1000 else None
        if found is not None and "{" not in read.chat_template:
            text, marks = _template(found)
        else:
            text, marks = read.chat_template, {}
        render = template(text, marks, str(path))
    tools = None if read.tools is None else tuple([_tool(each, document.place(("tools",))) for each in read.tools])
    return Deployment(system_prompt=read.system_prompt, tools=tools, render=render, context_tokens=read.context_tokens)


def _tool(written: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    tool = written["function"] if isinstance(written.get("function"), Mapping) else written
    if not isinstance(tool.get("name"), str):
        raise PlanError(f"{place}: a tool has no name")
    return tool


def _template(path: Path) -> tuple[str, dict[str, str]]:
    """The template and the special tokens that it may name."""
    if not path.exists():
        raise PlanError(f"{path}: no such file or folder")
    try:
        if path.suffix == ".jinja":
            return path.read_text(encoding="utf-8"), {}
        folder = path if path.is_dir() else path.parent
        config = msgspec.json.decode((folder / _TOKENIZER).read_bytes())
        if not isinstance(config, dict):
            raise PlanError(f"{folder / _TOKENIZER}: not a JSON object")
        text = config.get("chat_template")
        if (folder / _TEMPLATE).exists():
            text = (folder / _TEMPLATE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise PlanError(f"{path}: no chat template can be read: {error}") from error
    if isinstance(text, list):
        text = next(
            (one.get("template") for one in text if isinstance(one, dict) and one.get("name") == "default"), None
        )
    if not isinstance(text, str):
        raise PlanError(f"{path}: has no chat template")
    return text, {
        key: _mark(config[key]) for key in ("bos_token", "eos_token", "pad_token", "unk_token") if key in config
    }


def _mark(value: Any) -> str:
    found = value.get("content", "") if isinstance(value, dict) else value
    return found if isinstance(found, str) else json.dumps(found)
