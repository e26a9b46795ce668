from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from assay.domain.errors import EvidenceError
from assay.statistics.two_samples import chi_square, ks, psi, spent, sure_chi_square

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "golden" / "two_samples.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", GOLDEN["ks"])
def test_ks_against_the_exact_test_of_scipy(case: dict[str, Any]) -> None:
    found = ks(case["reference"], case["now"])
    assert found.size == pytest.approx(case["size"], abs=1e-12)
    assert found.p_value == pytest.approx(case["p_value"], rel=0.12, abs=0.012)
    assert ks(case["now"], case["reference"]).size == pytest.approx(found.size)


@pytest.mark.parametrize("case", GOLDEN["chi_square"])
def test_chi_square_against_scipy(case: dict[str, Any]) -> None:
    one, two = ({str(at): count for at, count in enumerate(row)} for row in case["table"])
    found = chi_square(one, two)
    assert found.p_value == pytest.approx(case["p_value"], rel=1e-9)
    assert found.size**2 * sum(found.n) == pytest.approx(case["statistic"])


def test_rare_categories_are_put_together_and_not_lost() -> None:
    found = chi_square({"a": 100, "b": 100, "c": 1, "d": 1}, {"a": 100, "b": 100, "x": 30})
    assert found.n == (202, 230)
    assert found.p_value < 0.001
    few = chi_square({"a": 100, "b": 100, "c": 1}, {"a": 100, "b": 100, "d": 1})
    assert few.p_value > 0.9


def test_one_category_cannot_change() -> None:
    assert chi_square({"a": 5}, {"a": 900}).p_value == 1.0


def test_no_change_is_found_as_often_as_promised() -> None:
    rng = np.random.default_rng(5)
    p = [ks(rng.normal(size=120), rng.normal(size=90)).p_value for _ in range(600)]
    assert sum(one <= 0.05 for one in p) <= 45  # 30 expected
    q = [
        chi_square(*({str(k): int(n) for k, n in enumerate(rng.multinomial(300, [0.5, 0.3, 0.2]))} for _ in range(2)))
        for _ in range(600)
    ]
    assert sum(one.p_value <= 0.05 for one in q) <= 45


def test_the_index_of_samples_without_a_change_is_near_what_it_is_expected_to_be() -> None:
    rng = np.random.default_rng(6)
    found = []
    for _ in range(300):
        sides = ({str(k): int(n) for k, n in enumerate(rng.multinomial(size, [0.1] * 10))} for size in (5000, 50))
        found.append(psi(*sides))
    assert np.mean([one for one, _ in found]) == pytest.approx(found[0][1], rel=0.2)


def test_all_looks_together_spend_alpha() -> None:
    assert sum(spent(0.01, look) for look in range(1, 5000)) < 0.01
    with pytest.raises(EvidenceError, match="look 0"):
        spent(0.05, 0)


@pytest.mark.parametrize(("one", "two"), [([], [1.0]), ([1.0], [float("nan")])])
def test_empty_sides_and_what_is_no_number_are_refused(one: list[float], two: list[float]) -> None:
    with pytest.raises(EvidenceError, match="finite numbers"):
        ks(one, two)
    with pytest.raises(EvidenceError, match="counts on both sides"):
        psi({}, {"a": 1})


def test_rare_categories_raise_no_more_false_alarms_than_stated() -> None:
    """3 % and 97 %: far in the tail the approximation rejects many times too often, the sure one never too often."""
    rng = np.random.default_rng(1)
    limit, runs, bold, sure = 1e-4, 20_000, 0, 0
    for _ in range(runs):
        old, new = int(rng.binomial(900, 0.03)), int(rng.binomial(100, 0.03))
        one, two = {"a": old, "b": 900 - old}, {"a": new, "b": 100 - new}
        bold += chi_square(one, two).p_value <= limit
        sure += sure_chi_square(one, two).p_value <= limit
    assert bold > 3 * limit * runs
    assert sure <= limit * runs + 3


@pytest.mark.parametrize(
    "case", [([5, 695], [4, 99]), ([20, 480], [0, 100]), ([1, 999], [30, 70]), ([50, 50], [9, 91])]
)
def test_the_sure_p_value_is_that_of_fishers_test(case: tuple[list[int], list[int]]) -> None:
    tails = [stats.fisher_exact(case, alternative=side).pvalue for side in ("less", "greater")]
    one, two = ({"a": side[0], "b": side[1]} for side in case)
    assert sure_chi_square(one, two, matters=1.0).p_value == pytest.approx(
        max(chi_square(one, two).p_value, min(1.0, 2 * min(tails)))
    )


def test_large_counts_and_large_p_values_are_left_as_they_are() -> None:
    for one, two in (({"a": 5000, "b": 5000}, {"a": 5500, "b": 4500}), ({"a": 90, "b": 10}, {"a": 89, "b": 11})):
        assert sure_chi_square(one, two) == chi_square(one, two)


def test_counts_of_values_that_are_alike_in_groups_are_worth_less_and_as_far_apart() -> None:
    one, two = {"a": 80, "b": 20}, {"a": 50, "b": 50}
    four_each = [{word: 4 * count for word, count in side.items()} for side in (one, two)]
    for test in (chi_square, sure_chi_square):
        found = test(*four_each, worth=(0.25, 0.25))
        assert found.p_value == pytest.approx(test(one, two).p_value)
        assert found.size == pytest.approx(test(*four_each).size)
        assert found.n == (400, 400)
