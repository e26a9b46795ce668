"""Places of hashes among known ones, against a dictionary."""

from __future__ import annotations

import numpy as np
import pytest

from assay.checks.lookup import Lookup


@pytest.mark.parametrize("count", [0, 1, 2, 15, 1000, 70_000])
def test_places_are_those_of_a_dictionary(count: int) -> None:
    dice = np.random.default_rng(count)
    known = np.unique(dice.integers(0, 1 << 64, count, dtype=np.uint64))
    wanted = np.concatenate((known, dice.integers(0, 1 << 64, 500, dtype=np.uint64), known[:10] + np.uint64(1)))
    where = {value: place for place, value in enumerate(known.tolist())}
    assert Lookup(known).places(wanted).tolist() == [where.get(value, -1) for value in wanted.tolist()]


def test_hashes_that_begin_alike() -> None:
    known = np.arange(7, 5000, 3, dtype=np.uint64)
    assert Lookup(known).places(np.array([7, 8, 4999, 10], np.uint64)).tolist() == [0, -1, 1664, 1]


def test_nothing_wanted() -> None:
    assert Lookup(np.array([3], np.uint64)).places(np.zeros(0, np.uint64)).tolist() == []
