"""Chat templates of models (Jinja), rendered in a sandbox as trainers render them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from assay.domain.deployment import Render
from assay.domain.errors import PlanError
from assay.domain.sample import Message

_GENERATION = re.compile(r"\{%(-?)\s*(?:end)?generation\s*(-?)%\}")
"""A tag of transformers that marks what is learned; it writes nothing."""


def template(text: str, marks: Mapping[str, str], place: str) -> Render:
    """A function that renders turns by a template.

    Args:
        text: The template.
        marks: Special tokens that it may name, such as bos_token.
        place: Where it stands, for messages.

    Raises:
        PlanError: The template is none.
    """
    from jinja2 import TemplateError
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    world = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    world.filters["tojson"] = _tojson
    world.globals["raise_exception"] = _refuse
    world.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    try:
        compiled = world.from_string(_GENERATION.sub(r"{%\1 if true \2%}{%\1 endif \2%}", text))
    except TemplateError as error:
        raise PlanError(f"{place}: not a chat template: {error}") from error

    def render(turns: Sequence[Message], tools: Sequence[Mapping[str, Any]], answer_follows: bool) -> str:
        try:
            return compiled.render(
                messages=[_turn(each) for each in turns],
                tools=[{"type": "function", "function": dict(each)} for each in tools] or None,
                add_generation_prompt=answer_follows,
                **{"bos_token": "", "eos_token": "", **marks},
            )
        except (TemplateError, TypeError, AttributeError, KeyError, ArithmeticError, IndexError) as error:
            raise ValueError(str(error) or type(error).__name__) from error

    return render


def _turn(turn: Message) -> dict[str, Any]:
    told: dict[str, Any] = {"role": turn.role, "content": turn.content}
    if turn.tool_calls:
        told["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {
                    "name": call.name,
                    "arguments": call.raw if call.arguments is None else dict(call.arguments),
                },
            }
            for call in turn.tool_calls
        ]
    if turn.tool_call_id:
        told["tool_call_id"] = turn.tool_call_id
    return told


def _tojson(value: Any, ensure_ascii: bool = False, indent: int | None = None, **more: Any) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, **more)


def _refuse(message: str) -> str:
    raise ValueError(message)
