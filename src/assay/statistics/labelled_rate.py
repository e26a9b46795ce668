"""A rate of traffic that a scorer judged, with what people say of a part that was drawn with known chances (PPI++)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import stdtrit

from assay.domain.errors import EvidenceError
from assay.statistics.prediction_powered import UNSEEN
from assay.statistics.roots import Floats


class Whole(Protocol):
    """Sums over all that the scorer judged; `w` is one over the chance with which it judged."""

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
class LabelledRate:
    """A rate with the scorer's error in its interval."""

    value: float
    """The rate."""
    low: float
    """Lower limit."""
    high: float
    """Upper limit."""
    trust: float
    """Weight of the scorer, 0 to 1: 0 is the labels alone."""
    effective: float
    """Labels that would say as much if all had been drawn with one chance."""


def effective_labels(weights: Floats) -> float:
    """Equally weighted labels that these are worth; 0 without any.

    Args:
        weights: One over the chance of each, shape (n,).

    Source:
        Kish 1965.

    Examples:
        >>> effective_labels(np.array([1.0, 1.0, 2.0]))
        2.6666666666666665
    """
    return float(weights.sum() ** 2 / (weights @ weights)) if len(weights) else 0.0


def labelled_rate(
    people: Floats, judged: Floats, shares: Floats, chances: Floats, whole: Whole, level: float = 0.95
) -> LabelledRate:
    """Mean of what people would say of all traffic: the scorer's mean, and what it gets wrong where people looked.

    Args:
        people: What people say of the labelled traces, in [0, 1], shape (n,).
        judged: What the scorer says of them, shape (n,).
        shares: Chance with which the scorer judged each, in (0, 1], shape (n,).
        chances: Chance with which each was drawn for people among the judged ones, in (0, 1], shape (n,).
        whole: Sums over all judged traces, the labelled ones among them.
        level: Two-sided level.

    Raises:
        EvidenceError: Fewer than two labels, lengths differ, a chance is none, or nothing was judged.

    Source:
        Angelopoulos, Duchi and Zrnic 2024 (PPI++), with weights of Hajek 1971 in both means; the variance is that of
        the linearised estimate, traces being independent, with Student's t on the effective labels and `UNSEEN` added.
        With equal chances the point is that of `prediction_powered`. Golden values: tests/golden/judge.json.

    Examples:
        >>> from types import SimpleNamespace as Sums
        >>> all_judged = Sums(w=1000.0, wx=100.0, ww=1000.0, wwx=100.0, wwxx=100.0)
        >>> people, judged = np.array([1.0] * 20 + [0.0] * 80), np.array([1.0] * 10 + [0.0] * 90)
        >>> found = labelled_rate(people, judged, np.ones(100), np.full(100, 0.1), all_judged)
        >>> round(found.value, 3), found.low < 0.2 < found.high
        (0.2, True)
    """
    _require(people, judged, shares, chances, whole)
    first = 1.0 / shares
    weights = first / chances
    part = weights / weights.sum()
    mean = whole.wx / whole.w
    spread = max(whole.wwxx - 2 * mean * whole.wwx + mean**2 * whole.ww, 0.0) / whole.w**2
    said = part * (people - part @ people)
    seen = part * (judged - part @ judged)
    pull = first / whole.w * (judged - mean)
    trust = _trust(said, seen, pull, spread)
    error = said - trust * seen
    effective = effective_labels(weights)
    variance = max(trust**2 * spread + float(error @ error + 2 * trust * pull @ error), 0.0)
    variance = variance * effective / (effective - 1.0) + UNSEEN / effective**2
    value = trust * mean + float(part @ (people - trust * judged))
    half = -float(stdtrit(effective - 1.0, 0.5 * (1 - level))) * math.sqrt(variance)
    limits = [min(max(limit, 0.0), 1.0) for limit in (value, value - half, value + half)]
    return LabelledRate(value=limits[0], low=limits[1], high=limits[2], trust=trust, effective=effective)


def _trust(said: Floats, seen: Floats, pull: Floats, spread: float) -> float:
    """The weight of the scorer that makes the variance least; 1 where neither ever wavers on what was labelled."""
    if not (said.any() or seen.any()):
        return 1.0
    curve = spread + float(seen @ seen - 2 * pull @ seen)
    return min(1.0, max(0.0, float(said @ seen - pull @ said) / curve)) if curve > 0 else 1.0


def _require(people: Floats, judged: Floats, shares: Floats, chances: Floats, whole: Whole) -> None:
    lengths = {len(people), len(judged), len(shares), len(chances)}
    if len(lengths) > 1 or len(people) < 2:
        raise EvidenceError(f"labels, judgements and chances: {sorted(lengths)} of them; expected as many, two or more")
    both = np.concatenate([shares, chances])
    if not ((both > 0) & (both <= 1)).all():
        raise EvidenceError(
            f"a chance is {float(both.min()):.3g} or {float(both.max()):.3g}; expected above 0, at most 1"
        )
    if whole.w <= 0:
        raise EvidenceError("nothing was judged, so there is no rate to correct")
