"""The correction for a judge's error: as published, and as it behaves when people label few."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import EvidenceError
from assay.domain.estimate import Pairs
from assay.statistics.evidence import Evidence, evidence
from assay.statistics.prediction_powered import drop_line, interval, mean_interval, p_above, p_below, point, weight

FILE = Path(__file__).parents[1] / "golden" / "judge.json"
CASE: Mapping[str, Any] = next(
    case for case in json.loads(FILE.read_text(encoding="utf-8"))["cases"] if case["id"] == "ppi_1"
)
PEOPLE, JUDGED, REST = (np.array(CASE["input"][key]) for key in ("Y", "f", "F"))


@pytest.mark.parametrize("trust", [0.0, 0.5, 1.0])
def test_intervals_are_those_of_the_published_program(trust: float) -> None:
    found = mean_interval(PEOPLE, JUDGED, REST, CASE["input"]["conf_level"], trust)
    assert found[1:] == pytest.approx(CASE["expected"][f"lam_{trust}"], abs=1e-9)


def test_the_best_weight_is_that_of_the_published_program() -> None:
    found = mean_interval(PEOPLE, JUDGED, REST, CASE["input"]["conf_level"])
    assert found[0] == pytest.approx(CASE["expected"]["point_lam_opt"], abs=1e-9)
    assert found[1:] == pytest.approx(CASE["expected"]["lam_opt"], abs=1e-9)


def drawn(rng: np.random.Generator, base: float, drop: float, n: int, m: int, judge: tuple[float, float]) -> Pairs:
    """Independent pairs, of which the first m are labelled; the judge's rates of truth on good and on bad answers."""
    good = np.array([rng.random(n) < base, rng.random(n) < base * (1 - drop)])
    said = np.where(good, rng.random((2, n)) < judge[0], rng.random((2, n)) >= judge[1]).astype(float)
    people = np.where(np.arange(n) < m, good.astype(float), np.nan)
    return Pairs(
        reference=said[0].tolist(),
        candidate=said[1].tolist(),
        units=range(n),
        people_reference=people[0].tolist(),
        people_candidate=people[1].tolist(),
    )


def covers(found: Any, truth: float) -> bool:
    return bool(found.low <= truth <= found.high)


def test_a_poor_judge_hides_a_loss_and_the_correction_finds_it() -> None:
    rng, runs = np.random.default_rng(1), 120
    alone = corrected = 0
    for _ in range(runs):
        proof = evidence(drawn(rng, 0.95, 0.3, 1000, 300, (0.90, 0.70)), "proportion")
        assert proof.alone is not None
        alone += covers(proof.alone.difference(), 0.285)
        corrected += covers(proof.difference(), 0.285)
    assert alone <= 0.02 * runs
    assert corrected >= 0.89 * runs


@pytest.mark.parametrize("m", [30, 100])
def test_a_drop_at_the_threshold_rarely_passes_with_few_labels(m: int) -> None:
    rng, runs = np.random.default_rng(2), 300
    passed = 0
    for _ in range(runs):
        pairs = drawn(rng, 0.95, 0.05, 500, m, (0.95, 0.95))
        passed += evidence(pairs, "proportion").p_drop_below(0.05) <= 0.05
    assert passed <= 0.09 * runs


def labelled(rng: np.random.Generator, n: int = 200, m: int = 60) -> Evidence:
    return evidence(drawn(rng, 0.9, 0.1, n, m, (0.9, 0.8)), "proportion")


@given(st.integers(0, 10_000))
def test_points_and_intervals_agree_with_p_values(seed: int) -> None:
    found = labelled(np.random.default_rng(seed))
    for estimate, below, above in (
        (found.drop(), found.p_drop_below, found.p_drop_above),
        (found.difference(), found.p_difference_below, found.p_difference_above),
    ):
        assert estimate.low < estimate.value < estimate.high
        assert below(estimate.high) == pytest.approx(0.025, abs=1e-6) or estimate.high == 1.0
        assert above(estimate.low) == pytest.approx(0.025, abs=1e-6)
        assert below(estimate.value) == pytest.approx(0.5, abs=1e-6)


@given(st.integers(0, 10_000))
def test_swapping_the_subjects_flips_the_sign(seed: int) -> None:
    found = labelled(np.random.default_rng(seed))
    one = found.pairs
    other = evidence(
        Pairs(
            reference=one.candidate,
            candidate=one.reference,
            units=one.units,
            people_reference=one.people_candidate,
            people_candidate=one.people_reference,
        ),
        "proportion",
    )
    assert other.difference().value == pytest.approx(-found.difference().value, abs=1e-9)
    assert other.p_difference_above(-0.1) == pytest.approx(found.p_difference_below(0.1))


@given(st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one = labelled(rng).pairs
    order = rng.permutation(len(one.reference))
    shuffled = Pairs(
        **{
            name: [getattr(one, name)[at] for at in order]
            for name in ("reference", "candidate", "units", "people_reference", "people_candidate")
        }
    )
    assert evidence(shuffled, "proportion").drop().value == pytest.approx(evidence(one, "proportion").drop().value)


def test_repeats_of_one_prompt_are_not_new_evidence() -> None:
    one = labelled(np.random.default_rng(5)).pairs
    names = ("reference", "candidate", "units", "people_reference", "people_candidate")
    thrice = Pairs(**{name: [value for value in getattr(one, name) for _ in range(3)] for name in names})
    before, after = (evidence(pairs, "proportion").drop() for pairs in (one, thrice))
    assert after.value == pytest.approx(before.value, rel=0.01)
    assert after.high - after.low == pytest.approx(before.high - before.low, rel=0.02)


def test_too_few_labels_correct_nothing() -> None:
    rng = np.random.default_rng(3)
    found = evidence(drawn(rng, 0.9, 0.1, 200, 29, (0.9, 0.8)), "proportion")
    assert found.alone is None and found.drop().method == "SCAS"
    assert evidence(drawn(rng, 0.9, 0.1, 200, 30, (0.9, 0.8)), "proportion").alone is not None


def test_a_judge_that_knows_nothing_is_left_out() -> None:
    rng = np.random.default_rng(4)
    people, judged, rest = rng.random(400), rng.random(400), rng.random(4000)
    assert weight(people, judged, rest) < 0.15
    assert weight(people, -people, rest) == 0.0
    assert weight(people, people, np.array([])) == 0.0
    assert weight(people, np.ones(400), np.ones(4000)) == 0.0


def test_all_labelled_is_people_alone() -> None:
    people = np.array([1.0] * 90 + [0.0] * 10)
    line = drop_line(np.ones(100), np.zeros(100), np.ones(100), people, np.arange(100))
    assert point(line) == pytest.approx(0.1)
    assert p_below(line, 0.3) < 0.001 and p_above(line, 0.01) < 0.05
    low, high = interval(line, 0.95)
    assert low is not None and high is not None and low < 0.1 < high


def test_what_cannot_be_known_proves_nothing() -> None:
    nobody = np.full(50, np.nan)
    one = np.where(np.arange(50) < 1, 1.0, np.nan)
    for said in (one, np.where(np.arange(50) < 40, 0.0, np.nan)):
        line = drop_line(np.ones(50), np.ones(50), said, said, np.arange(50))
        assert p_below(line, 0.05) >= 0.05 and p_above(line, 0.05) >= 0.05
    with pytest.raises(EvidenceError, match="labels"):
        mean_interval(nobody, nobody[:3], nobody)
