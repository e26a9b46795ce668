"""What the engine keeps of each trial: numbers in columns, not texts.

A hundred thousand pairs fit in a few megabytes; the answers themselves rest in the
journal and are fetched for the few that a report shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assay.domain.plan import Plan, Task
from assay.domain.score import Score
from assay.domain.trial import Trial

Floats = NDArray[np.float64]

CACHED = "cached"
"""Why a trial has no latency or cost although it was answered: the answer was reused, nobody was called."""
NOT_REPORTED = "not_reported"
"""Why an answered trial lacks an amount otherwise: nobody stated it."""


@dataclass(slots=True)
class Column:
    """Values of one metric of one subject on one task; a row per (sample, epoch)."""

    values: Floats
    """Numbers; NaN where there is none. Shape (n_samples * epochs,)."""
    causes: dict[int, str] = field(default_factory=dict)
    """Row -> why it is unscored."""
    labels: dict[int, str] = field(default_factory=dict)
    """Row -> label, for metrics that are words."""


@dataclass(slots=True)
class Tally:
    """Counts of one subject over all tasks."""

    states: Counter[str] = field(default_factory=Counter)
    finish_reasons: Counter[str] = field(default_factory=Counter)
    served: Counter[tuple[str, str]] = field(default_factory=Counter)
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = None
    cached: int = 0
    latencies: list[float] = field(default_factory=list)


class Observations:
    """All trials of a run, as columns by (subject, task, metric)."""

    def __init__(self, plan: Plan) -> None:
        """Room for every trial that the plan asks for."""
        self.plan = plan
        self.tallies: dict[str, Tally] = {}
        self._columns: dict[tuple[str, str, str], Column] = {}
        self._seen: dict[tuple[str, str], NDArray[np.bool_]] = {}
        self._tasks: dict[str, Task] = {task.name: task for task in plan.tasks}
        self._places: dict[str, dict[tuple[str, str], int]] = {
            task.name: {(s.id, s.digest): n for n, s in enumerate(task.dataset.samples)} for task in plan.tasks
        }

    def row(self, trial: Trial) -> int | None:
        """Row of a trial in its task's columns; None when the plan does not ask for it."""
        place = self._places.get(trial.task, {}).get((trial.sample_id, trial.sample_digest))
        if place is None:
            return None
        epochs = self._tasks[trial.task].epochs
        return place * epochs + trial.epoch - 1 if 1 <= trial.epoch <= epochs else None

    def add(self, trial: Trial, scores: Sequence[Score]) -> None:
        """Takes a trial in; the same trial again replaces nothing and counts once."""
        row = self.row(trial)
        if row is None or self.has(trial.subject, trial.task, row):
            return
        self._marks(trial.subject, trial.task)[row] = True
        self.count(trial)
        for score in scores:
            self._put(self.column(trial.subject, trial.task, score.metric), row, score)
        for name, value in _amounts(trial).items():
            column = self.column(trial.subject, trial.task, name)
            if trial.output is None:  # the time that a failure took is not the time of an answer
                column.causes[row] = trial.state
            elif value is None:
                column.causes[row] = CACHED if trial.cached else NOT_REPORTED
            else:
                column.values[row] = value

    def has(self, subject: str, task: str, row: int) -> bool:
        """Whether a trial stands in this row."""
        return bool(self._marks(subject, task)[row])

    def asked(self, subject: str) -> int:
        """How many trials of a subject there are."""
        return sum(int(marks.sum()) for (name, _), marks in self._seen.items() if name == subject)

    def column(self, subject: str, task: str, metric: str) -> Column:
        """The column, made empty when there is none yet."""
        key = (subject, task, metric)
        if key not in self._columns:
            self._columns[key] = Column(np.full(self._size(task), np.nan))
        return self._columns[key]

    def metrics(self, task: str) -> set[str]:
        """Metrics that some subject has in this task."""
        return {metric for _, name, metric in self._columns if name == task}

    def tally(self, subject: str) -> Tally:
        """Counts of a subject."""
        found = self.tallies.get(subject)
        if found is None:
            found = self.tallies[subject] = Tally()
        return found

    def _size(self, task: str) -> int:
        return len(self._tasks[task].dataset.samples) * self._tasks[task].epochs

    def _marks(self, subject: str, task: str) -> NDArray[np.bool_]:
        marks = self._seen.get((subject, task))
        if marks is None:
            marks = self._seen[subject, task] = np.zeros(self._size(task), dtype=np.bool_)
        return marks

    def _put(self, column: Column, row: int, score: Score) -> None:
        if score.value is None:  # one judge who cannot tell outweighs another who can
            column.causes[row] = score.unscored
            column.values[row] = np.nan
            column.labels.pop(row, None)
        elif row in column.causes:
            return
        elif isinstance(score.value, str):
            column.labels[row] = score.value
        else:
            column.values[row] = float(score.value)

    def count(self, trial: Trial) -> None:
        """Counts a trial that stands in no column: a judge's reply."""
        tally = self.tally(trial.subject)
        tally.states[trial.state] += 1
        tally.cached += trial.cached
        if trial.latency_s is not None:
            tally.latencies.append(trial.latency_s)
        if trial.cost_usd is not None:
            tally.cost_usd = (tally.cost_usd or 0.0) + trial.cost_usd
        output = trial.output
        if output is None:
            return
        tally.finish_reasons[output.finish_reason or "unknown"] += 1
        if output.served_model or output.fingerprint:
            tally.served[output.served_model, output.fingerprint] += 1
        if output.usage is not None:
            tally.tokens_in += output.usage.input_tokens
            tally.tokens_out += output.usage.output_tokens


def _amounts(trial: Trial) -> dict[str, float | None]:
    """What every trial could tell beside its scores."""
    usage = trial.output.usage if trial.output is not None else None
    tokens = None if usage is None else float(usage.output_tokens)
    return {"latency": trial.latency_s, "tokens": tokens, "cost": trial.cost_usd}
