"""The mixture of the experts of `toxicity`."""

from __future__ import annotations

import numpy as np
import pytest

from assay.scorers.abuse_mixing import EXPERTS, KINDS, MANNERS, judged, mixed, shares

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(scale=3.0, size=(50, len(EXPERTS) + len(MANNERS)))


def test_one_text_gives_what_it_gives_among_many() -> None:
    together = mixed(LOGITS)
    assert together == pytest.approx([float(mixed(one)) for one in LOGITS])
    assert ((together > 0) & (together < 1)).all()


def test_the_mixture_is_an_average_of_the_experts() -> None:
    said, each = mixed(LOGITS), judged(LOGITS)
    assert said == pytest.approx((each * shares(LOGITS[:, len(EXPERTS) :])).sum(axis=1))
    assert (said <= each.max(axis=1) + 1e-9).all() and (said >= each.min(axis=1) - 1e-9).all()


def test_any_kind_is_enough_for_a_page_and_more_never_lower_it() -> None:
    before = judged(LOGITS)[:, 0]
    for kind in range(len(KINDS)):
        raised = LOGITS.copy()
        raised[:, kind] += 1.0
        assert (judged(raised)[:, 0] >= before).all()


def test_extreme_logits_stay_finite() -> None:
    wild = np.where(LOGITS > 0, 900.0, -900.0)
    assert np.isfinite(mixed(wild)).all()
