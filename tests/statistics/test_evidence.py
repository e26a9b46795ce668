"""The one object that the gate and the engine ask."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from assay.domain.errors import EvidenceError
from assay.domain.estimate import Pairs
from assay.domain.score import MetricKind
from assay.statistics.evidence import Evidence, evidence
from assay.statistics.tables import PairedTable

KINDS: tuple[MetricKind, ...] = ("proportion", "share", "amount")
MAKERS = {
    "proportion": lambda rng, n: (rng.random(n) < 0.93).astype(float),
    "share": lambda rng, n: rng.beta(8, 2, n),
    "amount": lambda rng, n: rng.exponential(3.0, n),
}


def seen(reference: list[float], candidate: list[float], kind: MetricKind, repeats: int = 1) -> Evidence:
    units = [place // repeats for place in range(len(reference))]
    return evidence(Pairs(reference=reference, candidate=candidate, units=units), kind)


def p_values(found: Evidence) -> list[float]:
    asked = [found.p_drop_below, found.p_drop_above, found.p_difference_below, found.p_difference_above]
    values = [ask(threshold) for ask in asked for threshold in (0.0, 0.05, 0.3)]
    return [*values, found.p_level_at_least(0.5, "reference"), found.p_level_at_least(0.5)]


@pytest.mark.parametrize(("kind", "repeats"), list(product(KINDS, (1, 3))))
def test_no_pairs_answer_nothing(kind: MetricKind, repeats: int) -> None:
    found = seen([], [], kind, repeats)
    assert p_values(found) == [1.0] * 14
    assert (found.n, found.n_units, found.drop_point(), found.difference_point()) == (0, 0, None, 0.0)
    for estimate in (found.drop(), found.difference(), found.ratio(), found.reference(), found.candidate()):
        assert (estimate.value, estimate.low, estimate.high) == (None, None, None)
    assert found.needed_units("drop_below", 0.05, 0.05) is None


@pytest.mark.parametrize(
    ("kind", "reference", "candidate", "n", "repeats"),
    list(product(KINDS, (0.0, 1.0), (0.0, 1.0), (1, 2, 10, 60), (1, 3))),
)
def test_unvarying_evidence_has_answers(
    kind: MetricKind, reference: float, candidate: float, n: int, repeats: int
) -> None:
    found = seen([reference] * n * repeats, [candidate] * n * repeats, kind, repeats)
    assert all(0.0 <= p <= 1.0 for p in p_values(found))
    for estimate in (found.drop(), found.difference(), found.reference(), found.candidate()):
        if None not in (estimate.value, estimate.low, estimate.high):
            assert estimate.low <= estimate.value <= estimate.high
    if n <= 10 or reference == 0.0 or candidate == 0.0:
        assert found.p_drop_below(0.05) > 0.05
    if n <= 10 or reference == 1.0:
        assert found.p_drop_above(0.05) > 0.05 or candidate == 0.0


@pytest.mark.parametrize(("kind", "repeats"), list(product(KINDS, (1, 4))))
def test_points_lie_within_their_intervals(kind: MetricKind, repeats: int) -> None:
    rng = np.random.default_rng(5)
    for n in (8, 40, 200):
        found = seen(MAKERS[kind](rng, n * repeats).tolist(), MAKERS[kind](rng, n * repeats).tolist(), kind, repeats)
        for ask in (found.drop, found.difference, found.ratio, found.reference, found.candidate):
            wide, narrow = ask(0.99), ask(0.8)
            if narrow.low is not None and narrow.high is not None and narrow.value is not None:
                assert wide.low is not None and wide.high is not None
                assert wide.low <= narrow.low <= narrow.value <= narrow.high <= wide.high
                assert wide.n == n * repeats


def test_the_worked_example() -> None:
    reference = [1] * 480 + [1] * 15 + [0] * 2 + [0] * 3
    candidate = [1] * 480 + [0] * 15 + [1] * 2 + [0] * 3
    found = seen(reference, candidate, "proportion")
    assert found.table == PairedTable(both=480, lost=15, gained=2, neither=3)
    assert found.drop_point() == pytest.approx(0.0262626, abs=1e-7)
    assert found.difference_point() == pytest.approx(0.026)
    drop, difference = found.drop(), found.difference()
    assert (drop.low, drop.high) == pytest.approx((1 - 0.988884654, 1 - 0.955098155), abs=1e-6)
    assert (difference.low, difference.high) == pytest.approx((0.0113, 0.0454), abs=1e-4)
    assert found.mcnemar() == pytest.approx({"exact": 0.0023498535, "midp": 0.0013122559})
    assert found.p_drop_below(0.05) == pytest.approx(0.0077, abs=5e-5)


def test_a_share_is_compared_without_rounding_it_to_success() -> None:
    rng = np.random.default_rng(6)
    reference = rng.beta(9, 1, 300)
    found = seen(reference.tolist(), (reference * 0.9).tolist(), "share")
    assert found.drop_point() == pytest.approx(0.1)
    assert found.p_drop_above(0.05) < 0.001
    assert found.p_drop_below(0.15) < 0.001
    assert found.p_drop_below(0.05) > 0.99
    assert found.drop().method == "t"
    assert found.mcnemar() == {}


def test_an_amount_has_a_difference_and_no_drop() -> None:
    rng = np.random.default_rng(7)
    reference = rng.exponential(2.0, 200)
    found = seen((reference + 1).tolist(), reference.tolist(), "amount")
    assert (found.drop_point(), found.p_drop_below(0.5), found.drop().value) == (None, 1.0, None)
    assert found.difference().value == pytest.approx(1.0)


def test_a_reference_that_fails_everywhere_cannot_be_compared() -> None:
    found = seen([0] * 100, [1] * 100, "proportion")
    assert found.p_drop_below(0.05) == found.p_drop_above(0.05) == 1.0
    assert found.drop().method == "not assessable"
    assert found.p_difference_below(0.05) < 0.001


def test_epochs_and_clusters_are_told_from_rows() -> None:
    rows = {"reference": [1] * 120, "candidate": [1] * 120}
    epochs = evidence(Pairs(**rows, units=[i // 4 for i in range(120)]), "proportion")
    clusters = evidence(Pairs(**rows, units=[i // 24 for i in range(120)], clustered=True), "proportion")
    assert (epochs.n, epochs.n_units, epochs.few_clusters) == (120, 30, False)
    assert epochs.drop().method == "SCAS, Rao-Scott"
    assert (clusters.n_units, clusters.few_clusters) == (5, True)
    assert clusters.p_drop_below(0.05) > 0.05


def test_needed_prompts_are_fewer_when_nothing_changed() -> None:
    calm = seen([1] * 100, [1] * 100, "proportion")
    noisy = seen([1] * 95 + [0] * 5, [1] * 92 + [0] * 3 + [1] * 3 + [0] * 2, "proportion")
    calm_n, noisy_n = calm.needed_units("drop_below", 0.05, 0.05), noisy.needed_units("drop_below", 0.05, 0.05)
    assert calm_n is not None and noisy_n is not None
    assert calm_n < 100 < noisy_n < 400


def test_no_number_of_prompts_proves_what_the_data_deny() -> None:
    found = seen([1] * 100, [1] * 80 + [0] * 20, "proportion")
    assert found.needed_units("drop_below", 0.05, 0.05) is None
    assert found.needed_units("difference_below", 0.1, 0.05) is None
    assert found.needed_units("level_at_least", 0.9, 0.05) is None


def test_a_floor_needs_its_prompts() -> None:
    assert seen([1] * 50, [1] * 50, "proportion").needed_units("level_at_least", 0.995, 0.05) == 598


def test_needed_units_count_prompts_and_not_epochs() -> None:
    once = seen([1] * 40, [1] * 40, "proportion").needed_units("drop_below", 0.05, 0.05)
    assert seen([1] * 160, [1] * 160, "proportion", 4).needed_units("drop_below", 0.05, 0.05) == once


@pytest.mark.parametrize("kind", ["share", "amount"])
def test_needed_units_of_means_are_enough(kind: MetricKind) -> None:
    rng = np.random.default_rng(8)
    reference, candidate = MAKERS[kind](rng, 60), MAKERS[kind](rng, 60)
    margin = float(reference.mean() - candidate.mean()) + 0.1
    needed = seen(reference.tolist(), candidate.tolist(), kind).needed_units("difference_below", margin, 0.05)
    assert needed is not None
    proved = 0
    for _ in range(40):
        rows = rng.integers(0, 60, needed)
        fresh = candidate[rows] * rng.uniform(0.999999, 1.0, needed)  # new units are not copies of old ones
        proved += seen(reference[rows].tolist(), fresh.tolist(), kind).p_difference_below(margin) <= 0.05
    assert proved >= 24


def test_a_label_is_refused() -> None:
    with pytest.raises(EvidenceError, match="share of disagreement"):
        seen([0], [0], "label")


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        ([0.5], "proportion", r"reference\[0\]: saw 0.5"),
        ([1.5], "share", r"reference\[0\]: saw 1.5"),
        ([float("nan")], "share", "finite"),
        ([float("inf")], "amount", "finite"),
    ],
)
def test_values_that_are_not_of_their_kind_are_refused(values: list[float], kind: MetricKind, message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        seen(values, [0.0], kind)


def test_no_work_in_python_grows_with_the_pairs(calls: Callable[..., int]) -> None:
    rng = np.random.default_rng(9)

    def work(n: int) -> int:
        pairs = Pairs(
            reference=(rng.random(n) < 0.95).tolist(),
            candidate=(rng.random(n) < 0.95).tolist(),
            units=list(range(n)),
        )
        return calls(lambda: told(evidence(pairs, "proportion")))

    def told(found: Evidence) -> None:
        found.drop(), found.difference(), found.reference(), found.candidate(), found.p_drop_below(0.05)

    assert work(100_000) < 3 * work(1_000)


def test_scipy_stats_is_never_imported() -> None:
    rooms = "evidence, sequential, power, multiplicity, needs"
    code = f"import sys; from assay.statistics import {rooms}; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("large", [1e101, 1e200, 1e300, 1.7e308])
def test_amounts_of_absurd_size_prove_nothing(large: float) -> None:
    usual = [float(n % 60) for n in range(200)]
    for reference, candidate in (([large, *usual], [0.0, *usual]), ([0.0] * 201, [-large, *[0.0] * 200])):
        found = seen(reference, candidate, "amount")
        assert set(p_values(found)) == {1.0}
        shown = found.difference()
        assert shown.value is None and shown.low is None and shown.method == "values beyond 1e+100"
        assert found.reference().low is None and found.candidate().high is None
        assert found.needed_units("difference_below", 0.1, 0.05) is None


@pytest.mark.parametrize("scale", [1e-200, 1e-160, 1e90, 1e100])
def test_amounts_of_any_other_size_are_assessed(scale: float) -> None:
    reference = [scale * (n % 61) / 61 for n in range(300)]
    candidate = [value - scale * (n % 7) / 70 for n, value in enumerate(reference)]
    found = seen(reference, candidate, "amount")
    assert all(0.0 <= p <= 1.0 for p in p_values(found))
    for margin in (0.2 * scale, 1e200):
        needed = found.needed_units("difference_below", margin, 0.05)
        assert needed is None or needed > 0


def test_counts_beyond_counting_are_refused() -> None:
    assert PairedTable(both=1e15, lost=0, gained=0, neither=0).n == 1e15
    for count in (1.1e15, 1e308, float("inf"), float("nan"), -1.0):
        with pytest.raises(EvidenceError, match="at most 1e\\+15"):
            PairedTable(both=count, lost=count, gained=0, neither=0)
