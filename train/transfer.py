"""Calibration that transfers: the line is drawn through logits of sets that the model has not seen.

A model is surer of rows from sets it was trained on than of rows from elsewhere, even by cross-validation. A line
drawn through cross-validated logits is therefore too steep for answers from elsewhere, and its threshold too high.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fitting import Floats, Line, Recipe, Table, Trained, calibrated, fit, folds, raw_logits, settled, table
from measuring import measured
from rows import Row

EXCERPT = "#"
"""Marks the set of an excerpt: `gptfuzz_responses#3 sentences`."""


@dataclass(slots=True)
class Transfer:
    """The logits that calibration and measuring need, each made once."""

    made: Table
    recipe: Recipe
    varied: Sequence[str]
    """Sets with both answers: each is left out in turn."""
    plain: Sequence[str]
    """Sets with one answer: cross-validated, since nothing resembles them when they are left out."""
    weights: Mapping[str, float]
    """Weight of each set while calibrating, however large it is."""
    many: int = 5
    """Folds."""
    sets: NDArray[np.str_] = field(init=False)
    fold: NDArray[np.int64] = field(init=False)
    apart: dict[frozenset[str], Floats] = field(init=False, default_factory=dict)
    crossed: dict[str, Floats] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.sets = np.array([row.set.partition(EXCERPT)[0] for row in self.made.rows])
        self.fold = folds(self.made.rows, self.many)

    def unseen(self, *names: str) -> Floats:
        """Logits of the rows of these sets by a model that saw none of them; NaN elsewhere."""
        key = frozenset(names)
        if key not in self.apart:
            out = np.isin(self.sets, names)
            self.apart[key] = np.full(len(self.sets), np.nan)
            model = fit(self.made, self.recipe, np.flatnonzero(~out))
            self.apart[key][out] = raw_logits(model, self.made, np.flatnonzero(out))[:, 0]
        return self.apart[key]

    def cross(self, without: str = "") -> Floats:
        """Cross-validated logits, all sets but one; NaN in that one. With one left out, of the plain sets alone."""
        if without not in self.crossed:
            found = np.full(len(self.sets), np.nan)
            asked = np.isin(self.sets, self.plain) if without else np.ones(len(self.sets), dtype=np.bool_)
            for part in range(self.many):
                held = np.flatnonzero((self.fold == part) & asked & (self.sets != without))
                model = fit(self.made, self.recipe, np.flatnonzero((self.fold != part) & (self.sets != without)))
                found[held] = raw_logits(model, self.made, held)[:, 0]
            self.crossed[without] = found
        return self.crossed[without]

    def line(self, without: str = "") -> Line:
        """The line by the logits of unseen rows; with a set left out, nothing of it is used."""
        logits, places, loads = [], [], []
        for name in (*self.varied, *self.plain):
            if name == without:
                continue
            at = np.flatnonzero(self.sets == name)
            gone = without if without in self.varied else ""
            found = self.cross(gone) if name in self.plain else self.unseen(*{name, gone} - {""})
            logits.append(found[at])
            places.append(at)
            loads.append(np.full(len(at), self.weights.get(name, 1.0) / len(at)))
        at, load = np.concatenate(places), np.concatenate(loads)
        slope, shift = calibrated(np.concatenate(logits), _labels(self.made.rows, at), load * (len(load) / load.sum()))
        return Line(slope, shift, np.zeros(self.made.numbers.shape[1]))


def train(
    rows: list[Row], recipe: Recipe, *, varied: Sequence[str], plain: Sequence[str], weights: Mapping[str, float]
) -> Trained:
    """Fit one question, calibrate on sets that were left out, and measure.

    The chances of a set are calibrated without it, in cross-validation too.
    """
    (question,) = recipe.questions
    work = Transfer(table(rows, recipe), recipe, varied, plain, weights)
    full = np.array([row.set for row in rows])
    cross, left = {}, {}
    for name in (*varied, *plain):
        line = work.line(name)
        for part in sorted(set(full[work.sets == name])):
            at = np.flatnonzero(full == part)
            label, none = part.replace(EXCERPT, ", "), np.zeros((len(at), work.made.numbers.shape[1]))
            cross[label] = measured(line.chances(work.cross()[at], none), _labels(rows, at))
            if name in varied:
                left[label] = measured(line.chances(work.unseen(name)[at], none), _labels(rows, at))
    model = settled(fit(work.made, recipe, np.arange(len(rows))), [work.line()])
    return Trained(model, {question: cross}, {question: left})


def _labels(rows: list[Row], at: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.array([next(iter(rows[n].labels.values())) for n in at], dtype=np.bool_)
