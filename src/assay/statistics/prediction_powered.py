"""A judge's error inside the interval: people label a random part, the judge the rest (PPI++)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr, stdtrit

from assay.domain.errors import EvidenceError
from assay.statistics.roots import Floats, falling_root

FEWEST_LABELS = 30
"""Pairs that people must have labelled: below that the judge's error is hardly known."""

UNSEEN = 3.0
"""Pairs of the rarest, largest error that are added to the variance. A few dozen labels that show no error do not
prove that there is none: without them a true drop of 5 % passes in up to 51 % of audits with 30 labels, up to 19 %
with 100; with them in at most 6 % (benchmarks/simulate_judge.py)."""

_FAR = 9.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoweredLine:
    """A question about a mean that moves with a threshold: z(t) = constant + t * slope, rising in t.

    See `continuous.Line`. Every row has z as the judge sees it, the labelled ones also as people do.
    """

    constant: Floats
    """By the judge, shape (n,)."""
    slope: Floats
    """By the judge, shape (n,)."""
    people_constant: Floats
    """By people, NaN where they labelled nothing; shape (n,)."""
    people_slope: Floats
    """The same of the slope."""
    units: NDArray[np.intp]
    """Unit of each row, numbered from 0; rows of one unit are not independent. Shape (n,)."""
    span: tuple[float, float]
    """Lowest and highest possible t."""

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Which rows people labelled."""
        return ~np.isnan(self.people_constant)


def weight(people: Floats, judged: Floats, rest: Floats) -> float:
    """How far the judge is trusted: the part of it that makes the estimate least uncertain, between 0 and 1.

    Args:
        people: What people say of the labelled rows, shape (m,).
        judged: What the judge says of them, shape (m,).
        rest: What it says of the other rows, shape (n,).

    Source:
        Angelopoulos, Duchi and Zrnic 2024, PPI++. Golden values: tests/golden/judge.json.

    Examples:
        >>> round(weight(np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([0.0, 1.0, 0.0, 1.0])), 3)
        0.556
    """
    if not len(rest) or not len(people):
        return 0.0
    spread = float(np.var(np.concatenate([judged, rest]), ddof=1))
    if spread <= 0:
        return 0.0
    covariance = float(np.mean((people - people.mean()) * (judged - judged.mean())))
    return min(1.0, max(0.0, covariance / spread / (1.0 + len(people) / len(rest))))


def mean_interval(
    people: Floats, judged: Floats, rest: Floats, level: float = 0.95, trust: float | None = None
) -> tuple[float, float, float]:
    """Mean and its interval as published, for independent rows: normal quantiles, nothing added.

    Args:
        people: What people say of the labelled rows, shape (m,).
        judged: What the judge says of them, shape (m,).
        rest: What it says of the other rows, shape (n,).
        level: Two-sided level.
        trust: Weight of the judge; the best one when None.

    Returns:
        Mean, lower and upper limit.

    Source:
        Angelopoulos, Duchi and Zrnic 2024, PPI++. Golden values: tests/golden/judge.json.

    Examples:
        >>> same = np.array([0.0, 1.0, 1.0, 0.0])
        >>> mean_interval(same, same, np.tile(same, 9))[0]
        0.5
    """
    if len(people) != len(judged) or not len(people) or not len(rest):
        raise EvidenceError(f"{len(people)} labels, {len(judged)} and {len(rest)} judgements; each needs some, paired")
    used = weight(people, judged, rest) if trust is None else trust
    error = people - used * judged
    point = used * float(rest.mean()) + float(error.mean())
    half = float(ndtri(0.5 + level / 2)) * math.sqrt(error.var() / len(people) + used**2 * rest.var() / len(rest))
    return point, point - half, point + half


def point(line: PoweredLine) -> float | None:
    """The value at which z is zero on average; None where there is none.

    Source:
        Root of the estimate of `weight`.

    Examples:
        >>> judged = np.array([1.0, 0.0] * 50)
        >>> line = PoweredLine(constant=-judged, slope=np.ones(100), people_constant=-judged, people_slope=np.ones(100),
        ...                    units=np.arange(100), span=(0.0, 1.0))
        >>> round(point(line), 6)
        0.5
    """
    low, high = max(line.span[0], -_FAR), line.span[1]
    means = _means(line, np.array([low, high]))
    if not (means[0] <= 0 <= means[1]) or means[1] - means[0] <= 0:
        return None
    return float(falling_root(lambda t: -_means(line, t), np.array([low]), np.array([high]))[0])


def p_below(line: PoweredLine, threshold: float) -> float:
    """One-sided p-value against "the quantity is at least `threshold`"; small proves it smaller.

    Source:
        PPI++ with Student's t on the labelled units; `UNSEEN` is ours.

    Examples:
        >>> same = np.array([1.0] * 95 + [0.0] * 5)
        >>> line = drop_line(same, same, same, same, np.arange(100))
        >>> p_below(line, 0.15) < 0.001 < 0.05 < p_below(line, 0.01)
        True
    """
    found = _score(line, threshold)
    return 1.0 if found is None else float(stdtr(found[1], -found[0]))


def p_above(line: PoweredLine, threshold: float) -> float:
    """One-sided p-value against "the quantity is at most `threshold`"; small proves it larger.

    Source:
        See `p_below`.

    Examples:
        >>> good, worse = np.ones(100), np.array([1.0] * 60 + [0.0] * 40)
        >>> p_above(drop_line(good, worse, good, worse, np.arange(100)), 0.15) < 0.001
        True
    """
    found = _score(line, threshold)
    return 1.0 if found is None else float(stdtr(found[1], found[0]))


def interval(line: PoweredLine, level: float) -> tuple[float | None, float | None]:
    """Values around the point that neither `p_below` nor `p_above` refutes at a two-sided level.

    Source:
        Inversion of the tests.

    Examples:
        >>> same = np.array([1.0] * 95 + [0.0] * 5)
        >>> low, high = interval(drop_line(same, same, same, same, np.arange(100)), 0.95)
        >>> low < 0 < high < 0.05
        True
    """
    middle = point(line)
    if middle is None or _score(line, middle) is None:
        return None, None

    def beyond(t: Floats, sign: int) -> Floats:
        found = [_score(line, float(one)) for one in t]
        return np.array(
            [0.0 if one is None else sign * one[0] + float(stdtrit(one[1], 0.5 * (1 - level))) for one in found]
        )

    start, end = max(line.span[0], -_FAR), line.span[1]
    lower = upper = None
    if beyond(np.array([start]), -1)[0] > 0:
        lower = float(falling_root(lambda t: beyond(t, -1), np.array([start]), np.array([middle]))[0])
    if beyond(np.array([end]), +1)[0] > 0:
        upper = float(falling_root(lambda t: -beyond(t, +1), np.array([middle]), np.array([end]))[0])
    return (lower if lower is not None or line.span[0] == -math.inf else start), (end if upper is None else upper)


def drop_line(
    reference: Floats, candidate: Floats, people_reference: Floats, people_candidate: Floats, units: NDArray[np.intp]
) -> PoweredLine:
    """Question "how large is 1 - candidate mean / reference mean", for values in [0, 1].

    Args:
        reference: By the judge, shape (n,).
        candidate: The same of the candidate.
        people_reference: By people, NaN where they labelled nothing.
        people_candidate: The same of the candidate.
        units: Unit of each row.

    Source:
        z(R) = c - R b in place of the difference.

    Examples:
        >>> judged, people = np.ones(40), np.array([1.0] * 20 + [np.nan] * 20)
        >>> line = drop_line(judged, judged * 0.9, people, people * 0.8, np.arange(40))
        >>> round(point(line), 3)
        0.2
    """
    span = (-math.inf, 1.0)
    return _line(candidate - reference, reference, people_candidate - people_reference, people_reference, units, span)


def difference_line(
    reference: Floats, candidate: Floats, people_reference: Floats, people_candidate: Floats, units: NDArray[np.intp]
) -> PoweredLine:
    """Question "how large is reference mean - candidate mean"; see `drop_line`.

    Source:
        Difference of paired means.

    Examples:
        >>> judged, people = np.ones(40), np.array([1.0] * 20 + [np.nan] * 20)
        >>> round(point(difference_line(judged, judged * 0.9, people, people * 0.8, np.arange(40))), 3)
        0.2
    """
    said = people_candidate - people_reference
    return _line(
        candidate - reference, np.ones(len(reference)), said, np.where(np.isnan(said), said, 1.0), units, (-1.0, 1.0)
    )


def level_line(values: Floats, people: Floats, units: NDArray[np.intp]) -> PoweredLine:
    """Question "how large is the mean"; see `drop_line`.

    Source:
        One mean.

    Examples:
        >>> judged, people = np.ones(40), np.array([1.0] * 15 + [0.0] * 5 + [np.nan] * 20)
        >>> round(point(level_line(judged, people, np.arange(40))), 3)
        0.75
    """
    return _line(-values, np.ones(len(values)), -people, np.where(np.isnan(people), people, 1.0), units, (0.0, 1.0))


def _line(
    constant: Floats,
    slope: Floats,
    people_constant: Floats,
    people_slope: Floats,
    units: NDArray[np.intp],
    span: tuple[float, float],
) -> PoweredLine:
    both = ~(np.isnan(people_constant) | np.isnan(people_slope))
    _, places = np.unique(units, return_inverse=True)
    return PoweredLine(
        constant=constant,
        slope=slope,
        people_constant=np.where(both, people_constant, np.nan),
        people_slope=np.where(both, people_slope, np.nan),
        units=places.reshape(-1),
        span=span,
    )


def _parts(line: PoweredLine, t: float) -> tuple[Floats, Floats, Floats, float]:
    """What people, the judge of the same rows, and the judge of the rest say at t; and the judge's weight."""
    told = line.labelled
    z = line.constant + t * line.slope
    people = line.people_constant[told] + t * line.people_slope[told]
    return people, z[told], z[~told], weight(people, z[told], z[~told])


def _mean(people: Floats, judged: Floats, rest: Floats, trust: float) -> float:
    return (trust * float(rest.mean()) if trust else 0.0) + float((people - trust * judged).mean())


def _means(line: PoweredLine, points: Floats) -> Floats:
    return np.array([_mean(*_parts(line, float(t))) for t in points])


def _score(line: PoweredLine, t: float) -> tuple[float, float] | None:
    """Mean of z over its standard error, and the degrees of freedom; None when too little is labelled to know."""
    told = line.labelled
    people, judged, rest, trust = _parts(line, t)
    units = line.units[told]
    groups = len(np.unique(units))
    if groups < 2:
        return None
    error = people - trust * judged
    pull = np.zeros(int(line.units.max()) + 1)
    np.add.at(pull, units, (error - error.mean()) / len(error) * math.sqrt(groups / (groups - 1.0)))
    if len(rest) and trust:
        np.add.at(pull, line.units[~told], trust * (rest - rest.mean()) / len(rest))
    variance = float(pull @ pull) + UNSEEN / groups**2
    return _mean(people, judged, rest, trust) / math.sqrt(variance), float(groups - 1)
