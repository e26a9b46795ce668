"""Boosted trees beside a linear layer over named numbers, scored in plain Python from a file of plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp
from typing import Any

import numpy as np

from assay.domain.errors import AssayError

LEAF = -1
"""Feature number that marks a leaf."""
_MOST = 30.0  # Log-odds are cut here: no answer is surer than that.


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Boosted:
    """A trained model, made by train/groundedness.py."""

    features: tuple[str, ...]
    """Names of the numbers it reads, in order."""
    roots: tuple[int, ...]
    """First node of each tree."""
    wanted: tuple[int, ...]
    """Per node: place of the feature it asks for, or LEAF."""
    number: tuple[float, ...]
    """Per node: the threshold, or the leaf's log-odds."""
    left: tuple[int, ...]
    """Per node: the child for values up to the threshold; the other one follows it."""
    linear: tuple[float, ...]
    """Coefficient of each number in the linear layer."""
    bias: tuple[float, float]
    """Log-odds before any tree, and of the linear layer."""
    gate: tuple[int, float, float]
    """Place of a number, the value from which the linear layer begins to count, and from which it alone counts."""
    lines: tuple[tuple[float, float], ...]
    """Slope and shift that calibrate the log-odds, by style of text."""
    cap: tuple[int, float]
    """Place of a flag, and the probability that an answer which shows it can hardly pass."""
    rarity: tuple[float, ...]
    """Weight of a word by its bucket."""

    def probability(self, row: Mapping[str, float], style: int) -> float:
        """Probability that the question is answered yes.

        Args:
            row: Numbers by name.
            style: Which of `lines` calibrates it.
        """
        values = [row[name] for name in self.features]
        place, begins, alone = self.gate
        share = max(0.0, min(1.0, (values[place] - begins) / (alone - begins)))
        odds = share * self._straight(values) + (1 - share) * (self._boosted(values) if share < 1 else 0.0)
        slope, shift = self.lines[style]
        chance = 1.0 / (1.0 + exp(-max(-_MOST, min(_MOST, slope * odds + shift))))
        flag, most = self.cap
        return min(chance, most * (0.5 + chance / 2)) if values[flag] else chance

    def _straight(self, values: Sequence[float]) -> float:
        return self.bias[1] + sum(weight * value for weight, value in zip(self.linear, values, strict=True))

    def _boosted(self, values: Sequence[float]) -> float:
        wanted, number, left = self.wanted, self.number, self.left
        odds = self.bias[0]
        for node in self.roots:
            while (at := wanted[node]) >= 0:
                node = left[node] + (values[at] > number[node])
            odds += number[node]
        return odds


@cache
def boosted(name: str) -> Boosted:
    """The trained model of that name; read when it is first used.

    Raises:
        AssayError: Its file is missing or was damaged.
    """
    path = resources.files("assay.scorers") / "coefficients" / f"{name}.npz"
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            return unpacked({key: kept[key] for key in kept.files})
    except (OSError, ValueError, KeyError) as error:
        raise AssayError(f"coefficients of '{name}' cannot be read: {error}. Install assay again") from error


def unpacked(arrays: Mapping[str, Any]) -> Boosted:
    """The model of its arrays, as train/groundedness.py saves them."""
    trees, straight = arrays["bias"].tolist()
    flag, most = arrays["cap"].tolist()
    place, begins, alone = arrays["gate"].tolist()
    return Boosted(
        features=tuple(str(name) for name in arrays["features"].tolist()),
        roots=tuple(arrays["roots"].tolist()),
        wanted=tuple(arrays["wanted"].tolist()),
        number=tuple(arrays["number"].tolist()),
        left=tuple(arrays["left"].tolist()),
        linear=tuple(arrays["linear"].tolist()),
        bias=(trees, straight),
        gate=(int(place), begins, alone),
        lines=tuple((slope, shift) for slope, shift in arrays["lines"].tolist()),
        cap=(int(flag), most),
        rarity=tuple((arrays["rarity"] / 255.0).tolist()),
    )
