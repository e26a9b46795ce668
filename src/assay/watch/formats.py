"""Whether an answer that was asked for as JSON is JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from assay.domain.trace import Step

_FORMATS = (
    "gen_ai.output.type", "gen_ai.openai.request.response_format", "gen_ai.request.response_format", "response_format"
)  # fmt: skip
"""Attributes that name the form of the answer: OpenTelemetry now and before, chats in files."""
_SCHEMAS = ("gen_ai.request.structured_output_schema",)
"""Attributes that are there where an answer has to keep a schema: Traceloop."""
_PARAMETERS = ("llm.invocation_parameters", "gen_ai.request.parameters")
"""Attributes with all parameters of a call as JSON: OpenInference, traceAI."""
_LONGEST = 100_000


def asked_for_json(step: Step) -> bool:
    """Whether a model call asks for JSON, as far as its span says.

    Examples:
        >>> call = Step(id="2" * 16, kind="model", name="chat", attributes={"gen_ai.output.type": "json"})
        >>> asked_for_json(call), asked_for_json(Step(id="2" * 16, kind="model", name="chat"))
        (True, False)
    """
    about = step.attributes
    if any(_says_json(about[name]) for name in _FORMATS if name in about) or any(about.get(name) for name in _SCHEMAS):
        return True
    told = (_parsed(about[name]) for name in _PARAMETERS if name in about)
    return any(isinstance(one, Mapping) and _says_json(one.get("response_format")) for one in told)


def is_json(text: str) -> bool:
    """Whether a text is one JSON value; a fence of Markdown around it is none.

    Examples:
        >>> is_json(' {"a": 1} '), is_json("Here it is: {}"), is_json("")
        (True, False, False)
    """
    return _parsed(text) is not _NONE


class _Nothing:
    """What is no JSON."""


_NONE = _Nothing()


def _parsed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value
    try:
        return json.loads(str(value)) if len(str(value)) <= _LONGEST else _NONE
    except (ValueError, RecursionError):
        return _NONE


def _says_json(value: Any) -> bool:
    """Whether a response format is one of JSON: a word, or an object with a type."""
    held = value.get("type") if isinstance(value, Mapping) else value
    return "json" in str(held).lower()
