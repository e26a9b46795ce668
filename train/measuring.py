"""How good a probability is: accuracy, AUROC, calibration with what chance alone would show."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]
BINS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Figures of one set."""

    n: int
    yes: int
    accuracy: float
    recall: float | None
    specificity: float | None
    auroc: float | None
    calibration: float
    """Debiased L2 calibration error (Kumar, Liang, Ma 2019)."""
    calibration_null: float
    """Its 95 % quantile were the probabilities perfect."""

    def figures(self) -> str:
        """The cells of a table."""
        found = (self.accuracy, self.recall, self.specificity, self.auroc, self.calibration, self.calibration_null)
        return " | ".join("" if value is None else f"{value:.3f}" for value in found)

    def values(self) -> dict[str, Any]:
        """For a card."""
        return {key: round(v, 4) if isinstance(v, float) else v for key, v in asdict(self).items()}


def measured(chances: Floats, truth: Truth, threshold: float = 0.5) -> Measured:
    """All figures of one set."""
    said = chances >= threshold
    error, null = calibration(chances, truth)
    return Measured(
        n=len(truth),
        yes=int(truth.sum()),
        accuracy=float((said == truth).mean()),
        recall=float(said[truth].mean()) if truth.any() else None,
        specificity=float((~said[~truth]).mean()) if (~truth).any() else None,
        auroc=auroc(chances, truth),
        calibration=error,
        calibration_null=null,
    )


def auroc(chances: Floats, truth: Truth) -> float | None:
    """Chance that a yes is ranked above a no; None without both."""
    yes, no = int(truth.sum()), int((~truth).sum())
    if not yes or not no:
        return None
    return float((rankdata(chances)[truth].sum() - yes * (yes + 1) / 2) / (yes * no))


def calibration(chances: Floats, truth: Truth, runs: int = 400, seed: int = 0) -> tuple[float, float]:
    """Debiased L2 calibration error over equal-mass bins, and its 95 % quantile at perfect calibration.

    Source:
        Kumar, Liang & Ma 2019, debiased estimator; negative squares are cut at 0.
    """
    rng = np.random.default_rng(seed)
    draws = rng.random((runs, len(chances))) < chances
    null = np.quantile([_debiased(chances, draw) for draw in draws], 0.95)
    return _debiased(chances, truth), float(null)


def _debiased(chances: Floats, truth: Truth) -> float:
    order = np.argsort(chances, kind="stable")
    total = 0.0
    for part in np.array_split(order, min(BINS, max(1, len(order) // 5))):
        if len(part) < 2:
            continue
        rate, said = truth[part].mean(), chances[part].mean()
        total += len(part) / len(order) * ((rate - said) ** 2 - rate * (1 - rate) / (len(part) - 1))
    return float(np.sqrt(max(total, 0.0)))
