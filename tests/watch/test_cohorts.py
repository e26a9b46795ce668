"""Intervals of amounts: none reaches below what the amount can be."""

from __future__ import annotations

import math

import pytest

from assay.domain.watched import Observation
from assay.report.watch import rate_plain, watch_text
from assay.traces.judged import Sums
from assay.watch.cohorts import figure_of
from assay.watch.figures import Figures

MANY_ZEROS = [0.0] * 49 + [0.7]


@pytest.mark.parametrize(("metric", "negative"), [("padding", False), ("latency", False), ("confidence", True)])
def test_the_lower_limit_of_an_amount_is_not_below_zero(metric: str, negative: bool) -> None:
    figures = Figures({metric: "amount"})
    figures.put([Observation(metric=metric, value=one, trace="", time_ns=0) for one in MANY_ZEROS], [()])
    (replayed,) = figures.rates()
    n, total, squares = len(MANY_ZEROS), sum(MANY_ZEROS), sum(one * one for one in MANY_ZEROS)
    kept = figure_of(Sums(metric=metric, segment=(), n=n, unscored=0, w=n, wx=total, ww=n, wwx=total, wwxx=squares))
    for one in (replayed, kept):
        assert (one.low < 0) is negative and one.high == pytest.approx(0.014 + 1.96 * 0.098 / 50**0.5)
        assert negative or one.low == 0.0


def test_an_amount_that_is_negative_keeps_its_limits() -> None:
    figures = Figures({"cost": "amount"})
    figures.put([Observation(metric="cost", value=one, trace="", time_ns=0) for one in (-2.0, -1.0)], [()])
    assert figures.rates()[0].low < -1.5


def test_one_value_says_nothing_of_how_amounts_spread_but_of_a_rate() -> None:
    figures = Figures({"latency": "amount", "errors": "rate"})
    seen = [Observation(metric=name, value=1.0, trace="", time_ns=0) for name in ("latency", "errors")]
    figures.put(seen, [()])
    rate, amount = figures.rates()
    kept = figure_of(Sums(metric="latency", segment=(), n=1, w=1, wx=1.0, ww=1, wwx=1.0, wwxx=1.0))
    assert rate.low < 0.3 < rate.high == 1.0
    assert all(one.value == 1.0 and math.isnan(one.low) and math.isnan(one.high) for one in (amount, kept))
    told = rate_plain(amount)
    assert (told["value"], told["low"], told["high"]) == (1.0, None, None)
    text = watch_text({"traces": 1, "spans": 1, "watched": 1, "rejected": 0, "odd": {}, "scored": 0, "alarms": [],
                       "places": {}, "rates": [told]}, colour=False)  # fmt: skip
    assert "nan" not in text.lower() and "None" not in text
