"""What a model will meet where it is deployed: system prompt, tools, chat template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.domain.sample import Message

Render = Callable[[Sequence[Message], Sequence[Mapping[str, Any]], bool], str]
"""(turns, tools, whether the answer is to follow) -> the text that the model reads.

Raises ValueError with the template's own words where it refuses the turns.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What surrounds a question in production."""

    system_prompt: str | None = None
    """Its text; empty when there is none, None when nothing is said of it."""
    tools: tuple[Mapping[str, Any], ...] | None = None
    """Tools on offer, each with name and parameters; None when nothing is said of them."""
    render: Render | None = None
    """The chat template; None when nothing is said of it."""
    context_tokens: int | None = None
    """Tokens that a row is cut to; None when nothing is said of it."""
