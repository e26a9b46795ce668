"""Figures of cohorts: means with limits, and how many could not be judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter

from assay.domain.watched import Observation, Segment
from assay.statistics.proportion import wilson
from assay.watch.cohorts import limits_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A figure of one cohort."""

    metric: str
    """What."""
    segment: Segment
    """Where."""
    value: float
    """Mean of the values."""
    low: float
    """Lower limit, 95 %; NaN for an amount of which there is one value."""
    high: float
    """Upper limit."""
    n: int
    """Values."""
    unscored: int
    """Traces that could not be judged."""


@dataclass(slots=True)
class _Sum:
    n: int = 0
    total: float = 0.0
    squares: float = 0.0
    unscored: int = 0


class Figures:
    """Sums of observations by metric and cohort.

    Examples:
        >>> figures = Figures({"errors": "rate"})
        >>> figures.put([Observation(metric="errors", value=0.0, trace="", time_ns=0)] * 20, [()])
        >>> [(one.metric, one.value, round(one.high, 2)) for one in figures.rates()]
        [('errors', 0.0, 0.16)]
    """

    def __init__(self, kinds: Mapping[str, str]) -> None:
        """Count; `kinds` tells of each metric whether it is a rate."""
        self._kinds = dict(kinds)
        self._sums: dict[Segment, dict[str, _Sum]] = defaultdict(lambda: defaultdict(_Sum))

    def put(self, observations: Iterable[Observation], segments: Iterable[Segment]) -> None:
        """Take in what was observed in a trace."""
        held = [self._sums[segment] for segment in segments]
        for metric, value, *_ in observations:
            for sums in held:
                one = sums[metric]
                if value is None:
                    one.unscored += 1
                    continue
                one.n += 1
                one.total += value
                one.squares += value * value

    def rates(self) -> list[Rate]:
        """All figures so far."""
        held = ((metric, segment, one) for segment, sums in self._sums.items() for metric, one in sums.items())
        return [
            _rate(metric, segment, one, self._kinds.get(metric, "rate"))
            for metric, segment, one in sorted(held, key=itemgetter(0, 1))
        ]


def _rate(metric: str, segment: Segment, one: _Sum, kind: str) -> Rate:
    if not one.n:
        value = low = high = float("nan")
    elif kind == "rate" and one.total <= one.n:
        value = one.total / one.n
        low, high = wilson(one.total, one.n)
    else:
        value = one.total / one.n
        spread = float("nan") if one.n < 2 else 1.96 * max(one.squares / one.n - value**2, 0.0) ** 0.5 / one.n**0.5
        low, high = limits_of(metric, value, spread)
    return Rate(metric=metric, segment=segment, value=value, low=low, high=high, n=one.n, unscored=one.unscored)
