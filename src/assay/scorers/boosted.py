"""Boosted trees and a linear part, scored from a JSON file in plain Python: probability of a row of named numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True, eq=False)
class Boosted:
    """A trained model."""

    features: tuple[str, ...]
    """Names of what it reads, in order."""
    base: float
    """Log-odds before any tree."""
    trees: tuple[tuple[tuple[int, ...], tuple[float, ...], tuple[int, ...]], ...]
    """Per tree, per node: feature (-1 in a leaf), threshold or the leaf's value, left child (the right one follows)."""
    linear: tuple[float, ...]
    """Coefficient of each feature in the linear part."""
    intercept: float
    """Of the linear part."""
    mix: tuple[float, float, float]
    """Weights of both parts' log-odds, and what is added: the calibration."""
    rarity: tuple[float, ...]
    """Weight of a word by its bucket."""

    def probability(self, row: Mapping[str, float]) -> float:
        """Probability of the positive class."""
        values = [row[name] for name in self.features]
        boosted = self.base + sum(_leaf(tree, values) for tree in self.trees)
        straight = self.intercept + sum(map(float.__mul__, self.linear, values))
        odds = self.mix[0] * boosted + self.mix[1] * straight + self.mix[2]
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


def _leaf(tree: tuple[tuple[int, ...], tuple[float, ...], tuple[int, ...]], values: Sequence[float]) -> float:
    wanted, threshold, left = tree
    node = 0
    while wanted[node] >= 0:
        node = left[node] + (values[wanted[node]] > threshold[node])
    return threshold[node]


def decoded(document: Mapping[str, object]) -> Boosted:
    """The model of a parsed coefficient file."""
    d: dict[str, list[float]] = {key: value for key, value in document.items() if isinstance(value, list)}
    sizes = [int(size) for size in d["tree_sizes"]]
    trees, at = [], 0
    for size in sizes:
        span = slice(at, at + size)
        left = tuple(int(node) for node in d["left"][span])
        trees.append((tuple(int(name) for name in d["feature"][span]), tuple(map(float, d["number"][span])), left))
        at += size
    mix = d["mix"]
    return Boosted(
        features=tuple(str(name) for name in d["features"]),
        base=float(d["base"][0]),
        trees=tuple(trees),
        linear=tuple(map(float, d["linear"])),
        intercept=float(d["intercept"][0]),
        mix=(float(mix[0]), float(mix[1]), float(mix[2])),
        rarity=tuple(0.2 + 0.8 * int(digit) / 9 for digit in str(document["rarity"])),
    )


@cache
def model(name: str) -> Boosted:
    """The model that ships under a name; read once, at its first use."""
    path = resources.files("assay") / "scorers" / "coefficients" / f"{name}.json"
    return decoded(json.loads(path.read_text("utf-8")))
