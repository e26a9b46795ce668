"""One line of a file of recorded outputs, and the output it stands for."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from assay.domain.errors import SubjectError
from assay.domain.sample import Message, Sample, ToolCall
from assay.domain.trial import Output, Usage
from assay.subjects.dialect import finish, function_of, tool_call

_ID = re.compile(rb'"id"\s*:\s*(?:"((?:[^"\\]|\\.){1,200})"|(-?\d{1,18}))')
_EPOCH = re.compile(rb'"epoch"\s*:\s*(\d{1,9})')


class _Turn(msgspec.Struct):
    role: str
    content: str | list[dict[str, Any]] | None = None
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: str | None = None


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Row(msgspec.Struct):
    """A recorded answer as written; keys not named here are ignored."""

    id: str | int
    epoch: int = 1
    output: str | list[_Turn] | None = None
    error: Any = None
    finish_reason: str | None = None
    usage: _Usage | None = None
    latency_s: float | None = None
    logprobs: list[float] | None = None
    choice_logprobs: list[float] | None = None
    tool_calls: list[dict[str, Any]] | None = None
    context: str | list[str] | None = None
    metadata: dict[str, Any] | None = None
    model: str | None = None
    fingerprint: str | None = None
    input: str | list[_Turn] | None = None
    prompt: str | None = None
    sample_digest: str | None = None


Key = tuple[str, int]
"""Sample id and epoch."""

_decode = msgspec.json.Decoder(Row).decode


def read_row(line: bytes) -> Row:
    """A line as a row.

    Raises:
        ValueError: It is none; the text says why.
    """
    try:
        row = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(reason_of(error, line)) from None
    if row.output is None and row.error is None:
        raise ValueError("neither 'output' nor 'error'")
    if row.epoch < 1:
        raise ValueError(f"epoch {row.epoch}; epochs are counted from 1")
    if row.latency_s is not None and not (math.isfinite(row.latency_s) and row.latency_s >= 0):
        raise ValueError(f"latency_s {row.latency_s}; expected seconds, 0 or more")
    return row


def key_of(row: Row) -> Key:
    """Sample id and epoch that a row answers."""
    return (row.id if isinstance(row.id, str) else str(row.id)), row.epoch


def guessed_key(line: bytes) -> Key | None:
    """Whose answer a broken line was to be, when that can still be read."""
    found = _ID.search(line, 0, 100_000)
    if found is None:
        return None
    epoch = _EPOCH.search(line, 0, 100_000)
    try:
        name = msgspec.json.decode(b'"' + found[1] + b'"', type=str) if found[1] is not None else found[2].decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return name, int(epoch[1]) if epoch else 1


def output_of(row: Row) -> Output:
    """The output that was recorded.

    Raises:
        SubjectError: An error was recorded.
    """
    if row.error is not None or row.output is None:
        raise SubjectError("recorded_error", _error_text(row.error))
    calls = tuple(_call(call) for call in row.tool_calls or ())
    transcript: tuple[Message, ...] = ()
    text = row.output if isinstance(row.output, str) else ""
    if isinstance(row.output, list):
        transcript = messages_of(row.output)
        text = next((turn.content for turn in reversed(transcript) if turn.role == "assistant"), "")
        calls = calls or tuple(call for turn in transcript for call in turn.tool_calls)
    return Output(
        text=text,
        tool_calls=calls,
        transcript=transcript,
        context=(row.context,) if isinstance(row.context, str) else tuple(row.context or ()),
        finish_reason=finish(row.finish_reason),
        usage=_usage(row.usage),
        logprobs=None if row.logprobs is None else tuple(row.logprobs),
        choice_logprobs=None if row.choice_logprobs is None else tuple(row.choice_logprobs),
        served_model=row.model or "",
        fingerprint=row.fingerprint or "",
        latency_s=row.latency_s,
        metadata=row.metadata or {},
    )


def belongs(row: Row, sample: Sample) -> bool:
    """Whether a row answers this very sample, as far as the row says what it answers."""
    if row.sample_digest is not None:
        return row.sample_digest == sample.digest
    if isinstance(row.input, list):
        asked = [(turn.role, turn.content) for turn in messages_of(row.input)]
        return asked == [(turn.role, turn.content) for turn in sample.messages]
    if isinstance(row.input, str):
        return row.input == sample.input or _plain(row.input) in {
            _plain(sample.prompt),
            _plain(sample.messages[0].content if sample.messages else ""),
        }
    return row.prompt is None or _sent(_plain(row.prompt), _plain(sample.prompt))


def _sent(sent: str, own: str) -> bool:
    """Whether a prompt was recorded as sent: as it is, or whole words in a template no longer than itself."""
    if sent == own:
        return True
    before, found, after = sent.partition(own) if own else (sent, "", "")
    cut = _splits(before[-1:], own[:1]) or _splits(own[-1:], after[:1])
    return bool(found) and not cut and 2 * len(own) >= len(sent)


def _splits(left: str, right: str) -> bool:
    """Whether a word or number goes on across a border: `2 + 2` is no part of `2 + 25`."""
    return (left + right).isascii() and left.isalnum() and right.isalnum()


def tells_what_it_answers(row: Row) -> bool:
    """Whether a row can be told from an answer to another prompt."""
    return row.sample_digest is not None or row.input is not None or row.prompt is not None


def messages_of(turns: list[_Turn]) -> tuple[Message, ...]:
    """Recorded turns as messages."""
    return tuple(_message(turn) for turn in turns)


def _message(turn: _Turn) -> Message:
    content = turn.content
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content)
    return Message(
        role=turn.role,
        content=content or "",
        tool_calls=tuple(_call(call) for call in turn.tool_calls or ()),
        tool_call_id=turn.tool_call_id or "",
    )


def _call(call: Mapping[str, Any]) -> ToolCall:
    function = function_of(call)
    return tool_call(str(function.get("name", "")), function.get("arguments"), str(call.get("id") or ""))


def _usage(usage: _Usage | None) -> Usage | None:
    if usage is None:
        return None
    read = usage.input_tokens if usage.input_tokens is not None else usage.prompt_tokens
    wrote = usage.output_tokens if usage.output_tokens is not None else usage.completion_tokens
    return Usage(input_tokens=read or 0, output_tokens=wrote or 0)


def _error_text(error: Any) -> str:
    if isinstance(error, Mapping) and isinstance(error.get("message"), str):
        return str(error["message"])
    return error if isinstance(error, str) and error else msgspec.json.encode(error).decode()


def _plain(text: str) -> str:
    return " ".join(text.split())


def reason_of(error: Exception, line: bytes) -> str:
    """Why a line is no row, in words."""
    if line[:1] == b"[":
        return "a JSON array; JSON Lines holds one object a line"
    if b"NaN" in line or b"Infinity" in line:
        return f"NaN and Infinity are no JSON ({error})"
    return str(error).replace("`", "'")
