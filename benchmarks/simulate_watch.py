"""False alarms and delays of the detectors of production, and coverage of the change point. Prints Markdown.

    python benchmarks/simulate_watch.py [--runs 200] [--seed 1]

Rates: 50 cohorts with 200 judged traces a day over 90 days at a rate of 2 %, watched as `assay watch` does (6,500 values
promised between alarms for each of 50 streams); then one cohort moves after 30 days. The rate is known, or each cohort
knows it from so many values of its own, drawn anew in each run. Change points: 600 values, the change anywhere in the
middle.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from assay.domain.watched import Monitor
from assay.statistics.change_point import mean_change, rate_change
from assay.statistics.e_detector import RateDetectors
from assay.watch.streams import FEWEST, Promise
from assay.watch.tolerance import tolerated

RATE, COHORTS, A_DAY, DAYS = 0.02, 50, 200, 90
REFERENCES = (0, 200, 500, 1_000, 2_000, 5_000, 20_000)
"""Values that a reference comes from; 0 is the rate itself."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    print(f"{options.runs} runs of {DAYS} days, {COHORTS} cohorts, {A_DAY} judged traces a day, seed {options.seed}.\n")
    print("Known rate, and what it goes to:\n")
    print("| rate after the change | found | median delay, values | 95th percentile |\n|---|---|---|---|")
    for rate in (0.03, 0.04, 0.06, 0.10):
        print(f"| {rate:.0%} | {delays(rng, 0, rate, max(options.runs, 400))} |")
    print("\nReferences of so many values of each cohort, and 6 % after the change:\n")
    print("| reference, values | runs with any false alarm | tolerated, median | found | median delay, values "
          "| 95th percentile |\n|---|---|---|---|---|---|")  # fmt: skip
    for n in REFERENCES:
        false = sum(alarmed(rng, n) for _ in range(options.runs)) / options.runs
        usual = np.median(limits(rng, n, 1_000))
        told = delays(rng, n, 0.06, max(options.runs, 400))
        print(f"| {f'{n:,}' if n else 'known'} | {false:.3f} | {usual:.2%} | {told} |")
    print(f"\nUpdates per CPU-s: {speed(rng):,.0f} (target 500,000)\n")
    print("| change point | interval holds the place (90 % meant) | median width, values |\n|---|---|---|")
    for name, sides in {"10 % to 40 %": (0.1, 0.4), "2 % to 8 %": (0.02, 0.08)}.items():
        print(f"| {name} | {covered(rng, sides, options.runs)} |")
    print(f"| mean, one standard deviation | {covered(rng, None, options.runs)} |")


def limits(rng: np.random.Generator, n: int, cohorts: int) -> list[float]:
    """What is tolerated in each cohort, whose reference are n values."""
    rates = rng.binomial(n, RATE, cohorts) / n if n else np.full(cohorts, RATE)
    usual = Monitor(metric="rate", kind="rate")
    return [tolerated(float(rate), n, usual.tolerated, usual.least) for rate in rates]


def alarmed(rng: np.random.Generator, n: int) -> bool:
    """Whether any cohort raises an alarm while nothing changes."""
    watch = RateDetectors(limits(rng, n, COHORTS), Promise().threshold, fewest=FEWEST)
    streams = np.repeat(np.arange(COHORTS), A_DAY)
    return any(watch.update(streams, rng.random(len(streams)) < RATE) for _ in range(DAYS))


def delays(rng: np.random.Generator, n: int, rate: float, runs: int) -> str:
    """Share of changes that are found within the other 60 days, and values from the change to the alarm."""
    found = np.array([delay(rng, n, rate) for _ in range(runs)])
    ends = np.quantile(found, (0.5, 0.95), method="higher")  # some may be infinite
    shown = " | ".join(f"{end:.0f}" if np.isfinite(end) else "not found" for end in ends)
    return f"{np.isfinite(found).mean():.3f} | {shown}"


def delay(rng: np.random.Generator, n: int, rate: float) -> float:
    """Values from the change to the first alarm after it; infinite when none comes."""
    watch = RateDetectors(limits(rng, n, 1), Promise().threshold, fewest=FEWEST)
    before, after = A_DAY * 30, A_DAY * 60
    watch.update(np.zeros(before, int), rng.random(before) < RATE)
    crossed = watch.update(np.zeros(after, int), rng.random(after) < rate)
    return float(crossed[0].place + 1) if crossed else float("inf")


def speed(rng: np.random.Generator) -> float:
    """Updates per CPU second, in batches of a day."""
    watch = RateDetectors(limits(rng, 0, COHORTS), Promise().threshold)
    streams, began = np.repeat(np.arange(COHORTS), A_DAY), time.process_time()
    for _ in range(100):
        watch.update(streams, rng.random(len(streams)) < RATE)
    return 100 * len(streams) / (time.process_time() - began)


def covered(rng: np.random.Generator, sides: tuple[float, float] | None, runs: int) -> str:
    """How often the interval holds the true place, and how wide it is."""
    held, wide = 0, []
    for _ in range(runs):
        place = int(rng.integers(100, 500))
        if sides is None:
            found = mean_change(np.concatenate([rng.normal(0, 1, place), rng.normal(1, 1, 600 - place)]))
        else:
            found = rate_change(np.concatenate([rng.random(place) < sides[0], rng.random(600 - place) < sides[1]]))
        held += found.low <= place <= found.high
        wide.append(found.high - found.low)
    return f"{held / runs:.3f} | {np.median(wide):.0f}"


if __name__ == "__main__":
    main()
