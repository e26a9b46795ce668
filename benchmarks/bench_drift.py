"""Detectors of a rate beside river's and Evidently's: false alarms, delays and speed on the same streams. Prints Markdown.

    python benchmarks/bench_drift.py [--runs 20] [--seed 1]

Needs numpy and scipy beside assay; `pip install river evidently "pandas<3"` for the peers, each left out with its reason
where it is not there. Streams: 50 cohorts, 200 judged traces a day, 90 days, a rate of 2 %; then one that goes to 6 %.
ADWIN and Page-Hinkley learn the rate from the stream itself; assay is told it, or knows it from a reference of so many
values before the stream, drawn anew for each. Evidently compares each day with the first 30 days, as its preset does by
default; it is slow, and gets a tenth of the runs.
"""

from __future__ import annotations

import argparse
import importlib
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.domain.watched import Monitor
from assay.statistics.e_detector import RateDetectors
from assay.watch.tolerance import tolerated

RATE, AFTER, COHORTS, A_DAY, DAYS = 0.02, 0.06, 50, 200, 90
LEARNED = 30
"""Days before the change."""
Values = NDArray[np.bool_]
Detect = Callable[[Values], int | None]
"""Values of one stream -> index of the first alarm."""


@dataclass(frozen=True)
class Arm:
    """A detector, and how often it is run."""

    name: str
    make: Callable[[], Detect]
    share: float = 1.0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    print(f"{COHORTS} cohorts, {A_DAY} values a day, {DAYS} days at {RATE:.0%}; delays of a change to {AFTER:.0%} after "
          f"{LEARNED} days. Seed {options.seed}.\n")  # fmt: skip
    print(
        "| detector | runs | runs with a false alarm | found | median delay, values | values per CPU-s |\n|---|---|---|---|---|---|"
    )
    for arm in (
        Arm("assay, e-detector, rate known", ours()),
        Arm("assay, e-detector, reference of 5,000 values", ours(5_000)),
        Arm("assay, e-detector, reference of 1,000 values", ours(1_000)),
        Arm("river ADWIN, default", river("ADWIN")),
        Arm("river Page-Hinkley, default", river("PageHinkley")),
        Arm("river Page-Hinkley, threshold 20", river("PageHinkley", threshold=20)),
        Arm("Evidently, default preset, daily", evidently, 0.05),
    ):
        print(row(arm, options.runs, options.seed))


def row(arm: Arm, runs: int, seed: int) -> str:
    """A line of the table."""
    try:
        detect = arm.make()
    except ImportError as error:
        return f"| {arm.name} | not installed: {error} | | | | |"
    rng = np.random.default_rng(seed)
    many = max(1, round(runs * arm.share))
    cohorts = COHORTS if arm.share == 1 else COHORTS // 10
    began, values, false = time.process_time(), 0, 0
    for _ in range(many):
        streams = rng.random((cohorts, A_DAY * DAYS)) < RATE
        false += any(detect(stream) is not None for stream in streams)
        values += streams.size
    speed = values / (time.process_time() - began)
    delays = []
    for _ in range(max(20, round(200 * arm.share))):
        before, after = rng.random(A_DAY * LEARNED) < RATE, rng.random(A_DAY * (DAYS - LEARNED)) < AFTER
        place = detect(np.concatenate([before, after]))
        if place is None or place >= len(before):
            delays.append(np.inf if place is None else place - len(before) + 1)
    found = np.isfinite(delays).mean() if delays else 0.0
    median = float(np.median(delays)) if delays else float("nan")
    said = f"{false / many:.2f}" + ("" if cohorts == COHORTS else f" ({cohorts} cohorts)")
    return f"| {arm.name} | {many} | {said} | {found:.2f} | {median:.0f} | {speed:,.0f} |"


def ours(n: int = 0) -> Callable[[], Detect]:
    """assay's, as `assay watch` sets it up; each stream knows its rate from n values drawn for it, or knows it."""

    def make() -> Detect:
        rng, usual = np.random.default_rng(n), Monitor(metric="rate", kind="rate")

        def detect(stream: Values) -> int | None:
            rate = rng.binomial(n, RATE) / n if n else RATE
            limit = tolerated(float(rate), n, usual.tolerated, usual.least)
            crossed = RateDetectors([limit], 6_500 * COHORTS, fewest=50).update(np.zeros(len(stream), int), stream)
            return crossed[0].place if crossed else None

        return detect

    return make


def river(name: str, **settings: float) -> Callable[[], Detect]:
    """One of river's detectors, value by value; a fall is no alarm."""

    def make() -> Detect:
        kind = getattr(importlib.import_module("river.drift"), name)

        def detect(stream: Values) -> int | None:
            detector, total = kind(**settings), 0
            for place, value in enumerate(stream.astype(int).tolist()):
                detector.update(value)
                total += value
                if detector.drift_detected:
                    recent = stream[max(place - A_DAY, 0) : place + 1].mean()
                    if recent > total / (place + 1):
                        return place
            return None

        return detect

    return make


def evidently() -> Detect:
    """Evidently's preset on each day against the first 30."""
    pandas, report = importlib.import_module("pandas"), importlib.import_module("evidently").Report
    preset = importlib.import_module("evidently.presets").DataDriftPreset

    def detect(stream: Values) -> int | None:
        first = pandas.DataFrame({"x": stream[: A_DAY * LEARNED].astype(int)})
        for day in range(LEARNED, DAYS):
            now = pandas.DataFrame({"x": stream[A_DAY * day : A_DAY * (day + 1)].astype(int)})
            told = report([preset()]).run(now, first).dict()["metrics"]
            drifted = next(one["value"]["count"] for one in told if isinstance(one["value"], dict))
            if drifted and now["x"].mean() > first["x"].mean():
                return A_DAY * (day + 1) - 1
        return None

    return detect


if __name__ == "__main__":
    main()
