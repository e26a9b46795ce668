"""Coefficients of agreement against other programs, and what must hold of any of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import EvidenceError
from assay.statistics.agreement import agreement, cohen_kappa, gwet_ac1, krippendorff_alpha, percent_agreement

CASES = json.loads((Path(__file__).parents[1] / "golden" / "agreement.json").read_text(encoding="utf-8"))["cases"]
TWO = next(case for case in CASES if "cohen_kappa" in case["expected"])
GAPS = next(case for case in CASES if "ratings_by_coder" in case["input"])
RATINGS = st.lists(st.tuples(*[st.sampled_from(["a", "b", "c", None])] * 3), min_size=1, max_size=20)


def test_two_raters_as_other_programs_have_it() -> None:
    found, expected = agreement(TWO["input"]["ratings"]), TWO["expected"]
    near: Any = lambda value: pytest.approx(value, abs=TWO["tol"])  # noqa: E731
    assert found.percent == near(expected["percent_agreement"])
    assert found.kappa == near(expected["cohen_kappa"])
    assert found.ac1 == near(expected["gwet_ac1"])
    assert found.alpha == near(expected["kripp_alpha_nominal"])
    assert found.ac1_high is not None and found.ac1 is not None
    assert (found.ac1_high - found.ac1) / 1.980 == pytest.approx(expected["gwet_ac1_se"], abs=1e-4)


def test_four_coders_with_gaps_as_published() -> None:
    ratings = list(zip(*GAPS["input"]["ratings_by_coder"], strict=True))
    assert krippendorff_alpha(ratings) == pytest.approx(GAPS["expected"]["nominal"], abs=GAPS["tol"])


def test_kappa_falls_where_a_word_is_rare_and_ac1_does_not() -> None:
    even = [["y", "y"]] * 45 + [["n", "n"]] * 45 + [["y", "n"]] * 5 + [["n", "y"]] * 5
    rare = [["n", "n"]] * 88 + [["y", "y"]] * 2 + [["y", "n"]] * 5 + [["n", "y"]] * 5
    assert cohen_kappa(even) == pytest.approx(0.8)
    assert cohen_kappa(rare) < 0.3  # type: ignore[operator]
    assert gwet_ac1(rare) > 0.85  # type: ignore[operator]


def test_what_cannot_be_told_has_no_value() -> None:
    assert agreement([["a", "a"], ["a", "a"]]).kappa is None
    assert agreement([["a", "a"], ["a", "a"]]).alpha is None
    assert agreement([["a", "a"], ["a", "a"]]).ac1 is None
    assert agreement([["a", None], [None, "b"]]).percent is None
    for rows in ([["a"]], [["a", "b"], ["a"]]):
        with pytest.raises(EvidenceError, match="two or more raters"):
            percent_agreement(rows)
    with pytest.raises(EvidenceError, match="two raters"):
        cohen_kappa([["a", "b", "c"]])


@given(RATINGS)
def test_coefficients_lie_in_range_and_do_not_know_order(rows: list[tuple[str | None, ...]]) -> None:
    found = agreement(rows)
    assert agreement(rows[::-1]).alpha == pytest.approx(found.alpha)
    assert agreement([row[::-1] for row in rows]).ac1 == pytest.approx(found.ac1)
    for value in (found.ac1, found.alpha, found.ac1_low, found.ac1_high):
        assert value is None or -1.0 - 1e-9 <= value <= 1.0 + 1e-9
    assert found.percent is None or 0.0 <= found.percent <= 1.0


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=20))
def test_agreement_throughout_is_one(words: list[str]) -> None:
    found = agreement([[word, word] for word in words])
    assert found.percent == 1.0
    expected = 1.0 if len(set(words)) > 1 else None
    for value in (found.kappa, found.ac1, found.alpha):
        assert value is None if expected is None else value == pytest.approx(1.0)
