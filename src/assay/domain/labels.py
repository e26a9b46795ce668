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
    """Pairs of the one draw that assay made for labelling, all of them labelled; None when the labelled pairs are of
    any other choice: a part of a draw, several draws, pairs of somebody's own."""
    earlier: int = 0
    """How often other labels stood here before."""

    @property
    def random(self) -> bool:
        """Whether nobody chose what was labelled, or which labels count."""
        return self.drawn is not None and self.earlier == 0

    def pairs(self, candidate: str) -> set[tuple[str, str, int]]:
        """Task, sample id and epoch of the pairs of which people judged both answers."""
        left, right = (
            {(task, sample, epoch) for who, task, sample, epoch in self.values if who == subject}
            for subject in ("reference", candidate)
        )
        return left & right
