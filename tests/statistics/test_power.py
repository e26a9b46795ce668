"""Power and prompts needed."""

from __future__ import annotations

import numpy as np
import pytest

from assay.domain.errors import EvidenceError
from assay.statistics.power import (
    power_drop_above,
    power_drop_below,
    power_floor,
    prompts_for_drop_above,
    prompts_for_drop_below,
    prompts_for_level,
    shares,
)
from assay.statistics.proportion import p_rate_below
from assay.statistics.ratio import p_drop_below
from assay.statistics.tables import PairedTable


@pytest.mark.parametrize(
    ("n", "drop", "expected"),
    [(100, 0.0, 0.57), (200, 0.0, 0.84), (500, 0.02, 0.71), (500, 0.05, 0.05), (1000, 0.03, 0.64)],
)
def test_power_to_exclude_five_percent(n: int, drop: float, expected: float) -> None:
    """Expected: an independent simulation of the score test, base .95, churn 3 %."""
    assert power_drop_below(shares(0.95, 0.03, drop), n, 0.05) == pytest.approx(expected, abs=0.025)


@pytest.mark.parametrize(
    ("base", "churn", "drop", "margin", "expected"),
    [(0.95, 0.03, 0.0, 0.05, 190), (0.95, 0.03, 0.02, 0.05, 640), (0.80, 0.03, 0.0, 0.10, 78)],
)
def test_prompts_to_stay_below(base: float, churn: float, drop: float, margin: float, expected: int) -> None:
    """Expected: an independent simulation on a grid of n."""
    assert prompts_for_drop_below(shares(base, churn, drop), margin) == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(("drop", "threshold", "expected"), [(0.40, 0.30, 182), (0.50, 0.30, 49), (0.05, 0.0, 280)])
def test_prompts_to_prove_harm(drop: float, threshold: float, expected: int) -> None:
    """Expected: an independent simulation on a grid of n."""
    assert prompts_for_drop_above(shares(0.95, 0.03, drop), threshold) == pytest.approx(expected, rel=0.1)


def test_power_agrees_with_enumeration() -> None:
    truth, n, power = shares(0.6, 0.1, 0.0), 12, 0.0
    cells = np.array([truth.both, truth.lost, truth.gained, truth.neither])
    factorial = np.cumprod([1.0, *range(1, n + 1)])
    for both in range(n + 1):
        for lost in range(n + 1 - both):
            for gained in range(n + 1 - both - lost):
                counts = np.array([both, lost, gained, n - both - lost - gained])
                table = PairedTable(both=both, lost=lost, gained=gained, neither=counts[3])
                if p_drop_below(table, 0.4) <= 0.05:
                    power += factorial[n] / factorial[counts].prod() * (cells**counts).prod()
    assert power_drop_below(truth, n, 0.4) == pytest.approx(power, abs=0.03)


@pytest.mark.usefixtures("no_hang")
def test_no_number_proves_what_is_not_so() -> None:
    assert prompts_for_drop_below(shares(0.95, 0.03, 0.06), 0.05) is None
    assert prompts_for_drop_above(shares(0.95, 0.03, 0.04), 0.05) is None
    assert prompts_for_level(0.99, 0.995) is None


def test_the_same_question_gets_the_same_answer() -> None:
    assert power_drop_above(shares(0.9, 0.02, 0.4), 70, 0.3) == power_drop_above(shares(0.9, 0.02, 0.4), 70, 0.3)


@pytest.mark.parametrize(("rate", "n", "floor"), [(1.0, 598, 0.995), (0.998, 1500, 0.995), (0.97, 200, 0.95)])
def test_power_of_a_floor_agrees_with_enumeration(rate: float, n: int, floor: float) -> None:
    rng = np.random.default_rng(1)
    good = rng.binomial(n, rate, size=2000)
    proved = np.mean([p_rate_below(int(x), n, floor) <= 0.05 for x in good])
    assert power_floor(rate, n, floor) == pytest.approx(proved, abs=0.04)


def test_prompts_for_a_level_reach_the_power() -> None:
    n = prompts_for_level(0.999, 0.995, power=0.9)
    assert n is not None
    assert power_floor(0.999, n, 0.995) >= 0.9 > power_floor(0.999, n - 1, 0.995) or n > 598


def test_nothing_has_no_power() -> None:
    assert power_drop_below(PairedTable(both=0, lost=0, gained=0, neither=0), 100, 0.05) == 0.0
    assert power_drop_below(shares(0.9, 0.0, 0.0), 0, 0.05) == 0.0


@pytest.mark.parametrize("cells", [(0.95, 0.06, 0.0), (0.5, 0.0, 1.2)])
def test_rates_that_cannot_be_are_refused(cells: tuple[float, float, float]) -> None:
    with pytest.raises(EvidenceError, match="negative share"):
        shares(*cells)
