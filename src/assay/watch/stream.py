"""Values of traces by figure, and one monitor in one cohort and direction: what they are to its detector."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay.domain.watched import Alarm, Monitor, Observation, Segment
from assay.watch.history import History, Rows, rows_of
from assay.watch.reference import Reference, before_of, beyond_of, tolerated_of


class Seen(NamedTuple):
    """Values of one trace, with the cohorts it belongs to and what is needed to explain an alarm."""

    observations: Sequence[Observation]
    """The values."""
    segments: Sequence[Segment]
    """Cohorts of its trace."""
    around: int = 0
    """Number of what surrounded it."""
    stratum: int = 0
    """Number of its stratum of traffic."""


Figure = tuple[str, Segment]
"""A metric in a cohort."""


def by_figure(
    seen: Iterable[Seen], metrics: Container[str]
) -> tuple[Rows, dict[Figure, tuple[list[float], list[int]]], Counter[Figure]]:
    """Values of traces put together by figure, in the order in which figures are met.

    Args:
        seen: What was seen, each with a value at least.
        metrics: What is watched; the rest is left out.

    Returns:
        A row for each trace, its value 0; of each figure the values and the numbers of their traces; how many traces of
        each could not be judged.
    """
    rows: list[tuple[float, int, bytes, int, int]] = []
    held: dict[Figure, tuple[list[float], list[int]]] = {}
    unscored: Counter[Figure] = Counter()
    for number, (observations, segments, around, stratum) in enumerate(seen):
        rows.append((0.0, observations[0].time_ns, bytes.fromhex(observations[0].trace), around, stratum))
        for metric, value, *_ in observations:
            if metric not in metrics:
                continue
            for segment in segments:
                key = (metric, segment)
                found = held.get(key)
                if found is None:
                    found = held[key] = ([], [])
                if value is None:
                    unscored[key] += 1
                    continue
                found[0].append(value)
                found[1].append(number)
    return rows_of(rows), held, unscored


@dataclass(slots=True)
class Stream:
    """One monitor in one cohort, in one direction."""

    monitor: Monitor
    segment: Segment
    rising: bool
    reference: Reference
    detector: int = 0
    history: History = field(default_factory=History.empty)
    unscored: int = 0
    open: Alarm | None = None
    since_crossed: int = 0
    limit: float | None = field(init=False)
    """The percentile of an amount beyond which a value counts."""

    def __post_init__(self) -> None:
        self.limit = beyond_of(self.monitor, self.reference, self.rising)

    @property
    def before(self) -> float:
        """What the values are on average while nothing changed, larger is worse."""
        return before_of(self.monitor, self.reference, self.rising)

    @property
    def tolerated(self) -> float:
        """The rate that the values may have."""
        return tolerated_of(self.monitor, self.reference, self.rising)

    def units(self, values: Sequence[float]) -> NDArray[np.float64]:
        """Values as the detector takes them: in [0, 1], larger is worse."""
        told = np.array(values, dtype=np.float64)
        limit = self.limit
        if limit is not None:
            return (told > limit if self.rising else told < limit).astype(np.float64)
        inside = np.clip(told, 0.0, 1.0)
        return inside if self.rising else 1.0 - inside
