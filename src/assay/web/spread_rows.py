"""How a figure spreads, as the tables of its page; the template only places them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from assay.report.inert import one_line
from assay.watch.spread import REASON, REFUSALS, SHARES, Percentiles, Words
from assay.web import words
from assay.web.shown import Spread

_COHORTS, _WORDS = 100, 4


def shown_on(metric: str, monitored: Collection[str]) -> str:
    """The monitor whose page shows a figure or words: its own, for reasons of refusals that of refusals; empty where
    there is none.

    Args:
        metric: Name of the figure or words.
        monitored: Metrics that have a page.

    Examples:
        >>> shown_on("latency", {"latency"}), shown_on("refusal_reason", {"refusal"}), shown_on("language", {"refusal"})
        ('latency', 'refusal', '')
    """
    own = sorted(REFUSALS, reverse=True) if metric == REASON else [metric]
    return next((one for one in own if one in monitored), "")


def spread(held: Spread) -> Mapping[str, Any]:
    """Rows of percentiles by cohort, reasons of all traffic, and the commonest reasons by cohort."""
    whole = next((one for one in held.words if not one.segment), None)
    times = sorted(held.percentiles, key=lambda one: (bool(one.segment), -one.at["p95"].value, one.segment))
    cohorts = sorted((one for one in held.words if one.segment), key=lambda one: (-one.n, one.segment))
    return {
        "percentiles": [*SHARES],
        "times": [_times(one) for one in times[:_COHORTS]],
        "times_hidden": max(len(times) - _COHORTS, 0),
        "refusals": f"{whole.n:,}" if whole else "",
        "reasons": [
            (one_line(one.word, 40), f"{one.n:,}", words.number(one.value, "rate"),
             words.interval(one.low, one.high, "rate"))
            for one in (whole.shares if whole else ())
        ],
        "reasons_by_cohort": [_reasons(one) for one in cohorts[:_COHORTS]],
        "reasons_hidden": max(len(cohorts) - _COHORTS, 0),
    }  # fmt: skip


def _times(one: Percentiles) -> tuple[str, list[tuple[str, str]], str]:
    """Cohort; each percentile with its limits; values."""
    found = []
    for held in one.at.values():
        low, high = ("?" if limit is None else words.number(limit) for limit in (held.low, held.high))
        found.append((words.number(held.value), f"{low} to {high}"))
    return words.where(one.segment), found, f"{one.n:,}"


def _reasons(one: Words) -> tuple[str, str, str]:
    """Cohort; refusals; the commonest reasons."""
    told = ", ".join(f"{one_line(held.word, 40)} {words.number(held.value, 'rate')}" for held in one.shares[:_WORDS])
    rest = len(one.shares) - _WORDS
    return words.where(one.segment), f"{one.n:,}", told + (f", {rest} more" if rest > 0 else "")
