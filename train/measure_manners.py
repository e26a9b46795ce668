"""What a calibration of `refusal` by the manner of the answer would bring: measured, and not shipped.

    python train/measure_manners.py --data DIR

The model of `refusal.py` asks further whether an answer is written as those of each kind of set. A gate of these
questions, the plain numbers and the layout tells the manner; log-odds, shifts and plain numbers are then weighed by
manner, sets alike, learned on unseen rows. Prints Markdown: one line for all, as it ships, beside the line by manner.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import refusal
from assay.scorers.abuse_layout import NAMES, layout
from fitting import Line, Table, fit, folds, labels_of, line, raw_logits, table, unseen, without_set
from measuring import measured
from own_refusals import held
from rows import Row

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
MANNER = {
    "xstest_responses": "assistant",
    "given_answers": "persona",
    "declined_answers": "persona",
    "ordinary_answers": "ordinary",
    "own_texts": "modern",
    "short_texts": "terse",
    "survey_answers": "option",
    "latent_jailbreak_human": "task",
}
WRITTEN = tuple(f"written as {manner}" for manner in dict.fromkeys(MANNER.values()))
RECIPE = replace(
    refusal.RECIPE,
    questions=("refused", "full", *WRITTEN),
    weight_for=lambda row, asked: 1.0 / refusal.RECIPE.weight(row) if asked in WRITTEN else 1.0,
    strength_for=lambda asked: 0.3 if asked in WRITTEN else 1.0,
)
SURE = 12.0
"""No log-odds go beyond."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of some answers."""

    logits: Floats
    """Of `RECIPE.questions`, uncalibrated."""
    numbers: Floats
    layout: Floats

    def gated(self) -> Floats:
        """What the gate is told."""
        return np.hstack([self.logits[:, 2:], self.numbers, self.layout])

    def traits(self, gate: Pipeline, asked: int) -> Floats:
        """What is weighed."""
        share = gate.predict_proba(self.gated())
        odds = self.logits[:, :2].clip(-SURE, SURE)
        by = [share * odds[:, [asked]], share, share * odds[:, [1 - asked]], self.numbers]
        return np.hstack([*by, *(share * self.numbers[:, [at]] for at in range(self.numbers.shape[1]))])


def told(rows: list[Row], numbers: Floats, logits: Floats) -> Told:
    """Of rows in order."""
    return Told(logits, numbers, np.array([layout(row.texts["answer"])[: len(NAMES)] for row in rows]))


def by_manner(rows: list[Row], seen: Told, asked: int, known: Places, on: Told) -> Floats:
    """Probabilities of `on` by what the rows `known` say."""
    sizes = Counter(row.set for row in rows)
    loads = np.array([1.0 / sizes[row.set] for row in rows])
    manner = np.array([MANNER[row.set] for row in rows])
    gate = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=2000))
    part = Told(seen.logits[known], seen.numbers[known], seen.layout[known])
    gate.fit(part.gated(), manner[known], logisticregression__sample_weight=loads[known] / loads[known].mean())
    at, labels = labels_of(rows, RECIPE.questions[asked])
    kept = np.isin(at, known)
    some = Told(seen.logits[at[kept]], seen.numbers[at[kept]], seen.layout[at[kept]])
    solver = LogisticRegression(C=1.0, max_iter=3000)
    solver.fit(some.traits(gate, asked), labels[kept], sample_weight=loads[at[kept]] / loads[at[kept]].mean())
    return np.asarray(solver.predict_proba(on.traits(gate, asked))[:, 1])


def through(made: Table, seen: Told, asked: int, known: Places) -> Line:
    """The one line for all, by what the rows `known` say."""
    at, labels = labels_of(made.rows, RECIPE.questions[asked])
    kept = np.isin(at, known)
    return line(made, RECIPE, asked, seen.logits[at[kept], asked], labels[kept], at[kept])


def lines(data: Path) -> Iterator[str]:
    """The table, a line at a time."""
    rows = [
        replace(row, labels=row.labels | {asked: asked == f"written as {MANNER[row.set]}" for asked in WRITTEN})
        for row in refusal.rows(data)
    ]
    made, fold = table(rows, RECIPE), folds(rows)
    seen = told(rows, made.numbers, unseen(made, RECIPE, fold))
    apart = without_set(made, RECIPE, refusal.LEFT_OUT)
    sets, every = np.array([row.set for row in rows]), np.arange(len(rows))
    kept = [refusal.as_read(row) for row in held()]
    fresh = table(kept, RECIPE)
    new = told(kept, fresh.numbers, raw_logits(fit(made, RECIPE, every), fresh, np.arange(len(kept))))
    yield "| question | set | measured | accuracy | by manner | AUROC | by manner | L2 | by manner | L2 null |"
    yield "|---" * 10 + "|"
    for asked, question in enumerate(RECIPE.questions[:2]):
        at, labels = labels_of(rows, question)

        plain, mixed = np.zeros(len(rows)), np.zeros(len(rows))
        for part in range(5):
            inside, known = np.flatnonzero(fold == part), np.flatnonzero(fold != part)
            plain[inside] = through(made, seen, asked, known).chances(seen.logits[inside, asked], made.numbers[inside])
            on = Told(seen.logits[inside], seen.numbers[inside], seen.layout[inside])
            mixed[inside] = by_manner(rows, seen, asked, known, on)
        for name in sorted(set(sets)):
            here = sets[at] == name
            yield shown(question, name, refusal.CROSS, plain[at[here]], mixed[at[here]], labels[here])
        for name, logits in apart.items():
            inside, known, here = np.flatnonzero(sets == name), np.flatnonzero(sets != name), sets[at] == name
            asks = np.isin(inside, at)
            on = Told(logits, seen.numbers[inside], seen.layout[inside])
            far = by_manner(rows, seen, asked, known, on)[asks]
            near = through(made, seen, asked, known).chances(logits[:, asked], made.numbers[inside])[asks]
            yield shown(question, name, "set left out", near, far, labels[here])
        one, many = (
            through(made, seen, asked, every).chances(new.logits[:, asked], new.numbers),
            by_manner(rows, seen, asked, every, new),
        )
        for name in ("held_texts", "fresh_texts"):
            which = np.array([row.set == name and question in row.labels for row in kept])
            truth = np.array([row.labels[question] for row, is_in in zip(kept, which, strict=True) if is_in])
            yield shown(question, name, "never trained on", one[which], many[which], truth)


def shown(question: str, name: str, how: str, plain: Floats, mixed: Floats, truth: NDArray[np.bool_]) -> str:
    """One line of the table."""
    one, many = measured(plain, truth), measured(mixed, truth)
    cells = [one.accuracy, many.accuracy, one.auroc, many.auroc, one.calibration, many.calibration]
    figures = ["" if cell is None else f"{cell:.3f}" for cell in (*cells, many.calibration_null)]
    return f"| {' | '.join([question, name, how, *figures])} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public files; see README.md")
    for each in lines(parser.parse_args().data):
        print(each, flush=True)


if __name__ == "__main__":
    main()
