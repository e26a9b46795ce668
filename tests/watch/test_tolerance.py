from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.statistics.e_detector import RateDetectors
from assay.watch.streams import Promise
from assay.watch.tolerance import tolerated

RATES = st.floats(0, 1, allow_nan=False)


def test_what_is_known_gets_its_tolerance_alone() -> None:
    assert tolerated(0.02, 0, 0.25, 0.005) == pytest.approx(0.025)
    assert tolerated(0.2, 0, 0.25, 0.005) == pytest.approx(0.25)


@given(RATES, st.integers(1, 10_000))
def test_more_values_tolerate_no_more(before: float, n: int) -> None:
    few, many, known = (tolerated(before, size, 0.25, 0.005) for size in (n, 10 * n, 0))
    assert 0 < known <= many + 1e-12 <= few + 2e-12 < 1


@given(RATES, RATES, st.integers(0, 10_000))
def test_a_worse_reference_tolerates_no_less(one: float, two: float, n: int) -> None:
    low, high = sorted((one, two))
    assert tolerated(low, n, 0.25, 0.005) <= tolerated(high, n, 0.25, 0.005) + 1e-12


@pytest.mark.parametrize("n", [500, 1_000, 5_000])
def test_an_estimated_reference_keeps_false_alarms_rare(n: int) -> None:
    """20 times 50 cohorts for 20 days; with the estimate alone a fifth of 200 streams have a false alarm."""
    dice = np.random.default_rng(n)
    values, streams = 4_000, 200
    seen = dice.binomial(n, 0.02, streams) / n
    places, drawn = np.repeat(np.arange(streams), values), dice.random(streams * values) < 0.02
    watch = RateDetectors([tolerated(rate, n, 0.25, 0.005) for rate in seen], Promise().threshold, fewest=50)
    assert watch.update(places, drawn) == []
    bare = RateDetectors([max(tolerated(rate, 0, 0.25, 0.005), 1e-4) for rate in seen], Promise().threshold, fewest=50)
    assert n > 500 or bare.update(places, drawn)


def test_the_move_is_tolerated_beyond_one_standard_error_of_what_the_rate_was() -> None:
    """Of 200 in 10,000 the exact limit is below the tolerated move, so that the standard error alone decides."""
    known, estimated = (tolerated(0.02, n, 0.25, 0.005) for n in (0, 10_000))
    error = (0.02 * 0.98 / 10_000) ** 0.5
    assert known == pytest.approx(0.025)
    assert estimated == pytest.approx(1.25 * (0.02 + error), abs=2e-4)
