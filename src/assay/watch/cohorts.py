"""Figures by cohort with intervals: weighted where a share was judged."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from assay.domain.metrics import known
from assay.domain.watched import Segment
from assay.statistics.proportion import wilson
from assay.watch.measures import MEASURES, RATES, SIGNED

Kind = Literal["rate", "amount"]


class Summed(Protocol):
    """Sums of the values of one figure in one cohort, as they are kept."""

    @property
    def metric(self) -> str: ...
    @property
    def segment(self) -> Segment: ...
    @property
    def n(self) -> float: ...
    @property
    def unscored(self) -> float: ...
    @property
    def w(self) -> float: ...
    @property
    def wx(self) -> float: ...
    @property
    def ww(self) -> float: ...
    @property
    def wwx(self) -> float: ...
    @property
    def wwxx(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortFigure:
    """A figure of one cohort."""

    metric: str
    """What."""
    segment: Segment
    """Where."""
    value: float
    """Mean over all traffic of the cohort; NaN where nothing was scored."""
    low: float
    """Lower limit, 95 %; NaN for an amount of which there is one value."""
    high: float
    """Upper limit."""
    n: int
    """Values that were judged."""
    unscored: int
    """Traces that could not be judged."""


def kind_of(metric: str) -> Kind:
    """Whether a figure is a rate or an amount.

    Examples:
        >>> kind_of("errors"), kind_of("latency"), kind_of("refusal")
        ('rate', 'amount', 'rate')
    """
    if metric in MEASURES:
        return "rate" if metric in RATES else "amount"
    found = known(metric)
    return "amount" if found is not None and found.kind == "amount" else "rate"


def cohort_figures(sums: Iterable[Summed]) -> list[CohortFigure]:
    """A figure for each of these sums, by metric and cohort."""
    return sorted((figure_of(one) for one in sums), key=lambda one: (one.metric, one.segment))


def limits_of(metric: str, value: float, spread: float) -> tuple[float, float]:
    """Limits of a mean amount, the lower never below what the amount can be; NaN where its spread is not known.

    Args:
        metric: Which amount.
        value: Its mean.
        spread: Half the width of the interval.

    Examples:
        >>> limits_of("padding", 0.25, 0.5), limits_of("confidence", 0.25, 0.5), limits_of("cost", -1.0, 0.5)
        ((0.0, 0.75), (-0.25, 0.75), (-1.5, -0.5))
    """
    low = value - spread
    return (max(low, 0.0) if value >= 0 and metric not in SIGNED else low), value + spread


def figure_of(one: Summed) -> CohortFigure:
    """Mean and interval of weighted values.

    Source:
        Hajek's estimate; its variance by linearisation, of two values at least. Rates by Wilson with Kish's effective
        number, which is the number itself where all were judged.

    Examples:
        >>> from types import SimpleNamespace as Of
        >>> made = figure_of(Of(metric="errors", segment=(), n=100, unscored=0, w=100, wx=5, ww=100, wwx=5, wwxx=5))
        >>> made.value, round(made.low, 4), round(made.high, 4)
        (0.05, 0.0215, 0.1118)
    """
    if one.n < 0.5 or one.w <= 0:
        value = low = high = math.nan
    elif kind_of(one.metric) == "rate":
        value = min(max(one.wx / one.w, 0.0), 1.0)
        effective = one.w**2 / one.ww
        low, high = wilson(value * effective, effective)
    else:
        value = one.wx / one.w
        spread = (
            math.nan
            if one.n < 1.5
            else 1.96 * math.sqrt(max(one.wwxx - 2 * value * one.wwx + value**2 * one.ww, 0.0)) / one.w
        )
        low, high = limits_of(one.metric, value, spread)
    return CohortFigure(
        metric=one.metric, segment=one.segment, value=value, low=low, high=high, n=round(one.n),
        unscored=round(one.unscored),
    )  # fmt: skip
