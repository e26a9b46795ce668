"""Sign tests of many columns at once: values of another program, laws, and what they promise, by simulation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.domain.errors import EvidenceError
from assay.statistics.flips import together
from assay.statistics.signs import signs

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "flips.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", GOLDEN["cases"])
def test_p_values_are_those_of_scipy_over_all_flips(case: dict[str, Any]) -> None:
    found = together(case["differences"], case["clusters"], case["weights"])
    assert found.adjusted == pytest.approx(case["adjusted"])
    assert found.alone == pytest.approx(case["alone"])


def test_swapping_the_sides_changes_nothing() -> None:
    table = np.random.default_rng(1).normal(size=(40, 3))
    one, other = together(table, range(40)), together(-table, range(40))
    assert one.alone == pytest.approx(other.alone, abs=0.03)


def test_the_order_of_rows_changes_nothing() -> None:
    chance = np.random.default_rng(2)
    table, clusters, order = chance.normal(size=(60, 3)), chance.integers(0, 25, 60), chance.permutation(60)
    assert together(table, clusters) == together(table[order], clusters[order])


def test_stronger_evidence_never_has_a_higher_p_value() -> None:
    table = np.random.default_rng(3).normal(size=(80, 2))
    before = 1.0
    for share in (0.5, 0.6, 0.7, 0.8):
        table[:, 0] = np.where(np.arange(80) < 80 * share, 1.0, -1.0)
        now = together(table, range(80)).adjusted[0]
        assert now <= before
        before = now
    assert before < 0.01


def test_a_column_that_stands_there_twice_costs_nothing() -> None:
    column = np.where(np.arange(100) < 61, 1.0, -1.0) * (1 + np.arange(100) % 7)
    alone = together(column[:, None], range(100)).adjusted[0]
    twice = together(np.stack([column] * 5, axis=1), range(100)).adjusted
    assert twice == pytest.approx([alone] * 5)


def test_weights_move_the_chance_from_one_to_the_other() -> None:
    table = np.random.default_rng(4).normal(size=(100, 2))
    levels = together(table, range(100), [0.8, 0.2]).levels
    assert levels[0] == pytest.approx(4 * levels[1])
    assert 0.043 <= sum(levels) < 0.06


def test_one_column_is_held_at_its_level() -> None:
    found = together(np.random.default_rng(5).normal(size=(100, 1)), range(100))
    assert found.levels == pytest.approx([0.05], rel=0.15)
    assert found.adjusted == found.alone


def test_false_alarms_over_all_columns_stay_at_the_level_and_the_level_is_used() -> None:
    chance = np.random.default_rng(6)
    alarms = 0
    for _ in range(400):
        table = chance.normal(size=(60, 5)) + chance.normal(size=(60, 1))
        alarms += min(together(table, range(60), draws=400).adjusted) <= 0.05
    assert 0.02 < alarms / 400 < 0.085


def test_a_prompt_with_many_pairs_is_one_piece_of_evidence() -> None:
    chance = np.random.default_rng(7)
    alarms = plain = 0
    for _ in range(300):
        taste = np.repeat(chance.choice((-1.0, 1.0), 20), 10)
        table = (taste * chance.random(200))[:, None]
        alarms += together(table, np.repeat(np.arange(20), 10), draws=400).adjusted[0] <= 0.05
        plain += together(table, np.arange(200), draws=400).adjusted[0] <= 0.05
    assert alarms / 300 < 0.09 < 0.3 < plain / 300


def test_differences_of_one_size_give_the_exact_sign_test() -> None:
    column = np.where(np.arange(12) < 10, 1.0, -1.0)
    assert together(column[:, None], range(12)).alone == pytest.approx([signs(column, range(12)).p])


def test_nothing_to_test() -> None:
    assert together(np.zeros((0, 2)), []).adjusted == (1.0, 1.0)
    assert together(np.zeros((4, 0)), range(4)).adjusted == ()
    assert together(np.zeros((4, 2)), range(4)).adjusted == (1.0, 1.0)


@pytest.mark.parametrize(
    ("table", "clusters", "weights", "message"),
    [
        ([[1.0]], [1, 2], None, "2 clusters"),
        ([[np.nan]], [1], None, "finite"),
        ([1.0], [1], None, "shape"),
        ([[1.0]], [1], [0.0], "positive"),
        ([[1.0]], [1], [1.0, 1.0], "1 columns"),
    ],
)
def test_what_does_not_fit_is_said(table: Any, clusters: Any, weights: Any, message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        together(table, clusters, weights)
