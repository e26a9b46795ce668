"""Values of one figure in one cohort over one time, in fixed memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from assay.watch.reservoir import DAY_NS, place
from assay.watch.returning import Returning

Kind = Literal["amount", "category", "vector"]
KEPT = 5_000
"""Values of an amount that are kept for the reference, and for a look."""
KEPT_VECTORS = 600
"""Vectors that are kept."""


@dataclass(slots=True)
class Sample:
    """Values of one figure in one cohort, over one time."""

    kind: Kind
    count: int = 0
    numbers: list[float] = field(default_factory=list)
    days: list[int] = field(default_factory=list)
    """The day of each number, from that of the first value on."""
    words: Counter[str] = field(default_factory=Counter)
    vectors: list[Any] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    begin_ns: int = 0
    end_ns: int = 0
    returning: Returning = field(default_factory=Returning)
    """Sessions that gave several values."""

    def put(self, value: Any, trace: str, time_ns: int, session: int = 0) -> None:
        """Take in a value, of a session where it is not 0; of more than fit every value has the same chance to stay."""
        if not self.count:
            self.begin_ns = time_ns
        self.count += 1
        self.end_ns = time_ns
        self.traces = [*self.traces[-4:], trace]
        self.returning.put(session, str(value) if self.kind == "category" else "")
        if self.kind == "category":
            self.words[str(value)] += 1
            return
        amount = self.kind == "amount"
        held, most = (self.numbers, KEPT) if amount else (self.vectors, KEPT_VECTORS)
        day = time_ns // DAY_NS - self.begin_ns // DAY_NS
        if len(held) < most:
            held.append(value)
            if amount:
                self.days.append(day)
        elif (at := place(self.count)) < most:
            held[at] = value
            if amount:
                self.days[at] = day

    @property
    def span_days(self) -> int:
        """Days from the first value to the last, at least one."""
        return max(1, round((self.end_ns - self.begin_ns) / DAY_NS))

    def worth(self, alike: float = 0.0, days: int = 0) -> float:
        """What a value is worth, at most 1, where those of a session are one.

        Args:
            alike: How alike those of a day are, as `likeness` gives it.
            days: Days over which that was seen; else its own span.
        """
        kept = len(self.numbers) + len(self.vectors) or self.count  # of fewer values fewer are of one session
        again = self.returning.likeness(self.count, self.words) * kept / max(self.count, 1)
        return 1.0 / (1.0 + again + alike * len(self.numbers) / (days or self.span_days))
