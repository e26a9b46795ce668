"""Does the interval of a rate that people's labels correct hold what it promises, when kinds are drawn unequally?

Traffic of three kinds, a scorer that errs, traces drawn by kind and verdict as `assay watch label` draws them. Prints how
often the interval of 95 % holds the true rate, how often it lies below, its width, the bias of the estimate, and what the
plain share of the labels would have said.

    python benchmarks/simulate_labels.py [--runs 1000] [--seed 1]
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np

from assay.statistics.labelled_rate import labelled_rate
from assay.traces.judged import Sums
from assay.watch.drawing import chances

KINDS = (0.90, 0.08, 0.02)
"""Shares of traffic."""
TRACES = 5000


class Case(NamedTuple):
    name: str
    rates: tuple[float, float, float]
    finds: float
    spares: float
    reads: tuple[float, float, float] = (1.0, 1.0, 1.0)


CASES = (
    Case("misses a fifth", (0.02, 0.2, 0.5), 0.8, 0.97),
    Case("misses half of what is rare", (0.02, 0.02, 0.02), 0.5, 0.99),
    Case("nearly right", (0.005, 0.3, 0.8), 0.9, 0.999),
    Case("knows little, often yes", (0.9, 0.9, 0.9), 0.7, 0.7),
    Case("never says yes", (0.05, 0.05, 0.05), 0.0, 1.0),
    Case("misses a fifth, reads a share", (0.02, 0.2, 0.5), 0.8, 0.97, (0.2, 0.6, 1.0)),
)


def once(case: Case, wanted: int, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Rate, limits, and the plain share of the labels, of one draw."""
    kind = rng.choice(3, TRACES, p=KINDS)
    shares = np.array(case.reads)[kind]
    read = rng.random(TRACES) < shares
    kind, shares = kind[read], shares[read]
    people = rng.random(len(kind)) < np.array(case.rates)[kind]
    judged = np.where(people, rng.random(len(kind)) < case.finds, rng.random(len(kind)) >= case.spares)
    cells = 2 * kind + judged
    likely = chances({int(one): int((cells == one).sum()) for one in np.unique(cells)}, wanted)
    each = np.array([likely[int(one)] for one in cells])
    drawn = rng.random(len(kind)) < each
    w, x = 1 / shares, judged.astype(np.float64)
    whole = Sums(metric="m", segment=(), n=len(x), w=w.sum(), wx=w @ x, ww=w @ w, wwx=w @ (w * x), wwxx=w @ (w * x * x))
    said = people[drawn].astype(np.float64)
    found = labelled_rate(said, x[drawn], shares[drawn].astype(np.float64), each[drawn], whole)
    return found.value, found.low, found.high, float(said.mean())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    print(f"{given.runs} runs of {TRACES:,} traces, three kinds ({', '.join(map(str, KINDS))}), seed {given.seed}.\n")
    print("| the scorer | drawn | true rate | interval holds it | lies below | width | bias | plain share of labels |")
    print("|---|---|---|---|---|---|---|---|")
    for case in CASES:
        true = float(np.array(KINDS) @ np.array(case.rates))
        for wanted in (50, 100, 300):
            rows = np.array([once(case, wanted, rng) for _ in range(given.runs)])
            value, low, high, plain = rows.T
            holds, below = ((low <= true) & (true <= high)).mean(), (high < true).mean()
            print(
                f"| {case.name} | {wanted} | {true:.4f} | {holds:.3f} | {below:.3f} | {(high - low).mean():.3f} | "
                f"{value.mean() - true:+.4f} | {plain.mean():.3f} |"
            )


if __name__ == "__main__":
    main()
