"""A chat of a log as a trace: what was asked, what was said, when, by which model."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from assay.domain.numbers import MOST_NS, count, finite
from assay.domain.sample import Message
from assay.domain.trace import Passage, Step, Trace
from assay.domain.trial import Usage
from assay.traces.assembly import UNDATED
from assay.traces.times import nanoseconds
from assay.traces.turns import parsed, turns

_TIMES = ("timestamp", "time", "created_at", "start_time", "ts", "date")
BAD_LATENCY = "bad_latency"
"""Problem of a chat whose latency is no number of seconds; it is left out."""
_ASKED = ("input", "messages", "prompt", "question")
_SAID = ("output", "response", "answer", "completion")


_Told = Any | msgspec.UnsetType


class _Peeked(msgspec.Struct):
    """What of a line tells when a chat began and which it is; what it says is passed over."""

    timestamp: _Told = msgspec.UNSET
    time: _Told = msgspec.UNSET
    created_at: _Told = msgspec.UNSET
    start_time: _Told = msgspec.UNSET
    ts: _Told = msgspec.UNSET
    date: _Told = msgspec.UNSET
    id: Any = None
    metadata: Any = None
    resource_spans: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="resourceSpans")
    resource_logs: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="resourceLogs")


_peeked = msgspec.json.Decoder(_Peeked).decode


class Row(NamedTuple):
    """A line that may be a chat, before anybody read what it says."""

    line: bytes
    """The line."""
    place: str
    """Where it stands."""
    id: str
    """Id of its trace."""
    start_ns: int
    """When that began."""
    number: int = 0
    """How many were read before it."""


def peeked(line: bytes, place: str, number: int = 0) -> Row | None:
    """When a chat began and which it is, in a tenth of the time that its trace takes.

    Args:
        line: A line of JSON.
        place: Where it stands.
        number: How many were read before it.

    Returns:
        The row; None for what has to be read to know that: requests of OTLP, odd numbers, what is no JSON.

    Examples:
        >>> made = peeked(b'{"input": "Hello", "output": "Hi", "ts": 1795773600}', "a:1")
        >>> made.start_ns, made.id == chat({"input": "Hello", "output": "Hi", "ts": 1795773600}, "a:1").id
        (1795773600000000000, True)
    """
    try:
        seen = _peeked(line)
    except (ValueError, RecursionError):
        return None
    otlp = seen.resource_spans is not msgspec.UNSET or seen.resource_logs is not msgspec.UNSET
    if otlp or not isinstance(seen.id, str | int | None):
        return None
    about = seen.metadata if isinstance(seen.metadata, dict) else {}
    given = {name: told for name in _TIMES if (told := getattr(seen, name)) is not msgspec.UNSET}
    return Row(line, place, _id(place, seen.id), _time(given, about), number)


def trace_of_row(row: Row) -> Trace | str:
    """The trace of a row; the cause why there is none, as for `chat`, or `not_json`."""
    try:
        told = parsed(row.line)
    except (ValueError, RecursionError):
        return "not_json"
    return chat(told, row.place)


def chat(row: Any, place: str) -> Trace | str:
    """The trace of a row `id?, input, output | error, context?, timestamp?, model?, usage?, latency_s?, metadata?`.

    Where messages go on after the user's last turn with calls of tools, or end with the answer itself, what
    follows that turn was said in this request.

    Args:
        row: A JSON value.
        place: Where it stands; ids are made of it where the row has none.

    Returns:
        The trace, or the cause why there is none: `not_an_object`, `nothing_asked`, `nothing_said`.

    Examples:
        >>> made = chat({"input": "Hello", "output": "Hi", "timestamp": "2026-11-27T10:00:00Z"}, "a:1")
        >>> made.answer, made.start_ns
        ('Hi', 1795773600000000000)
        >>> asked, said = {"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}
        >>> chat({"messages": [asked, said]}, "a:1").answer
        'Hi'
    """
    if not isinstance(row, Mapping):
        return "not_an_object"
    asked = next((row[name] for name in _ASKED if row.get(name)), None)
    if asked is None:
        return "nothing_asked"
    said = next((row[name] for name in _SAID if row.get(name) is not None), None)
    error = row.get("error")
    prompt, made = _split(turns(asked if isinstance(asked, list) else str(asked)), said is None)
    if said is None and not made and not error:
        return "nothing_said"
    about = row.get("metadata") if isinstance(row.get("metadata"), Mapping) else {}
    assert isinstance(about, Mapping)
    begin = _time(row, about)
    given = row.get("latency_s", about.get("latency_s"))
    taken = finite(given)
    odd = ((UNDATED, begin <= 0), (BAD_LATENCY, given is not None and (taken is None or taken < 0)))
    model = str(row.get("model") or about.get("model") or "")
    name = _id(place, row.get("id"))
    step = Step(
        id=name[:16],
        kind="model",
        name="chat",
        start_ns=begin,
        end_ns=0 if taken is None or taken < 0 else min(begin + int(taken * 1e9), MOST_NS),
        error=str(error) if error else "",
        model=model,
        served_model=str(row.get("served_model") or model),
        input=prompt,
        output=(*made, *_output(said)),
        usage=_usage(row.get("usage")),
        finish_reason=str(row.get("finish_reason") or ""),
        attributes=_attributes(row, about),
    )
    return Trace(
        id=name,
        steps=(*_retrieved(row.get("context"), step), step),
        dialect="chat",
        problems=tuple(name for name, there in odd if there),
        place=place,
    )


def _id(place: str, given: Any) -> str:
    return hashlib.blake2b(f"{place}\0{given}".encode("utf-8", "replace"), digest_size=16).hexdigest()


def _split(given: tuple[Message, ...], alone: bool) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """Turns before this request's own, and its own: what follows the user's last turn, where that holds calls of
    tools, or where there is no other answer and it ends with one."""
    last = max((place for place, turn in enumerate(given) if turn.role == "user"), default=-1)
    own = given[last + 1 :]
    calls = any(turn.tool_calls or turn.role == "tool" for turn in own)
    answers = alone and bool(own) and own[-1].role == "assistant"
    return (given[: last + 1], own) if last >= 0 and (calls or answers) else (given, ())


def _output(said: Any) -> Any:
    if said is None:
        return ()
    return turns(said) if isinstance(said, list) else turns([{"role": "assistant", "content": str(said)}])


def _attributes(row: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """The row's own plain keys, and its metadata, as what segments may name."""
    plain = {key: value for key, value in row.items() if isinstance(value, str | int | float | bool)}
    for taken in (*_ASKED, *_SAID, "error"):
        plain.pop(taken, None)
    return {**plain, **about}


def _retrieved(context: Any, step: Step) -> tuple[Step, ...]:
    given = [context] if isinstance(context, str) else context if isinstance(context, list) else []
    passages = tuple(Passage(text=one) for one in given if isinstance(one, str))
    if not passages:
        return ()
    return (
        Step(
            id=step.id[::-1],
            kind="retrieval",
            name="context",
            parent=step.id,
            start_ns=step.start_ns,
            end_ns=step.start_ns,
            passages=passages,
        ),
    )


def _time(row: Mapping[str, Any], about: Mapping[str, Any]) -> int:
    found = (nanoseconds(row.get(name, about.get(name))) for name in _TIMES)
    return next((time for time in found if time is not None), 0)


def _usage(given: Any) -> Usage | None:
    if not isinstance(given, Mapping):
        return None
    read = _count(given, "input_tokens", "prompt_tokens")
    return Usage(input_tokens=read, output_tokens=_count(given, "output_tokens", "completion_tokens"))


def _count(given: Mapping[str, Any], *names: str) -> int:
    for name in names:
        found = count(given.get(name))
        if found is not None:
            return found
    return 0
