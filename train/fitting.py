"""Fits a hashed linear model, measures it on rows it has not seen, writes coefficients and card.

Needs scikit-learn beside assay. Everything is seeded and runs on one thread: the same rows give the same file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, hstack
from sklearn.linear_model import LogisticRegression

from assay.scorers.cards import card, measured_on
from assay.scorers.hashing import View, buckets
from assay.scorers.linear import RARITY_STEP, Model, saved, sigmoid, weighted
from measuring import Measured, auroc, calibration, measured
from rows import Row

Floats = NDArray[np.float64]
Numbers = Callable[[Row], Sequence[float] | Floats]
DOCS = Path(__file__).parents[1] / "docs" / "scorers"
COEFFICIENTS = Path(__file__).parents[1] / "src" / "assay" / "scorers" / "coefficients"
STEPS = 127
SURE = 8.0
"""Logit of a question to which the rows know one answer only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is fitted."""

    name: str
    """Name of the model."""
    views: tuple[View, ...]
    """What is read."""
    questions: tuple[str, ...]
    """One logit each."""
    numbers: Numbers | None = None
    """Plain numbers beside the n-grams, each about one in size."""
    strength: float = 10.0
    """Inverse of the penalty on the n-grams (scikit-learn's C)."""
    number_scale: float = 1.0
    """Factor on the plain numbers while fitting: the larger, the freer they are of the penalty."""
    per_set: bool = True
    """Whether each set weighs alike, as far as the square root of its size."""
    solver: str = "lbfgs"
    """scikit-learn's solver; "liblinear" is faster where many questions are asked of many texts."""
    least: int = 2
    """N-grams of fewer training texts are left out."""
    weight: Callable[[Row], float] = field(default=lambda row: 1.0)
    """A row's own weight."""
    weight_for: Callable[[Row, str], float] = field(default=lambda row, question: 1.0)
    """A row's further weight for one question."""
    emphasis: tuple[float, ...] = ()
    """Factor on each view while fitting: the smaller, the more the penalty holds it down; none means 1."""
    contrasted: tuple[str, ...] = ()
    """Questions for which an n-gram counts by how unlike its rates in both answers are; helps comments, not forms."""
    strength_for: Callable[[str], float] = field(default=lambda question: 1.0)
    """Factor on the strength for one question."""
    calibrate: Callable[[Row], float] | None = None
    """A row's weight while calibrating, 0 to leave it out; by default as while fitting."""
    calibrate_numbers: bool = False
    """Whether the plain numbers are weighed anew on unseen rows, where the n-grams are less sure of themselves."""


@dataclass(slots=True)
class Table:
    """All rows as hashed counts, made once."""

    rows: list[Row]
    counts: list[csr_matrix]
    """Per view, shape (rows, buckets); how often each bucket occurs."""
    numbers: Floats
    """Shape (rows, numbers)."""


def table(rows: list[Row], recipe: Recipe) -> Table:
    """Hash all texts once."""
    counts = []
    for view in recipe.views:
        place, bucket, count = [], [], []
        for at, row in enumerate(rows):
            found, many = np.unique(buckets(row.texts.get(view.field, ""), view), return_counts=True)
            place.append(np.full(len(found), at))
            bucket.append(found)
            count.append(many)
        shape = (len(rows), 1 << view.bits)
        data = np.concatenate(count).astype(np.float64)
        counts.append(csr_matrix((data, (np.concatenate(place), np.concatenate(bucket))), shape=shape))
    numbers = np.array([recipe.numbers(row) for row in rows]) if recipe.numbers else np.zeros((len(rows), 0))
    return Table(rows, counts, numbers)


def fit(made: Table, recipe: Recipe, at: NDArray[np.int64]) -> Model:
    """A model of the rows `at`, uncalibrated."""
    rarity = tuple(_rarity(counts[at], recipe.least) for counts in made.counts)
    seen = _features(made, rarity, at, recipe)
    shape = (len(recipe.questions), made.numbers.shape[1])
    weights = [np.zeros((len(recipe.questions), 1 << view.bits)) for view in recipe.views]
    plain, bias = np.zeros(shape), np.zeros(len(recipe.questions))
    for asked, question in enumerate(recipe.questions):
        known = np.array([question in made.rows[n].labels for n in at])
        labels = np.array([made.rows[n].labels[question] for n in at[known]])
        if labels.all() or not labels.any():  # a set left out took all its answers along
            bias[asked] = SURE if labels.any() else -SURE
            continue
        loads = _loads([made.rows[n] for n in at[known]], recipe, question)
        solver = LogisticRegression(
            C=recipe.strength * recipe.strength_for(question),
            solver=recipe.solver,
            max_iter=400,
            tol=1e-5 if recipe.solver == "lbfgs" else 1e-3,
        )
        given = seen[np.flatnonzero(known)]
        factors = _contrast(given, labels, loads, recipe) if question in recipe.contrasted else np.ones(given.shape[1])
        solver.fit(given @ diags(factors), labels, sample_weight=loads)
        found, begin = solver.coef_[0] * factors, 0
        for view_at, view in enumerate(recipe.views):
            weights[view_at][asked] = found[begin : begin + (1 << view.bits)] * _emphasis(recipe)[view_at]
            begin += 1 << view.bits
        plain[asked] = found[begin:] * recipe.number_scale
        bias[asked] = solver.intercept_[0]
    return _packed(recipe, rarity, weights, plain, bias)


def _packed(
    recipe: Recipe, rarity: tuple[NDArray[np.uint8], ...], weights: list[Floats], plain: Floats, bias: Floats
) -> Model:
    scales = np.array([[max(float(np.abs(w).max()), 1e-12) / STEPS for w in per] for per in weights])
    steps = tuple(
        np.rint(per / scales[view][:, None]).astype(np.int8) * (rarity[view] > 0).astype(np.int8)
        for view, per in enumerate(weights)
    )
    return Model(
        views=recipe.views,
        questions=recipe.questions,
        rarity=rarity,
        weights=steps,
        scales=scales,
        plain=np.round(plain, 6),
        bias=np.round(bias, 6),
        calibration=np.tile([1.0, 0.0], (len(recipe.questions), 1)),
    )


def raw_logits(model: Model, made: Table, at: NDArray[np.int64]) -> Floats:
    """Logits of the rows `at` by a model as it will ship, shape (rows, questions)."""
    total = np.tile(model.bias, (len(at), 1)) + made.numbers[at] @ model.plain.T
    for view, counts in enumerate(made.counts):
        for n, row in enumerate(at):
            begin, end = counts.indptr[row], counts.indptr[row + 1]
            if begin < end:
                seen = np.repeat(counts.indices[begin:end], counts.data[begin:end].astype(int))
                found, values = weighted(seen, model.rarity[view])
                total[n] += (model.weights[view][:, found] @ values) * model.scales[view]
    return total


def _rarity(counts: csr_matrix, least: int) -> NDArray[np.uint8]:
    texts = np.bincount(counts.indices, minlength=counts.shape[1])
    rare = np.log((1 + counts.shape[0]) / (1 + texts)) + 1
    return np.where(texts >= least, np.clip(np.rint(rare * RARITY_STEP), 1, 255), 0).astype(np.uint8)


def _features(made: Table, rarity: Sequence[NDArray[np.uint8]], at: NDArray[np.int64], recipe: Recipe) -> csr_matrix:
    parts = []
    for counts, rare, factor in zip(made.counts, rarity, _emphasis(recipe), strict=True):
        part = counts[at].copy()
        part.data = (1.0 + np.log(part.data)) * (rare[part.indices] / RARITY_STEP)
        norms = np.sqrt(np.asarray(part.multiply(part).sum(axis=1)).ravel())
        part.data *= factor / np.repeat(np.where(norms > 0, norms, 1.0), np.diff(part.indptr))
        parts.append(part)
    parts.append(csr_matrix(made.numbers[at] * recipe.number_scale))
    return hstack(parts, format="csr")


def _contrast(given: csr_matrix, labels: NDArray[np.bool_], loads: Floats, recipe: Recipe) -> Floats:
    """Factor of each n-gram: 0.3 + how far its rates in both answers lie apart; 1 for the plain numbers.

    Source:
        Wang & Manning 2012, interpolated.
    """
    found, begin, columns, shares = np.ones(given.shape[1]), 0, given.T.tocsr(), loads / loads.max()
    for view in recipe.views:
        end = begin + (1 << view.bits)
        yes, no = (columns[begin:end] @ (shares * answer) + 1.0 / 3 for answer in (labels, ~labels))
        found[begin:end] = 0.3 + np.abs(np.log((yes / yes.sum()) / (no / no.sum())))
        begin = end
    return found


def _emphasis(recipe: Recipe) -> tuple[float, ...]:
    return recipe.emphasis or (1.0,) * len(recipe.views)


def _loads(rows: list[Row], recipe: Recipe, question: str) -> Floats:
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row.set] = sizes.get(row.set, 0) + 1
    own = np.array([recipe.weight(row) * recipe.weight_for(row, question) for row in rows])
    loads = own / np.sqrt([sizes[row.set] for row in rows]) if recipe.per_set else own
    return loads * (len(rows) / loads.sum())


# Measuring


def folds(rows: list[Row], many: int = 5, seed: int = 0) -> NDArray[np.int64]:
    """Fold of each row; a group lies in one fold."""
    names = sorted({row.group for row in rows})
    order = np.random.default_rng(seed).permutation(len(names))
    fold = {names[n]: int(order[n]) % many for n in range(len(names))}
    return np.array([fold[row.group] for row in rows])


def unseen(made: Table, recipe: Recipe, fold: NDArray[np.int64]) -> Floats:
    """Logits of each row by a model that saw neither it nor its group, shape (rows, questions)."""
    found = np.full((len(made.rows), len(recipe.questions)), np.nan)
    for part in sorted(set(fold.tolist())):
        held = np.flatnonzero(fold == part)
        found[held] = raw_logits(fit(made, recipe, np.flatnonzero(fold != part)), made, held)
    return found


def without_set(made: Table, recipe: Recipe, names: Sequence[str]) -> dict[str, Floats]:
    """Logits of each set by a model that saw no row of it."""
    of = np.array([row.set for row in made.rows])
    return {
        name: raw_logits(fit(made, recipe, np.flatnonzero(of != name)), made, np.flatnonzero(of == name))
        for name in names
    }


@dataclass(frozen=True, slots=True)
class Line:
    """Turns raw logits into calibrated ones."""

    slope: float
    shift: float
    numbers: Floats
    """Added weights of the plain numbers, on the calibrated scale; zeros unless the recipe asks."""

    def chances(self, logits: Floats, numbers: Floats) -> Floats:
        """Probabilities."""
        return sigmoid(self.slope * logits + self.shift + numbers @ self.numbers)


def calibrated(logits: Floats, labels: NDArray[np.bool_], loads: Floats | None = None) -> tuple[float, float]:
    """Slope and intercept that turn logits of unseen rows into probabilities (Platt 1999)."""
    solver = LogisticRegression(C=1e6, solver="lbfgs", max_iter=1000)
    solver.fit(logits.reshape(-1, 1), labels, sample_weight=loads)
    return round(float(solver.coef_[0, 0]), 5), round(float(solver.intercept_[0]), 5)


def _weighed_anew(logits: Floats, labels: NDArray[np.bool_], loads: Floats, numbers: Floats) -> Line:
    """A line that also weighs the plain numbers, held down a little."""
    solver = LogisticRegression(C=100.0, solver="lbfgs", max_iter=1000)
    solver.fit(np.column_stack([logits, numbers]), labels, sample_weight=loads)
    found = solver.coef_[0]
    return Line(round(float(found[0]), 5), round(float(solver.intercept_[0]), 5), np.round(found[1:], 5))


def line(
    made: Table, recipe: Recipe, asked: int, logits: Floats, labels: NDArray[np.bool_], at: NDArray[np.int64]
) -> Line:
    """The line of one question, by its logits of the rows `at`."""
    rows = [made.rows[n] for n in at]
    weigh = recipe.calibrate
    loads = np.array([weigh(row) for row in rows]) if weigh else _loads(rows, recipe, recipe.questions[asked])
    kept = loads > 0
    if recipe.calibrate_numbers:
        return _weighed_anew(logits[kept], labels[kept], loads[kept], made.numbers[at[kept]])
    slope, shift = calibrated(logits[kept], labels[kept], loads[kept])
    return Line(slope, shift, np.zeros(made.numbers.shape[1]))


def labels_of(rows: list[Row], question: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Which rows know the answer, and the answer."""
    at = np.array([n for n, row in enumerate(rows) if question in row.labels], dtype=np.int64)
    return at, np.array([rows[n].labels[question] for n in at], dtype=bool)


@dataclass(slots=True)
class Trained:
    """A model with what was measured of it."""

    model: Model
    cross: dict[str, dict[str, Measured]]
    """Question -> set -> grouped cross-validation."""
    left_out: dict[str, dict[str, Measured]]
    """Question -> set -> model that saw no row of the set."""
    chances: dict[str, Floats] = field(default_factory=dict)
    """Question -> probability of each row by a model that saw neither it nor its group; NaN where it has no label."""


def train(rows: list[Row], recipe: Recipe, *, leave_out: Sequence[str] = (), many: int = 5) -> Trained:
    """Fit, calibrate on unseen rows, and measure by grouped cross-validation and by leaving sets out.

    The cross-validated probabilities of a fold are calibrated on the other folds, so that nothing a row is
    judged by has seen its label.
    """
    made, fold = table(rows, recipe), folds(rows, many)
    logits, apart = unseen(made, recipe, fold), without_set(made, recipe, leave_out)
    model = fit(made, recipe, np.arange(len(rows)))
    sets = np.array([row.set for row in rows])
    cross: dict[str, dict[str, Measured]] = {}
    left: dict[str, dict[str, Measured]] = {}
    every: dict[str, Floats] = {}
    lines = []
    for asked, question in enumerate(recipe.questions):
        at, labels = labels_of(rows, question)
        said, of = logits[at, asked], sets[at]
        chances = np.empty(len(at))
        for part in range(many):
            inside, outside = fold[at] == part, fold[at] != part
            fair = line(made, recipe, asked, said[outside], labels[outside], at[outside])
            chances[inside] = fair.chances(said[inside], made.numbers[at[inside]])
        cross[question] = {name: measured(chances[of == name], labels[of == name]) for name in sorted(set(of))}
        every[question] = np.full(len(rows), np.nan)
        every[question][at] = chances
        lines.append(line(made, recipe, asked, said, labels, at))
        left[question] = {}
        for name, found in apart.items():
            known = of == name
            if known.any():
                fair = line(made, recipe, asked, said[~known], labels[~known], at[~known])
                there = np.isin(np.flatnonzero(sets == name), at)
                gone = fair.chances(found[there, asked], made.numbers[at[known]])
                left[question][name] = measured(gone, labels[known])
    return Trained(settled(model, lines), cross, left, every)


def settled(model: Model, lines: Sequence[Line]) -> Model:
    """The model with its lines; weights that a line adds to the plain numbers join those of the model."""
    plain = np.array([weights + one.numbers / one.slope for weights, one in zip(model.plain, lines, strict=True)])
    return replace(model, plain=np.round(plain, 6), calibration=np.array([[one.slope, one.shift] for one in lines]))


def report(trained: Trained) -> str:
    """The measured tables as Markdown."""
    lines = []
    for question, found in trained.cross.items():
        lines += [
            f"### {question}",
            "",
            "| set | n | yes | measured | accuracy | recall | specificity | AUROC | L2 | 95 % null |",
        ]
        lines.append("|---" * 10 + "|")
        for how, by_set in (("cross-validated", found), ("set left out", trained.left_out.get(question, {}))):
            lines += [f"| {name} | {one.n} | {one.yes} | {how} | {one.figures()} |" for name, one in by_set.items()]
        lines.append("")
    return "\n".join(lines)


def keep(trained: Trained, recipe: Recipe, about: dict[str, Any], also: Sequence[dict[str, Any]] = ()) -> None:
    """Write coefficients and card.

    Args:
        trained: What to keep.
        recipe: How it was made.
        about: Further keys of the card: sources, licences.
        also: Further lines of its measured table, before the others.
    """
    COEFFICIENTS.mkdir(exist_ok=True)
    with (COEFFICIENTS / f"{recipe.name}.npz").open("wb") as stream:
        np.savez_compressed(stream, **saved(trained.model))
    measurements = [
        {"question": question, "set": name, "how": how, **one.values()}
        for how, questions in (("cross-validated by group", trained.cross), ("set left out", trained.left_out))
        for question, by_set in questions.items()
        for name, one in by_set.items()
    ]
    text = json.dumps({"name": recipe.name, **about, "measured": [*also, *measurements]}, indent=1, ensure_ascii=False)
    (COEFFICIENTS / f"{recipe.name}.json").write_text(text + "\n", encoding="utf-8")
    show(recipe.name)


def show(name: str) -> None:
    """Put the table of a card into the docs page of that name, between its two marks."""
    path = DOCS / f"{name}.md"
    if not path.is_file():
        return
    page = path.read_text(encoding="utf-8")
    head, mark, rest = page.partition("<!-- measured -->\n")
    _, end, tail = rest.partition("<!-- end of measured -->")
    if mark and end:
        path.write_text(f"{head}{mark}\n{measured_on(card(name))}\n{end}{tail}", encoding="utf-8")


__all__ = ["Recipe", "Trained", "auroc", "calibration", "keep", "report", "table", "train"]
