from __future__ import annotations

import numpy as np
import pytest

from assay.domain.errors import EvidenceError
from assay.statistics.change_point import mean_change, rate_change


def test_the_interval_of_a_rate_holds_the_true_place_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    held, wide = 0, []
    for _ in range(300):
        place = int(rng.integers(50, 550))
        values = np.concatenate([rng.random(place) < 0.1, rng.random(600 - place) < 0.4])
        found = rate_change(values)
        held += found.low <= place <= found.high
        wide.append(found.high - found.low)
    assert held >= 255  # 270 expected
    assert np.median(wide) < 60


def test_a_known_rate_before_the_change_may_lie_before_all_values() -> None:
    rng = np.random.default_rng(21)
    held = 0
    for _ in range(300):
        place = int(rng.integers(0, 550))
        values = np.concatenate([rng.random(place) < 0.1, rng.random(600 - place) < 0.4])
        found = rate_change(values, before=0.1)
        held += found.low <= place <= found.high
    assert held >= 255
    assert rate_change([1.0] * 9, before=0.1).place == 0
    with pytest.raises(EvidenceError, match="between 0 and 1"):
        rate_change([1.0, 0.0], before=1.0)


def test_the_interval_of_a_mean_holds_the_true_place_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(300):
        place = int(rng.integers(20, 180))
        values = np.concatenate([rng.normal(3, 1, place), rng.normal(4, 1, 200 - place)])
        found = mean_change(values)
        held += found.low <= place <= found.high
    assert held >= 255


def test_scale_and_shift_of_an_amount_change_nothing() -> None:
    values = np.random.default_rng(3).normal(size=50) + np.repeat([0.0, 2.0], 25)
    one, two = mean_change(values), mean_change(1000 + 7 * values)
    assert (one.place, one.low, one.high) == (two.place, two.low, two.high)


def test_values_that_never_vary_have_some_place() -> None:
    assert 1 <= mean_change([2.0] * 10).place < 10
    assert rate_change([0.0] * 10).after == 0.0


@pytest.mark.parametrize("values", [[], [1.0], [0.0, float("inf")]])
def test_too_few_values_or_no_numbers_are_refused(values: list[float]) -> None:
    with pytest.raises(EvidenceError):
        rate_change(values)
    with pytest.raises(EvidenceError):
        mean_change(values)
    with pytest.raises(EvidenceError, match=r"\[0, 1\]"):
        rate_change([0.0, 2.0])
