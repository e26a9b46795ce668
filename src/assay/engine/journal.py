"""Where the engine writes what happens; it knows this protocol and no disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from assay.domain.audit import Side
from assay.domain.score import Score
from assay.domain.trial import Trial

Recorded = tuple[Trial, tuple[Score, ...]]


class Journal(Protocol):
    """The records of one run."""

    def record(self, trial: Trial, scores: Sequence[Score]) -> None:
        """Take a trial and its scores; kept for good after the next `flush`."""
        ...

    def flush(self) -> None:
        """Keep for good what was recorded; called for all answers that came back together."""
        ...

    def trials(self) -> Iterator[Recorded]:
        """All kept trials."""
        ...

    def trial(self, subject: str, task: str, sample_id: str, epoch: int) -> Recorded | None:
        """One kept trial."""
        ...

    def introduce(self, subject: str, side: Side) -> None:
        """Keep who a subject is and what it can do."""
        ...

    def sides(self) -> Mapping[str, Side]:
        """All introduced subjects."""
        ...
