"""Slices that the data lack, beside suites that regressed."""

from __future__ import annotations

from assay.checks.suite_slices import suite_slices
from assay.domain.estimate import Comparison, Estimate, Pairs
from assay.domain.sample import Sample
from assay.domain.score import Metric
from assay.engine.under_covered import under_covered

NONE = Estimate(value=None)
DATA = {"intent": {"chat": 900, "maths": 10, "code": 90}, "difficulty": {"easy": 990, "hard": 10}}
SUITES = {
    "sums": {"intent": {"maths": 40}, "difficulty": {"easy": 40}},
    "talk": {"intent": {"chat": 40}, "difficulty": {"easy": 30, "hard": 10}},
}


def compared(loss: float, low: float, **slice: str) -> Comparison:
    difference = Estimate(value=loss, low=low, high=2 * loss - low)
    pairs = Pairs(reference=[], candidate=[], units=[])
    return Comparison(
        metric=Metric(name="match"), slice=slice, pairs=pairs, reference=NONE, candidate=NONE, drop=NONE,
        difference=difference,
    )  # fmt: skip


def test_a_regressed_suite_is_named_with_what_the_data_lack() -> None:
    (one,) = under_covered(DATA, SUITES, [compared(0.1, 0.04, suite="sums")])
    assert one.where == {"suite": "sums", "metric": "match", "slice": {"intent": "maths"}}
    assert (one.evidence["training_rows"], one.evidence["of"], one.evidence["loss"]) == (10, 1000, 0.1)
    assert "100% intent maths" in one.message and "1.0% are" in one.message


def test_a_part_of_a_suite_counts_where_it_is_large() -> None:
    (one,) = under_covered(DATA, SUITES, [compared(0.1, 0.04, suite="talk")])
    assert one.where["slice"] == {"difficulty": "hard"}


def test_no_proved_loss_no_finding() -> None:
    assert not list(
        under_covered(DATA, SUITES, [compared(0.1, -0.01, suite="sums"), compared(-0.1, -0.2, suite="talk")])
    )


def test_what_the_data_cover_is_not_named() -> None:
    covered = {"intent": {"chat": 500, "maths": 500}, "difficulty": {"easy": 500, "hard": 500}}
    assert not list(under_covered(covered, SUITES, [compared(0.1, 0.04, suite="sums")]))
    assert not list(under_covered({}, SUITES, [compared(0.1, 0.04, suite="sums")]))


def test_a_slice_that_the_data_count_too_is_compared_by_itself() -> None:
    (one,) = under_covered(DATA, {}, [compared(0.1, 0.04, difficulty="hard")])
    assert one.where == {"suite": "", "metric": "match", "slice": {"difficulty": "hard"}}


def test_a_plan_with_one_suite_needs_no_slice() -> None:
    (one,) = under_covered(DATA, {"sums": SUITES["sums"]}, [compared(0.1, 0.04)])
    assert one.where["suite"] == "sums"
    assert not list(under_covered(DATA, SUITES, [compared(0.1, 0.04)]))


def test_each_slice_is_named_once_by_its_largest_loss() -> None:
    both = [compared(0.1, 0.04, suite="sums"), compared(0.3, 0.2, suite="sums")]
    assert [one.evidence["loss"] for one in under_covered(DATA, SUITES, both)] == [0.3]


def test_prompts_are_counted_as_rows_are() -> None:
    samples = [Sample(id="1", input="Is 91 a prime number?"), Sample(id="2", input="x", metadata={"intent": "billing"})]
    assert suite_slices(samples)["intent"] == {"maths": 1, "billing": 1}
