from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import EvidenceError
from assay.statistics.mix import parts

SIDE = st.dictionaries(st.sampled_from("abcd"), st.tuples(st.integers(0, 40), st.integers(40, 90)), min_size=1)


@given(SIDE, SIDE)
def test_both_parts_sum_to_the_difference_of_the_rates(
    before: dict[str, tuple[int, int]], now: dict[str, tuple[int, int]]
) -> None:
    both = before.keys() & now.keys()
    if not both:
        with pytest.raises(EvidenceError, match="no stratum"):
            parts(before, now)
        return
    found = parts(before, now)
    old, new = (sum(side[k][0] for k in both) / sum(side[k][1] for k in both) for side in (before, now))
    assert found.behaviour.value + found.mix.value == pytest.approx(new - old)
    swapped = parts(now, before)
    assert swapped.behaviour.value == pytest.approx(-found.behaviour.value)
    assert set(found.only_before) == before.keys() - now.keys()


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(8)
    shares, rates = np.array([[0.7, 0.3], [0.4, 0.6]]), np.array([[0.05, 0.3], [0.10, 0.3]])
    behaviour = float((shares.mean(axis=0) * (rates[1] - rates[0])).sum())
    mix = float((rates.mean(axis=0) * (shares[1] - shares[0])).sum())
    held = np.zeros(2)
    for _ in range(400):
        sides = []
        for share, rate in zip(shares, rates, strict=True):
            counts = rng.multinomial(800, share)
            sides.append(
                {name: (float(rng.binomial(n, r)), float(n)) for name, n, r in zip("ab", counts, rate, strict=True)}
            )
        found = parts(*sides)
        held += [found.behaviour.low <= behaviour <= found.behaviour.high, found.mix.low <= mix <= found.mix.high]
    assert (held >= 368).all()  # 380 expected


def test_sums_that_do_not_fit_are_refused() -> None:
    with pytest.raises(EvidenceError, match="between 0 and"):
        parts({"a": (5, 2)}, {"a": (1, 2)})
