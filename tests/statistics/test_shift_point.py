from __future__ import annotations

import numpy as np
import pytest

from assay.domain.errors import EvidenceError
from assay.statistics.shift_point import counts_shift, vectors_shift


def test_the_interval_of_counts_holds_the_true_place_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    held, wide = 0, []
    for _ in range(300):
        place = int(rng.integers(0, 60))
        sizes = rng.poisson(8, 60)
        sides = ([0.75, 0.13, 0.12], [0.5, 0.38, 0.12])
        counts = [rng.multinomial(size, sides[at >= place]) for at, size in enumerate(sizes)]
        found = counts_shift(counts, rng.multinomial(900, sides[0]))
        held += found.low <= place <= found.high
        wide.append(found.high - found.low)
    assert held >= 255  # 270 expected
    assert np.median(wide) < 15


def test_the_interval_of_vectors_holds_the_true_place_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    held, wide = 0, []
    spread = np.diag([2.0, 1.0, 1.0, 0.5, 1.0, 1.0, 1.0, 1.0])
    shift = np.array([0.8, 0.0, 0.0, 0.3, 0.0, 0.0, 0.0, 0.0])
    for _ in range(200):
        place = int(rng.integers(0, 60))
        counts = rng.poisson(5, 60) + 1
        root = np.sqrt(np.diag(spread))
        sums = [rng.normal(0, root * n**0.5) + n * shift * (at >= place) for at, n in enumerate(counts)]
        found = vectors_shift(sums, counts, rng.normal(0, root / 600**0.5), 600, spread)
        held += found.low <= place <= found.high
        wide.append(found.high - found.low)
    assert held >= 165  # 180 expected
    assert np.median(wide) < 20


def test_the_order_of_categories_changes_nothing() -> None:
    counts = np.random.default_rng(3).multinomial(10, [0.5, 0.3, 0.2], 20)
    counts[12:] = counts[12:, ::-1]
    assert counts_shift(counts, [50, 30, 20]) == counts_shift(counts[:, [2, 0, 1]], [20, 50, 30])


@pytest.mark.parametrize(("counts", "reference"), [([], []), ([[1, 2]], [1]), ([[1, -1]], [1, 1]), ([[1, 1]], [1, -1])])
def test_counts_without_a_shape_are_refused(counts: list[list[int]], reference: list[int]) -> None:
    with pytest.raises(EvidenceError, match="count of every category"):
        counts_shift(counts, reference)


def test_vectors_without_a_shape_are_refused() -> None:
    with pytest.raises(EvidenceError, match="a sum and a number"):
        vectors_shift([[1.0, 2.0]], [1, 2], [0.0, 0.0], 5, np.eye(2))
