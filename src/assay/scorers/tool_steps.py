"""What happened with tools in a conversation: each call with its result, and whether that was an error."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.domain.sample import Message, Sample, ToolCall
from assay.domain.trial import Output

_ERROR = re.compile(
    r"\b(?:errors?|exceptions?|traceback|fail(?:ed|ure|s)?|timed[ -]?out|timeout|unavailable|unauthori[sz]ed|forbidden|"
    r"not found|access denied|permission denied|connection refused|rate limit(?:ed)?|invalid (?:argument|parameter|"
    r"input|request|key|token))\b|^\W{0,3}(?:http[ /]?[\d.]{0,3} ?)?[45]\d\d\b",
    re.IGNORECASE,
)
_NO_ERROR = re.compile(r"\b(?:no|0|zero|without(?: any)?) (?:errors?|failures?|exceptions?)\b", re.IGNORECASE)
_READ = 300  # characters of a result in which it says that it failed


@dataclass(frozen=True, slots=True)
class Step:
    """One call and what came back."""

    call: ToolCall
    """The call."""
    result: str | None = None
    """What the tool said; None when it has not answered."""
    failed: bool = False
    """Whether it said that it failed."""

    @property
    def key(self) -> str:
        """The same for two calls of one tool with the same arguments."""
        return f"{self.call.name}({json.dumps(self.call.arguments, sort_keys=True, default=str) or self.call.raw})"


def steps(sample: Sample, output: Output) -> tuple[Step, ...]:
    """All calls of the conversation with their results, in order: of the input, then of the answer.

    Examples:
        >>> call = ToolCall(name="get", id="1")
        >>> turns = (Message(role="assistant", content="", tool_calls=(call,)),
        ...          Message(role="tool", content="Error: timeout", tool_call_id="1"))
        >>> [step.failed for step in steps(Sample(id="1", input="?"), Output(text="", transcript=turns))]
        [True]
    """
    made: list[Step] = []
    for turn in _turns(sample, output):
        if turn.role == "assistant":
            made += [Step(call) for call in turn.tool_calls]
        elif turn.role == "tool":
            place = _answered(made, turn)
            if place is not None:
                made[place] = Step(made[place].call, turn.content, is_error(turn.content))
    return tuple(made)


def _turns(sample: Sample, output: Output) -> Sequence[Message]:
    before = () if isinstance(sample.input, str) else sample.input
    if not output.transcript:
        return (*before, Message(role="assistant", content=output.text, tool_calls=output.tool_calls))
    whole = output.transcript[: len(before)] == before
    return output.transcript if whole else (*before, *output.transcript)


def _answered(made: Sequence[Step], turn: Message) -> int | None:
    """Place of the call that a tool's turn answers: by its id, else the first that waits."""
    waiting = [place for place, step in enumerate(made) if step.result is None]
    if turn.tool_call_id:
        named = [place for place in waiting if made[place].call.id == turn.tool_call_id]
        if named:
            return named[0]
        waiting = [place for place in waiting if not made[place].call.id]
    return waiting[0] if waiting else None


def is_error(result: str) -> bool:
    """Whether a tool's result says that the call failed: by its JSON, else by its first words.

    Examples:
        >>> is_error('{"error": "no such city"}'), is_error('{"temperature": 21, "error": null}')
        (True, False)
        >>> is_error("HTTP 503 Service Unavailable"), is_error("Built with no errors.")
        (True, False)
    """
    text = result.strip()
    if text.startswith("{"):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            return _says_error(value)
    return bool(_ERROR.search(_NO_ERROR.sub("", text[:_READ])))


def _says_error(value: Mapping[str, Any]) -> bool:
    if any(value.get(key) for key in ("error", "errors", "isError", "is_error", "exception")):
        return True
    if value.get("success") is False or value.get("ok") is False:
        return True
    for key in ("status", "code", "status_code", "statusCode"):
        seen = value.get(key)
        if isinstance(seen, int) and not isinstance(seen, bool) and 400 <= seen < 600:
            return True
        if isinstance(seen, str) and seen.lower() in ("error", "failed", "failure", "timeout", "denied"):
            return True
    return False
