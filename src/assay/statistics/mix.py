"""How much of a change of a rate is another mix of traffic, and how much is other behaviour within it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from assay.domain.errors import EvidenceError
from assay.statistics.roots import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a difference."""

    value: float
    """The difference of the rates that it explains."""
    low: float
    """Lower limit."""
    high: float
    """Upper limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A difference of two rates, taken apart."""

    total: float
    """Rate now minus rate before, over the strata that both have."""
    behaviour: Part
    """What the rates within strata explain, at the mean mix."""
    mix: Part
    """What other shares of the strata explain, at the mean rates."""
    only_before: tuple[str, ...]
    """Strata that are gone; not part of the figures."""
    only_now: tuple[str, ...]
    """Strata that are new; not part of the figures."""


def parts(
    before: Mapping[str, tuple[float, float]], now: Mapping[str, tuple[float, float]], level: float = 0.95
) -> Parts:
    """Take a change of a rate apart into behaviour and mix.

    Args:
        before: Stratum -> (sum of the values in [0, 1], number of values).
        now: The same.
        level: Level of the intervals.

    Raises:
        EvidenceError: No stratum has values on both sides, or a sum does not fit its number.

    Source:
        Kitagawa 1955; variances by the delta method with half a value added to each side of a stratum.

    Examples:
        >>> found = parts({"a": (5, 100), "b": (50, 100)}, {"a": (15, 300), "b": (50, 100)})
        >>> round(found.total, 4), round(found.behaviour.value, 4), round(found.mix.value, 4)
        (-0.1125, 0.0, -0.1125)
    """
    both = sorted(name for name in before.keys() & now.keys() if before[name][1] > 0 and now[name][1] > 0)
    if not both:
        raise EvidenceError("no stratum has values both before and now")
    sums, counts = (np.array([[side[name][part] for name in both] for side in (before, now)]) for part in (0, 1))
    if (sums < 0).any() or (sums > counts + 1e-9).any():
        raise EvidenceError("a sum of values in [0, 1] lies between 0 and their number")
    rates = sums / counts
    shares = counts / counts.sum(axis=1, keepdims=True)
    smooth = (sums + 0.5) / (counts + 1)
    noise = smooth * (1 - smooth) / counts
    weights, levels = shares.mean(axis=0), rates.mean(axis=0)
    behaviour = float((weights * (rates[1] - rates[0])).sum())
    mix = float((levels * (shares[1] - shares[0])).sum())
    z = float(ndtri(0.5 + level / 2))
    change, sizes = rates[1] - rates[0], counts.sum(axis=1)
    wide = z * math.sqrt(float((np.square(weights) * noise.sum(axis=0)).sum()) + _drawn(shares, change / 2, sizes))
    shift = np.square(shares[1] - shares[0])
    moved = z * math.sqrt(_drawn(shares, levels, sizes) + float((shift * noise.sum(axis=0)).sum()) / 4)
    return Parts(
        total=behaviour + mix,
        behaviour=Part(value=behaviour, low=behaviour - wide, high=behaviour + wide),
        mix=Part(value=mix, low=mix - moved, high=mix + moved),
        only_before=tuple(sorted(before.keys() - set(both))),
        only_now=tuple(sorted(now.keys() - set(both))),
    )


def _drawn(shares: Floats, worth: Floats, sizes: Floats) -> float:
    """Variance that drawing the strata by chance gives to a mean of what each stratum is worth, both sides added."""
    spread = (shares * np.square(worth)).sum(axis=1) - np.square((shares * worth).sum(axis=1))
    return float((np.maximum(spread, 0.0) / sizes).sum())
