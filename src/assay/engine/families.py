"""Do the members of a family of prompts get one answer, by what the task's first scorer reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from assay.domain.families import family_metric, family_of
from assay.domain.plan import Task
from assay.domain.score import Metric, Score
from assay.engine.observations import Column, Observations

ALONE = "alone in its family"
"""Why a member has no value although it was scored: no other member was."""
_Reading = tuple[str | float, ...]


def family_rows(task: Task) -> list[int]:
    """Rows of the samples that belong to a family."""
    samples = task.dataset.samples
    return [
        n * task.epochs + e for n, s in enumerate(samples) if family_of(task, s) is not None for e in range(task.epochs)
    ]


def family_column(task: Task, observations: Observations, subject: str) -> Column:
    """A row per sample and epoch: whether its reading is that of its family, in the direction of the task's metric.

    A reading is what the first scorer of the task says in true/false and in words. The
    reading of a family is its most common one; where two are equally common, no member
    has it. A member without a reading is unscored with the cause, one whose family has
    no other reading is unscored too.
    """
    metric = family_metric(task)
    assert metric is not None
    out = Column(np.full(len(task.dataset.samples) * task.epochs, np.nan))
    for row, score in family_scores(task, observations, subject).items():
        if score.value is None:
            out.causes[row] = score.unscored
        else:
            out.values[row] = float(score.value)
    return out


def family_scores(task: Task, observations: Observations, subject: str) -> dict[int, Score]:
    """The same as scores by row, with what was read in the member and what in most of its family."""
    metric = family_metric(task)
    assert metric is not None
    families: dict[tuple[str, int], list[int]] = {}
    for row in family_rows(task):
        name = family_of(task, task.dataset.samples[row // task.epochs])
        families.setdefault((str(name), row % task.epochs), []).append(row)
    return {
        row: score
        for (name, _), rows in families.items()
        for row, score in _family(metric, name, {row: _reading(task, observations, subject, row) for row in rows})
    }


def _family(metric: Metric, name: str, found: Mapping[int, _Reading | str]) -> Iterator[tuple[int, Score]]:
    readings = {row: reading for row, reading in found.items() if not isinstance(reading, str)}
    common = _common(list(readings.values()))
    for row, reading in found.items():
        if isinstance(reading, str):
            yield row, Score(metric=metric.name, value=None, unscored=reading)
        elif len(readings) < 2:
            yield row, Score(metric=metric.name, value=None, unscored=ALONE)
        else:
            yield (
                row,
                Score(
                    metric=metric.name,
                    value=(reading == common) == metric.higher_is_better,
                    answer=_words(reading),
                    explanation=f"family {name}: {_told(reading, common, len(readings))}",
                ),
            )


def _told(reading: _Reading, common: _Reading | None, members: int) -> str:
    if common is None:
        return f"reads {_words(reading)}; its {members} members share no reading"
    most = f"most of its {members} members"
    return (
        f"reads {_words(reading)} like {most}"
        if reading == common
        else (f"reads {_words(reading)} where {most} read {_words(common)}")
    )


def _words(reading: _Reading) -> str:
    """A reading in words: `yes, no`; 1 and 0 are true and false."""
    return ", ".join(
        one if isinstance(one, str) else {1.0: "true", 0.0: "false"}.get(one, f"{one:g}") for one in reading
    )


def _reading(task: Task, observations: Observations, subject: str, row: int) -> _Reading | str:
    """What the first scorer reads in a row, or why it reads nothing."""
    sample = task.dataset.samples[row // task.epochs]
    values: list[str | float] = []
    for metric in task.scorers[0].metrics(sample):
        column = observations.column(subject, task.name, metric.name)
        if metric.kind not in ("proportion", "label"):
            continue
        if row in column.causes:
            return column.causes[row]
        value: str | float = column.labels[row] if row in column.labels else float(column.values[row])
        if isinstance(value, float) and np.isnan(value):
            return "not_asked"
        values.append(value)
    return tuple(values) if values else "nothing to compare"


def _common(readings: Sequence[_Reading]) -> _Reading | None:
    counts = Counter(readings).most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return None
    return counts[0][0]
