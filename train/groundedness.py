"""Train the model of the scorer `groundedness` and print how well it does on people's labels.

    python train/groundedness.py --data DIR [--write]

train/README.md says what DIR holds. The same files give the same coefficients.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np
from numpy.typing import NDArray

from assay.scorers.boosted import unpacked
from assay.scorers.passages import indexed
from assay.scorers.support import bucket, read
from assay.scorers.support_features import features
from assay.scorers.support_wording import Worded, worded
from assay.scorers.tokens import JOINT, tokens
from grounded_layers import Fitted, Floats, Line, Table, calibration_of, fit, hashed, packed
from measuring import Measured, auroc, measured
from rows import raws

SETS = {"BEGIN": "begin", "Q2": "q2_dialogue", "FaithDial": "faithdial_audit"}
COEFFICIENTS = Path(__file__).parents[1] / "src" / "assay" / "scorers" / "coefficients"
BUCKETS = 4096
FOLDS = 5
SET_POWER = 0.3
"""Small sets weigh more per row: (largest / size) to this power."""
CUTS = 3
"""Ways of cutting the rows into folds, over which the figures are averaged."""
UNCOOPERATIVE = "Uncooperative"
"""FaithDial's class of replies that say what the passage says but do not take up the talk; labelled generic here."""
Row = dict[str, Any]


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


def read_row(row: Row, answer: str, weights: Sequence[float]) -> tuple[dict[str, Floats], tuple[Worded, Worded]]:
    """Numbers of the answer and of each sentence, and its n-grams."""
    reading = read(answer, indexed((row["context"],)), row.get("prompt") or "", weights)
    return features(reading), worded(reading.said, reading.sentences)


def labelled(data: Path, weights: Sequence[float]) -> Table:
    """The three labelled sets that are trained on."""
    rows = [{**raw, "set": name} for name, file in SETS.items() for raw in raws(data, f"groundedness/{file}.jsonl")]
    found = [read_row(row, row["response"], weights) for row in rows]
    of = np.array([row["set"] for row in rows])
    sizes = {name: int((of == name).sum()) for name in SETS}
    load = np.array([(max(sizes.values()) / sizes[name]) ** SET_POWER for name in of])
    words, rarities = hashed([one for _, one in found])
    x = np.array([[column[0] for column in numbers.values()] for numbers, _ in found])
    y = np.array([int(row["label"] == "supported") for row in rows])
    fair = np.array([(row.get("meta") or {}).get("raw") != UNCOOPERATIVE for row in rows])
    return Table(list(found[0][0]), x, words, rarities, y, of, np.array([row["group"] for row in rows]), load, fair)


@dataclass(slots=True)
class Cut:
    """What models said of the rows that they had not seen, for one way of cutting the rows into folds."""

    odds: Floats
    shares: Floats
    fold: NDArray[np.int64]

    def chances(self, table: Table) -> Floats:
        """Probabilities; those of a fold are calibrated on the others."""
        said = np.zeros(len(self.odds))
        for part in range(FOLDS):
            here = self.fold == part
            line = calibration_of(self.odds, self.shares, table, ~here)
            said[here] = line.chances(self.odds[here], self.shares[here], table.flagged[here])
        return said


def cross(table: Table, seed: int) -> Cut:
    """Log-odds of each row by a model that saw no row of its group."""
    names = np.array(sorted(set(table.group)))
    fold_of = dict(zip(names, np.random.default_rng(seed).permutation(len(names)) % FOLDS, strict=True))
    fold = np.array([fold_of[group] for group in table.group])
    odds, shares = np.zeros(len(table.y)), np.zeros((len(table.y), len(SETS)))
    for part in range(FOLDS):
        here = fold == part
        fitted = fit(table, ~here)
        odds[here], shares[here] = fitted.odds(table, here), fitted.shares(table.x[here])
    return Cut(odds, shares, fold)


def tables(table: Table) -> tuple[list[dict[str, Any]], Line]:
    """All measurements, and the calibration of the model that ships."""
    found: list[dict[str, Any]] = []
    cuts = [cross(table, seed) for seed in range(CUTS)]
    said = [cut.chances(table) for cut in cuts]
    for name, here in _judged(table):
        each = [_one_model(cut, chances, table, here) for cut, chances in zip(cuts, said, strict=True)]
        found.append(told(name, "cross-validated by group", _mean(each)))
        pooled = [auroc(chances[here], table.y[here] == 1) for chances in said]
        found[-1]["auroc_pooled"] = round(float(np.mean([one for one in pooled if one is not None])), 4)
        print(f"AUROC of the folds pooled: {found[-1]['auroc_pooled']}")
    for name, here in _judged(table):
        others = table.of != table.of[here][0]
        fitted = fit(table, others)
        shares = fitted.shares(table.x)
        line = calibration_of(cuts[0].odds, shares, table, others)
        chances = line.chances(fitted.odds(table, here), shares[here], table.flagged[here])
        found.append(told(name, "set left out", measured(chances, table.y[here] == 1)))
    return found, calibration_of(cuts[0].odds, cuts[0].shares, table, np.ones(len(table.y), bool))


def _judged(table: Table) -> list[tuple[str, NDArray[np.bool_]]]:
    """The sets, and FaithDial once more without the rows whose label tells something else than groundedness."""
    sets = [(name, table.of == name) for name in SETS]
    return [*sets, ("FaithDial without uncooperative", (table.of == "FaithDial") & table.fair)]


def _one_model(cut: Cut, chances: Floats, table: Table, here: NDArray[np.bool_]) -> Measured:
    """Figures of one cut; its AUROC counts the pairs within a fold, which one model and one line judged.

    Pairs of two folds would compare two models with two calibrations, which is not what ships.
    """
    whole = measured(chances[here], table.y[here] == 1)
    total = pairs = 0.0
    for part in range(FOLDS):
        at = here & (cut.fold == part)
        truth = table.y[at] == 1
        value = auroc(chances[at], truth)
        if value is not None:
            many = float(truth.sum() * (~truth).sum())
            total, pairs = total + value * many, pairs + many
    return replace(whole, auroc=total / pairs)


def _mean(each: Sequence[Measured]) -> Measured:
    values = [asdict(one) for one in each]
    return Measured(**{
        key: value if isinstance(value, int) else float(np.mean([one[key] for one in values]))
        for key, value in values[0].items()
    })  # fmt: skip


def told(name: str, how: str, one: Measured) -> dict[str, Any]:
    print(f"| {name} | {one.n} | {one.yes} | {how} | {one.figures()} |", flush=True)
    return {"question": "grounded", "set": name, "how": how, **one.values()}


def twins(data: Path, arrays: dict[str, Any]) -> dict[str, Any]:
    """BUMP: how often the faithful summary is given the higher probability. Never trained on."""
    model = unpacked(arrays)
    higher, faithful, unfaithful = [], [], []
    for raw in raws(data, "groundedness/bump_pairs.jsonl"):
        good, bad = (raw[f"response_{side}"] for side in (raw["label"], "b" if raw["label"] == "a" else "a"))
        one, two = (model.probabilities(*read_row(raw, answer, model.rarity))[0] for answer in (good, bad))
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
    arrays = packed(whole, table, line, rare)
    _same(given.data, arrays, whole, table, line)
    found.append(twins(given.data, arrays))
    if given.write:
        keep(arrays, found)


def _same(data: Path, arrays: dict[str, Any], whole: Fitted, table: Table, line: Line) -> None:
    """Stop when what is packed says otherwise than what was fitted."""
    model = unpacked(arrays)
    rows = [raw for file in SETS.values() for raw in raws(data, f"groundedness/{file}.jsonl")]
    some = np.arange(len(rows)) % 17 == 0
    ours = [model.probabilities(*read_row(rows[n], rows[n]["response"], model.rarity))[0] for n in np.flatnonzero(some)]
    theirs = line.chances(whole.odds(table, some), whole.shares(table.x[some]), table.flagged[some])
    worst = float(np.abs(np.array(ours) - theirs).max())
    print(f"cap {line.cap:.3f} from {int(table.flagged.sum())} rows; lines {line.lines.round(2).tolist()}; {worst:.5f}")
    if worst > 0.02:
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
