"""Parts of a row that several shapes share: the prompt, numbers, where a conversation's answer begins."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.domain.sample import Message
from assay.domain.training import Shape
from assay.store.training_turns import Misfit, Notes, is_transcript, plain, transcript, turns

CHATS = ("messages", "conversations", "conversation", "dialogue", "dialog", "turns")
"""Keys that hold a conversation."""
PROMPTS = ("prompt", "instruction", "question", "query", "input", "problem", "user")
"""Keys that hold what is asked."""
ANSWERS = ("completion", "response", "output", "answer", "solution", "assistant", "target")
"""Keys that hold what is answered."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a row says, before it is a record."""

    shape: Shape
    form: str
    prompt: tuple[Message, ...]
    answers: tuple[tuple[Message, ...], ...]
    used: set[str]
    """Keys that were read; all others are metadata."""
    ratings: tuple[float, ...] = ()
    places: tuple[int, ...] = ()
    """Where each answer stood as written, where something else than that says which is better."""


def first(value: Mapping[str, Any], keys: Sequence[str], kind: type, but: Collection[str] = ()) -> str | None:
    """The first of the keys that the row has with a value of that kind."""
    for key in keys:
        if key in value and key not in but and value[key] is not None and isinstance(value[key], kind):
            return key
    return None


def split(said: tuple[Message, ...]) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """A conversation as what comes before the answer, and the answer: all after the last turn of the user."""
    for index in range(len(said) - 1, -1, -1):
        if said[index].role == "user":
            return said[: index + 1], said[index + 1 :]
    systems = next((index for index, one in enumerate(said) if one.role != "system"), len(said))
    return said[:systems], said[systems:]


def prompt_of(value: Mapping[str, Any], notes: Notes) -> tuple[tuple[Message, ...], set[str], str] | None:
    """What the row asks, the keys that hold it, and the form's name where the keys tell it; None when it asks nothing.

    Raises:
        Misfit: The prompt is neither text nor turns.
    """
    key = first(value, PROMPTS, object)
    if key is None:
        return None
    asked = value[key]
    used, form = {key}, ""
    if isinstance(asked, dict) or (isinstance(asked, list) and asked and isinstance(asked[0], dict)):
        return turns(asked, notes), used, "trl prompt and completion"
    if isinstance(asked, str) and is_transcript(asked):
        return transcript(asked), used, "hh transcript"
    text = plain(asked, notes)
    if key == "instruction":
        form = "alpaca" if "output" in value else ""
        if "input" in value and (value["input"] is None or isinstance(value["input"], str)):
            used.add("input")
            text = f"{text}\n\n{value['input']}" if value["input"] else text
    return (*_before(value, notes, used), Message(role="user", content=text)), used, form


def _before(value: Mapping[str, Any], notes: Notes, used: set[str]) -> tuple[Message, ...]:
    """The system prompt and the earlier turns that stand in keys of their own."""
    said: list[Message] = []
    system = first(value, ("system", "system_prompt"), str)
    if system is not None:
        used.add(system)
        if value[system]:
            said.append(Message(role="system", content=value[system]))
    history = value.get("history")
    if isinstance(history, list) and all(isinstance(each, (list, tuple)) and len(each) == 2 for each in history):
        used.add("history")
        for question, answer in history:
            said.append(Message(role="user", content=plain(question, notes)))
            said.append(Message(role="assistant", content=plain(answer, notes)))
    return tuple(said)


def number(value: Any, notes: Notes) -> float | None:
    """A number, also one written as text, which is noted; None when it is none."""
    if isinstance(value, (int, float)):
        return float(value) if abs(value) < 1e300 else None
    if isinstance(value, str):
        try:
            found = float(value)
        except ValueError:
            return None
        notes.add("number_as_text")
        return found if abs(found) < 1e300 else None
    return None


__all__ = ["ANSWERS", "CHATS", "PROMPTS", "Misfit", "Parts", "first", "number", "prompt_of", "split"]
