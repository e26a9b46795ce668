"""How calls of tools end in a row, and what the assistant does after one that fails."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from assay.domain.sample import Message, ToolCall

_READ = 2000
_FAILS = re.compile(
    r"\s*[\"'\[({<]*\s*(?:\w+:\s)?(?:error|exception|traceback|fail(?:ed|ure)|invalid|unauthorized|forbidden|"
    r"bad request|not found|timed? ?out|missing required|[A-Z]\w*(?:Error|Exception))\b"
    r"(?!\s*(?:rate|free|margin|=|:?\s*(?:0|none|null|false)\b))",
    re.IGNORECASE,
)
_ADMITS = re.compile(
    r"error|fail|sorry|apolog|unable|could ?n[o']t|cannot|can't|not (?:found|available|able|work|valid|exist|possible|"
    r"recogni|supported|return)|no (?:\w+ ){0,3}(?:found|available|results?|such|match)|invalid|problem|issue|"
    r"unavailable|unsuccessful|went wrong|didn['’]t|doesn['’]t|isn['’]t|wasn['’]t|unfortunately|missing|provide|"
    r"check|verify|try again|retry|timed out|denied|please|\?",
    re.IGNORECASE,
)
_SAID = ("error", "errors", "exception", "error_message", "errorMessage", "detail_error")


def after_failure(turns: Sequence[Message], breaks: Callable[[ToolCall], bool] = lambda call: False) -> str:
    """What follows the last call that fails: `repaired`, `told` or `ignored`; empty when none fails or nothing follows.

    Args:
        turns: The turns of a row.
        breaks: Whether a call breaks its schema. One that does and is answered without an error does not count.

    Examples:
        >>> call = Message(role="assistant", content="", tool_calls=(ToolCall(name="f", arguments={"a": 1}),))
        >>> failed = Message(role="tool", content="Error: a must be text")
        >>> after_failure((call, failed, Message(role="assistant", content="It is 5 degrees.")))
        'ignored'
    """
    failing: ToolCall | None = None
    last: tuple[ToolCall, ...] = ()
    outcome = ""
    for turn in turns:
        if turn.role == "tool":
            if fails(turn.content):
                failing, outcome = _called(last, turn), "failed"
            elif outcome == "tried":
                outcome = "repaired"
            elif outcome == "broken":
                outcome = ""
        elif turn.role == "assistant" and turn.tool_calls:
            last = turn.tool_calls
            broken = next((call for call in last if breaks(call)), None)
            if broken is not None:
                failing, outcome = broken, "broken"
            elif outcome in ("failed", "broken") and failing is not None and not _same(last, failing):
                outcome = "tried"
        elif turn.role == "assistant" and outcome == "failed":
            outcome = "told" if _ADMITS.search(turn.content[:_READ]) else "ignored"
    return "repaired" if outcome == "tried" else outcome if outcome in ("repaired", "told", "ignored") else ""


def _called(calls: Sequence[ToolCall], answer: Message) -> ToolCall:
    """The call that a tool answers, by its id; else the last."""
    named = [call for call in calls if answer.tool_call_id and call.id == answer.tool_call_id]
    return (named or list(calls) or [ToolCall(name="")])[-1]


def _same(calls: Sequence[ToolCall], failing: ToolCall) -> bool:
    return all(call.name == failing.name and call.raw == failing.raw for call in calls)


def fails(content: str) -> bool:
    """Whether a tool's answer is an error.

    Examples:
        >>> fails('{"error": "no such city"}'), fails('{"error": null, "temp": 5}'), fails("Errors in 1.2 are fixed.")
        (True, False, False)
    """
    text = content[:_READ].strip()
    if text[:1] == "{" and len(content) <= _READ:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            status = value.get("status")
            return (
                any(value.get(key) for key in _SAID)
                or value.get("success") is False
                or value.get("ok") is False
                or value.get("is_error") is True
                or (isinstance(status, str) and status.lower() in ("error", "failed", "failure"))
            )
    return bool(_FAILS.match(text[:200]))
