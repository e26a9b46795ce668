"""What the gate makes of preferences with random wins, losses and ties. Prints Markdown.

    python benchmarks/simulate_preference.py [--runs 1000] [--seed 1]

A pair is won, lost or a tie by chance; ties are also what a judge makes whose winner changes with the order. The
decided share is that of pairs without a tie. Each run goes through `assay.gate.decide.decide` with the published
policy: a band rule, and a points rule that allows a loss of 5 points. An unchanged candidate wins as often as it loses.
"""

from __future__ import annotations

import argparse
import functools
import time
from collections import Counter
from datetime import date

import numpy as np

from assay.domain.estimate import Comparison, Estimate, Pairs
from assay.domain.metrics import standard
from assay.domain.policy import Policy
from assay.domain.verdict import Decision, Rule
from assay.gate.circumstances import Circumstances
from assay.gate.decide import decide
from assay.statistics.evidence import evidence

POLICY = Policy(name="published")
METRIC = standard("preference")
RULES = {
    "band": Rule(id="preference.band", kind="band", metric="preference", categories=False),
    "points": Rule(id="preference.points", kind="points", metric="preference", at_most=0.05),
}
SIZES = (50, 100, 300, 1000)
DECIDED = (0.1, 0.5, 1.0)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.perf_counter()
    rng = np.random.default_rng(given.seed)
    print(f"Share of {given.runs} audits; drop is lost less won, 10 % of drop are 5 points of the mean\n")
    print("| pairs | decided | unchanged: block, deploy (band) | unchanged: block, deploy (points) | drop 5 %: deploy"
          " (band, at most .05) | drop 15 %: block (band, at most .01) | loss 5 points: deploy (points, at most .05) |"
          " always lost: block |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for n in SIZES:
        for decided in DECIDED:
            print(f"| {n} | {decided:.0%} | {cells(rng, given.runs, n, decided)} |", flush=True)
    print(f"\n{time.perf_counter() - started:.0f} s.")


def cells(rng: np.random.Generator, runs: int, n: int, decided: float) -> str:
    """The cells of one line."""

    def share(kind: str, drop: float, *wanted: Decision) -> str:
        found = Counter(decision(rng, kind, n, decided, drop) for _ in range(runs))
        return ", ".join(f"{found[one] / runs:.3f}" for one in wanted)

    both = (Decision.BLOCK, Decision.DEPLOY)
    return " | ".join(
        (
            share("band", 0.0, *both),
            share("points", 0.0, *both),
            share("band", POLICY.deploy, Decision.DEPLOY),
            share("band", POLICY.monitor, Decision.BLOCK),
            share("points", 0.1, Decision.DEPLOY),
            "1.000" if decision(rng, "band", n, 1.0, 1.0) is Decision.BLOCK else "0.000",
        )
    )


def decision(rng: np.random.Generator, kind: str, n: int, decided: float, drop: float) -> Decision:
    """What the gate says of one audit with the true drop given."""
    decided = max(decided, drop)
    lost, won, _ = rng.multinomial(n, [(decided + drop) / 2, (decided - drop) / 2, 1.0 - decided])
    return of_counts(kind, n, int(lost), int(won))


@functools.cache
def of_counts(kind: str, n: int, lost: int, won: int) -> Decision:
    """The order of pairs decides nothing, so that each count is judged once."""
    values = np.repeat([0.0, 1.0, 0.5], [lost, won, n - lost - won])
    pairs = Pairs(reference=[0.5] * n, candidate=values.tolist(), units=range(n))
    proof = evidence(pairs, METRIC.kind)
    compared = Comparison(
        metric=METRIC,
        pairs=pairs,
        reference=Estimate(value=0.5, n=n),
        candidate=Estimate(value=float(values.mean()), n=n),
        drop=Estimate(value=proof.drop_point(), n=n),
        difference=Estimate(value=proof.difference_point(), n=n),
        n=n,
    )
    return decide(POLICY, [RULES[kind]], [compared], Circumstances(today=date(2026, 1, 1))).decision


if __name__ == "__main__":
    main()
