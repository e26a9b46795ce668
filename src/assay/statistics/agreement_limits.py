"""Limits of the coefficients of agreement when items of a prompt belong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assay.domain.errors import EvidenceError
from assay.statistics.agreement import Ratings, counted
from assay.statistics.roots import Floats

_DRAWS = 1000
_SEED = 7
_FEWEST = 5
"""Prompts with fewer of which a bootstrap says nothing."""
Limits = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementLimits:
    """95 % limits of each coefficient; None where it is not defined, or prompts are too few."""

    percent: Limits | None
    """Of the share of agreeing pairs of raters."""
    ac1: Limits | None
    """Of Gwet's AC1."""
    alpha: Limits | None
    """Of Krippendorff's alpha."""


def agreement_limits(ratings: Ratings, clusters: ArrayLike) -> AgreementLimits:
    """Limits of percent agreement, AC1 and alpha by drawing whole clusters of items again.

    Args:
        ratings: Shape (items, raters); None where a rater said nothing.
        clusters: Cluster of each item, shape (items,).

    Raises:
        EvidenceError: Lengths differ, or ratings are malformed.

    Source:
        Percentile bootstrap of clusters, 1,000 draws with a fixed seed, Davison & Hinkley 1997. The coefficients are
        those of `agreement`.

    Examples:
        >>> found = agreement_limits([["a", "a"], ["a", "b"], ["b", "b"], ["a", "a"]] * 10, range(40))
        >>> [round(limit, 1) for limit in found.percent]
        [0.6, 0.9]
    """
    counts, _ = counted(ratings)
    groups = np.asarray(clusters).reshape(-1)
    if len(groups) != len(counts):
        raise EvidenceError(f"agreement: saw {len(counts)} items and {len(groups)} clusters; each item belongs to one")
    names, place = np.unique(groups, return_inverse=True)
    if len(names) < _FEWEST:
        return AgreementLimits(percent=None, ac1=None, alpha=None)
    table = _sums(counts, place, len(names))
    chance = np.random.default_rng(_SEED)
    drawn = np.stack(
        [chance.multinomial(len(names), np.full(len(names), 1 / len(names))) @ table for _ in range(_DRAWS)]
    )
    percent, ac1, alpha = _coefficients(drawn, counts.shape[1])
    return AgreementLimits(percent=_limits(percent), ac1=_limits(ac1), alpha=_limits(alpha))


def _sums(counts: Floats, place: ArrayLike, many: int) -> Floats:
    """Per cluster: pairable items, their agreement, alpha's disagreement, rated items, shares, words."""
    sizes = counts.sum(axis=1)
    pairable, rated = sizes >= 2, sizes >= 1
    safe = np.maximum(sizes, 2.0)
    agreed = ((counts**2).sum(axis=1) - sizes) / (safe * (safe - 1.0)) * pairable
    apart = (sizes**2 - (counts**2).sum(axis=1)) / (safe - 1.0) * pairable
    shares = counts / np.maximum(sizes, 1.0)[:, None]
    each = np.column_stack((pairable, agreed, apart, rated, shares, counts * pairable[:, None])).astype(np.float64)
    found = np.zeros((many, each.shape[1]))
    np.add.at(found, np.asarray(place), each)
    return found


def _coefficients(drawn: Floats, words: int) -> tuple[Floats, Floats, Floats]:
    pairable, agreed, apart, rated = drawn[:, :4].T
    shares, said = drawn[:, 4 : 4 + words], drawn[:, 4 + words :]
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = agreed / pairable
        rates = shares / rated[:, None]
        by_chance = (rates * (1.0 - rates)).sum(axis=1) / (words - 1.0) if words > 1 else np.full(len(drawn), np.nan)
        total = said.sum(axis=1)
        expected = total**2 - (said**2).sum(axis=1)
        return percent, (percent - by_chance) / (1.0 - by_chance), 1.0 - (total - 1.0) * apart / expected


def _limits(drawn: Floats) -> Limits | None:
    known = drawn[np.isfinite(drawn)]
    if len(known) < len(drawn) / 2:
        return None
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)
