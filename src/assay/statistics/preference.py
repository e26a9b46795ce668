"""What the differences of two sides tell about which was chosen: a logistic model, and how well it orders them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, ndtr, ndtri

from assay.domain.errors import EvidenceError
from assay.statistics.roots import Floats

_STEPS = 60
_ENOUGH = 1e-10
_CLOSE = 1e-5
_FOLDS = 5
_SEED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Partial effects in one model, per unit of each column."""

    log_odds: Floats
    """Coefficients, shape (columns,)."""
    low: Floats
    """Lower 95 % limits."""
    high: Floats
    """Upper limits."""
    p: Floats
    """Two-sided p-values."""


def effects(differences: ArrayLike, clusters: ArrayLike, ridge: float = 1.0) -> Effects:
    """Partial effect of each column on which side is chosen, by a logistic model without intercept.

    Args:
        differences: Chosen minus rejected, shape (n, columns), columns of about unit size.
        clusters: Cluster of each pair, shape (n,); the limits allow for any dependence inside one.
        ridge: Penalty `ridge / 2 * sum(w^2)`, so that columns that say the same share their effect.

    Returns:
        Log odds of being chosen per unit, with limits by clusters.

    Raises:
        EvidenceError: Shapes do not fit.

    Source:
        Bradley & Terry 1952 with covariates; sandwich by clusters, Liang & Zeger 1986, with factor G / (G - 1).
        Golden values: tests/golden/preference.json.

    Examples:
        >>> found = effects([[1.0], [1.0], [1.0], [-1.0]], [1, 2, 3, 4], ridge=1e-9)
        >>> round(float(found.log_odds[0]), 3)
        1.099
    """
    columns, groups = _shaped(differences, clusters)
    weights = fit(columns, ridge)
    chosen = expit(columns @ weights)
    inverse = np.linalg.pinv(_information(columns, chosen, ridge))
    _, place = np.unique(groups, return_inverse=True)
    count = int(place.max(initial=-1)) + 1
    pulls = np.stack([np.bincount(place, each, count) for each in (columns * (1.0 - chosen)[:, None]).T], axis=1)
    spread = inverse @ (pulls.T @ pulls) @ inverse * (count / max(count - 1, 1))
    errors = np.sqrt(np.maximum(np.diag(spread), 0.0))
    half = float(ndtri(0.975)) * errors
    sure = np.where(errors > 0, np.abs(weights) / np.where(errors > 0, errors, 1.0), 0.0)
    return Effects(log_odds=weights, low=weights - half, high=weights + half, p=2.0 * ndtr(-sure))


def fit(differences: Floats, ridge: float = 1.0) -> Floats:
    """Coefficients of the logistic model, by Newton's method.

    Source:
        Iteratively reweighted least squares with a ridge; le Cessie & van Houwelingen 1992.
        Golden values: tests/golden/preference.json.

    Examples:
        >>> fit(np.array([[1.0], [1.0], [-1.0]]), ridge=1e-9).round(3).tolist()
        [0.693]
    """
    weights = np.zeros(differences.shape[1])
    loss = _loss(differences, weights, ridge)
    for _ in range(_STEPS):
        chosen = expit(differences @ weights)
        slope = differences.T @ (1.0 - chosen) - ridge * weights
        step = np.linalg.solve(_information(differences, chosen, ridge), slope)
        size = 1.0
        while size > _ENOUGH and _loss(differences, weights + size * step, ridge) > loss + 1e-12 * abs(loss):
            size /= 2.0
        weights = weights + size * step
        before, loss = loss, _loss(differences, weights, ridge)
        if before - loss <= _ENOUGH * (1.0 + abs(loss)):
            break
    return weights


def _loss(differences: Floats, weights: Floats, ridge: float) -> float:
    return float(np.logaddexp(0.0, -(differences @ weights)).sum() + 0.5 * ridge * weights @ weights)


def _information(differences: Floats, chosen: Floats, ridge: float) -> Floats:
    weighed = differences * (chosen * (1.0 - chosen))[:, None]
    found: Floats = differences.T @ weighed + ridge * np.eye(differences.shape[1])
    return found


def pair_auroc(scores: ArrayLike) -> float:
    """AUROC of a score of pairs, each pair read both ways: as (chosen, rejected) and as (rejected, chosen).

    Args:
        scores: How much the score speaks for the chosen side, shape (n,); its negative speaks for the other.

    Returns:
        1 when the chosen side always scores higher, 0.5 when the score tells nothing; 0.5 without a pair.

    Source:
        Mann & Whitney 1947, with half a point for ties. Golden values: tests/golden/preference.json.

    Examples:
        >>> pair_auroc([1.0, 2.0, -0.5]), pair_auroc([0.0, 0.0])
        (0.8888888888888888, 0.5)
    """
    values = np.sort(np.asarray(scores, dtype=np.float64).reshape(-1))
    if not len(values):
        return 0.5
    below = np.searchsorted(values, -values, "left") + np.searchsorted(values, -values, "right")
    return 1.0 - float(below.mean()) / (2.0 * len(values))


def held_out(
    differences: ArrayLike, clusters: ArrayLike, ridge: float = 1.0, fold: NDArray[np.int64] | None = None
) -> float:
    """AUROC of the logistic model on clusters that it was not fitted on, five folds.

    Args:
        differences: Chosen minus rejected, shape (n, columns).
        clusters: Cluster of each pair, shape (n,); a cluster is never on both sides.
        ridge: As in `effects`.
        fold: Fold of each pair, 0 to 4, shape (n,); drawn by `folds` where none is given.

    Source:
        Cross-validation by groups, Stone 1974. Golden values: tests/golden/preference.json.

    Examples:
        >>> held_out([[1.0], [2.0], [0.5], [1.5], [3.0], [2.5]], range(6))
        1.0
    """
    columns, groups = _shaped(differences, clusters)
    return _held_out(columns, folds(groups) if fold is None else fold, ridge)


def _held_out(columns: Floats, fold: NDArray[np.int64], ridge: float) -> float:
    scores = np.zeros(len(columns))
    for number in range(_FOLDS):
        out = fold == number
        if out.any():
            scores[out] = columns[out] @ fit(columns[~out], ridge)
    return pair_auroc(scores)


def folds(clusters: ArrayLike) -> NDArray[np.int64]:
    """The fold of each row, 0 to 4, whole clusters together, drawn with a fixed seed.

    Source:
        A random permutation of the clusters.

    Examples:
        >>> found = folds([3, 3, 8, 9])
        >>> bool(found[0] == found[1])
        True
    """
    names, place = np.unique(np.asarray(clusters).reshape(-1), return_inverse=True)
    order = np.random.default_rng(_SEED).permutation(len(names))
    return np.asarray(order[place] % _FOLDS, dtype=np.int64)


def chance_auroc(differences: ArrayLike, clusters: ArrayLike, draws: int = 100, ridge: float = 1.0) -> Floats:
    """Held-out AUROC when nothing is to be learned: the two sides of whole clusters are swapped by coins.

    Returns:
        One value per draw, sorted, shape (draws,).

    Source:
        Permutation distribution; Ojala & Garriga 2010.

    Examples:
        >>> chance = chance_auroc(np.random.default_rng(1).normal(size=(200, 2)), range(200), draws=20)
        >>> bool(0.3 < chance[0] < chance[-1] < 0.7)
        True
    """
    columns, groups = _shaped(differences, clusters)
    fold = folds(groups)
    names, place = np.unique(groups, return_inverse=True)
    coins = np.random.default_rng(_SEED).choice((-1.0, 1.0), (len(names), draws))[place]
    scores = np.zeros((len(columns), draws))
    for number in range(_FOLDS):
        out = fold == number
        if out.any():
            scores[out] = coins[out] * (columns[out] @ _fits(columns[~out], coins[~out], ridge))
    return np.sort(np.array([pair_auroc(each) for each in scores.T]))


def _fits(differences: Floats, coins: Floats, ridge: float) -> Floats:
    """Coefficients for many swaps of sides at once, shape (columns, draws); near zero the bound is close, so few steps.

    The curvature of the logistic loss is at most a quarter (Boehning & Lindsay 1988), and the same for all swaps.
    """
    bound = np.linalg.inv(0.25 * differences.T @ differences + ridge * np.eye(differences.shape[1]))
    weights = np.zeros((differences.shape[1], coins.shape[1]))
    for _ in range(_STEPS):
        pull = coins * expit(-coins * (differences @ weights))
        step = bound @ (differences.T @ pull - ridge * weights)
        weights += step
        if np.abs(step).max(initial=0.0) < _CLOSE:
            break
    return weights


def _shaped(differences: ArrayLike, clusters: ArrayLike) -> tuple[Floats, NDArray[np.int64]]:
    columns = np.asarray(differences, dtype=np.float64)
    groups = np.asarray(clusters).reshape(-1)
    if columns.ndim != 2 or len(columns) != len(groups) or not np.isfinite(columns).all():
        raise EvidenceError(
            f"preference: saw differences of shape {columns.shape} and {len(groups)} clusters; expected a row of "
            "finite numbers and a cluster for each pair"
        )
    return columns, groups
