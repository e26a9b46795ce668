"""The layers of the groundedness model: trees, a layer of manners, a steady layer, and their calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, hstack
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from assay.scorers.boosted import LEAF, MIX
from assay.scorers.linear import RARITY_STEP
from assay.scorers.manners import CLIP
from assay.scorers.support_features import MANNER, STEADY, direction
from assay.scorers.support_wording import PATTERNS, STRANGE, Worded

Floats = NDArray[np.float64]
Some = NDArray[np.bool_]
GATE = (30.0, 50.0)
"""Words of an answer from which the steady layer begins to count, and from which it alone counts: the labelled
replies are shorter, so what the others say beyond is a guess, and a layer whose signs are known is a better one."""
STEADY_PENALTY = 0.003
STRENGTH = 0.01
"""Inverse penalty of the layer of manners."""
OWN = 1.5
"""How freely a manner may leave the common weights: the factor on its own copy of the numbers."""
WORDS = 10.0
"""Factor on the n-grams in that layer, whose length is 1."""
LEAST = 3
"""N-grams of fewer texts are left out."""
CALIBRATION = 1.0
"""Inverse penalty on what a manner's own line adds to the common one."""
TELL_POWER = 2.0
"""How much more small sets weigh where the manner is told than where the answer is."""
SEEDS = (0,)


@dataclass(slots=True)
class Table:
    """Rows as numbers."""

    names: list[str]
    x: Floats
    words: tuple[csr_matrix, ...]
    """Per kind of n-gram: shape (rows, buckets), counts times rarity, length 1."""
    rarity: tuple[NDArray[np.uint8], ...]
    """Per kind: rarity of each bucket."""
    y: NDArray[np.int64]
    of: NDArray[np.str_]
    group: NDArray[np.str_]
    load: Floats
    fair: Some
    """Rows whose label tells whether the reply is grounded, and nothing else."""

    @property
    def length(self) -> int:
        """Place of the number of words."""
        return self.names.index("words")

    @property
    def flagged(self) -> Some:
        """Rows with a sure conflict in a sentence that is near a passage."""
        return self.x[:, self.names.index("near_conflicts")] > 0


def hashed(read: list[tuple[Worded, Worded]]) -> tuple[tuple[csr_matrix, ...], tuple[NDArray[np.uint8], ...]]:
    """The n-grams of all rows, as `Words.odds` weighs them, and how rare each bucket is."""
    made, rarities = [], []
    for kind, size in enumerate((PATTERNS, STRANGE)):
        counts = csr_matrix((len(read), size))
        place, bucket, many = [], [], []
        for row, one in enumerate(read):
            found, count = np.unique(one[kind].buckets, return_counts=True)
            place.append(np.full(len(found), row))
            bucket.append(found)
            many.append(count.astype(np.float64))
        counts = csr_matrix(
            (np.concatenate(many), (np.concatenate(place), np.concatenate(bucket))), shape=(len(read), size)
        )
        texts = np.bincount(counts.indices, minlength=size)
        rare = np.log((1 + len(read)) / (1 + texts)) + 1
        rarity = np.where(texts >= LEAST, np.clip(np.rint(rare * RARITY_STEP), 1, 255), 0).astype(np.uint8)
        each = rarity[counts.indices] / RARITY_STEP
        length = csr_matrix((counts.data * each**2, counts.indices, counts.indptr), shape=counts.shape).sum(axis=1)
        counts.data *= each / np.repeat(np.sqrt(np.maximum(np.ravel(length), 1e-9)), np.diff(counts.indptr))
        made.append(counts)
        rarities.append(rarity)
    return tuple(made), tuple(rarities)


@dataclass(slots=True)
class Fitted:
    """All layers, not calibrated."""

    trees: list[HistGradientBoostingClassifier]
    steady: Floats
    bias: float
    tell: Floats
    mean: Floats
    spread: Floats
    weights: Floats
    words: tuple[Floats, ...]

    def shares(self, x: Floats) -> Floats:
        odds = x @ self.tell[:-1] + self.tell[-1]
        odds = np.exp(odds - odds.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    def odds(self, table: Table, at: Some) -> Floats:
        x = table.x[at]
        z = np.clip((x - self.mean) / self.spread, -CLIP, CLIP)
        told = sum(words[at] @ weights for words, weights in zip(table.words, self.words, strict=True))
        own = ((z @ self.weights[:-1] + self.weights[-1]) * self.shares(x)).sum(axis=1) + told
        trees = sum(tree.decision_function(x) for tree in self.trees) / len(self.trees)
        begins, alone = np.log1p(GATE)
        long = np.clip((x[:, table.length] - begins) / (alone - begins), 0, 1)
        return np.asarray(long * (x @ self.steady + self.bias) + (1 - long) * (MIX * trees + (1 - MIX) * own))


def fit(table: Table, keep: Some) -> Fitted:
    """All layers of the rows `keep`."""
    x, y, load = table.x[keep], table.y[keep], table.load[keep] / table.load[keep].mean()
    signs = np.array([direction(name) for name in table.names])
    trees = [
        HistGradientBoostingClassifier(
            max_iter=200, learning_rate=0.04, max_leaf_nodes=16, min_samples_leaf=15, l2_regularization=5.0,
            max_features=0.1, monotonic_cst=signs, random_state=seed, early_stopping=False,
        ).fit(x, y, sample_weight=load)
        for seed in SEEDS
    ]  # fmt: skip
    steady = np.array([name in STEADY for name in table.names])
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    tell = _tell(x, table, keep)
    weights, words = _manners(table, keep, np.clip((x - mean) / spread, -CLIP, CLIP), tell)
    return Fitted(trees, *_steady(x * steady, y, load, signs), tell, mean, spread, weights, words)


def _tell(x: Floats, table: Table, keep: Some) -> Floats:
    """Log-odds of each set by how its texts are set; sets that are left out get none."""
    chosen = np.array([name in MANNER for name in table.names])
    mean, spread = x[:, chosen].mean(axis=0), x[:, chosen].std(axis=0) + 1e-9
    of = table.of[keep]
    load = table.load[keep] ** TELL_POWER
    solver = LogisticRegression(max_iter=3000).fit((x[:, chosen] - mean) / spread, of, sample_weight=load)
    coefficients, bias = solver.coef_, solver.intercept_
    if len(solver.classes_) == 2:
        coefficients, bias = np.vstack([-coefficients / 2, coefficients / 2]), np.r_[-bias / 2, bias / 2]
    made = np.zeros((x.shape[1] + 1, len(bias)))
    made[:-1][chosen] = (coefficients / spread).T
    made[-1] = bias - (coefficients / spread) @ mean
    return made


def _manners(table: Table, keep: Some, z: Floats, tell: Floats) -> tuple[Floats, tuple[Floats, ...]]:
    """One logistic regression over common weights, each manner's own (Daume 2007), and the n-grams."""
    odds = table.x[keep] @ tell[:-1] + tell[-1]
    shares = np.exp(odds - odds.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    full = np.c_[z, np.ones(len(z))]
    blocks = [z, *(OWN * full * shares[:, [manner]] for manner in range(shares.shape[1]))]
    design = hstack([csr_matrix(np.hstack(blocks)), *(words[keep] * WORDS for words in table.words)]).tocsr()
    solver = LogisticRegression(C=STRENGTH, max_iter=3000, tol=1e-6)
    solver.fit(design, table.y[keep], sample_weight=table.load[keep])
    found, many = solver.coef_[0], z.shape[1]
    common = np.r_[found[:many], solver.intercept_]
    own = found[many : many + (many + 1) * shares.shape[1]].reshape(shares.shape[1], many + 1)
    rest, words = found[many + own.size :] * WORDS, []
    for counts in table.words:
        words.append(rest[: counts.shape[1]])
        rest = rest[counts.shape[1] :]
    return (common + OWN * own).T, tuple(words)


def _steady(x: Floats, y: NDArray[np.int64], load: Floats, signs: NDArray[np.int64]) -> tuple[Floats, float]:
    """Logistic regression whose coefficients keep the signs that are known beforehand."""
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    z, share, many = (x - mean) / spread, load / load.sum(), x.shape[1]

    def loss(t: Floats) -> tuple[float, Floats]:
        odds = z @ t[:many] + t[many]
        gap = share * (1 / (1 + np.exp(-odds)) - y)
        value = share @ np.logaddexp(0, np.where(y == 1, -odds, odds)) + STEADY_PENALTY * (t[:many] @ t[:many]) / 2
        return value, np.r_[z.T @ gap + STEADY_PENALTY * t[:many], gap.sum()]

    bounds = [(0, None) if sign > 0 else (None, 0) if sign < 0 else (None, None) for sign in signs]
    found = minimize(loss, np.zeros(many + 1), jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)]).x
    weights = found[:many] / spread
    return weights, float(found[many] - weights @ mean)


@dataclass(slots=True)
class Line:
    """Calibration: slope and shift per manner, and the cap of answers with a sure conflict."""

    lines: Floats
    cap: float

    def chances(self, odds: Floats, shares: Floats, flagged: Some) -> Floats:
        slope, shift = (shares @ self.lines).T
        found = 1 / (1 + np.exp(-(slope * odds + shift)))
        return np.where(flagged, np.minimum(found, self.cap * (0.5 + found / 2)), found)


def calibration_of(odds: Floats, shares: Floats, table: Table, at: Some) -> Line:
    """The calibration that the rows `at` give; `odds` are those of rows whose label the model had not seen.

    Slope and shift (Platt 1999), common to all rows but for what each manner's own rows ask for.
    """
    apart = shares[at] - shares[at].mean(axis=0)
    design = np.c_[odds[at], apart, apart * odds[at][:, None] / 2]
    solver = LogisticRegression(C=CALIBRATION, max_iter=2000)
    solver.fit(design, table.y[at], sample_weight=table.load[at])
    slope, (shifts, slopes) = solver.coef_[0, 0], solver.coef_[0, 1:].reshape(2, -1)
    middle = shares[at].mean(axis=0)
    lines = np.c_[slope + (slopes - slopes @ middle) / 2, solver.intercept_[0] + shifts - shifts @ middle]
    flagged = table.y[at & table.flagged]
    return Line(lines, float((flagged.sum() + 1) / (len(flagged) + 2)))


def packed(fitted: Fitted, table: Table, line: Line, rare: NDArray[np.uint8]) -> dict[str, Any]:
    """The model as plain arrays; children of a node stand side by side."""
    roots, wanted, number, left = [], [], [], []
    base = 0.0
    for model in fitted.trees:
        base += float(np.ravel(model._baseline_prediction)[0]) / len(fitted.trees)
        for (tree,) in model._predictors:
            begin = len(wanted)
            roots.append(begin)
            order, place = [0], {0: begin}
            for node in order:
                if not tree.nodes[node]["is_leaf"]:
                    for child in (int(tree.nodes[node]["left"]), int(tree.nodes[node]["right"])):
                        place[child] = begin + len(order)
                        order.append(child)
            for node in order:
                one = tree.nodes[node]
                leaf = bool(one["is_leaf"])
                wanted.append(LEAF if leaf else int(one["feature_idx"]))
                number.append(float(one["value"]) / len(fitted.trees) if leaf else float(one["num_threshold"]))
                left.append(0 if leaf else place[int(one["left"])])
    steps = np.array([np.abs(weights).max() / 127 for weights in fitted.words])
    return {
        "features": np.array(table.names),
        "roots": np.array(roots, np.int32),
        "wanted": np.array(wanted, np.int16),
        "number": np.array(number),
        "left": np.array(left, np.int32),
        "steady": fitted.steady.astype(np.float32),
        "bias": np.array([base, fitted.bias]),
        "gate": np.array([table.length, *np.log1p(GATE)]),
        "lines": line.lines,
        "cap": np.array([table.names.index("near_conflicts"), line.cap]),
        "rarity": rare,
        "tell": fitted.tell.astype(np.float32),
        "mean": fitted.mean.astype(np.float32),
        "spread": fitted.spread.astype(np.float32),
        "manner_weights": fitted.weights.astype(np.float32),
        "words_step": steps,
        **{f"rarity_{n}": one for n, one in enumerate(table.rarity)},
        **{
            f"words_{n}": (np.rint(weights / step) * (table.rarity[n] > 0)).astype(np.int8)
            for n, (weights, step) in enumerate(zip(fitted.words, steps, strict=True))
        },
    }
