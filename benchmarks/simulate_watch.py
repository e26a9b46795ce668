"""False alarms and delays of the detectors of production, and coverage of the change point. Prints Markdown.

    python benchmarks/simulate_watch.py [--runs 200] [--seed 1]

Rates: 50 cohorts with 200 judged traces a day over 90 days at the released rate of 2 %, watched as `assay watch` does
(tolerated 2.5 %, 6,500 values promised between alarms for each of 50 streams); then one cohort moves after 30 days.
Change points: 600 values, the change anywhere in the middle.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from assay.statistics.change_point import mean_change, rate_change
from assay.statistics.e_detector import RateDetectors
from assay.watch.streams import FEWEST, Promise

RATE, TOLERATED, COHORTS, A_DAY, DAYS = 0.02, 0.025, 50, 200, 90


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    threshold = Promise().threshold
    false = sum(alarmed(rng, threshold) for _ in range(options.runs))
    print(f"{options.runs} runs of {DAYS} days, {COHORTS} cohorts, {A_DAY} judged traces a day, seed {options.seed}.\n")
    print(f"Runs with any false alarm: {false / options.runs:.3f} (target at most .05)\n")
    print("| rate after the change | found | median delay, values | 95th percentile |\n|---|---|---|---|")
    for rate in (0.03, 0.04, 0.06, 0.10):
        found = np.array([delay(rng, threshold, rate) for _ in range(max(options.runs, 400))])
        ends = np.quantile(found, (0.5, 0.95), method="higher")  # some may be infinite
        print(f"| {rate:.0%} | {np.isfinite(found).mean():.3f} | {ends[0]:.0f} | {ends[1]:.0f} |")
    print(f"\nUpdates per CPU-s: {speed(rng, threshold):,.0f} (target 500,000)\n")
    print("| change point | interval holds the place (90 % meant) | median width, values |\n|---|---|---|")
    for name, sides in {"10 % to 40 %": (0.1, 0.4), "2 % to 8 %": (0.02, 0.08)}.items():
        print(f"| {name} | {covered(rng, sides, options.runs)} |")
    print(f"| mean, one standard deviation | {covered(rng, None, options.runs)} |")


def alarmed(rng: np.random.Generator, threshold: float) -> bool:
    """Whether any cohort raises an alarm while nothing changes."""
    watch = RateDetectors([TOLERATED] * COHORTS, threshold, fewest=FEWEST)
    streams = np.repeat(np.arange(COHORTS), A_DAY)
    return any(watch.update(streams, rng.random(len(streams)) < RATE) for _ in range(DAYS))


def delay(rng: np.random.Generator, threshold: float, rate: float) -> float:
    """Values from the change to the alarm; infinite when none comes within the other 60 days."""
    watch = RateDetectors([TOLERATED], threshold, fewest=FEWEST)
    before, after = A_DAY * 30, A_DAY * 60
    watch.update(np.zeros(before, int), rng.random(before) < RATE)
    crossed = watch.update(np.zeros(after, int), rng.random(after) < rate)
    return float(crossed[0].place + 1) if crossed else float("inf")


def speed(rng: np.random.Generator, threshold: float) -> float:
    """Updates per CPU second, in batches of a day."""
    watch = RateDetectors([TOLERATED] * COHORTS, threshold)
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
