from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import chdtrc, chdtri

from assay.domain.errors import EvidenceError
from assay.statistics.quadratic_tail import quadratic_tail

PAIRS = (1.0, 0.6, 0.3, 0.1, 0.05)


@pytest.mark.parametrize("chance", [0.5, 0.1, 0.01, 1e-4, 1e-8, 1e-12])
@pytest.mark.parametrize(("d", "error"), [(1, 0.12), (2, 0.06), (5, 0.02), (20, 0.003), (64, 0.001)])
def test_of_equal_weights_it_is_the_chi_square_distribution(d: int, error: float, chance: float) -> None:
    found = quadratic_tail([3.0] * d, 3.0 * float(chdtri(d, chance)))
    assert found == pytest.approx(chance, rel=error)


@pytest.mark.parametrize("value", [1.0, 4.0, 8.0, 15.0, 30.0, 60.0])
def test_of_pairs_of_weights_it_is_a_sum_of_exponentials(value: float) -> None:
    """Two squared deviates of one weight are exponential; sums of those have a closed form."""
    rates = [1 / (2 * weight) for weight in PAIRS]
    exact = sum(
        math.exp(-rate * value) * math.prod(other / (other - rate) for other in rates if other != rate)
        for rate in rates
    )
    assert quadratic_tail(np.repeat(PAIRS, 2), value) == pytest.approx(exact, rel=0.06)


@given(
    st.lists(st.floats(0.001, 100.0), min_size=1, max_size=40), st.floats(0.1, 5.0), st.floats(1.01, 2.0),
    st.floats(0.01, 100.0),
)  # fmt: skip
def test_it_falls_with_the_value_and_does_not_depend_on_the_unit(
    weights: list[float], part: float, more: float, unit: float
) -> None:
    value = part * sum(weights)
    found = quadratic_tail(weights, value)
    assert 0.0 <= quadratic_tail(weights, value * more) <= found + 1e-6 <= 1.0 + 1e-6
    assert quadratic_tail([one * unit for one in weights], value * unit) == pytest.approx(found, rel=1e-4, abs=1e-12)


def test_it_is_even_around_the_mean() -> None:
    weights = [1.0, 0.5, 0.25, 0.1]
    around = [quadratic_tail(weights, sum(weights) * (1 + step)) for step in (-1e-3, -1e-5, 0.0, 1e-5, 1e-3)]
    assert around == sorted(around, reverse=True) and around[0] - around[-1] < 2e-3
    assert float(chdtrc(4, 4.0)) == pytest.approx(quadratic_tail([2.0] * 4, 8.0), rel=0.01)


def test_what_is_no_weight_is_refused() -> None:
    for weights, value in (([], 1.0), ([0.0], 1.0), ([-1.0, 2.0], 1.0), ([math.nan], 1.0), ([1.0], math.inf)):
        with pytest.raises(EvidenceError, match="weights"):
            quadratic_tail(weights, value)
    assert quadratic_tail([1.0, 0.0], -1.0) == 1.0
