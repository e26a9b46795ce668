"""Makes percentile.json: percentiles of DataDog's sketch, and limits of scipy's quantile test.

pip install ddsketch==3.0.1 scipy && python tests/golden/percentile_cases.py > tests/golden/percentile.json
"""

from __future__ import annotations

import json
from datetime import date
from importlib.metadata import version

import numpy as np
import scipy
from ddsketch import DDSketch
from scipy.stats import quantile_test

SHARES = (0.5, 0.95, 0.99)


def sketched(name: str, values: list[float]) -> dict[str, object]:
    """A case of values with the percentiles of the peer's sketch at one per cent."""
    sketch = DDSketch(0.01)
    for value in values:
        sketch.add(value)
    return {"name": name, "values": values, "found": {str(q): sketch.get_quantile_value(q) for q in SHARES}}


def limited(n: int, share: float) -> dict[str, object]:
    """Ranks of the limits: those of the numbers 1 to n, each side at 97.5 %."""
    test = quantile_test(np.arange(1, n + 1), p=share)
    low, high = test.confidence_interval(0.95)
    return {"n": n, "share": share, "low": None if np.isnan(low) else int(low),
            "high": None if np.isnan(high) else int(high)}  # fmt: skip


def main() -> None:
    """Print all cases."""
    rng = np.random.default_rng(20261127)
    round_to = [float(f"{one:.6g}") for one in rng.lognormal(0.0, 1.0, 400)]
    told = {
        "made": {"by": "tests/golden/percentile_cases.py", "on": str(date.today()),
                 "ddsketch": version("ddsketch"), "scipy": scipy.__version__},
        "sketched": [
            sketched("lognormal", round_to),
            sketched("ten thousandths to thousands", [float(f"{10**one:.6g}") for one in rng.uniform(-4, 3, 300)]),
            sketched("with zeros", [0.0] * 60 + [float(f"{one:.6g}") for one in rng.exponential(2.0, 60)]),
            sketched("one", [3.25]),
        ],
        "limited": [limited(n, share) for n in (1, 5, 20, 60, 100, 299, 1000, 25_000) for share in SHARES],
    }  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main()
