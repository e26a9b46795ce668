"""Train the model of the scorer `groundedness` and print how well it does on people's labels.

    python train/groundedness.py --data DATA [--write]

DATA holds `groundedness/*.jsonl`, `hallucination/halueval_general.jsonl` and `preference/pandalm.jsonl` in the shape
that train/README.md describes. Deterministic: the same files give the same coefficients.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from groundedness_pairs import pairs
from measures import auroc, calibration
from scipy.optimize import minimize
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedGroupKFold

from assay.scorers.passages import indexed
from assay.scorers.support import bucket, read
from assay.scorers.support_features import direction, features
from assay.scorers.tokens import JOINT, tokens

SETS = {"BEGIN": "begin", "Q2": "q2_dialogue", "FaithDial": "faithdial_audit"}
BUCKETS = 4096
TARGET = Path(__file__).parents[1] / "src" / "assay" / "scorers" / "coefficients"
Row = dict[str, Any]


def rows_of(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def rarity(data: Path) -> str:
    """One digit per bucket: how rare its words are in ordinary model answers (none of them from the four sets)."""
    count = np.zeros(BUCKETS)
    for row in rows_of(data / "hallucination/halueval_general.jsonl") + rows_of(data / "preference/pandalm.jsonl"):
        for text in (row.get("prompt") or "", row.get("response") or row.get("response_a") or ""):
            found = tokens(text, 100_000)
            for key, kind in zip(found.keys, found.kinds, strict=True):
                if kind != JOINT:
                    count[bucket(key, BUCKETS)] += 1
    rare = -np.log((count + 1) / (count.sum() + BUCKETS))
    return "".join(str(int(round(9 * value))) for value in (rare - rare.min()) / (rare.max() - rare.min()))


def vectors(rows: Sequence[Row], weights: Sequence[float], field: str = "response") -> list[dict[str, float]]:
    made = []
    for row in rows:
        reading = read(row[field], indexed((row["context"],)), row.get("prompt") or "", weights)
        made.append(features(reading, reading.sentences))
    return made


class Data:
    """All labelled rows as one matrix."""

    def __init__(self, folder: Path, digits: str) -> None:
        weights = [0.2 + 0.8 * int(digit) / 9 for digit in digits]
        self.rows: list[Row] = []
        self.set: np.ndarray = np.zeros(0, int)
        for number, name in enumerate(SETS.values()):
            rows = rows_of(folder / "groundedness" / f"{name}.jsonl")
            self.rows += rows
            self.set = np.r_[self.set, np.full(len(rows), number)]
        named = vectors(self.rows, weights)
        self.names = list(named[0])
        self.x = np.array([list(row.values()) for row in named])
        self.y = np.array([int(row["label"] == "supported") for row in self.rows])
        self.group = np.array([row["group"] for row in self.rows])
        made = pairs(self.rows, random.Random(4))
        self.made_x = np.array([list(row.values()) for row in vectors(made, weights)])
        self.made_y = np.array([row["true"] for row in made])
        self.made_group = np.array([row["group"] for row in made])
        self.made_set = np.array([self.set[row["of"]] for row in made])
        twins = rows_of(folder / "groundedness/bump_pairs.jsonl")
        self.right, self.wrong = (
            np.array([list(row.values()) for row in vectors(twins, weights, field)])
            for field in ("faithful", "unfaithful")
            if not [
                row.update(
                    faithful=row["response_" + row["label"]], unfaithful=row["response_" + "ba"[row["label"] == "b"]]
                )
                for row in twins
            ]
            or True
        )
        self.twin_group = [row["group"] for row in twins]
