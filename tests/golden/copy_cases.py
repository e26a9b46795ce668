"""Copy the reference values that our tests need into small files beside this script.

    python tests/golden/copy_cases.py path/to/statistics_cases.json

The values were computed by other programs; each case names its oracle and version. The file of
floors is computed here, by summing binomial terms with no library of ours or others.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

TOPICS = {
    "agreement": ("agreement",),
    "judge": ("judge",),
    "paired_difference": ("paired_diff",),
    "paired_ratio": ("paired_ratio", "paired_ratio_test"),
    "mcnemar": ("mcnemar",),
    "one_proportion": ("one_proportion",),
    "multiplicity": ("multiplicity",),
    "cluster": ("cluster",),
    "power": ("power",),
    "sequential": ("sequential",),
}
FLOORS = (0.90, 0.95, 0.98, 0.99, 0.995, 0.999)
FAILURES = (0, 1, 2, 5)


def main() -> None:
    """Write one file per topic."""
    source = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for topic, categories in TOPICS.items():
        cases = [case for case in source["cases"] if case["category"] in categories]
        conventions = [line for line in source["conventions"] if not line.startswith("gate")]
        write(topic, {"made": source["made"], "conventions": conventions, "cases": cases})
    cases = [
        {"floor": floor, "failures": failures, "prompts": prompts(floor, failures)}
        for floor in FLOORS
        for failures in FAILURES
    ]
    write("floors", {"oracle": "binomial terms summed in plain Python, one-sided 95 %", "cases": cases})


def prompts(floor: float, failures: int) -> int:
    """Fewest prompts for which so few failures would have at most a chance of .05 at the floor."""
    n = failures + 1
    while sum(math.comb(n, i) * (1 - floor) ** i * floor ** (n - i) for i in range(failures + 1)) > 0.05:
        n += 1
    return n


def write(topic: str, content: dict[str, object]) -> None:
    """One case per line, so that a change of one shows as one line."""
    head = {key: value for key, value in content.items() if key != "cases"}
    rows = ",\n  ".join(json.dumps(case) for case in content["cases"])
    text = json.dumps(head)[:-1] + ',\n "cases": [\n  ' + rows + "\n ]}\n"
    Path(__file__).with_name(f"{topic}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
