"""The mixture of the experts of `toxicity`, and the layout that its gate reads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.scorers.abuse_layout import BOTH, NAMES, layout
from assay.scorers.abuse_mixing import EXPERTS, KINDS, MANNERS, Mixing, judged, mixing, shares
from assay.scorers.abuse_signals import NAMES as FORMS
from assay.scorers.abuse_terse import TOLD

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(scale=3.0, size=(50, len(EXPERTS) + len(MANNERS)))
LAYOUTS = RANDOM.random((50, BOTH))
NUMBERS = RANDOM.random((50, len(FORMS) + 7))
TERSE = RANDOM.random((50, len(TOLD)))


def told(text: str, asked: str = "") -> dict[str, float]:
    return dict(zip(NAMES, layout(text, asked), strict=False))


def plain() -> Mixing:
    """The gate passes the five questions on, and the experts stay as they are."""
    many = len(MANNERS)
    return Mixing(
        gate=np.hstack([np.eye(many), np.zeros((many, BOTH))]),
        bias=np.zeros(many),
        weights=np.concatenate([np.ones(many), np.zeros(many + len(FORMS) + len(TOLD))]),
    )


def test_one_text_gives_what_it_gives_among_many() -> None:
    together = mixing().chance(LOGITS, LAYOUTS, NUMBERS, TERSE)
    alone = [float(mixing().chance(*each)) for each in zip(LOGITS, LAYOUTS, NUMBERS, TERSE, strict=True)]
    assert together == pytest.approx(alone)
    assert ((together > 0) & (together < 1)).all()


def test_the_shares_are_the_gates_and_sum_to_one() -> None:
    assert mixing().shares(LOGITS, LAYOUTS).sum(axis=1) == pytest.approx(np.ones(50))
    assert plain().shares(LOGITS, LAYOUTS) == pytest.approx(shares(LOGITS[:, len(EXPERTS) :]))


def test_the_mixture_is_an_average_of_the_experts_log_odds() -> None:
    said, each = plain().chance(LOGITS, LAYOUTS, NUMBERS, TERSE), judged(LOGITS)
    assert (said <= each.max(axis=1) + 1e-9).all() and (said >= each.min(axis=1) - 1e-9).all()
    odds = np.log(said / (1 - said))
    clipped = np.clip(np.log(each / (1 - each)), -8, 8)
    assert odds == pytest.approx((clipped * shares(LOGITS[:, len(EXPERTS) :])).sum(axis=1))


def test_a_text_of_one_manner_is_judged_by_its_expert_alone() -> None:
    sure = LOGITS.copy()
    sure[:, len(EXPERTS) :] = [-99.0, 99.0, -99.0, -99.0, -99.0]
    clipped = np.clip(sure[:, EXPERTS.index("comment")], -8, 8)
    assert plain().chance(sure, LAYOUTS, NUMBERS, TERSE) == pytest.approx(1 / (1 + np.exp(-clipped)))


def test_more_of_an_expert_never_lowers_the_shipped_mixture() -> None:
    before = mixing().chance(LOGITS, LAYOUTS, NUMBERS, TERSE)
    for expert in range(len(EXPERTS)):
        raised = LOGITS.copy()
        raised[:, expert] += 1.0
        assert (mixing().chance(raised, LAYOUTS, NUMBERS, TERSE) >= before - 1e-12).all()


def test_any_kind_is_enough_for_a_page_and_more_never_lower_it() -> None:
    before = judged(LOGITS)[:, 0]
    for kind in range(len(KINDS)):
        raised = LOGITS.copy()
        raised[:, kind] += 1.0
        assert (judged(raised)[:, 0] >= before).all()


def test_extreme_logits_stay_finite() -> None:
    wild = np.where(LOGITS > 0, 900.0, -900.0)
    assert np.isfinite(mixing().chance(wild, LAYOUTS, NUMBERS, TERSE)).all()


def test_the_layout_tells_case_stops_slang_and_persons() -> None:
    assert told("u r WRONG")["slang"] == 1.0 and told("You are wrong.")["slang"] == 0.0
    assert told("hello.")["begins small"] == 1.0 and told("Hello.")["begins large"] == 1.0
    assert told("Really?")["ends with ?"] == 1.0 and told("Really!")["ends with !"] == 1.0
    assert told("I AM NOT SHOUTING AT YOU")["shouted words"] == 1.0 and told("I am A man.")["shouted words"] == 0.0
    assert told("see https://example.org")["links"] == 1.0
    assert told("- one\n- two")["list"] == 1.0 and told("one - two")["list"] == 0.0
    assert told("i like my dog")["self"] > told("they like their dog")["self"] == 0.0


def test_blanks_around_a_text_do_not_count_and_what_is_answered_does() -> None:
    assert layout("  Hello.\n", " Hi? ") == layout("Hello.", "Hi?")
    assert layout("Hello.", "Hi?")[: len(NAMES)] == layout("Hello.")[: len(NAMES)]
    assert layout("Hello.", "Hi?") != layout("Hello.")


@given(st.text(max_size=2000), st.text(max_size=900))
@settings(max_examples=40, deadline=None)
def test_the_numbers_of_any_layout_are_small(text: str, asked: str) -> None:
    found = layout(text, asked)
    assert len(found) == BOTH
    assert min(found) >= 0.0 and max(found) <= 4.0
