"""JSON by the letter: what is not JSON is said to be none."""

from __future__ import annotations

import json
import math
import re
from typing import Any

_FENCE = re.compile(r"\A```[ \t]*[\w+-]*[ \t]*\r?\n(.*?)\r?\n?```\Z", re.DOTALL)


class _InvalidError(ValueError):
    """What is wrong with a text that should be JSON."""


def parsed(text: str) -> Any:
    """The value of a JSON text, by the letter of RFC 8259 and without repeated keys.

    Raises:
        ValueError: It is not JSON; the message says why.
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite)
    except RecursionError:
        raise _InvalidError("nested too deeply") from None
    except json.JSONDecodeError as error:
        after = text[error.pos : error.pos + 20]
        reason = "text after the value" if error.msg == "Extra data" else error.msg.lower()
        raise _InvalidError(f"{reason} at character {error.pos}: {after!r}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _InvalidError(f"the key {twice[:40]!r} stands twice in one object")
    return value


def _constant(word: str) -> Any:
    raise _InvalidError(f"{word} is not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _InvalidError(f"the number {digits[:20]} is out of range")
    return value


def unfenced(text: str) -> str:
    """The text within one Markdown fence around it, or the text itself.

    Examples:
        >>> unfenced("```json\\n{}\\n```")
        '{}'
    """
    fenced = _FENCE.match(text)
    return fenced[1] if fenced else text
