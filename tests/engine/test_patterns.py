"""Where failures gather: exact p-values, and no pattern where they fall at random."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from assay.engine.patterns import _fisher, _tested


@given(data=st.data())
def test_fisher_is_scipys(data: st.DataObject) -> None:
    total = data.draw(st.integers(2, 300))
    bad, n = data.draw(st.integers(1, total)), data.draw(st.integers(1, total))
    k = data.draw(st.integers(max(0, n + bad - total), min(n, bad)))
    assert _fisher(k, n, bad, total) == pytest.approx(hypergeom.sf(k - 1, total, bad, n), rel=1e-8, abs=1e-300)


def test_random_failures_make_patterns_in_at_most_one_of_twenty() -> None:
    drawn, found = np.random.default_rng(7), 0
    for _ in range(300):
        members = {("words", str(w)): set(np.flatnonzero(drawn.random(240) < 0.2).tolist()) for w in range(60)}
        found += bool(_tested(members, [f"b{i}" for i in range(40)], 200))
    assert found / 300 <= 0.05 + 3 * (0.05 * 0.95 / 300) ** 0.5


@settings(max_examples=20)
@given(st.integers(10, 60))
def test_a_group_that_holds_all_failures_is_found(n_bad: int) -> None:
    members = {("slice", "topic=tax"): set(range(n_bad)), ("slice", "topic=rest"): set(range(n_bad, n_bad + 200))}
    found = _tested(members, [f"b{i}" for i in range(n_bad)], 200)
    assert [one.name for one in found] == ["topic=tax"] and len(found[0].bad) == n_bad
