"""What a judge's error does to the interval, and what labels of people mend. Prints Markdown tables.

    python benchmarks/simulate_judge.py [--runs 2000] [--test-runs 20000] [--seed 1]

First: bias, coverage and width of the two-sided 95 % interval of the paired difference, by the judge alone and
corrected with m labelled pairs. Second: how often a candidate whose drop lies exactly at a threshold is proved below
it (nominal 5 %) or above it (nominal 2.5 %), worst of all scenarios; and how often an unchanged one passes.
"""

from __future__ import annotations

import argparse
import itertools
import time

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from assay.domain.estimate import Pairs
from assay.statistics.evidence import evidence
from assay.statistics.prediction_powered import UNSEEN

Floats = NDArray[np.float64]
Judge = tuple[tuple[float, float], tuple[float, float]]
ROWS: tuple[tuple[str, float, int, Judge], ...] = (
    (".95/.95", 0.3, 300, ((0.95, 0.95), (0.95, 0.95))),
    (".90/.70", 0.3, 300, ((0.90, 0.70), (0.90, 0.70))),
    (".90/.70", 0.1, 100, ((0.90, 0.70), (0.90, 0.70))),
    ("harsh on the reference, kind to the candidate: .90/.90 and .90/.60", 0.3, 300, ((0.90, 0.90), (0.90, 0.60))),
)
JUDGES: dict[str, Judge] = {
    "perfect": ((1.0, 1.0), (1.0, 1.0)),
    ".99/.99": ((0.99, 0.99), (0.99, 0.99)),
    ".95/.95": ((0.95, 0.95), (0.95, 0.95)),
    ".90/.70": ((0.90, 0.70), (0.90, 0.70)),
    "kind to the candidate": ((0.95, 0.90), (0.95, 0.60)),
    "hides the loss": ((0.90, 0.95), (0.99, 0.60)),
}
CELLS = np.array(list(itertools.product((0.0, 1.0), repeat=4)))
"""Truth of reference and candidate, then what the judge says of them."""


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--test-runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.perf_counter()
    intervals(np.random.default_rng(given.seed), given.runs)
    proofs(np.random.default_rng(given.seed + 1), given.test_runs)
    print(f"\n{time.perf_counter() - started:.0f} s.")


def intervals(rng: np.random.Generator, runs: int, n: int = 1000, base: float = 0.95) -> None:
    """The judge alone, and corrected."""
    print(
        f"95 % interval of the difference, {n} pairs, reference .95, {runs} runs: bias / coverage / width in points\n"
    )
    print("| judge (right on good / on bad answers) | true loss | labels | judge alone | corrected |")
    print("|---|---|---|---|---|")
    for name, drop, m, judge in ROWS:
        loss = base * drop
        found = np.array([_one(rng, base, drop, n, m, judge) for _ in range(runs)])
        shown = [_summary(found[:, side], loss) for side in (0, 1)]
        print(f"| {name} | {100 * loss:.1f} points | {m} | {shown[0]} | {shown[1]} |")


def _one(rng: np.random.Generator, base: float, drop: float, n: int, m: int, judge: Judge) -> list[list[float]]:
    drawn = CELLS[rng.choice(16, size=n, p=shares(base, drop, 0.0, judge))]
    people = np.where(np.arange(n)[:, None] < m, drawn[:, :2], np.nan)
    found = evidence(
        Pairs(
            reference=drawn[:, 2].tolist(),
            candidate=drawn[:, 3].tolist(),
            units=range(n),
            people_reference=people[:, 0].tolist(),
            people_candidate=people[:, 1].tolist(),
        ),
        "proportion",
    )
    assert found.alone is not None
    both = found.alone.difference(), found.difference()
    return [[one.value or 0.0, one.low or 0.0, one.high or 0.0] for one in both]


def _summary(found: Floats, truth: float) -> str:
    value, low, high = found.T
    covered = np.mean((low <= truth) & (truth <= high))
    return f"{100 * (value.mean() - truth):+.1f} / {covered:.2f} / {100 * (high - low).mean():.1f}"


def shares(base: float, drop: float, churn: float, judge: Judge) -> Floats:
    """Chance of each of `CELLS`; `churn` is the share that the candidate alone gets right."""
    gained = min(churn, 1.0 - base)
    lost = base * drop + gained
    truth = {(1.0, 1.0): base - lost, (1.0, 0.0): lost, (0.0, 1.0): gained, (0.0, 0.0): 1.0 - base - gained}

    def says(good: float, said: float, rates: tuple[float, float]) -> float:
        yes = rates[0] if good else 1.0 - rates[1]
        return yes if said else 1.0 - yes

    return np.array(
        [truth[b, c] * says(b, x, judge[0]) * says(c, y, judge[1]) for b, c, x, y in CELLS.tolist()]
    )  # fmt: skip


def proofs(rng: np.random.Generator, runs: int) -> None:
    """False passes and false proofs of harm at the threshold; the same formulas on counts, many runs at once."""
    scenarios = list(itertools.product((0.5, 0.8, 0.95, 0.99), (0.0, 0.01, 0.05), JUDGES))
    print(
        f"\nDrop exactly at the threshold, worst of {len(scenarios)} scenarios of base, churn and judge, {runs} runs\n"
    )
    print("| labels of pairs | proved below 5 %, 15 % or 30 % (5 %) | without the added pairs | proved above 15 % (2.5 %)"
          " | unchanged, judge .95/.95: proved below 5 % |")  # fmt: skip
    print("|---|---|---|---|---|")
    for m, n in ((30, 500), (50, 500), (100, 1000), (300, 1000)):
        below, bare, above = [], [], []
        for base, churn, name in scenarios:
            for at in (0.05, 0.15, 0.30):
                table = shares(base, at, churn, JUDGES[name])
                counts = [rng.multinomial(size, table, runs).astype(float) for size in (m, n - m)]
                below.append(np.mean(p_below(counts, at, UNSEEN) <= 0.05))
                bare.append(np.mean(p_below(counts, at, 0.0) <= 0.05))
                if at == 0.15:
                    above.append(np.mean(p_below(counts, at, UNSEEN) >= 0.975))
        table = shares(0.95, 0.0, 0.01, JUDGES[".95/.95"])
        counts = [rng.multinomial(size, table, runs).astype(float) for size in (m, n - m)]
        power = np.mean(p_below(counts, 0.05, UNSEEN) <= 0.05)
        print(f"| {m} of {n} | {max(below):.3f} | {max(bare):.3f} | {max(above):.3f} | {power:.2f} |")


def p_below(counts: list[Floats], threshold: float, unseen: float) -> Floats:
    """`prediction_powered.p_below` of the drop, on counts of `CELLS` of labelled and of other pairs, a row per run."""
    told, rest = counts
    m, n = told.sum(axis=1), rest.sum(axis=1)
    people, judged = (CELLS[:, at + 1] - (1 - threshold) * CELLS[:, at] for at in (0, 2))
    mean_people, mean_judged, mean_rest = told @ people / m, told @ judged / m, rest @ judged / n
    every = told + rest
    spread = (every @ judged**2 / (m + n) - (every @ judged / (m + n)) ** 2) * (m + n) / (m + n - 1)
    shared = told @ (people * judged) / m - mean_people * mean_judged
    trust = np.clip(np.where(spread > 0, shared / np.where(spread > 0, spread, 1.0) / (1 + m / n), 0.0), 0.0, 1.0)
    mean = trust * mean_rest + mean_people - trust * mean_judged
    square = (told @ people**2 + trust**2 * (told @ judged**2) - 2 * trust * (told @ (people * judged))) / m
    error = (square - (mean_people - trust * mean_judged) ** 2) / (m - 1)
    variance = error + trust**2 * (rest @ judged**2 / n - mean_rest**2) / n + unseen / m**2
    score = np.where(variance > 1e-15, mean / np.sqrt(np.maximum(variance, 1e-15)), np.sign(mean) * 99.0)
    return np.asarray(stdtr(m - 1, -score))


if __name__ == "__main__":
    main()
