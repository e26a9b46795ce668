"""What was said to an agent, by whom and since when: users, system prompts, tools, documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from assay.domain.trace import Trace

Who = Literal["user", "system", "tool", "retrieval"]
READ = 200_000
"""Characters of one text that are read."""
_PASSAGE = 40
"""Characters from which a passage that stands in a prompt is taken for the passage and not for the user's words."""
_MOST_PASSAGES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A text that the model had before it."""

    who: Who
    """Who said it."""
    text: str
    """What."""
    at: int
    """Since when."""
    step: str = ""
    """Id of its span."""
    name: str = ""
    """Name of the tool or the step."""


def sources(trace: Trace, when: Mapping[str, tuple[int, int]], told: Iterable[Said]) -> list[Said]:
    """All texts by the time that the model had them.

    Args:
        trace: The trace.
        when: Id of a step -> when it began and ended.
        told: What tools said, by their calls.
    """
    found: dict[tuple[str, str, str], Said] = {}

    def put(who: Who, text: str, at: int, step: str, name: str = "") -> None:
        if text.strip():
            found.setdefault((who, name, text), Said(who=who, text=text[:READ], at=at, step=step, name=name))

    for one in told:
        put(one.who, one.text, one.at, one.step, one.name)
    for step in trace.of("retrieval", "memory"):
        for passage in step.passages:
            put("retrieval", passage.text, when[step.id][1], step.id, step.name)
    given = [text for _, _, text in found]
    known = set(given)
    long = [text for text in given if len(text) >= _PASSAGE][:_MOST_PASSAGES]
    models = sorted(trace.of("model"), key=lambda one: when[one.id]) or [trace.root]
    seen: set[tuple[str, str]] = set()
    for step in models:
        names = {call.id: call.name for turn in step.input for call in turn.tool_calls}
        for turn in step.input:
            if (turn.role, turn.content) in seen:
                continue
            seen.add((turn.role, turn.content))
            if turn.role in ("user", "system", "developer"):
                own = _without(turn.content[:READ], long)
                put("user" if turn.role == "user" else "system", own, when[step.id][0], step.id)
            elif turn.role == "tool" and turn.content[:READ] not in known:
                put("tool", turn.content, when[step.id][0], step.id, names.get(turn.tool_call_id, ""))
    return sorted(found.values(), key=lambda one: one.at)


def _without(text: str, passages: Iterable[str]) -> str:
    """What somebody says himself: programs put what was retrieved into the user's turn or the system prompt."""
    for passage in passages:
        text = text.replace(passage, " ")
    return text
