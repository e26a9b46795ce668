"""A journal without a disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assay.domain.audit import Side
from assay.domain.score import Score
from assay.domain.trial import Trial
from assay.engine.journal import Recorded


class Memory:
    """A journal that forgets when the process ends."""

    def __init__(self) -> None:
        self._trials: dict[tuple[str, str, str, int], Recorded] = {}
        self._sides: dict[str, Side] = {}

    def record(self, trial: Trial, scores: Sequence[Score]) -> None:
        """Keep a trial and its scores."""
        self._trials[trial.subject, trial.task, trial.sample_id, trial.epoch] = (trial, tuple(scores))

    def flush(self) -> None:
        """Nothing to do."""

    def trials(self) -> Iterator[Recorded]:
        """All kept trials."""
        return iter(list(self._trials.values()))

    def trial(self, subject: str, task: str, sample_id: str, epoch: int) -> Recorded | None:
        """One kept trial."""
        return self._trials.get((subject, task, sample_id, epoch))

    def introduce(self, subject: str, side: Side) -> None:
        """Keep who a subject is."""
        self._sides[subject] = side

    def sides(self) -> Mapping[str, Side]:
        """All introduced subjects."""
        return self._sides
