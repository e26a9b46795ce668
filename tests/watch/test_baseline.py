from __future__ import annotations

import numpy as np

from assay.domain.watched import Monitor, Observation
from assay.watch.baseline import MOST_AMOUNTS, Baseline, read, written
from assay.watch.reference import Reference
from assay.watch.reservoir import DAY_NS
from assay.watch.stream import Seen
from assay.watch.streams import Streams

HEALTH = (("route", "health"),)


def test_a_cohort_of_few_values_is_held_against_its_own() -> None:
    """Against the 2 % of all traffic, a route that always refused more raised an alarm while nothing changed."""
    baseline = Baseline(length_ns=10**18)
    for at in range(1, 501):
        refused = float(at % 50 == 0)
        segments = ((), HEALTH) if at % 50 == 0 or at % 100 == 1 else ((),)
        one = Observation(metric="refusal", value=refused, trace=f"{at:032x}", time_ns=at)
        assert baseline.within(at)
        baseline.put([one], segments)
    found = baseline.references({"refusal": Monitor(metric="refusal", kind="rate")})
    assert found == {("refusal", ()): Reference(mean=0.02, n=500), ("refusal", HEALTH): Reference(mean=10 / 15, n=15)}


def of_days(seed: int, spread: float, days: int = 7, a_day: int = 200) -> Baseline:
    rng = np.random.default_rng(seed)
    baseline = Baseline(length_ns=10**18)
    for day, own in enumerate(rng.normal(0, spread, days)):
        for at, value in enumerate(np.exp(rng.normal(own, 0.5, a_day))):
            one = Observation(metric="latency", value=float(value), trace="1" * 32, time_ns=day * DAY_NS + at + 1)
            segments = ((), HEALTH) if at % 10 == 0 else ((),)
            baseline.put([one], segments)
    return baseline


def test_what_days_differ_by_themselves_is_learnt_and_kept() -> None:
    monitors = {"latency": Monitor(metric="latency", kind="amount")}
    even, odd = (
        np.median([of_days(seed, spread).references(monitors)["latency", ()].high_days for seed in range(15)])
        for spread in (0.0, 0.2)
    )
    assert even < 0.03 < 0.1 < odd
    found = of_days(1, 0.2).references(monitors)
    assert found["latency", HEALTH].high_days == found["latency", ()].high_days  # too few values a day of its own
    assert of_days(1, 0.2, days=2).references(monitors)["latency", ()].high_days == 0.0
    assert read(written(found)) == found


def test_references_of_earlier_versions_are_read() -> None:
    rows = b'[["latency", [], 1.0, 0.5, 2.0], ["errors", [], 0.1, 0.0, 0.0, 30]]'
    assert read(rows) == {
        ("latency", ()): Reference(mean=1.0, low=0.5, high=2.0), ("errors", ()): Reference(mean=0.1, n=30),
    }  # fmt: skip


def test_percentiles_are_of_all_days_also_where_the_first_ones_fill_what_is_kept() -> None:
    baseline = Baseline(length_ns=10**18)
    for at in range(3 * MOST_AMOUNTS):
        one = Observation(metric="latency", value=float(at), trace="1" * 32, time_ns=at + 1)
        baseline.put([one], ((),))
    found = baseline.references({"latency": Monitor(metric="latency", kind="amount")})
    assert abs(found["latency", ()].high / (3 * MOST_AMOUNTS) - 0.95) < 0.01


def test_on_days_that_differ_nothing_is_told_of_and_twice_the_percentile_is() -> None:
    """A factor of 10 % a day on latencies is what production has; the 95th percentile twice as high is news."""
    quiet = told = 0
    for seed in range(10):
        rng = np.random.default_rng(100 + seed)
        monitor = Monitor(metric="latency", kind="amount")
        found = of_days(seed, 0.1).references({"latency": monitor})
        for tail in (0.0, np.log(2) / 1.645):
            streams = Streams([monitor])
            streams.refer("latency", (), found["latency", ()])
            normal, own = rng.normal(size=2_600), np.repeat(rng.normal(0, 0.1, 13), 200)
            values = np.exp(0.5 * normal + tail * np.maximum(normal, 0) + own)
            alarms = streams.update(
                [
                    Seen(observations=[Observation(metric="latency", value=float(value), trace="1" * 32, time_ns=at + 1)],
                         segments=((),))
                    for at, value in enumerate(values)
                ]
            )  # fmt: skip
            quiet += not tail and not alarms
            told += bool(tail and alarms)
    assert (quiet, told >= 9) == (10, True)
