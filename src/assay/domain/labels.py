"""What people say of a random part of a run's answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Answer = tuple[str, str, str, int]
"""Subject, task, sample id, epoch: which answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """People's own values of one metric, in its own direction."""

    metric: str
    """Name of the metric."""
    values: Mapping[Answer, float]
    """Value by answer: 0 or 1 for a proportion, a number in [0, 1] for a share."""
    digest: str = ""
    """Digest of all labels."""
    drawn: int | None = None
    """Pairs that assay drew at random for labelling; None when the labelled pairs are of another choice."""
    earlier: int = 0
    """How often other labels stood here before."""

    def pairs(self, candidate: str) -> set[tuple[str, str, int]]:
        """Task, sample id and epoch of the pairs of which people judged both answers."""
        left, right = (
            {(task, sample, epoch) for who, task, sample, epoch in self.values if who == subject}
            for subject in ("reference", candidate)
        )
        return left & right
