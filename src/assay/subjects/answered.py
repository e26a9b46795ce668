"""Answers that were given somewhere, each with what was asked: rows to judge without an audit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from assay.domain.errors import SubjectError
from assay.domain.sample import Sample
from assay.domain.trial import Failure, Trial
from assay.subjects.rows import Row, guessed_key, key_of, messages_of, output_of, reason_of

ROW = "A row is a JSON object with 'id' and 'output', and as needed 'input', 'context', 'target', 'tools', 'metadata'"


class _Asked(Row):
    """A recorded answer with what the sample holds."""

    target: str | list[str] | None = None
    choices: list[str] | None = None
    tools: list[dict[str, Any]] | None = None


_decode = msgspec.json.Decoder(_Asked).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One row of the file: an answer to judge, or why there is none."""

    line: int
    """Line, counted from 1."""
    sample: Sample
    """What was asked, as far as the row tells; only the id of a row that cannot be read."""
    trial: Trial
    """The answer, or the failure `recorded_error` or `corrupt`."""


def answered(lines: Iterable[tuple[int, bytes]]) -> Iterator[Answered]:
    """Rows of recorded answers, in order; a row that cannot be read is a failed trial, never left out.

    A row without `output` stands for an input alone, for scorers that judge what is asked.

    Args:
        lines: Number and bytes of each line.

    Examples:
        >>> (one,) = answered([(1, b'{"id": 7, "input": "Hi", "output": "Hello."}')])
        >>> one.sample.id, one.sample.prompt, one.trial.output.text
        ('7', 'Hi', 'Hello.')
    """
    for number, line in lines:
        try:
            row = _decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield _lost(number, line, reason_of(error, line))
            continue
        sample = _sample(row)
        yield Answered(line=number, sample=sample, trial=_trial(row, sample))


def _sample(row: _Asked) -> Sample:
    asked = row.input if row.input is not None else row.prompt or ""
    context = (row.context,) if isinstance(row.context, str) else tuple(row.context or ())
    return Sample(
        id=key_of(row)[0],
        input=asked if isinstance(asked, str) else messages_of(asked),
        target=tuple(row.target) if isinstance(row.target, list) else row.target,
        choices=tuple(row.choices or ()),
        tools=tuple(row.tools or ()),
        context=context,
        metadata=row.metadata or {},
    )


def _trial(row: _Asked, sample: Sample) -> Trial:
    if row.output is None and row.error is None:
        row = msgspec.structs.replace(row, output="")
    try:
        return _made(sample, epoch=row.epoch, output=output_of(row))
    except SubjectError as error:
        return _made(sample, epoch=row.epoch, failure=Failure(cause=error.cause, message=str(error)))


def _lost(number: int, line: bytes, reason: str) -> Answered:
    key = guessed_key(line)
    sample = Sample(id=key[0] if key else "", input="")
    failure = Failure(cause="corrupt", message=f"line {number} cannot be read: {reason}. {ROW}")
    return Answered(line=number, sample=sample, trial=_made(sample, failure=failure))


def _made(sample: Sample, **more: Any) -> Trial:
    return Trial(subject="candidate", task="answers", sample_id=sample.id, sample_digest=sample.digest, **more)
