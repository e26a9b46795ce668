from __future__ import annotations

import numpy as np
import pytest

from assay.domain.errors import EvidenceError
from assay.statistics.mean_shift import mean_shift


def test_no_shift_is_found_as_often_as_promised_and_a_shift_is_found() -> None:
    rng = np.random.default_rng(4)
    same = [mean_shift(rng.normal(size=(60, 12)), rng.normal(size=(40, 12)), 199).p_value for _ in range(200)]
    assert sum(one <= 0.05 for one in same) <= 18  # 10 expected
    moved = [mean_shift(rng.normal(size=(60, 12)), rng.normal(0.5, size=(40, 12)), 199).p_value for _ in range(20)]
    assert sum(one <= 0.05 for one in moved) >= 19


def test_sides_may_be_exchanged() -> None:
    rng = np.random.default_rng(5)
    one, two = rng.normal(size=(50, 4)), rng.normal(0.3, size=(50, 4))
    assert mean_shift(one, two).size == pytest.approx(mean_shift(two, one).size, rel=0.1)


def test_equal_vectors_have_not_moved() -> None:
    assert mean_shift(np.ones((5, 3)), np.ones((4, 3)), 50).p_value == 1.0


def test_shapes_and_numbers_are_checked() -> None:
    with pytest.raises(EvidenceError, match="two or more"):
        mean_shift(np.ones((1, 3)), np.ones((4, 3)))
    with pytest.raises(EvidenceError, match="finite"):
        mean_shift(np.full((3, 3), np.nan), np.ones((4, 3)))


def test_vectors_that_are_alike_in_groups_are_found_to_move_no_more_often() -> None:
    """Each vector of the reference seven times is worth a seventh; taken for independent it moves far too often."""
    rng = np.random.default_rng(6)
    sides = [(np.repeat(rng.normal(size=(30, 6)), 7, axis=0), rng.normal(size=(80, 6))) for _ in range(200)]
    told = [[mean_shift(*both, 199, worth).p_value <= 0.05 for both in sides] for worth in ((1.0, 1.0), (1 / 7, 1.0))]
    assert sum(told[0]) >= 40
    assert sum(told[1]) <= 18  # 10 expected


def test_the_tail_beyond_the_splits_is_that_of_many_more() -> None:
    """Sparse vectors of length 1, as those of requests; a hundred thousand splits tell what a thousand cannot."""
    rng = np.random.default_rng(3)
    words, often = rng.choice((-1.0, 1.0), size=(60, 16)), 1 / np.arange(1, 61)
    sums = [words[rng.choice(60, size=6, replace=False, p=often / often.sum())].sum(axis=0) for _ in range(400)]
    every = np.array([one / np.linalg.norm(one) for one in sums])
    pushed = every[300:] + 0.15 * words[0] / 4
    few, many = (mean_shift(every[:300], pushed, splits).p_value for splits in (99, 99_999))
    assert 1e-4 < many < 1e-3
    assert few == pytest.approx(many, rel=0.5)
    assert mean_shift(every[:300], every[300:] + 0.5 * words[0] / 4, 99).p_value < 1e-12
