"""What other calibrations of `harmful_answer` would give: measures them, keeps nothing.

    python train/measure_harm.py --data DIR

Each layer is fitted on logits of unseen rows and makes a probability of the model's logit and of what it adds to it.
Cross-validation is nested: neither the model, nor the layer, nor a model whose logits the layer was fitted on has
seen the fold that is measured. With a set left out, none of them saw a row of it.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from assay.scorers.abuse_layout import layout
from fitting import Floats, Table, fit, folds, raw_logits, table
from harmful_answer import HARMLESS, JUDGES, PEOPLE, RECIPE, excerpts, rows
from measuring import measured
from transfer import EXCERPT

PARTS = 5
"""Folds."""
VARIED = (*PEOPLE, *JUDGES)
HELD_TO = ("gptfuzz_responses", "jailjudge_mini")
"""Sets whose figures are printed with the set left out."""
SMALL = {"self_defense": 0.5, "jailbreakeval_example": 0.3}
"""Weight of the small sets; excerpts weigh half."""
FREE = 100.0
"""Inverse penalty of the lines."""
Gone = frozenset[str | int]
"""Sets by name, and folds by number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One way to calibrate."""

    name: str
    """In the table."""
    reads: tuple[str, ...] = ()
    """What it reads beside the logit: numbers, layout."""
    trees: bool = False
    """Boosted trees that never fall as the logit rises, instead of a line."""
    far: float = 0.0
    """Share of a set's weight that goes to its logits by a model that saw nothing of the set."""


LAYERS = (
    Layer(name="line"),
    Layer(name="line, half by sets left out", far=0.5),
    Layer(name="line, all by sets left out", far=1.0),
    Layer(name="line and numbers", reads=("numbers",)),
    Layer(name="line and numbers, half by sets left out", reads=("numbers",), far=0.5),
    Layer(name="line, numbers and layout", reads=("numbers", "layout")),
    Layer(name="trees of numbers", reads=("numbers",), trees=True),
    Layer(name="trees of numbers and layout", reads=("numbers", "layout"), trees=True),
)


@dataclass(slots=True)
class Unseen:
    """Logits by models that did not see what they judge, each made once."""

    made: Table
    given: dict[str, Floats]
    """What layers read, by name; shape (rows, numbers)."""
    full: NDArray[np.str_] = field(init=False)
    sets: NDArray[np.str_] = field(init=False)
    fold: NDArray[np.int64] = field(init=False)
    truth: NDArray[np.bool_] = field(init=False)
    kept: dict[Gone, Floats] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.full = np.array([row.set for row in self.made.rows])
        self.sets = np.array([row.set.partition(EXCERPT)[0] for row in self.made.rows])
        self.fold = folds(self.made.rows, PARTS)
        self.truth = np.array([row.labels["harmful"] for row in self.made.rows])

    def out(self, gone: Gone) -> NDArray[np.bool_]:
        """Which rows are of these sets or in these folds."""
        names = [one for one in gone if isinstance(one, str)]
        parts = [one for one in gone if isinstance(one, int)]
        return np.asarray(np.isin(self.sets, names) | np.isin(self.fold, parts))

    def logits(self, gone: Gone) -> Floats:
        """Of the rows that are out, by a model that saw none of them; NaN elsewhere."""
        if gone not in self.kept:
            out, found = self.out(gone), np.full(len(self.sets), np.nan)
            model = fit(self.made, RECIPE, np.flatnonzero(~out))
            found[out] = raw_logits(model, self.made, np.flatnonzero(out))[:, 0]
            self.kept[gone] = found
        return self.kept[gone]

    def chances(self, layer: Layer, gone: Gone) -> Floats:
        """Probabilities of the rows that are out, by a layer that saw none of them; NaN elsewhere."""
        known, held = np.flatnonzero(~self.out(gone)), np.flatnonzero(self.out(gone))
        near, far = (np.full(len(self.sets), np.nan) for _ in range(2))
        for part in {*range(PARTS)} - gone:
            at = known[self.fold[known] == part]
            near[at] = self.logits(gone | {part})[at]
        for name in {*VARIED} - gone if layer.far else ():
            at = known[self.sets[known] == name]
            far[at] = self.logits(gone | {name})[at]
        again, loads = known[~np.isnan(far[known])], self._loads(known)
        twice = ~np.isnan(far[known])
        at, logits = np.concatenate([known, again]), np.concatenate([near[known], far[again]])
        loads = np.concatenate([loads * np.where(twice, 1 - layer.far, 1.0), loads[twice] * layer.far])
        solver = _solver(layer, self._read(layer, logits, at).shape[1])
        solver.fit(self._read(layer, logits, at), self.truth[at], sample_weight=loads * (len(loads) / loads.sum()))
        found = np.full(len(self.sets), np.nan)
        found[held] = solver.predict_proba(self._read(layer, self.logits(gone)[held], held))[:, 1]
        return found

    def _read(self, layer: Layer, logits: Floats, at: NDArray[np.int64]) -> Floats:
        return np.column_stack([logits, *[self.given[name][at] for name in layer.reads]])

    def _loads(self, at: NDArray[np.int64]) -> Floats:
        """Weights: each set alike, as far as the square root of its size."""
        names, place, sizes = np.unique(self.full[at], return_inverse=True, return_counts=True)
        own = [SMALL.get(name.partition(EXCERPT)[0], 1.0) * (0.5 if EXCERPT in name else 1.0) for name in names]
        return np.asarray((np.array(own) / np.sqrt(sizes))[place])


def _solver(layer: Layer, many: int) -> LogisticRegression | HistGradientBoostingClassifier:
    if not layer.trees:
        return LogisticRegression(C=FREE, max_iter=5000)
    return HistGradientBoostingClassifier(
        max_iter=150,
        learning_rate=0.06,
        max_depth=4,
        min_samples_leaf=40,
        l2_regularization=5,
        monotonic_cst=[1] + [0] * (many - 1),
        early_stopping=False,
        random_state=0,
    )


def _line(work: Unseen, layer: Layer) -> str:
    crossed = np.full(len(work.sets), np.nan)
    for part in range(PARTS):
        held = work.fold == part
        crossed[held] = work.chances(layer, frozenset({part}))[held]
    every = [measured(crossed[work.full == name], work.truth[work.full == name]) for name in (*VARIED, *HARMLESS)]
    errors = np.array([one.calibration for one in every])
    quiet = sum(one.calibration <= one.calibration_null for one in every)
    harmless = np.mean(errors[len(VARIED) :])
    cells = [f"{errors.mean():.3f}", f"{harmless:.3f}", f"{errors.max():.3f}", str(quiet), str((errors <= 0.05).sum())]
    for name in HELD_TO:
        at = work.full == name
        one = measured(work.chances(layer, frozenset({name}))[at], work.truth[at])
        cells += [f"{one.auroc or 0:.3f}", f"{one.recall or 0:.3f}", f"{one.calibration:.3f}"]
    return f"| {layer.name} | {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public files; see README.md")
    found = rows(parser.parse_args().data)
    every = [*found, *excerpts(found)]
    made = table(every, RECIPE)
    laid = np.array([layout(row.texts["answer"], row.texts["prompt"]) for row in every])
    work = Unseen(made, {"numbers": made.numbers, "layout": laid})
    left = [f"{name} {figure}" for name in HELD_TO for figure in ("AUROC", "recall", "L2")]
    heads = ["layer", "mean L2", "of harmless sets", "largest", "at the null", "at most .05", *left]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for layer in LAYERS:
        print(_line(work, layer), flush=True)


if __name__ == "__main__":
    main()
