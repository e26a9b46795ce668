"""Shorter forms of a prompt, in the order in which they are worth trying."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from assay.domain.sample import Message, Sample

LONG = 400
"""Characters from which a single question is worth shortening."""
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|\n+")


def worth_it(sample: Sample) -> bool:
    """Whether there is something to leave out: earlier turns, further passages, or a long text.

    Examples:
        >>> worth_it(Sample(id="1", input="Why?"))
        False
    """
    return len(_turns(sample)) > 1 or len(sample.context) > 1 or len(sample.prompt) >= LONG


def shorter(sample: Sample) -> Iterator[Sample]:
    """The sample with one part left out, each a sample of its own; larger parts first.

    Earlier turns of a chat go from the front, so that what is left is still a chat that ends in its
    question; the system prompt stays. Passages go from the end. Of a long question single sentences go,
    never the last.
    """
    yield from _fewer_turns(sample)
    yield from (_with(sample, context=sample.context[:keep]) for keep in _halves(len(sample.context)))
    if len(sample.prompt) >= LONG:
        yield from _fewer_sentences(sample)


def _fewer_turns(sample: Sample) -> Iterator[Sample]:
    turns = _turns(sample)
    fixed = tuple(turn for turn in sample.messages if turn.role == "system")
    starts = [n for n, turn in enumerate(turns) if turn.role == "user" and n]
    for start in reversed(starts):
        yield _with(sample, input=(*fixed, *turns[start:]))


def _halves(count: int) -> Iterator[int]:
    """How many passages to keep: one, then half, then all but one."""
    yield from dict.fromkeys(keep for keep in (1, count // 2, count - 1) if 0 < keep < count)


def _fewer_sentences(sample: Sample) -> Iterator[Sample]:
    parts = [part for part in _SENTENCE.split(sample.prompt) if part.strip()]
    last = len(parts) - 1
    sizes = dict.fromkeys(n for n in (len(parts) // 2, len(parts) // 4, 1) if n)
    cuts = dict.fromkeys((start, min(start + size, last)) for size in sizes for start in range(0, last, size))
    texts = dict.fromkeys(" ".join(parts[:start] + parts[end:]) for start, end in cuts)
    yield from (_asking(sample, text) for text in texts)


def _asking(sample: Sample, text: str) -> Sample:
    """The sample with another last question."""
    if isinstance(sample.input, str):
        return _with(sample, input=text)
    last = max(n for n, turn in enumerate(sample.input) if turn.role == "user")
    turns = [replace(turn, content=text) if n == last else turn for n, turn in enumerate(sample.input)]
    return _with(sample, input=tuple(turns))


def _turns(sample: Sample) -> tuple[Message, ...]:
    return tuple(turn for turn in sample.messages if turn.role != "system")


def _with(sample: Sample, **changes: object) -> Sample:
    return replace(sample, digest="", **changes)  # type: ignore[arg-type]
