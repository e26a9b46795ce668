"""Adjusted p-values."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import EvidenceError
from assay.statistics.multiplicity import benjamini_hochberg, holm

FILE = Path(__file__).parents[1] / "golden" / "multiplicity.json"
CASES = json.loads(FILE.read_text(encoding="utf-8"))["cases"]

p_values = st.lists(st.floats(0, 1), max_size=30)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_adjusted_values_agree_with_the_oracle(case: dict[str, Any]) -> None:
    assert holm(case["input"]["p"]) == pytest.approx(case["expected"]["holm"], abs=case["tol"])
    assert benjamini_hochberg(case["input"]["p"]) == pytest.approx(case["expected"]["bh"], abs=case["tol"])


@given(p_values)
def test_adjusting_keeps_the_order_and_never_strengthens(values: list[float]) -> None:
    for adjusted in (holm(values), benjamini_hochberg(values)):
        assert all(before <= after <= 1 for before, after in zip(values, adjusted, strict=True))
        ranked = [after for _, after in sorted(zip(values, adjusted, strict=True))]
        assert ranked == sorted(ranked)


@given(p_values.filter(bool), st.floats(0, 1))
def test_one_more_test_never_helps_the_others(values: list[float], extra: float) -> None:
    assert all(alone <= more for alone, more in zip(holm(values), holm([*values, extra]), strict=False))


def test_nothing_to_adjust() -> None:
    assert holm([]) == benjamini_hochberg([]) == []


@pytest.mark.parametrize("bad", [float("nan"), -0.1, 1.1])
def test_what_is_no_probability_is_refused(bad: float) -> None:
    with pytest.raises(EvidenceError, match=r"p-values\[1\]"):
        holm([0.5, bad])


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0.5, 1.0, 2.0, 3.0])), min_size=1, max_size=6))
def test_with_weights_it_is_the_closed_test_of_weighted_bonferroni(pairs: list[tuple[float, float]]) -> None:
    """Each value is the largest, over all sets of tests that hold it, of min(p / its share of the set's weight)."""
    found = holm([p for p, _ in pairs], [weight for _, weight in pairs])
    for at in range(len(pairs)):
        closed = max(
            min(p * sum(weight for _, weight in some) / weight for p, weight in some)
            for size in range(len(pairs))
            for rest in itertools.combinations([pair for place, pair in enumerate(pairs) if place != at], size)
            for some in [(pairs[at], *rest)]
        )
        assert found[at] == pytest.approx(min(closed, 1.0))


@pytest.mark.parametrize("weights", [[1.0], [1.0, 0.0], [1.0, float("nan")]])
def test_weights_are_one_positive_number_for_each_test(weights: list[float]) -> None:
    with pytest.raises(EvidenceError, match="expected a positive number for each"):
        holm([0.1, 0.2], weights)
