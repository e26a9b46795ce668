"""Signs, the logistic model, AUROC and rates of pairs: against other programs, and what must hold of any of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import EvidenceError
from assay.statistics.agreement import agreement
from assay.statistics.agreement_limits import agreement_limits
from assay.statistics.preference import _fits, chance_auroc, effects, fit, held_out, pair_auroc
from assay.statistics.rates import rate_gap, smallest_gap
from assay.statistics.signs import signs, smallest_bias

CASES: dict[str, Any] = json.loads((Path(__file__).parents[1] / "golden" / "preference.json").read_text())["cases"]
COLUMNS, CLUSTERS = np.array(CASES["columns"]), np.array(CASES["clusters"])
DIFFERENCES = st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=60)


@pytest.mark.parametrize("case", CASES["logistic"], ids=lambda case: f"ridge {case['ridge']:g}")
def test_coefficients_are_those_of_scikit_learn(case: dict[str, Any]) -> None:
    assert fit(COLUMNS, case["ridge"]) == pytest.approx(case["coefficients"], abs=2e-5)


def test_standard_errors_by_clusters_are_those_of_statsmodels() -> None:
    found = effects(COLUMNS, CLUSTERS, ridge=1e-9)
    assert (found.high - found.log_odds) / 1.959964 == pytest.approx(CASES["sandwich"]["errors"], rel=1e-5)


@pytest.mark.parametrize("case", CASES["auroc"])
def test_auroc_is_that_of_scikit_learn(case: dict[str, Any]) -> None:
    assert pair_auroc(case["scores"]) == pytest.approx(case["auroc"], abs=1e-12)


def test_auroc_on_prompts_left_out_is_that_of_scikit_learn() -> None:
    assert held_out(COLUMNS, CLUSTERS, fold=np.array(CASES["folds"])) == pytest.approx(CASES["held_out"], abs=1e-4)


@pytest.mark.parametrize("case", CASES["signs"])
def test_sign_test_and_limits_are_those_of_scipy(case: dict[str, Any]) -> None:
    found = signs([1] * case["more"] + [-1] * case["fewer"], range(case["more"] + case["fewer"]))
    assert found.p == pytest.approx(case["p"], rel=1e-9)
    assert (found.low, found.high) == pytest.approx(tuple(case["wilson"]), abs=1e-9)


@pytest.mark.parametrize("case", CASES["rates"])
def test_two_shares_are_those_of_statsmodels(case: dict[str, Any]) -> None:
    hits, n, other_hits, other_n = case["counts"]
    values = [1] * hits + [0] * (n - hits) + [1] * other_hits + [0] * (other_n - other_hits)
    found = rate_gap(values, [True] * n + [False] * other_n, range(n + other_n))
    assert found is not None
    assert found.p == pytest.approx(case["p"], rel=1e-9)
    assert (found.low, found.high) == pytest.approx(tuple(case["newcombe"]), abs=1e-9)


@given(DIFFERENCES)
def test_swapping_the_sides_mirrors_the_signs(values: list[float]) -> None:
    one, other = signs(values, range(len(values))), signs([-each for each in values], range(len(values)))
    assert (one.more, one.fewer, one.p) == (other.fewer, other.more, other.p)
    assert one.low == pytest.approx(1 - other.high)
    assert one.right == pytest.approx(1 - other.right)
    assert (one.right_low, one.right_high) == pytest.approx((1 - other.right_high, 1 - other.right_low))
    assert one.right_low <= one.right <= one.right_high


@given(DIFFERENCES, st.integers(2, 5))
def test_repeating_every_pair_within_its_prompt_proves_nothing_more(values: list[float], times: int) -> None:
    once = signs(values, range(len(values)))
    again = signs(values * times, list(range(len(values))) * times)
    assert again.p >= once.p - 1e-9
    assert again.worth <= once.worth * 1.0001 + 1e-9


@given(DIFFERENCES)
def test_auroc_of_the_other_side_is_the_rest(values: list[float]) -> None:
    assert pair_auroc(values) + pair_auroc([-each for each in values]) == pytest.approx(1.0)


@given(st.floats(8, 1e6), st.floats(1.1, 10))
def test_more_pairs_would_have_seen_a_smaller_bias(pairs: float, more: float) -> None:
    assert smallest_bias(pairs * more) < smallest_bias(pairs)
    assert smallest_bias(pairs, alpha=0.01) > smallest_bias(pairs)
    assert smallest_bias(7.849 / 0.1**2) == pytest.approx(0.1, abs=0.002)


def test_a_column_that_tells_nothing_stays_within_chance_and_one_that_tells_does_not() -> None:
    noise = np.random.default_rng(3).normal(size=(300, 2))
    chance = chance_auroc(noise, np.arange(300))
    assert chance[2] < held_out(noise, np.arange(300)) < chance[-3]
    assert held_out(np.abs(noise), np.arange(300)) > 0.99 > chance[-1]


def test_all_draws_at_once_fit_what_one_fit_does() -> None:
    coins = np.random.default_rng(5).choice((-1.0, 1.0), (len(COLUMNS), 3))
    for at, weights in enumerate(_fits(COLUMNS, coins, 1.0).T):
        assert weights == pytest.approx(fit(COLUMNS * coins[:, at : at + 1]), abs=1e-3)


def test_limits_of_agreement_hold_the_coefficients_and_widen_when_prompts_repeat() -> None:
    chance = np.random.default_rng(7)
    truth = chance.choice(["a", "b"], 200)
    ratings = [[word if chance.random() < 0.8 else "a" for _ in range(3)] for word in truth]
    found, whole = agreement_limits(ratings, range(200)), agreement(ratings)
    for limits, value in ((found.percent, whole.percent), (found.ac1, whole.ac1), (found.alpha, whole.alpha)):
        assert limits is not None and value is not None
        assert limits[0] < value < limits[1]
    assert found.ac1 is not None and whole.ac1_low is not None and whole.ac1_high is not None
    assert found.ac1 == pytest.approx((whole.ac1_low, whole.ac1_high), abs=0.02)
    repeated = agreement_limits(ratings * 4, list(range(200)) * 4)
    assert repeated.ac1 == pytest.approx(found.ac1, abs=0.02)
    assert agreement_limits(ratings[:4], range(4)).ac1 is None


def test_what_does_not_fit_together_is_said() -> None:
    for wrong in (
        lambda: signs([1, 2], [1]),
        lambda: signs([float("nan")], [1]),
        lambda: effects([1.0, 2.0], [1, 2]),
        lambda: rate_gap([1], [True, False], [1]),
        lambda: smallest_bias(10, alpha=0),
        lambda: agreement_limits([["a", "b"]], [1, 2]),
    ):
        with pytest.raises(EvidenceError, match=r"expected|lie between|belongs to one|clusters"):
            wrong()
    assert rate_gap([1, 0], [True, True], [1, 2]) is None
    assert smallest_gap(0.05) < smallest_gap(0.1) < smallest_gap(0.1, alpha=0.01)
    assert smallest_gap(10.0) == 1.0
