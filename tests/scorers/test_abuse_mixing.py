"""The mixture of the experts of `toxicity`, and what mends it."""

from __future__ import annotations

import numpy as np
import pytest

from assay.scorers.abuse_mixing import EXPERTS, KINDS, MANNERS, Mending, judged, mixed, mixture, shares, shipped, traits
from assay.scorers.abuse_signals import NAMES

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(scale=3.0, size=(50, len(EXPERTS) + len(MANNERS)))
NUMBERS = RANDOM.random((50, len(NAMES) + 7))
NOTHING = Mending(weights=np.zeros(traits(LOGITS, NUMBERS).shape[1]), shift=0.0)


def test_one_text_gives_what_it_gives_among_many() -> None:
    together = mixed(LOGITS, NUMBERS)
    assert together == pytest.approx([float(mixed(*pair)) for pair in zip(LOGITS, NUMBERS, strict=True)])
    assert ((together > 0) & (together < 1)).all()


def test_without_mending_the_mixture_is_an_average_of_the_experts() -> None:
    said, each = mixed(LOGITS, NUMBERS, NOTHING), judged(LOGITS)
    assert said == pytest.approx((each * shares(LOGITS[:, len(EXPERTS) :])).sum(axis=1))
    assert (said <= each.max(axis=1) + 1e-9).all() and (said >= each.min(axis=1) - 1e-9).all()


def test_any_kind_is_enough_for_a_page_and_more_never_lower_it() -> None:
    before = judged(LOGITS)[:, 0]
    for kind in range(len(KINDS)):
        raised = LOGITS.copy()
        raised[:, kind] += 1.0
        assert (judged(raised)[:, 0] >= before).all()
        assert (before >= judged(LOGITS)[:, 0]).all()


def test_extreme_logits_stay_finite() -> None:
    wild = np.where(LOGITS > 0, 900.0, -900.0)
    assert np.isfinite(mixture(wild)).all() and np.isfinite(mixed(wild, NUMBERS)).all()


def test_the_shipped_mending_fits_the_traits() -> None:
    assert shipped().weights.shape == NOTHING.weights.shape
    assert np.isfinite(shipped().weights).all()
