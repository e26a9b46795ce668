from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assay.domain.errors import EvidenceError
from assay.statistics.labelled_rate import effective_labels, labelled_rate
from assay.statistics.prediction_powered import mean_interval
from assay.watch.drawing import chances

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "judge.json").read_text())
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sums:
    w: float
    wx: float
    ww: float
    wwx: float
    wwxx: float


def sums(values: Floats, shares: Floats) -> Sums:
    w = 1 / shares
    parts = (w, w * values, w * w, w * w * values, (w * values) ** 2)
    return Sums(*(float(one.sum()) for one in parts))


def test_with_equal_chances_it_is_the_published_estimate() -> None:
    rng = np.random.default_rng(5)
    people = (rng.random(300) < 0.4).astype(float)
    judged = np.where(rng.random(300) < 0.85, people, 1 - people)
    rest = (rng.random(3000) < 0.42).astype(float)
    whole = sums(np.concatenate([judged, rest]), np.ones(3300))
    found = labelled_rate(people, judged, np.ones(300), np.full(300, 300 / 3300), whole)
    value, low, high = mean_interval(people, judged, rest)
    assert found.value == pytest.approx(value, abs=1e-4)
    assert found.effective == pytest.approx(300)
    assert high - low < found.high - found.low < 1.1 * (high - low), "three unseen errors and Student's t, no more"


def test_labels_that_agree_with_the_scorer_trust_it() -> None:
    judged = np.array([1.0, 0.0] * 50)
    whole = sums(np.array([1.0, 0.0] * 2500), np.ones(5000))
    assert labelled_rate(judged, judged, np.ones(100), np.full(100, 0.02), whole).trust == pytest.approx(1.0)
    assert labelled_rate(1 - judged, judged, np.ones(100), np.full(100, 0.02), whole).trust == 0.0


def test_swapping_yes_and_no_mirrors_the_rate() -> None:
    rng = np.random.default_rng(2)
    people, judged = (rng.random((2, 200)) < 0.3).astype(float)
    every, shares, likely = (rng.random(2000) < 0.3).astype(float), np.ones(200), rng.uniform(0.05, 0.5, 200)
    one = labelled_rate(people, judged, shares, likely, sums(every, np.ones(2000)))
    other = labelled_rate(1 - people, 1 - judged, shares, likely, sums(1 - every, np.ones(2000)))
    assert (other.value, other.low, other.high) == pytest.approx((1 - one.value, 1 - one.high, 1 - one.low))


CASES = {
    "a scorer that misses half": ((0.02, 0.2, 0.6), 0.5, 0.99),
    "one that is nearly right": ((0.02, 0.2, 0.6), 0.9, 0.995),
    "one that knows nothing": ((0.3, 0.3, 0.3), 0.3, 0.7),
    "one that never says yes": ((0.05, 0.05, 0.05), 0.0, 1.0),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("judged_shares", [(1.0, 1.0, 1.0), (0.2, 0.6, 1.0)])
def test_the_interval_covers_under_stratified_draws_and_the_plain_share_does_not(
    case: str, judged_shares: tuple[float, float, float]
) -> None:
    """300 draws of about 150 traces, unequally by kind and verdict; where the scorer itself reads a share too."""
    rates, right_yes, right_no = CASES[case]
    kinds, runs = np.array([0.9, 0.07, 0.03]), 300
    true = float(kinds @ np.array(rates))
    rng = np.random.default_rng(11)
    covered, below, values, plain = 0, 0, [], []
    for _ in range(runs):
        kind = rng.choice(3, 4000, p=kinds)
        shares = np.array(judged_shares)[kind]
        seen = rng.random(4000) < shares
        kind, shares = kind[seen], shares[seen]
        people = rng.random(len(kind)) < np.array(rates)[kind]
        judged = np.where(people, rng.random(len(kind)) < right_yes, rng.random(len(kind)) >= right_no)
        cells = kind * 2 + judged
        likely = chances({int(cell): int((cells == cell).sum()) for cell in np.unique(cells)}, 150)
        each = np.array([likely[int(cell)] for cell in cells])
        drawn = rng.random(len(kind)) < each
        whole = sums(judged.astype(float), shares)
        found = labelled_rate(people[drawn] * 1.0, judged[drawn] * 1.0, shares[drawn], each[drawn], whole)
        covered += found.low <= true <= found.high
        below += found.high < true
        values.append(found.value)
        plain.append(people[drawn].mean())
    assert covered / runs >= 0.93
    assert below / runs <= 0.05
    assert abs(np.mean(values) - true) < 4 * np.std(values) / runs**0.5
    if len({*rates}) > 1:
        assert np.mean(plain) > 1.5 * true, "without weights the rate is far off"


def test_a_wrong_weight_would_be_found() -> None:
    """What the simulation asserts fails for chances that are not those of the draw."""
    rng = np.random.default_rng(4)
    people = np.concatenate([np.ones(50), rng.random(50) < 0.1]).astype(float)
    judged, shares = np.zeros(100), np.ones(100)
    right = np.concatenate([np.full(50, 1.0), np.full(50, 50 / 4950)])
    whole = sums(np.zeros(5000), np.ones(5000))
    assert labelled_rate(people, judged, shares, right, whole).value < 0.2
    assert labelled_rate(people, judged, shares, np.full(100, 0.02), whole).low > 0.4


def test_unequal_weights_are_worth_fewer_labels() -> None:
    assert effective_labels(np.ones(40)) == 40
    assert effective_labels(np.array([1.0] * 39 + [100.0])) < 2
    assert effective_labels(np.zeros(0)) == 0


@pytest.mark.parametrize(
    ("people", "chance", "whole", "why"),
    [
        (1, 0.5, 9.0, "two or more"),
        (9, 0.0, 9.0, "above 0, at most 1"),
        (9, 1.5, 9.0, "above 0, at most 1"),
        (9, 0.5, 0.0, "nothing was judged"),
    ],
)
def test_what_is_no_draw_is_refused(people: int, chance: float, whole: float, why: str) -> None:
    ones = np.ones(people)
    with pytest.raises(EvidenceError, match=why):
        labelled_rate(ones, ones, ones, ones * chance, Sums(whole, 1.0, 1.0, 1.0, 1.0))
