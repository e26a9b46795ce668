"""Train the model of the scorer `groundedness` and print how well it does on people's labels.

    python train/groundedness.py --data DIR [--write]

train/README.md says what DIR holds. The same files give the same coefficients.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.ensemble import HistGradientBoostingClassifier

from assay.scorers.boosted import LEAF, unpacked
from assay.scorers.passages import indexed
from assay.scorers.support import bucket, read
from assay.scorers.support_features import STEADY, STYLES, direction, features, style
from assay.scorers.tokens import JOINT, tokens
from measuring import Measured, measured
from rows import raws

SETS = {"BEGIN": "begin", "Q2": "q2_dialogue", "FaithDial": "faithdial_audit"}
COEFFICIENTS = Path(__file__).parents[1] / "src" / "assay" / "scorers" / "coefficients"
BUCKETS = 4096
FOLDS = 5
SET_POWER = 0.2
"""Small sets weigh more per row: (largest / size) to this power."""
GATE = (30.0, 50.0)
"""Words of an answer from which the linear layer begins to count, and from which it alone counts: the labelled
replies are shorter, so what trees say beyond is a guess, and a layer whose signs are known is a better one."""
PENALTY = 0.003
PULL = 2.0
SEEDS = (0,)
Floats = NDArray[np.float64]
Row = dict[str, Any]


@dataclass(slots=True)
class Table:
    """Rows as numbers."""

    names: list[str]
    x: Floats
    y: NDArray[np.int64]
    of: NDArray[np.str_]
    group: NDArray[np.str_]
    load: Floats
    styles: NDArray[np.int64]

    @property
    def words(self) -> int:
        """Place of the number of words."""
        return self.names.index("words")

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """Rows with a sure conflict in a sentence that is near a passage."""
        return self.x[:, self.names.index("near_conflicts")] > 0


def rarity(data: Path) -> NDArray[np.uint8]:
    """How rare the words of each bucket are in ordinary model answers, none of them from the measured sets."""
    count = np.zeros(BUCKETS)
    for name in ("hallucination/halueval_general.jsonl", "preference/pandalm.jsonl"):
        for raw in raws(data, name):
            for text in (raw.get("prompt") or "", raw.get("response") or raw.get("response_a") or ""):
                found = tokens(text, 100_000)
                for key, kind in zip(found.keys, found.kinds, strict=True):
                    if kind != JOINT:
                        count[bucket(key, BUCKETS)] += 1
    rare = -np.log((count + 1) / (count.sum() + BUCKETS))
    return np.rint(255 * (0.2 + 0.8 * (rare - rare.min()) / (rare.max() - rare.min()))).astype(np.uint8)


def vector(row: Row, answer: str, weights: Sequence[float]) -> dict[str, float]:
    reading = read(answer, indexed((row["context"],)), row.get("prompt") or "", weights)
    return features(reading, reading.sentences)


def labelled(data: Path, weights: Sequence[float]) -> Table:
    """The three labelled sets that are trained on."""
    rows = [{**raw, "set": name} for name, file in SETS.items() for raw in raws(data, f"groundedness/{file}.jsonl")]
    found = [vector(row, row["response"], weights) for row in rows]
    of = np.array([row["set"] for row in rows])
    sizes = {name: int((of == name).sum()) for name in SETS}
    load = np.array([(max(sizes.values()) / sizes[name]) ** SET_POWER for name in of])
    y = np.array([int(row["label"] == "supported") for row in rows])
    group = np.array([row["group"] for row in rows])
    styles = np.array([style(one) for one in found])
    return Table(list(found[0]), np.array([list(one.values()) for one in found]), y, of, group, load, styles)


@dataclass(slots=True)
class Fitted:
    """Trees and a linear layer, not calibrated."""

    trees: list[HistGradientBoostingClassifier]
    linear: Floats
    bias: float

    def odds(self, x: Floats, words: int) -> Floats:
        boosted = sum(tree.decision_function(x) for tree in self.trees) / len(self.trees)
        begins, alone = np.log1p(GATE)
        share = np.clip((x[:, words] - begins) / (alone - begins), 0, 1)
        return share * (x @ self.linear + self.bias) + (1 - share) * boosted


def fit(table: Table, keep: NDArray[np.bool_]) -> Fitted:
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
    return Fitted(trees, *_linear(x * steady, y, load, signs))


def _linear(x: Floats, y: NDArray[np.int64], load: Floats, signs: NDArray[np.int64]) -> tuple[Floats, float]:
    """Logistic regression whose coefficients keep the signs that are known beforehand."""
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    z, share, many = (x - mean) / spread, load / load.sum(), x.shape[1]

    def loss(t: Floats) -> tuple[float, Floats]:
        odds = z @ t[:many] + t[many]
        gap = share * (1 / (1 + np.exp(-odds)) - y)
        value = share @ np.logaddexp(0, np.where(y == 1, -odds, odds)) + PENALTY * (t[:many] @ t[:many]) / 2
        return value, np.r_[z.T @ gap + PENALTY * t[:many], gap.sum()]

    bounds = [(0, None) if sign > 0 else (None, 0) if sign < 0 else (None, None) for sign in signs]
    found = minimize(loss, np.zeros(many + 1), jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)]).x
    weights = found[:many] / spread
    return weights, float(found[many] - weights @ mean)


def calibrated(odds: Floats, y: NDArray[np.int64], load: Floats, styles: NDArray[np.int64]) -> Floats:
    """Slope and shift per style of text (Platt 1999), drawn a little towards those of all rows."""

    def line(mask: NDArray[np.bool_], about: Floats, pull: float) -> Floats:
        share = load[mask] / load[mask].mean()

        def loss(t: Floats) -> float:
            signed = np.where(y[mask] == 1, -1, 1) * (t[0] * odds[mask] + t[1])
            return float(share @ np.logaddexp(0, signed) + pull * ((t - about) @ (t - about)))

        return np.asarray(minimize(loss, about).x)

    whole = line(np.ones(len(y), bool), np.array([1.0, 0.0]), 0.0)
    return np.array(
        [line(styles == one, whole, PULL) if (styles == one).sum() > 20 else whole for one in range(STYLES)]
    )


@dataclass(slots=True)
class Line:
    """Calibration: per style, and the cap of answers with a sure conflict."""

    lines: Floats
    cap: float

    def chances(self, odds: Floats, table: Table, at: NDArray[np.bool_]) -> Floats:
        slope, shift = self.lines[table.styles[at]].T
        found = 1 / (1 + np.exp(-(slope * odds + shift)))
        return np.where(table.flagged[at], np.minimum(found, self.cap * (0.5 + found / 2)), found)


def calibration_of(odds: Floats, table: Table, at: NDArray[np.bool_]) -> Line:
    """The calibration that the rows `at` give; `odds` are those of rows whose label the model had not seen."""
    lines = calibrated(odds[at], table.y[at], table.load[at], table.styles[at])
    flagged = table.y[at & table.flagged]
    return Line(lines, float((flagged.sum() + 1) / (len(flagged) + 2)))


def cross(table: Table, seed: int = 0) -> tuple[Floats, NDArray[np.int64]]:
    """Log-odds of each row by a model that saw no row of its group, and the folds."""
    names = np.array(sorted(set(table.group)))
    fold_of = dict(zip(names, np.random.default_rng(seed).permutation(len(names)) % FOLDS, strict=True))
    fold = np.array([fold_of[group] for group in table.group])
    odds = np.zeros(len(table.y))
    for part in range(FOLDS):
        odds[fold == part] = fit(table, fold != part).odds(table.x[fold == part], table.words)
    return odds, fold


def tables(table: Table) -> tuple[list[dict[str, Any]], Line]:
    """All measurements, and the calibration of the model that ships."""
    found: list[dict[str, Any]] = []
    odds, fold = cross(table)
    said = np.zeros(len(odds))
    for part in range(FOLDS):
        here = fold == part
        said[here] = calibration_of(odds, table, ~here).chances(odds[here], table, here)
    for name in SETS:
        here = table.of == name
        found.append(told(name, "cross-validated by group", measured(said[here], table.y[here] == 1)))
    for name in SETS:
        here = table.of == name
        apart = fit(table, ~here).odds(table.x[here], table.words)
        found.append(
            told(
                name,
                "set left out",
                measured(calibration_of(odds, table, ~here).chances(apart, table, here), table.y[here] == 1),
            )
        )
    return found, calibration_of(odds, table, np.ones(len(odds), bool))


def told(name: str, how: str, one: Measured) -> dict[str, Any]:
    print(f"| {name} | {one.n} | {one.yes} | {how} | {one.figures()} |", flush=True)
    return {"question": "grounded", "set": name, "how": how, **one.values()}


def packed(fitted: Fitted, names: list[str], line: Line, rare: NDArray[np.uint8]) -> dict[str, Any]:
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
    return {
        "features": np.array(names),
        "roots": np.array(roots, np.int32),
        "wanted": np.array(wanted, np.int16),
        "number": np.array(number),
        "left": np.array(left, np.int32),
        "linear": fitted.linear.astype(np.float32),
        "bias": np.array([base, fitted.bias]),
        "gate": np.array([names.index("words"), *np.log1p(GATE)]),
        "lines": line.lines,
        "cap": np.array([names.index("near_conflicts"), line.cap]),
        "rarity": rare,
    }


def twins(data: Path, arrays: dict[str, Any]) -> dict[str, Any]:
    """BUMP: how often the faithful summary is given the higher probability. Never trained on."""
    model = unpacked(arrays)
    higher, faithful, unfaithful = [], [], []
    for raw in raws(data, "groundedness/bump_pairs.jsonl"):
        good, bad = (raw[f"response_{side}"] for side in (raw["label"], "b" if raw["label"] == "a" else "a"))
        read_both = [vector(raw, answer, model.rarity) for answer in (good, bad)]
        one, two = model.probabilities(read_both, [style(found) for found in read_both])
        higher.append(1.0 if one > two else 0.5 if one == two else 0.0)
        faithful.append(one)
        unfaithful.append(two)
    truth = np.r_[np.ones(len(faithful)), np.zeros(len(unfaithful))] == 1
    one = measured(np.r_[faithful, unfaithful], truth)
    print(f"| BUMP | {len(higher)} pairs | | never trained on | {one.figures()} | pairs right {np.mean(higher):.3f}")
    return {
        "question": "grounded",
        "set": "BUMP",
        "how": "never trained on",
        **one.values(),
        "pairs_right": round(float(np.mean(higher)), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    rare = rarity(given.data)
    weights = tuple((rare / 255.0).tolist())
    table = labelled(given.data, weights)
    print(f"{len(table.y)} rows, {len(table.names)} features")
    print(
        "| set | n | yes | measured | accuracy | recall | specificity | AUROC | L2 | 95 % null |\n" + "|---" * 10 + "|"
    )
    found, line = tables(table)
    whole = fit(table, np.ones(len(table.y), bool))
    arrays = packed(whole, table.names, line, rare)
    _same(arrays, whole, table, line)
    found.append(twins(given.data, arrays))
    if given.write:
        keep(arrays, found)


def _same(arrays: dict[str, Any], whole: Fitted, table: Table, line: Line) -> None:
    """Stop when what is packed says otherwise than what was fitted."""
    model = unpacked(arrays)
    some = np.arange(len(table.y)) % 17 == 0
    rows = [dict(zip(table.names, row, strict=True)) for row in table.x[some].tolist()]
    ours = model.probabilities(rows, table.styles[some].tolist())
    theirs = line.chances(whole.odds(table.x[some], table.words), table, some)
    worst = float(np.abs(np.array(ours) - theirs).max())
    print(f"cap {line.cap:.3f} from {int(table.flagged.sum())} rows; lines {line.lines.round(2).tolist()}")
    if worst > 1e-3:
        raise SystemExit(f"packed and fitted models differ by {worst}")


def keep(arrays: dict[str, Any], found: list[dict[str, Any]]) -> None:
    """Write coefficients and card."""
    with (COEFFICIENTS / "groundedness.npz").open("wb") as stream:
        np.savez_compressed(stream, **arrays)
    card = {
        "name": "groundedness",
        "trained_by": "train/groundedness.py",
        "sources": [
            "BEGIN, labelled by people (google/BEGIN-dataset, CC-BY-4.0)",
            "Q2, labelled by people (orhonovich/q-squared, Apache-2.0)",
            "FaithDial's audit of human replies, labelled by people (McGill-NLP/FaithDial, MIT)",
            "rarity of words: answers of HaluEval (RUCAIBox/HaluEval, MIT) and PandaLM (WeOpenML/PandaLM, Apache-2.0)",
        ],
        "measured_only": ["BUMP (dataminr-ai/BUMP, MIT; articles CNN/DailyMail), never trained on"],
        "positive": "people say the whole answer is supported by the passages; generic replies count as not supported",
        "measured": found,
    }
    text = json.dumps(card, indent=1, ensure_ascii=False)
    (COEFFICIENTS / "groundedness.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
