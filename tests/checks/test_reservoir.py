"""A bounded choice that does not hang on the order of rows."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.checks.reservoir import Reservoir, at_random


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.text("abc", min_size=1, max_size=3)), unique=True), st.integers(1, 6))
def test_the_highest_whatever_the_order(entries: list[tuple[int, str]], most: int) -> None:
    kept = []
    for order in (entries, entries[::-1]):
        reservoir = Reservoir[tuple[int, str]](most)
        for rank, digest in order:
            reservoir.offer(rank, digest, (rank, digest))
        kept.append(sorted(reservoir.items()))
        assert reservoir.seen == len(entries)
    assert kept[0] == kept[1] == sorted(sorted(entries)[-most:])


def test_ranks_of_digests_are_spread_evenly() -> None:
    ranks = sorted(at_random(f"sha256:{number:064x}") for number in range(4000))
    assert max(abs(rank - place / 4000) for place, rank in enumerate(ranks)) < 0.03


def test_a_sample_does_not_follow_a_count_in_the_digests() -> None:
    reservoir = Reservoir[int](500)
    rows = list(range(5000))
    random.Random(1).shuffle(rows)
    for number in rows:
        digest = f"sha256:{number:064x}"
        reservoir.offer(at_random(digest), digest, number)
    odd = sum(number % 2 for number in reservoir.items())
    assert 190 < odd < 310
