"""An answer with its transcript as the trace that production would have shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from assay.domain.sample import Message, Sample
from assay.domain.trace import Passage, Step, Trace
from assay.domain.trial import Output

ASKED_AT = "asked_at"
"""Metadata key of the time at which a sample is asked, for the age of passages."""
CONTEXT_TIMES = "context_times"
"""Metadata key of the dates of a sample's passages, in their order."""
_SECOND = 10**9


def trace_of(sample: Sample, output: Output) -> Trace:
    """The trace: a retrieval where there are passages, and a model call for each turn of the assistant.

    Examples:
        >>> turns = (Message(role="user", content="Hi"), Message(role="assistant", content="Hello"))
        >>> made = trace_of(Sample(id="1", input="Hi"), Output(text="Hello", transcript=turns))
        >>> [step.kind for step in made.steps], made.answer
        (['model'], 'Hello')
    """
    name = hashlib.blake2b(sample.id.encode("utf-8", "replace"), digest_size=16).hexdigest()
    begin = _time(sample.metadata.get(ASKED_AT)) or 0
    base = begin or _SECOND
    models = [*_models(sample, output, base)] or [Step(id=_id(2), kind="model", name="turn 1", input=sample.messages)]
    steps = [*_retrieved(sample, output, base, dated=bool(begin)), *models]
    return Trace(id=name, steps=tuple(steps), resource=dict(sample.metadata), dialect="transcript")


def _id(place: int) -> str:
    return f"{place:016x}"


def _retrieved(sample: Sample, output: Output, base: int, *, dated: bool) -> Iterator[Step]:
    told: Any = sample.metadata.get(CONTEXT_TIMES)
    times = told if isinstance(told, Sequence) and not isinstance(told, str) else ()
    given = [*sample.context, *(one for one in output.context if one not in sample.context)]
    passages = tuple(
        Passage(text=text, id=f"context {at + 1}", time_ns=_time(times[at]) if dated and at < len(times) else None)
        for at, text in enumerate(given)
    )
    if passages:
        yield Step(id=_id(1), kind="retrieval", name="context", start_ns=base, end_ns=base + 1, passages=passages)


def _models(sample: Sample, output: Output, base: int) -> Iterator[Step]:
    """A model call for each turn of the assistant after what was asked, given all turns before it."""
    before = sample.messages
    turns = _turns(sample, output)
    for at, turn in enumerate(turns):
        if turn.role == "assistant" and at >= len(before):
            start = base + (at + 2) * _SECOND
            yield Step(
                id=_id(at + 2), kind="model", name=f"turn {at + 1}", start_ns=start, end_ns=start + _SECOND // 2,
                input=turns[:at], output=(turn,),
            )  # fmt: skip


def _turns(sample: Sample, output: Output) -> tuple[Message, ...]:
    before = sample.messages
    last = Message(role="assistant", content=output.text, tool_calls=output.tool_calls)
    if not output.transcript:
        return (*before, last)
    whole = output.transcript[: len(before)] == before
    turns = output.transcript if whole else (*before, *output.transcript)
    ended = turns[-1].role == "assistant" and turns[-1].content.strip() == output.text.strip()
    if output.text.strip() and not ended:
        turns = (*turns, Message(role="assistant", content=output.text))
    return turns


def _time(given: Any) -> int | None:
    """Nanoseconds since 1970 of a date, or of seconds."""
    if isinstance(given, int | float) and not isinstance(given, bool) and given > 0:
        return int(given * (1e9 if given < 1e11 else 1e6 if given < 1e14 else 1))
    if not isinstance(given, str):
        return None
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        return None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1e9)


def turn_of(step: str) -> str:
    """What a step of such a trace is called for people: its turn.

    Examples:
        >>> turn_of("0000000000000003")
        'turn 2'
    """
    number = int(step, 16)
    return "context" if number == 1 else f"turn {number - 1}"
