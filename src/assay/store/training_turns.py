"""Turns of conversations in training data, in whatever words they were written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from assay.domain.sample import Message, ToolCall
from assay.store.quick import message

ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "ai": "assistant",
    "function_call": "assistant",
    "tool": "tool",
    "function": "tool",
    "function_response": "tool",
    "observation": "tool",
    "ipython": "tool",
}
"""Role as written, in lower case -> role."""
_SPEAKER = re.compile(r"(?:\A|\n\n)(Human|Assistant|H|A): ?")
_PICTURES = {"image", "image_url", "input_image"}


class Misfit(Exception):
    """A row that is not of the shape that its keys promise; the text says how."""


class Notes:
    """Words for what was read around in one row."""

    def __init__(self) -> None:
        self.words: dict[str, None] = {}

    def add(self, word: str) -> None:
        """Note a word, once."""
        self.words[word] = None


def turns(value: Any, notes: Notes) -> tuple[Message, ...]:
    """The turns of a list, a single turn, or a text that is an answer.

    Raises:
        Misfit: None of these.
    """
    if isinstance(value, str):
        return (Message(role="assistant", content=value),)
    if isinstance(value, dict):
        return (turn(value, notes),)
    if not isinstance(value, Sequence) or isinstance(value, bytes):
        raise Misfit(f"turns are a list of objects, found {type(value).__name__}")
    return tuple([turn(each, notes) for each in value])


def turn(value: Any, notes: Notes) -> Message:
    """One turn of a list.

    Raises:
        Misfit: It is no object, or it has no role.
    """
    if not isinstance(value, dict):
        raise Misfit(f"a turn is an object, found {type(value).__name__}")
    if len(value) == 2:  # most turns are a known role and a text, and nothing else
        plain_role, plain_text = value.get("role"), value.get("content")
        if type(plain_text) is str and type(plain_role) is str and (plain_role := ROLES.get(plain_role)) is not None:
            return message(plain_role, plain_text)
    written = value.get("role", value.get("from"))
    if not isinstance(written, str):
        raise Misfit("a turn has no role")
    role = ROLES.get(written) or ROLES.get(written.strip().lower())
    if role is None:
        notes.add("unknown_role")
        role = written
    said = value["content"] if "content" in value else value.get("value", value.get("text"))
    content = said if isinstance(said, str) else plain(said, notes)
    calls = _calls(value, notes)
    if written == "function_call" and not calls:
        calls, content = (_call(_parsed(content)),), ""
    answers = value.get("tool_call_id")
    return Message(
        role=role, content=content, tool_calls=calls, tool_call_id=answers if isinstance(answers, str) else ""
    )


def plain(value: Any, notes: Notes) -> str:
    """The text of a content that may be a list of parts; what is no text is noted and left out."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list):
        return "".join(_part(each, notes) for each in value)
    notes.add("content_not_text")
    if isinstance(value, dict):
        return value["text"] if isinstance(value.get("text"), str) else ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _part(part: Any, notes: Notes) -> str:
    if isinstance(part, str):
        return part
    kind = part.get("type") if isinstance(part, dict) else None
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return str(part["text"])
    notes.add("image_part" if kind in _PICTURES else "media_part" if kind else "content_not_text")
    return ""


def _calls(value: Mapping[str, Any], notes: Notes) -> tuple[ToolCall, ...]:
    written = value.get("tool_calls")
    if written is None:
        legacy = value.get("function_call")
        written = [legacy] if isinstance(legacy, dict) else None
    if not written:
        return ()
    if not isinstance(written, list):
        notes.add("tool_calls_unreadable")
        return ()
    return tuple([_call(each) for each in written])


def _call(value: Any) -> ToolCall:
    """A call; one that is no object has no name and no arguments, which a check tells."""
    if not isinstance(value, dict):
        return ToolCall(name="", raw=value if isinstance(value, str) else "")
    function = value["function"] if isinstance(value.get("function"), dict) else value
    arguments = function.get("arguments", function.get("parameters"))
    parsed = _parsed(arguments) if isinstance(arguments, str) else arguments
    raw = arguments if isinstance(arguments, str) else written(arguments if arguments is not None else {})
    return ToolCall(
        name=str(function.get("name") or ""),
        arguments=parsed if isinstance(parsed, dict) else {} if arguments is None else None,
        raw=raw,
        id=str(value.get("id") or ""),
    )


_ENCODED = msgspec.json.Encoder(order="sorted").encode


def coded(value: Any) -> bytes:
    """A value as JSON in one form, its keys sorted; what JSON cannot say, as tables may hold it, as Python says it."""
    try:
        return _ENCODED(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return repr(value).encode("utf-8", "surrogatepass")


def written(value: Any) -> str:
    """The same as text."""
    return coded(value).decode("utf-8", "surrogatepass")


def _parsed(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return text


def transcript(text: str) -> tuple[Message, ...]:
    """The turns of a transcript such as "\\n\\nHuman: Hi\\n\\nAssistant: Hello"; an empty last turn is left out.

    Examples:
        >>> [(one.role, one.content) for one in transcript("\\n\\nHuman: Hi\\n\\nAssistant: Hello")]
        [('user', 'Hi'), ('assistant', 'Hello')]
    """
    parts = _SPEAKER.split(text)
    said = [
        Message(role="user" if who[0] == "H" else "assistant", content=what.strip())
        for who, what in zip(parts[1::2], parts[2::2], strict=True)
    ]
    return tuple(said[:-1] if said and said[-1].role == "assistant" and not said[-1].content else said)


def is_transcript(text: str) -> bool:
    """Whether a text begins like a transcript of Human and Assistant."""
    return text.lstrip()[:7] == "Human: "
