"""One monitor in one cohort, in one direction: what a value is to its detector, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from assay.domain.watched import Alarm, Monitor, Segment
from assay.watch.history import History
from assay.watch.reference import Reference, before_of, beyond_of, tolerated_of


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

    def unit(self, value: float) -> float:
        """A value as the detector takes it: in [0, 1], larger is worse."""
        limit = self.limit
        if limit is not None:
            return float(value > limit if self.rising else value < limit)
        inside = min(max(value, 0.0), 1.0)
        return inside if self.rising else 1.0 - inside
