"""Messages of spans as turns of a chat, whether they come as JSON, as structures, or flattened into attributes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from assay.domain.sample import Message, ToolCall

MOST_TURNS = 2000
"""Turns of one message list that are kept."""


def loaded(value: Any) -> Any:
    """A value that may be JSON in a string; the string itself where it is not.

    Examples:
        >>> loaded('[1]'), loaded('plain'), loaded(3)
        ([1], 'plain', 3)
    """
    if not isinstance(value, str) or value[:1] not in "[{":
        return value
    try:
        return parsed(value)
    except (ValueError, RecursionError):
        return value


def parsed(text: str | bytes) -> Any:
    """The value of a text in JSON; halves of characters, which nothing can store, become question marks.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It is nested too deeply.

    Examples:
        >>> parsed('["a \\\\ud800 b", "\\\\ud83d\\\\ude00"]') == ["a ? b", chr(0x1F600)]
        True
    """
    found = json.loads(text)
    if (b"\\ud" if isinstance(text, bytes) else "\\ud") in text.lower():  # type: ignore[operator]
        found = json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
    return found


def turns(value: Any) -> tuple[Message, ...]:
    """Turns of a list of messages: with `parts` as of OpenTelemetry, or with `content` as of OpenAI.

    Examples:
        >>> turns('[{"role": "user", "parts": [{"type": "text", "content": "Hello"}]}]')[0].content
        'Hello'
        >>> turns([{"role": "user", "content": [{"type": "text", "text": "Hello"}]}])[0].content
        'Hello'
    """
    found = loaded(value)
    if isinstance(found, Mapping):
        found = found.get("messages", [found])
    if isinstance(found, str):
        return (Message(role="user", content=found),) if found.strip() else ()
    if not isinstance(found, list):
        return ()
    return tuple(made for one in found[:MOST_TURNS] if isinstance(one, Mapping) for made in _turn(one))


def _turn(given: Mapping[str, Any]) -> Iterator[Message]:
    """One turn; several where one message holds the answers of several tools."""
    inner = given.get("message")
    held = inner if isinstance(inner, Mapping) else given
    role = str(held.get("role") or given.get("role") or "user")
    parts = held.get("parts", held.get("content", held.get("contents")))
    if isinstance(parts, list):
        answers = [part for part in parts if isinstance(part, Mapping) and part.get("type") == "tool_call_response"]
        yield from (_answer(part) for part in answers)
        if len(answers) < len(parts) or not parts:
            yield Message(
                role=role,
                content="\n".join(filter(None, map(_text, parts))),
                tool_calls=(*_calls(held), *(_call(part) for part in parts if _is_call(part))),
                tool_call_id=str(held.get("tool_call_id") or ""),
            )
        return
    yield Message(
        role=role,
        content=_text(parts),
        tool_calls=tuple(_calls(held)),
        tool_call_id=str(held.get("tool_call_id") or ""),
    )


def _answer(part: Mapping[str, Any]) -> Message:
    said = part.get("response", part.get("result", part.get("content", "")))
    text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
    return Message(role="tool", content=text, tool_call_id=str(part.get("id") or ""))


def _text(part: Any) -> str:
    """What a part says; nothing for images, sound and calls."""
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        return ""
    inner = part.get("message_content")
    if isinstance(inner, Mapping):
        part = inner
    if part.get("type") in ("tool_call", "tool_call_response", "function", "reasoning", "thinking"):
        return ""
    said = part.get("content", part.get("text", ""))
    return said if isinstance(said, str) else ""


def _is_call(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") == "tool_call"


def _calls(held: Mapping[str, Any]) -> Iterator[ToolCall]:
    calls = held.get("tool_calls")
    if isinstance(calls, list):
        yield from (_call(one.get("tool_call", one)) for one in calls if isinstance(one, Mapping))


def _call(given: Any) -> ToolCall:
    held = given if isinstance(given, Mapping) else {}
    function = held.get("function")
    inside = function if isinstance(function, Mapping) else held
    return call_of(str(inside.get("name") or ""), inside.get("arguments"), str(held.get("id") or ""))


def call_of(name: str, arguments: Any, id: str = "") -> ToolCall:
    """A call with its arguments, whether they come as JSON or as a structure.

    A text with a key twice, or with a number that JSON has not, means different things to different readers: it has no
    arguments, and stays as it came.

    Examples:
        >>> call_of("find", '{"id": 1}').arguments, call_of("find", "no JSON").arguments
        ({'id': 1}, None)
    """
    found = loaded(arguments)
    if isinstance(found, Mapping) and isinstance(arguments, str) and not _one_meaning(arguments):
        found = None
    raw = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False, default=str)
    return ToolCall(
        name=name,
        arguments=found if isinstance(found, Mapping) else None,
        raw="" if arguments is None else raw,
        id=id,
    )


def _one_meaning(text: str) -> bool:
    """Whether a text that is JSON for Python is JSON for everybody."""
    try:
        json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except ValueError:
        return False
    return True


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def nested(attributes: Mapping[str, Any], prefix: str) -> list[Any]:
    """What was flattened under a prefix: `p.0.a.b = 1` becomes `[{"a": {"b": 1}}]`, numbers as lists.

    Examples:
        >>> nested({"p.0.role": "user", "p.1.calls.0.id": "x", "q": 1}, "p")
        [{'role': 'user'}, {'calls': [{'id': 'x'}]}]
    """
    root: dict[str, Any] = {}
    for key, value in attributes.items():
        if key.startswith(prefix + "."):
            _placed(root, key[len(prefix) + 1 :].split("."), value)
    made = _listed(root)
    return made if isinstance(made, list) else []


def _placed(root: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        inner = root.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        root = inner
    root.setdefault(path[-1], value)


def _listed(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    if given and all(key.isdigit() for key in given):
        return [_listed(given[key]) for key in sorted(given, key=int)[:MOST_TURNS]]
    return {key: _listed(value) for key, value in given.items()}
