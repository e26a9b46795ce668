"""The tail of the hypergeometric distribution, and adjustment under dependence."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import EvidenceError
from assay.statistics.enrichment import enrichment
from assay.statistics.multiplicity import benjamini_hochberg, benjamini_yekutieli

CASES = json.loads((Path(__file__).parents[1] / "golden" / "enrichment.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES["tables"], ids=lambda case: f"{case['both']}-{case['group']}")
def test_tails_agree_with_the_oracle(case: dict[str, Any]) -> None:
    found = enrichment([case["both"]], [case["group"]], [case["having"]], case["total"])[0]
    assert found == pytest.approx(case["hypergeom"], rel=1e-8)
    assert found == pytest.approx(case["fisher"], rel=1e-8)


@pytest.mark.parametrize("case", CASES["adjusted"], ids=lambda case: str(case["tests"]))
def test_adjusted_values_agree_with_the_oracle_when_tests_are_left_out(case: dict[str, Any]) -> None:
    assert benjamini_yekutieli(case["p"], tests=case["tests"]) == pytest.approx(case["by"], rel=1e-6)


@given(st.integers(1, 200), st.data())
def test_more_in_common_is_never_more_likely(total: int, data: st.DataObject) -> None:
    group, having = data.draw(st.integers(0, total)), data.draw(st.integers(0, total))
    low, high = max(0, group + having - total), min(group, having)
    tails = enrichment(list(range(low, high + 1)), [group] * (high - low + 1), [having] * (high - low + 1), total)
    assert tails[0] == 1.0
    assert all(0 < after <= before + 1e-9 <= 1 + 1e-9 for before, after in itertools.pairwise(tails))


@given(st.lists(st.floats(0, 1), max_size=20), st.integers(0, 50))
def test_dependence_and_tests_left_out_never_strengthen(values: list[float], more: int) -> None:
    adjusted = benjamini_yekutieli(values, tests=len(values) + more)
    assert all(one >= other - 1e-12 for one, other in zip(adjusted, benjamini_hochberg(values), strict=True))


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(EvidenceError, match="4 of 3 in the group"):
        enrichment([4], [3], [5], 10)
    with pytest.raises(EvidenceError, match="2 p-values and tests=1"):
        benjamini_yekutieli([0.1, 0.2], tests=1)
    assert benjamini_yekutieli([], tests=0) == []
