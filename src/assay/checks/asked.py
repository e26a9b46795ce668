"""A row as scorers read it: the request as a sample, the first answer as an output."""

from __future__ import annotations

from assay.domain.sample import Message, Sample
from assay.domain.training import TrainingRow
from assay.domain.trial import Output

_MOST = 20_000
"""Characters of one text that are kept of a row that waits to be read."""


def sample_of(row: TrainingRow, most: int = 0) -> Sample:
    """The request of a row.

    Args:
        row: The row.
        most: Characters kept of each turn; 0: all.
    """
    turns = row.prompt
    if most:
        turns = tuple(Message(role=turn.role, content=_cut(turn.content, most)) for turn in turns[-4:])
    context = tuple(text[:most] for text in row.context[:4]) if most else row.context
    return Sample(
        id=f"{row.file}:{row.line}", input=turns, tools=row.tools, context=context,
        metadata={key: value for key, value in row.metadata.items() if _plain(value)}, digest=row.digest or "-",
    )  # fmt: skip


def output_of(row: TrainingRow, most: int = 0) -> Output:
    """Its first answer."""
    calls = tuple(call for turn in row.answers[0] for call in turn.tool_calls) if row.answers else ()
    return Output(text=row.answer[:most] if most else row.answer, tool_calls=calls)


def waiting(row: TrainingRow) -> tuple[str, int, Sample, Output]:
    """A row that waits to be read at the end: place, request and answer, each cut so that memory stays bounded."""
    return row.file, row.line, sample_of(row, _MOST), output_of(row, _MOST)


def _plain(value: object) -> bool:
    """Words, numbers, and short lists of them: all that scorers read of metadata."""
    if isinstance(value, list | tuple):
        return len(value) <= 20 and all(isinstance(one, str | int) for one in value)
    return isinstance(value, str | int | float)


def _cut(text: str, most: int) -> str:
    """Beginning and end of a long text: orders stand at both."""
    return text if len(text) <= most else text[: most // 2] + "\n" + text[-most // 2 :]
