"""The beginning of a stream as its reference: what each cohort's figures were while nothing is known to be wrong."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.domain.errors import DataError
from assay.domain.watched import Monitor, Observation, Segment
from assay.watch.before import Befores, Drawn, hashed
from assay.watch.reference import Reference
from assay.watch.reservoir import DAY_NS, Reservoir, allowance

MOST_AMOUNTS = 20_000
"""Values of an amount that are kept, of all days alike, for its 95th percentile."""
_Pair = tuple[tuple[str, Segment], Reference]
References = dict[tuple[str, Segment], Reference]


@dataclass(slots=True)
class _Gathered:
    """One figure in one cohort."""

    n: int = 0
    total: float = 0.0
    amounts: Reservoir = field(default_factory=lambda: Reservoir(most=MOST_AMOUNTS))
    around: Drawn = field(default_factory=Drawn)


@dataclass(slots=True, kw_only=True)
class Baseline:
    """Gathers figures until its time is over."""

    length_ns: int
    """How long the beginning is the reference."""
    began_ns: int = -1
    """Time of the first trace; -1 before it."""
    _gathered: dict[tuple[str, Segment], _Gathered] = field(default_factory=lambda: defaultdict(_Gathered))

    def within(self, time_ns: int) -> bool:
        """Whether a trace of that time belongs to the reference; the first that says its time begins it."""
        if time_ns <= 0:  # who does not say when it was must neither begin the reference nor end it
            return self.length_ns > 0
        if self.began_ns < 0:
            self.began_ns = time_ns
        return time_ns < self.began_ns + self.length_ns

    @property
    def ends_ns(self) -> int:
        """When it is over; 0 before its first trace."""
        return self.began_ns + self.length_ns if self.began_ns >= 0 else 0

    def put(self, observations: Sequence[Observation], segments: Iterable[Segment], around: int = 0) -> None:
        """Take in what was observed in a trace, and the number of what surrounded it."""
        cohorts = tuple(segments)
        row = hashed(observations[0].trace) if observations else 0, around
        for one in observations:
            if one.value is None:
                continue
            for segment in cohorts:
                held = self._gathered[one.metric, segment]
                held.n += 1
                held.total += one.value
                held.amounts.put(one.value, one.time_ns // DAY_NS)
                held.around.put(row)

    def befores(self, monitors: Mapping[str, Monitor]) -> Befores:
        """What surrounded the values of each figure in each cohort."""
        return {key: dict(held.around.around) for key, held in self._gathered.items() if key[0] in monitors}

    def references(self, monitors: Mapping[str, Monitor]) -> References:
        """Rates, and percentiles of amounts, of all cohorts.

        Also a cohort of few values is held against its own: against that of all traffic, one that always was otherwise
        would raise an alarm. How little its own says is for what is tolerated.
        """
        return {
            key: self._reference(key, held.total / held.n, held.n, monitors[key[0]])
            for key, held in self._gathered.items()
            if key[0] in monitors
        }

    def _reference(self, key: tuple[str, Segment], mean: float, n: int, monitor: Monitor) -> Reference:
        if monitor.kind != "amount":
            return Reference(mean=mean, n=n)
        low, high = (float(limit) for limit in np.quantile(self._gathered[key].amounts.numbers, (0.05, 0.95)))
        days = [self._days(key, rising=rising) for rising in (False, True)]
        return Reference(mean=mean, low=low, high=high, n=n, low_days=days[0], high_days=days[1])

    def _days(self, key: tuple[str, Segment], *, rising: bool) -> float:
        """How far days differ by themselves in the share beyond the percentile; at least as in all traffic."""
        found = []
        for kept in (self._gathered[one].amounts for one in (key, (key[0], ())) if one in self._gathered):
            numbers = np.asarray(kept.numbers if rising else [-one for one in kept.numbers])
            found.append(allowance(numbers > np.quantile(numbers, 0.95), kept.days) if len(numbers) else None)
        return max((one for one in found if one is not None), default=0.0)


def written(references: References) -> bytes:
    """References as they rest.

    Examples:
        >>> written({("errors", (("route", "chat"),)): Reference(mean=0.02)})
        b'[["errors", [["route", "chat"]], 0.02, 0.0, 0.0, 0, 0.0, 0.0]]'
    """
    return json.dumps(
        [
            [metric, segment, one.mean, one.low, one.high, one.n, one.low_days, one.high_days]
            for (metric, segment), one in references.items()
        ],
        ensure_ascii=False,
    ).encode("utf-8", "replace")


def read(body: bytes) -> References:
    """References of those bytes.

    Raises:
        DataError: They are none.
    """
    try:
        return dict(_pairs(json.loads(body)))
    except (ValueError, TypeError) as error:
        raise DataError(f"the saved references cannot be read: {error}") from error


def _pairs(rows: list[list[Any]]) -> Iterator[_Pair]:
    for metric, segment, mean, low, high, *more in rows:
        n, low_days, high_days = [*more, 0, 0.0, 0.0][:3]  # earlier versions kept fewer
        yield (
            (str(metric), tuple((str(key), str(name)) for key, name in segment)),
            Reference(mean=mean, low=low, high=high, n=n, low_days=low_days, high_days=high_days),
        )
