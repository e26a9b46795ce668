"""Boosted trees beside linear layers over named numbers, scored with numpy alone from a file of plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.domain.errors import AssayError
from assay.scorers.linear import Floats, sigmoid
from assay.scorers.manners import Manners, manners
from assay.scorers.support_wording import Worded

Places = NDArray[np.intp]

LEAF = -1
"""Feature number that marks a leaf."""


MIX = 0.5
"""Share of the trees in the log-odds of a short answer; the rest is the layer of manners."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Boosted:
    """A trained model, made by train/groundedness.py."""

    features: tuple[str, ...]
    """Names of the numbers it reads, in order."""
    roots: Places
    """First node of each tree."""
    wanted: Places
    """Per node: place of the feature it asks for, or LEAF."""
    number: Floats
    """Per node: the threshold, or the leaf's log-odds."""
    left: Places
    """Per node: the child for values up to the threshold; the other one follows it. A leaf names itself."""
    manners: Manners
    """The layer that stands beside the trees."""
    steady: Floats
    """Coefficient of each number in the layer whose signs are fixed."""
    bias: tuple[float, float]
    """Log-odds before any tree, and of the steady layer."""
    gate: tuple[int, float, float]
    """Place of a number, the value from which the steady layer begins to count, and from which it alone counts."""
    lines: Floats
    """Slope and shift that calibrate the log-odds, by manner of text; shape (manners, 2)."""
    cap: tuple[int, float]
    """Place of a flag, and the probability that an answer which shows it can hardly pass."""
    rarity: tuple[float, ...]
    """Weight of a word by its bucket."""

    def probabilities(self, numbers: Mapping[str, Floats], read: Sequence[Worded]) -> list[float]:
        """Probability that the question is answered yes, of the whole and of each sentence.

        Args:
            numbers: Columns by name: of the whole answer, then of each of its sentences.
            read: The answer's patterns and strange words.
        """
        x = np.array(itemgetter(*self.features)(numbers)).T.copy()
        shares = self.manners.shares(x)
        place, begins, alone = self.gate
        long = np.clip((x[:, place] - begins) / (alone - begins), 0.0, 1.0)
        short = MIX * self._boosted(x) + (1 - MIX) * self.manners.odds(x, shares, read)
        odds = long * (x @ self.steady + self.bias[1]) + (1 - long) * short
        slope, shift = (shares @ self.lines).T
        chance = sigmoid(slope * odds + shift)
        flag, most = self.cap
        found: list[float] = np.where(x[:, flag] > 0, np.minimum(chance, most * (0.5 + chance / 2)), chance).tolist()
        return found

    def _boosted(self, x: Floats) -> Floats:
        """All rows go down all trees at once, one level a step."""
        flat, begin = x.ravel(), np.arange(len(x))[:, None] * x.shape[1]
        node = np.tile(self.roots, (len(x), 1))
        wanted = self.wanted.take(node)
        while (inner := wanted >= 0).any():
            right = flat.take(begin + wanted) > self.number.take(node)
            node = self.left.take(node) + (inner & right)
            wanted = self.wanted.take(node)
        total: Floats = self.bias[0] + self.number[node].sum(axis=1)
        return total


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
    wanted = arrays["wanted"].astype(np.intp)
    return Boosted(
        features=tuple(str(name) for name in arrays["features"].tolist()),
        roots=arrays["roots"].astype(np.intp),
        wanted=wanted,
        number=arrays["number"].astype(np.float64),
        left=np.where(wanted == LEAF, np.arange(len(wanted)), arrays["left"]).astype(np.intp),
        manners=manners(arrays),
        steady=arrays["steady"].astype(np.float64),
        bias=(trees, straight),
        gate=(int(place), begins, alone),
        lines=arrays["lines"],
        cap=(int(flag), most),
        rarity=tuple((arrays["rarity"] / 255.0).tolist()),
    )
