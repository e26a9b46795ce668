"""Rates as people would say, where they labelled a part of the traffic that was drawn at random."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from assay.domain.watched import Segment
from assay.statistics.agreement import agreement
from assay.statistics.labelled_rate import effective_labels, labelled_rate
from assay.statistics.prediction_powered import FEWEST_LABELS
from assay.watch.cohorts import Summed, figure_of


class DrawnTrace(Protocol):
    """A trace that was drawn for people, as the scorer saw it then."""

    @property
    def value(self) -> float: ...
    @property
    def share(self) -> float: ...
    @property
    def chance(self) -> float: ...
    @property
    def round(self) -> int: ...
    @property
    def segments(self) -> Sequence[Segment]: ...
    @property
    def words(self) -> Mapping[str, float | None]:
        """Person -> 0 or 1, None for unsure."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A rate of one cohort, corrected by labels, or how many labels it lacks."""

    metric: str
    """What."""
    segment: Segment
    """Where."""
    value: float
    """The rate as people would say; NaN with too few labels."""
    low: float
    """Lower limit, 95 %; holds the scorer's error."""
    high: float
    """Upper limit."""
    own: float
    """What the scorer says of the same traces."""
    own_low: float
    """Its lower limit, 95 %, as if the scorer never erred."""
    own_high: float
    """Its upper limit."""
    judged: int
    """Traces that the scorer judged, and of which some were drawn."""
    drawn: int
    """Traces that were drawn for people."""
    labels: int
    """Of them, those that somebody said yes or no of."""
    unsure: int
    """Those of which people could not tell; they are left out."""
    needed: int
    """Labels that are lacking; 0 where the rate is corrected."""
    trust: float
    """Weight of the scorer in the rate, 0 to 1; NaN with too few labels."""
    agree: float
    """Share of traffic on which scorer and people say the same; NaN without labels."""
    ac1: float | None
    """Gwet's AC1 of scorer and people on the labelled traces; None where it cannot be told."""
    missed: int
    """Labelled traces of which people say yes and the scorer no."""
    wrong: int
    """Labelled traces of which the scorer says yes and people no."""
    twice: int
    """Traces that two or more people labelled."""
    disputed: int
    """Of them, those on which they differ; each counts as the share of those who say yes."""

    @property
    def waiting(self) -> int:
        """Drawn traces that nobody has said anything of."""
        return self.drawn - self.labels - self.unsure

    @property
    def wider(self) -> float:
        """How many times as wide as the scorer's own interval; NaN with too few labels."""
        own = self.own_high - self.own_low
        return (self.high - self.low) / own if own > 0 else math.nan


def corrected(metric: str, sums: Mapping[Segment, Summed], drawn: Sequence[DrawnTrace]) -> list[Corrected]:
    """The rate of all traffic, and of each cohort with enough labels.

    Args:
        metric: What.
        sums: Sums over the traces of which some were drawn, by cohort, all traffic among them.
        drawn: Those that were.

    Source:
        `statistics/labelled_rate.py`. A draw that is not finished is weighted as one: of the traces that came with one
        round of drawing, the labelled ones stand for those that wait.
    """
    factors = _answered(drawn)
    found = [_of(metric, (), sums[()], drawn, factors)] if () in sums else []
    for segment in sorted(sums.keys() - {()}):
        within = [one for one in drawn if segment in one.segments]
        if within:
            found.append(_of(metric, segment, sums[segment], within, factors))
    return [one for one in found if not one.segment or not one.needed]


def _answered(drawn: Sequence[DrawnTrace]) -> dict[int, float]:
    """Round -> how many drawn traces a labelled one stands for, itself among them."""
    every: dict[int, float] = defaultdict(float)
    told: dict[int, float] = defaultdict(float)
    for one in drawn:
        every[one.round] += 1.0 / one.chance
        told[one.round] += 1.0 / one.chance if _said(one) is not None else 0.0
    return {number: every[number] / told[number] for number in every if told[number]}


def _said(one: DrawnTrace) -> float | None:
    """What people say: the share of yes among those who could tell; None where nobody could."""
    known = [value for value in one.words.values() if value is not None]
    return sum(known) / len(known) if known else None


def _of(
    metric: str, segment: Segment, whole: Summed, drawn: Sequence[DrawnTrace], factors: Mapping[int, float]
) -> Corrected:
    told = [(one, said) for one in drawn if (said := _said(one)) is not None]
    people = np.array([said for _, said in told], dtype=float)
    judged = np.array([one.value for one, _ in told], dtype=float)
    shares = np.array([one.share for one, _ in told], dtype=float)
    likely = np.array([one.chance / factors[one.round] for one, _ in told], dtype=float)
    weights = 1.0 / (shares * likely)
    needed = _needed(weights)
    rate = None if needed else labelled_rate(people, judged, shares, likely, whole)
    own, nan = figure_of(whole), math.nan
    words = [[value for value in one.words.values() if value is not None] for one, _ in told]
    rated = [[bool(one.value >= 0.5), bool(said >= 0.5)] for one, said in told if said != 0.5]
    return Corrected(
        metric=metric, segment=segment,
        value=rate.value if rate else nan, low=rate.low if rate else nan, high=rate.high if rate else nan,
        own=own.value, own_low=own.low, own_high=own.high, judged=own.n, drawn=len(drawn), labels=len(told),
        unsure=sum(bool(one.words) and _said(one) is None for one in drawn),
        needed=needed, trust=rate.trust if rate else nan,
        agree=float(weights @ (1.0 - abs(people - judged)) / weights.sum()) if told else nan,
        ac1=agreement(rated).ac1 if rated else None,
        missed=sum(said > 0.5 > one.value for one, said in told),
        wrong=sum(said < 0.5 <= one.value for one, said in told),
        twice=sum(len(one) > 1 for one in words), disputed=sum(len({*one}) > 1 for one in words),
    )  # fmt: skip


def _needed(weights: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    """Labels that are lacking; of labels that weigh unequally more are needed."""
    worth = effective_labels(weights)
    if worth >= FEWEST_LABELS:
        return 0
    return max(FEWEST_LABELS - len(weights), math.ceil(len(weights) * (FEWEST_LABELS / worth - 1.0)) if worth else 0, 1)
