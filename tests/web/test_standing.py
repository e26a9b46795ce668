"""How figures stand, and which are folded away."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("starlette")

from assay.domain.alerting import Case
from assay.domain.watched import Alarm
from assay.watch.tolerance import Limit
from assay.web.shown import Figure
from assay.web.standing import ALARM, BEYOND, FEW, MOVED, QUIET, aside, limits, standing

REFUSAL = Figure(
    metric="refusal", segment=(), value=0.411, low=0.33, high=0.497, n=129, worse="either", reference=0.287,
    reference_n=80, limits=(Limit(rising=True, rate=0.45), Limit(rising=False, rate=0.11)),
)  # fmt: skip
"""As a user met it: off its reference, within what a reference of 80 values leaves open."""


def case(state: Any) -> Case:
    about = Alarm(
        metric="refusal", segment=(), at_ns=1, since_ns=1, since_low_ns=1, since_high_ns=1, before=0.2, now=0.4, low=0.3,
        high=0.5, n=100, detector="test",
    )  # fmt: skip
    return Case(id="c", alarm=about, state=state, at="2026-11-27T09:00:00Z", worst=0.2)


@pytest.mark.parametrize(
    ("changed", "state", "rank", "why"),
    [
        ({}, "quiet", MOVED, "moved, within what is tolerated"),
        ({"value": 0.3, "low": 0.25, "high": 0.35}, "quiet", QUIET, ""),
        ({"value": 0.47, "low": 0.44, "high": 0.5}, "no alarm yet", BEYOND, "beyond its limit, which may be chance"),
        ({"value": 0.6, "low": 0.5, "high": 0.7}, "no alarm yet", BEYOND, "beyond its limit; not enough evidence yet"),
        ({"value": 0.05, "low": 0.03, "high": 0.09}, "no alarm yet", BEYOND, "beyond its limit; not enough evidence yet"),
        ({"value": 0.6, "n": 49}, "too few", FEW, ""),
        ({"reference": None, "limits": ()}, "no reference", QUIET, ""),
        ({"worse": "lower", "limits": (Limit(rising=False, rate=0.11),)}, "quiet", QUIET, ""),
        ({"kind": "amount", "value": 9.0, "low": 8.0, "limits": (Limit(rising=True, rate=0.1, beyond=7.0),)}, "quiet", MOVED, "its mean moved"),
    ],
)  # fmt: skip
def test_a_figure_says_why_it_is_quiet(changed: dict[str, Any], state: str, rank: int, why: str) -> None:
    found = standing(replace(REFUSAL, **changed), (), False)
    assert (found.state, found.rank, found.why) == (state, rank, why)


def test_what_is_beyond_after_its_alarm_was_resolved_does_not_claim_to_lack_evidence() -> None:
    high = replace(REFUSAL, value=0.6, low=0.5, high=0.7)
    assert standing(high, [case("open")], False).rank == ALARM
    assert standing(high, [case("resolved")], False).why == "beyond its limit; its last alarm is resolved"


def test_limits_in_words() -> None:
    assert limits(REFUSAL) == "above 45.0\u00a0% or below 11.0\u00a0%"
    assert limits(replace(REFUSAL, limits=(Limit(rising=True, rate=0.1, beyond=7.0),))) == (
        "over 10.0\u00a0% of values above 7.00"
    )


ZERO = Figure(metric="errors", segment=(), value=0.0, low=0.0, high=0.01, n=400, reference=0.0, reference_n=400)
NEVER = Figure(metric="groundedness", segment=(), value=math.nan, low=math.nan, high=math.nan, n=0, unscored=90, worse="lower")  # fmt: skip


@pytest.mark.parametrize(
    ("figure", "folded"),
    [
        (REFUSAL, False),
        (ZERO, True),
        (replace(ZERO, reference=0.02), False),
        (replace(ZERO, worse="lower"), False),
        (replace(ZERO, value=0.1, low=0.05, high=0.2, limits=(Limit(rising=True, rate=0.02),)), False),
        (NEVER, True),
        (replace(NEVER, reference=0.9, reference_n=300), False),
        (replace(NEVER, reference=0.9, reference_n=3), True),
        (replace(REFUSAL, metric="unscored_refusal", value=0.3, low=0.25, high=0.35), True),
        (replace(REFUSAL, metric="unscored_refusal"), False),
    ],
)
def test_only_what_tells_nothing_is_folded_away(figure: Figure, folded: bool) -> None:
    assert aside(figure, standing(figure, (), False)) is folded


def test_what_is_in_alarm_is_never_folded_away() -> None:
    figure = replace(NEVER, metric="refusal")
    assert aside(figure, standing(figure, (), False))
    assert not aside(figure, standing(figure, [case("open")], False))
