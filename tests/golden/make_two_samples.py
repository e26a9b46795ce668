"""Makes tests/golden/two_samples.json with scipy.stats, which assay itself never imports.

python tests/golden/make_two_samples.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from scipy.stats import chi2_contingency, ks_2samp

TARGET = Path(__file__).with_name("two_samples.json")


def main() -> None:
    """Write the file."""
    rng = np.random.default_rng(3)
    numbers: list[dict[str, Any]] = []
    for n, m, moved in ((40, 60, 0.0), (200, 150, 0.3), (1000, 400, 0.1), (80, 80, 1.0)):
        one, two = rng.normal(size=n).round(6), rng.normal(moved, size=m).round(6)
        exact = ks_2samp(one, two, method="exact")
        numbers.append(
            {
                "reference": one.tolist(),
                "now": two.tolist(),
                "size": float(exact.statistic),
                "p_value": float(exact.pvalue),
            }
        )
    tables = [[[80, 20, 40], [50, 50, 40]], [[500, 300, 200, 90], [40, 35, 30, 8]], [[10, 12], [11, 13]]]
    counts = []
    for table in tables:
        found = chi2_contingency(np.array(table), correction=False)
        counts.append({"table": table, "p_value": float(found.pvalue), "statistic": float(found.statistic)})
    made = f"scipy {scipy.__version__}, 2026-11-27"
    TARGET.write_text(json.dumps({"made": made, "ks": numbers, "chi_square": counts}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
