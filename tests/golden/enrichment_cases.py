"""Compute the reference values of `enrichment` and `benjamini_yekutieli` with scipy.stats.

python tests/golden/enrichment_cases.py

Written with scipy 1.17.1, November 2026. Tests left out of an adjustment are given to scipy as p = 1.
"""

from __future__ import annotations

import json
from pathlib import Path

import scipy
from scipy.stats import false_discovery_control, fisher_exact, hypergeom

TABLES = (
    (3, 3, 4, 10),
    (10, 12, 40, 5000),
    (98, 98, 2000, 20_000),
    (1, 20, 30, 400),
    (0, 5, 5, 50),
    (5, 5, 5, 5),
    (60, 400, 9000, 200_000),
    (7, 30, 100, 300),
)
ADJUSTED = (([0.01, 0.04], 3), ([1e-9, 0.003, 0.02, 0.5], 4), ([2e-6, 1e-7, 0.04], 500), ([0.2], 1))


def main() -> None:
    """Write the file."""
    tables = [
        {"both": k, "group": n, "having": m, "total": total, "hypergeom": float(hypergeom.sf(k - 1, total, m, n)),
         "fisher": float(fisher_exact([[k, n - k], [m - k, total - n - m + k]], alternative="greater").pvalue)}
        for k, n, m, total in TABLES
    ]  # fmt: skip
    adjusted = [
        {
            "p": p,
            "tests": tests,
            "by": false_discovery_control([*p, *[1.0] * (tests - len(p))], method="by")[: len(p)].tolist(),
        }
        for p, tests in ADJUSTED
    ]
    told = {"oracle": f"scipy {scipy.__version__}", "made": "2026-11", "tables": tables, "adjusted": adjusted}
    Path(__file__).with_name("enrichment.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
