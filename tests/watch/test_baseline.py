from __future__ import annotations

from assay.domain.watched import Monitor, Observation
from assay.watch.baseline import Baseline
from assay.watch.streams import Reference

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
