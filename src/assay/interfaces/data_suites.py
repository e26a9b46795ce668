"""Suites of a plan as rows that training data is held against."""

from __future__ import annotations

from collections.abc import Iterable

from assay.domain.plan import Task
from assay.domain.sample import Message, Sample
from assay.domain.training import TrainingRow

_LABELS = frozenset({"refuse", "comply"})
"""Targets that say what a good answer does, and are none."""


def suite_rows(tasks: Iterable[Task]) -> list[TrainingRow]:
    """A row for each item: its file is the suite, its line the item's place, its answer what is expected.

    Args:
        tasks: Suites of a plan.
    """
    return [_row(task.name, place, one) for task in tasks for place, one in enumerate(task.dataset.samples, 1)]


def _row(suite: str, place: int, sample: Sample) -> TrainingRow:
    expected = next((one for one in sample.targets if one.strip() and one not in _LABELS), "")
    answer = (Message(role="assistant", content=expected),)
    return TrainingRow(
        file=suite,
        line=place,
        shape="chat",
        form="suite",
        prompt=sample.messages,
        answers=(answer,) if expected else (),
        metadata=sample.metadata,
    )
