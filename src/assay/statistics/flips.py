"""Many features of pairs tested together: is the first side as often above as below, whatever hangs on what?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_ndtr

from assay.domain.errors import EvidenceError
from assay.statistics.roots import Floats

DRAWS = 5_000
"""Flips that are drawn where there are more; a p-value of .05 has then a standard error of .003."""
_AT_ONCE = 512
_SEED = 7
_CLOSE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What the tests of all features say."""

    adjusted: tuple[float, ...]
    """P-value of each feature; each may be compared with alpha, and the chance of any false finding stays below it."""
    alone: tuple[float, ...]
    """P-value of each feature as if it were the only one."""
    levels: tuple[float, ...]
    """Level at which each is tested while no other has been found, by the normal distribution; at most alpha."""
    least: float
    """The smallest p-value that so many flips can give."""


def together(
    differences: ArrayLike,
    clusters: ArrayLike,
    weights: ArrayLike | None = None,
    alpha: float = 0.05,
    draws: int = DRAWS,
) -> Together:
    """Sign tests of all columns at once, when only clusters are independent.

    The signs of a column's pairs are added up, and pairs that stand equal are told apart by the ranks of their
    differences, which moves no sum past another: so a test is as good as its level, where the plain sign test moves
    in steps. Both sides of whole clusters are swapped at random, in all columns at once: what hangs together then
    hangs together by chance too, and columns that say the same cost as much as one. After the first finding the rest
    is held against the rest.

    Args:
        differences: First side minus second side, shape (n, columns); 0 is a tie.
        clusters: Number of the cluster of each pair, shape (n,).
        weights: How much of the chance of a false finding each column may use, above 0, fixed before the data are seen;
            all the same where none are given.
        alpha: For `levels`.
        draws: Flips that are drawn; all are made where there are no more than that.

    Raises:
        EvidenceError: Shapes do not fit, a difference is no number, or a weight is not above 0.

    Source:
        Westfall & Young 1993, step-down minimum of p-values, algorithm 2.8; weights: Westfall, Kropf & Finos 2004;
        flips of signs: Fisher 1935, by clusters: Romano & Wolf 2005. Golden values: tests/golden/flips.json.

    Examples:
        >>> found = together([[2.0, 1.0], [1.0, -1.0], [3.0, 1.0], [1.5, -2.0], [0.5, 1.0], [2.5, 0.0]], range(6))
        >>> [round(p, 4) for p in found.adjusted]
        [0.0312, 1.0]
    """
    table = np.asarray(differences, np.float64)
    groups = np.asarray(clusters).reshape(-1)
    if table.ndim != 2 or len(table) != len(groups) or not np.isfinite(table).all():
        raise EvidenceError(
            f"flips: saw differences of shape {table.shape} and {len(groups)} clusters; expected a row of finite "
            "numbers and a cluster for each pair"
        )
    count = table.shape[1]
    shares = np.ones(count) if weights is None else np.asarray(weights, np.float64).reshape(-1)
    if len(shares) != count or not (np.isfinite(shares) & (shares > 0)).all():
        raise EvidenceError(
            f"flips: saw weights {shares.tolist()} for {count} columns; expected a positive number each"
        )
    if not count or not len(groups):
        return Together(adjusted=(1.0,) * count, alone=(1.0,) * count, levels=(alpha,) * count, least=1.0)
    logs = np.log(shares)
    _, place = np.unique(groups, return_inverse=True)
    sums = np.stack([np.bincount(place, _ranked(column)) for column in table.T], axis=1)
    sizes = np.sqrt(np.einsum("ij,ij->j", sums, sums))
    unit: Floats = sums / np.where(sizes > 0, sizes, 1.0)
    seen = _unlikely(unit.sum(axis=0), logs)
    by_chance = np.concatenate([_unlikely(each, logs) for each in _flipped(unit, draws)])
    return _stepped(seen, by_chance, logs, alpha)


def _stepped(seen: Floats, by_chance: Floats, logs: Floats, alpha: float) -> Together:
    order = np.argsort(seen, kind="stable")
    least = np.minimum.accumulate(by_chance[:, order[::-1]], axis=1)[:, ::-1]
    found = (least <= seen[order] + _CLOSE).mean(axis=0)
    adjusted = np.empty(len(seen))
    adjusted[order] = np.maximum.accumulate(found)
    limit = float(np.quantile(least[:, 0], alpha, method="inverted_cdf"))
    levels = np.minimum(np.exp(limit + logs), alpha)
    alone = (by_chance <= seen + _CLOSE).mean(axis=0)
    return Together(
        adjusted=tuple(adjusted.tolist()),
        alone=tuple(alone.tolist()),
        levels=tuple(levels.tolist()),
        least=1.0 / len(by_chance),
    )


def _ranked(column: Floats) -> Floats:
    """Signs, those of larger differences a little more than 1: all the little together is less than a step."""
    found = np.sign(column)
    differ = np.flatnonzero(found)
    if len(differ):
        _, place, counts = np.unique(np.abs(column[differ]), return_inverse=True, return_counts=True)
        ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[place]
        found[differ] *= 1.0 + ranks / (len(differ) + 1.0) ** 2
    return found


def _unlikely(sums: Floats, logs: Floats) -> Floats:
    """How unlikely sums of unit variance are by the normal distribution, in logarithms and by their weights."""
    found: Floats = log_ndtr(-np.abs(sums)) + np.log(2.0) - logs
    return found


def _flipped(sums: Floats, draws: int) -> list[Floats]:
    """Sums when clusters are swapped: in all ways, or in ways drawn with a fixed seed, what was seen among them."""
    count = len(sums)
    total = sums.sum(axis=0)
    if count < draws.bit_length():
        ways = np.arange(1 << count)[:, None] >> np.arange(count) & 1
        return [total - 2.0 * (ways @ sums)]
    chance = np.random.default_rng(_SEED)
    found = [total[None, :]]
    for begin in range(1, draws, _AT_ONCE):
        own = min(_AT_ONCE, draws - begin)
        bits = np.unpackbits(np.frombuffer(chance.bytes(own * -(-count // 8)), np.uint8).reshape(own, -1), axis=1)
        found.append(total - 2.0 * (bits[:, :count].astype(np.float64) @ sums))
    return found
