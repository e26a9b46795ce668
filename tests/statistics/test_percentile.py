from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import EvidenceError
from assay.statistics.percentile import ERROR, bin_of, middle, percentile

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "golden" / "percentile.json").read_text(encoding="utf-8")
)
amounts = st.floats(min_value=1e-8, max_value=1e9)


@pytest.mark.parametrize("case", GOLDEN["sketched"], ids=lambda case: case["name"])
def test_percentiles_beside_datadogs_sketch(case: dict[str, Any]) -> None:
    counts = Counter(map(bin_of, case["values"]))
    for share, theirs in case["found"].items():
        ours = percentile(counts, float(share)).value
        # Their rank is that of share * (n - 1), ours the smallest with the share at or below: neighbours at most.
        near = sorted(case["values"])[max(math.ceil(float(share) * len(case["values"])) - 2, 0) :][:3]
        assert min(near) * (1 - ERROR) - 1e-9 <= ours <= max(near) * (1 + ERROR) + 1e-9
        assert min(near) * (1 - ERROR) - 1e-9 <= theirs <= max(near) * (1 + ERROR) + 1e-9


@pytest.mark.parametrize("case", GOLDEN["limited"], ids=lambda case: f"{case['share']} of {case['n']}")
def test_limits_are_those_of_scipys_quantile_test(case: dict[str, Any]) -> None:
    size = 1 if case["n"] <= 1000 else 100  # so many bins of their own have no room in a float
    bins = {bin_of(1.05**at): at for at in range(-(-case["n"] // size))}
    at = {middle(place): number for place, number in bins.items()}
    found = percentile(dict.fromkeys(bins, min(size, case["n"])), case["share"])
    told = [None if limit is None else at[limit] for limit in (found.low, found.high)]
    assert told == [None if rank is None else (rank - 1) // size for rank in (case["low"], case["high"])]


@given(st.lists(amounts, min_size=1, max_size=200), st.floats(min_value=0.01, max_value=0.99))
def test_a_percentile_is_near_the_value_of_its_rank(values: list[float], share: float) -> None:
    found = percentile(Counter(map(bin_of, values)), share)
    exact = sorted(values)[max(math.ceil(share * len(values) - 1e-9), 1) - 1]
    assert found.value == pytest.approx(exact, rel=ERROR * 1.001)


@given(amounts)
def test_a_bin_stands_for_its_values(value: float) -> None:
    assert middle(bin_of(value)) == pytest.approx(value, rel=ERROR * 1.001)


@given(st.lists(amounts, max_size=50), st.lists(amounts, max_size=50))
def test_counts_of_two_times_add_up_and_are_taken_back(one: list[float], two: list[float]) -> None:
    first, both = Counter(map(bin_of, one)), Counter(map(bin_of, [*one, *two]))
    left = {place: both[place] - count for place, count in Counter(map(bin_of, two)).items()}
    assert percentile({**both, **left}, 0.5) == percentile(first, 0.5) or not one


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_the_limits_hold_the_percentile_as_often_as_they_say(share: float) -> None:
    rng = np.random.default_rng(4)
    true = float(np.exp(1.5 * math.sqrt(2) * _inverse_erf(2 * share - 1)))
    inside = 0
    for _ in range(600):
        found = percentile(Counter(map(bin_of, rng.lognormal(0.0, 1.5, 800).tolist())), share)
        low, high = found.low or 0.0, math.inf if found.high is None else found.high
        inside += low * (1 - ERROR) <= true <= high * (1 + ERROR)
    assert inside / 600 >= 0.93


def _inverse_erf(value: float) -> float:
    from scipy.special import erfinv

    return float(erfinv(value))


def test_without_values_there_is_no_percentile() -> None:
    assert math.isnan(percentile({}, 0.5).value)
    assert math.isnan(percentile({3: 0.0}, 0.5).value)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_has_no_bin(bad: float) -> None:
    with pytest.raises(EvidenceError, match="finite"):
        bin_of(bad)


@pytest.mark.parametrize(("share", "level"), [(0.0, 0.95), (1.0, 0.95), (0.5, 1.0)])
def test_shares_and_levels_lie_between_0_and_1(share: float, level: float) -> None:
    with pytest.raises(EvidenceError, match="between 0 and 1"):
        percentile({0: 1}, share, level)


def test_negative_values_count_as_zero_and_enormous_ones_as_the_largest() -> None:
    assert middle(bin_of(-2.0)) == 0.0
    assert middle(bin_of(1.79e308)) == middle(bin_of(1e300)) < math.inf
