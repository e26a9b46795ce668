from __future__ import annotations

import numpy as np
import pytest

from assay.domain.errors import EvidenceError
from assay.statistics.arms import ArmBets, Pairing, paired
from assay.statistics.split_check import SplitCheck


def ends(claim: str, canary: float, margin: float, runs: int = 150, most: int = 1500) -> int:
    rng = np.random.default_rng(9)
    found = 0
    for _ in range(runs):
        bets = ArmBets(claim=claim, margin=margin)  # type: ignore[arg-type]
        bets.update(rng.random(most) < canary, rng.binomial(19, 0.02, most) / 19)
        found += bets.p_value <= 0.05
    return found


def test_false_claims_are_proved_no_more_often_than_promised() -> None:
    assert ends("worse", 0.03, 0.01) <= 14  # 7.5 allowed on average
    assert ends("within", 0.04, 0.02) <= 14


def test_true_claims_are_proved() -> None:
    assert ends("worse", 0.08, 0.01) >= 145
    assert ends("within", 0.02, 0.03) >= 145


def test_batches_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    x, c = (rng.random(300) < 0.2).astype(float), rng.random(300) * 0.2
    whole, parts = ArmBets(claim="worse", margin=0.01), ArmBets(claim="worse", margin=0.01)
    whole.update(x, c)
    for at in range(0, 300, 7):
        parts.update(x[at : at + 7], c[at : at + 7])
    assert parts.p_value == pytest.approx(whole.p_value)
    assert parts.n == whole.n == 300
    whole.update([], [])
    assert whole.n == 300


def test_each_value_of_the_canary_has_controls_of_its_own() -> None:
    values, mine = paired([1, 0, 0, 1, 1], [True, True, False, False, True])
    assert (values.tolist(), mine.tolist()) == ([1.0, 0.0], [0.0, 1.0])
    assert paired([1, 1], [True, True])[0].size == 0


def test_margins_and_values_are_checked() -> None:
    with pytest.raises(EvidenceError, match="margin"):
        ArmBets(claim="worse", margin=1.0)
    with pytest.raises(EvidenceError, match="cannot be proved"):
        ArmBets(claim="within", margin=0.0)
    with pytest.raises(EvidenceError, match="values in"):
        ArmBets(claim="worse", margin=0.1).update([2.0], [0.1])


def test_traffic_that_splits_as_meant_rarely_looks_otherwise_and_other_shares_are_found() -> None:
    rng = np.random.default_rng(2)
    false = 0
    for _ in range(200):
        check = SplitCheck(shares=(0.95, 0.05))
        for _ in range(50):
            check.update(tuple(rng.multinomial(100, [0.95, 0.05])))
        false += check.p_value <= 0.05
    assert false <= 18  # 10 allowed on average
    check = SplitCheck(shares=(0.95, 0.05))
    check.update(tuple(rng.multinomial(5000, [0.93, 0.07])))
    assert check.p_value < 0.01


def test_shares_and_counts_are_checked() -> None:
    with pytest.raises(EvidenceError, match="sum to 1"):
        SplitCheck(shares=(0.5, 0.6))
    with pytest.raises(EvidenceError, match="2 counts"):
        SplitCheck(shares=(0.5, 0.5)).update((1,))


def test_a_margin_may_be_relative_to_the_control() -> None:
    def proved(claim: str, canary: float) -> int:
        rng, found = np.random.default_rng(4), 0
        for _ in range(150):
            bets = ArmBets(claim=claim, margin=0.0, ratio=1.5)  # type: ignore[arg-type]
            bets.update(rng.random(1_500) < canary, rng.binomial(19, 0.1, 1_500) / 19)
            found += bets.p_value <= 0.05
        return found

    assert proved("worse", 0.15) <= 14 and proved("within", 0.15) <= 14  # at the margin: 7.5 allowed on average
    assert proved("worse", 0.25) >= 145 and proved("within", 0.08) >= 145
    with pytest.raises(EvidenceError, match="ratio"):
        ArmBets(claim="worse", margin=0.1, ratio=0.9)


def test_pairs_that_come_in_parts_are_the_pairs_of_the_whole() -> None:
    rng = np.random.default_rng(6)
    values, mine = rng.random(400), rng.random(400) < 0.4
    whole, parts = paired(values, mine), Pairing()
    taken = [parts.take(values[at : at + 9], mine[at : at + 9]) for at in range(0, 400, 9)]
    for side in (0, 1):
        assert np.concatenate([one[side] for one in taken]) == pytest.approx(whole[side])


def test_the_mean_wealth_now_is_at_most_its_best() -> None:
    bets = ArmBets(claim="worse", margin=0.01)
    bets.update([1.0] * 5 + [0.0] * 50, [0.0] * 5 + [0.5] * 50)
    assert bets.log_mean < 0 < bets.best
