"""Tests of all features of pairs together: signs, effects in one model, and what they order together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.checks.surface import Feature
from assay.statistics.flips import together
from assay.statistics.preference import chance_auroc, effects, held_out, pair_auroc
from assay.statistics.roots import Floats
from assay.statistics.signs import Signs, signs, smallest_bias

ALPHA = 0.05
FEWEST = 10
"""Pairs that must differ in a feature before it is tested: with fewer, no outcome would pass among twenty tests."""
LENGTH = "length"
"""The one feature that is suspected beforehand."""
LENGTH_SHARE = 0.8
"""Part of the chance of a false alarm that it may use; all others share the rest."""
_MOST_MODELLED = 2_000
_STRETCH = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A feature and what it is in each pair."""

    feature: Feature
    """What is measured."""
    differences: Floats
    """Chosen minus rejected, shape (n,)."""
    surface: bool = True
    """Whether a model that reads the two answers could see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the pairs say of one feature."""

    feature: Feature
    """Which."""
    signs: Signs
    """How often the chosen side has more."""
    adjusted: float | None
    """P-value over all features that were tested; None when too few pairs differ."""
    auroc: float
    """How well the difference alone orders the pairs."""
    level: float
    """Level at which it is tested while no other feature has alarmed."""
    effect: tuple[float, float, float] | None
    """Log odds of being chosen per standard deviation with all else equal, and limits; None outside the model."""

    @property
    def alarming(self) -> bool:
        """Whether it decides more often than chance allows."""
        return self.adjusted is not None and self.adjusted <= ALPHA

    @property
    def smallest(self) -> float:
        """The smallest bias that would have been seen with power .8 beside all other features."""
        return smallest_bias(self.signs.worth, self.level, steps=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the pairs say of all features."""

    n: int
    """Pairs."""
    prompts: int
    """Different prompts."""
    outcomes: tuple[Outcome, ...]
    """One per feature in which any pair differs."""
    tests: int
    """Features that were tested."""
    least: float
    """The smallest p-value that an outcome can have."""
    joint: float | None
    """AUROC of all surface features together on prompts that the model had not seen; None with too few pairs."""
    joint_by_chance: float | None
    """What one in twenty fits of meaningless labels exceeds."""
    joint_pairs: int
    """Pairs that these two come from."""


def survey(columns: Sequence[Column], prompts: NDArray[np.int64], modelled: bool = True) -> Survey:
    """Tests all features of some pairs.

    Args:
        columns: The features.
        prompts: Number of the prompt of each pair, shape (n,).
        modelled: Whether to fit models of all features as well.
    """
    kept = [each for each in columns if np.any(each.differences)]
    found = [signs(each.differences, prompts) for each in kept]
    able = [place for place, one in enumerate(found) if one.differ >= FEWEST]
    tested = [kept[place] for place in able]
    table = np.stack([each.differences for each in tested], axis=1) if tested else np.zeros((len(prompts), 0))
    tests = together(table, prompts, _shares(tested), ALPHA)
    adjusted, levels = (dict(zip(able, own, strict=True)) for own in (tests.adjusted, tests.levels))
    told = _effects(tested, prompts) if modelled else {}
    joint, chance, used = _joint(tested, prompts) if modelled else (None, None, 0)
    return Survey(
        n=len(prompts),
        prompts=len(np.unique(prompts)),
        outcomes=tuple(
            Outcome(
                feature=each.feature, signs=one, adjusted=adjusted.get(place), auroc=pair_auroc(each.differences),
                effect=told.get(each.feature.name), level=levels.get(place, ALPHA),
            )
            for place, (each, one) in enumerate(zip(kept, found, strict=True))
        ),
        tests=len(able), least=tests.least, joint=joint, joint_by_chance=chance, joint_pairs=used,
    )  # fmt: skip


def _shares(columns: Sequence[Column]) -> list[float]:
    """Part of the chance of a false alarm that each may use; they sum to 1."""
    others = max(sum(each.feature.name != LENGTH for each in columns), 1)
    weights = [LENGTH_SHARE if each.feature.name == LENGTH else (1.0 - LENGTH_SHARE) / others for each in columns]
    return [weight / sum(weights) for weight in weights]


def _scaled(columns: Sequence[Column]) -> Floats:
    """Columns by their root mean square, far values drawn in; without centring, since swapped sides change the sign."""
    table = np.stack([each.differences for each in columns], axis=1)
    size = np.sqrt(np.mean(table**2, axis=0))
    found: Floats = np.clip(table / np.where(size > 0, size, 1.0), -_STRETCH, _STRETCH)
    return found


def _effects(columns: Sequence[Column], prompts: NDArray[np.int64]) -> dict[str, tuple[float, float, float]]:
    modelled = [each for each in columns if not each.feature.of]
    if not modelled or len(prompts) < FEWEST * len(modelled):
        return {}
    found = effects(_scaled(modelled), prompts)
    return {
        each.feature.name: (float(found.log_odds[at]), float(found.low[at]), float(found.high[at]))
        for at, each in enumerate(modelled)
    }


def _joint(columns: Sequence[Column], prompts: NDArray[np.int64]) -> tuple[float | None, float | None, int]:
    seen = [each for each in columns if each.surface and not each.feature.of]
    if not seen or len(prompts) < FEWEST * len(seen):
        return None, None, 0
    some = np.argsort(prompts, kind="stable")[:_MOST_MODELLED]
    table = _scaled(seen)[some]
    chance = chance_auroc(table, prompts[some])
    return held_out(table, prompts[some]), float(np.quantile(chance, 0.95)), len(some)
