"""Reference values for sign tests of many columns at once, by SciPy's permutation test over all flips.

    python tests/golden/flips_cases.py

Needs numpy and scipy; writes flips.json beside this script. The differences are drawn here and stand in the file,
rounded, so that nothing depends on a generator.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from scipy.stats import norm, permutation_test, rankdata

CASES = ((9, 9, 1, None), (11, 11, 3, None), (10, 10, 4, (3.0, 1.0, 1.0, 1.0)), (30, 8, 3, (0.8, 0.1, 0.1)))
"""Pairs, clusters, columns, weights."""


def main() -> None:
    """Write the file."""
    chance = np.random.default_rng(20261127)
    told = []
    for pairs, clusters, columns, weights in CASES:
        lean = chance.normal(size=(pairs, 1))
        table = (chance.normal(size=(pairs, columns)) + 0.8 * lean + 0.5).round(1)
        groups = np.arange(pairs) if pairs == clusters else chance.integers(0, clusters, pairs)
        told.append(case(table, groups, weights))
    made = {"made": f"{datetime.now(UTC):%Y-%m-%d} by flips_cases.py", "oracles": f"scipy {scipy.__version__}"}
    lines = ",\n".join(json.dumps(each) for each in told)
    head = "".join(f"{json.dumps(name)}: {json.dumps(text)},\n" for name, text in made.items())
    (Path(__file__).parent / "flips.json").write_text("{\n" + head + '"cases": [\n' + lines + "\n]\n}\n", "utf-8")


def case(table: np.ndarray, groups: np.ndarray, weights: tuple[float, ...] | None) -> dict[str, Any]:
    """All p-values of one table."""
    shares = np.ones(table.shape[1]) if weights is None else np.array(weights)
    names = np.unique(groups)
    sums = np.array([[valued(column)[groups == name].sum() for column in table.T] for name in names])

    def unlikely(signs: np.ndarray, columns: list[int]) -> float:
        sizes = np.sqrt((sums[:, columns] ** 2).sum(axis=0))
        return float(min(2 * norm.sf(np.abs(signs @ sums[:, columns] / sizes)) / shares[columns]))

    def p_value(columns: list[int]) -> float:
        found = permutation_test(
            (np.ones(len(names)),), lambda signs: -unlikely(signs, columns), permutation_type="samples",
            n_resamples=np.inf, alternative="greater", vectorized=False,
        )  # fmt: skip
        return float(found.pvalue)

    every = list(range(table.shape[1]))
    order = sorted(every, key=lambda at: unlikely(np.ones(len(names)), [at]))
    steps = np.maximum.accumulate([p_value(order[place:]) for place in range(len(order))])
    return {
        "differences": table.tolist(),
        "clusters": groups.tolist(),
        "weights": weights,
        "alone": [p_value([at]) for at in every],
        "adjusted": [float(steps[order.index(at)]) for at in every],
    }


def valued(column: np.ndarray) -> np.ndarray:
    """Signs, those of larger differences a little more than 1."""
    differ = column != 0
    found = np.sign(column)
    found[differ] *= 1 + rankdata(np.abs(column[differ])) / (differ.sum() + 1) ** 2
    return found


if __name__ == "__main__":
    main()
