"""Did the inputs move: the distance of mean vectors, held against random splits of the same vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.domain.errors import EvidenceError
from assay.statistics.quadratic_tail import quadratic_tail
from assay.statistics.roots import Floats

_SEED = 20240101  # fixed, so that the same evidence gives the same p-value
_CELLS = 4_000_000  # signs held at once
_COUNTED = 10  # splits as far apart from which their share is taken


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanShift:
    """How far two clouds of vectors lie apart."""

    size: float
    """Squared distance of the means over what random splits have on average; 1 without any change of single vectors."""
    p_value: float
    """Share of random splits that lie as far apart, the observed one among them; its tail is that of normal sums."""
    n: tuple[int, int]
    """Vectors on each side."""


def mean_shift(
    reference: ArrayLike, now: ArrayLike, splits: int = 999, worth: tuple[float, float] = (1.0, 1.0)
) -> MeanShift:
    """Whether two samples of vectors have the same mean, by permutation.

    Args:
        reference: Finite vectors, shape (n, d).
        now: Shape (m, d).
        splits: Random splits. Where fewer than ten of them lie as far apart, the p-value is that of a weighted sum of
            squared normal deviates with the covariance that random splits have, if that is smaller.
        worth: What a vector of each side is worth, in (0, 1]: less than 1 where vectors are alike in groups. Splits of
            single vectors lie less far apart than such groups do, so the distance is divided by what that makes.

    Raises:
        EvidenceError: Shapes do not fit, a side has fewer than two vectors, or a number is not finite.

    Source:
        Gretton et al. 2012, maximum mean discrepancy with the linear kernel; p-value of Phipson & Smyth 2010, its tail
        by `quadratic_tail`.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> mean_shift(rng.normal(size=(60, 8)), rng.normal(1.0, size=(40, 8))).p_value < 1e-9
        True
    """
    one, two = np.asarray(reference, dtype=np.float64), np.asarray(now, dtype=np.float64)
    if one.ndim != 2 or two.ndim != 2 or one.shape[1:] != two.shape[1:] or min(len(one), len(two)) < 2:
        raise EvidenceError(f"means of vectors need two or more of one length on each side: {one.shape}, {two.shape}")
    every = np.vstack([one, two])
    if not np.isfinite(every).all() or splits < 1:
        raise EvidenceError("vectors of finite numbers and at least one split are needed")
    every -= every.mean(axis=0)
    found = _distance(every, np.arange(len(every))[None] >= len(one))[0]
    random = _splits(every, len(two), splits)
    by_groups = (1 / len(one) / worth[0] + 1 / len(two) / worth[1]) / (1 / len(one) + 1 / len(two))
    most = found / by_groups * (1 - 1e-12)  # a split that is the observed one may differ in the last bits
    beyond = int((random >= most).sum())
    p_value = (1 + beyond) / (1 + splits)
    if beyond < _COUNTED:
        p_value = min(p_value, _tail(every, len(two), float(most)))
    return MeanShift(size=float(found / max(random.mean(), 1e-300)), p_value=p_value, n=(len(one), len(two)))


def _tail(every: Floats, size: int, found: float) -> float:
    """Chance that a random split lies as far apart, its sums taken for normal with the covariance that they have."""
    n = len(every)
    weights = np.linalg.eigvalsh(every.T @ every) * n / (size * (n - size) * (n - 1))
    weights = np.maximum(weights, 0.0)
    return quadratic_tail(weights, found) if weights.any() else 1.0


def _splits(every: Floats, size: int, splits: int) -> Floats:
    rng = np.random.default_rng(_SEED)
    step = max(1, _CELLS // len(every))
    found: list[Floats] = []
    for begin in range(0, splits, step):
        ranks = rng.random((min(step, splits - begin), len(every))).argpartition(size - 1, axis=1)
        chosen = np.zeros(ranks.shape, dtype=bool)
        np.put_along_axis(chosen, ranks[:, :size], True, axis=1)
        found.append(_distance(every, chosen))
    return np.concatenate(found)


def _distance(every: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Squared distance of the means of chosen and others; `every` has mean zero, so one sum tells both."""
    size = chosen[:1].sum()
    sums = chosen.astype(np.float64) @ every
    gaps: Floats = sums / size + sums / (len(every) - size)
    return np.asarray(np.square(gaps).sum(axis=1))
