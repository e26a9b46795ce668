"""What a figure was, and how far it may move from there: what its detector tests against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from assay.domain.watched import Monitor
from assay.watch.tolerance import Limit, tolerated

EXCEEDED = 0.05
"""Share of values above the reference's 95th percentile, or below its 5th, while nothing changed."""
_CERTAIN = 1 - 1e-5
"""A tolerated rate from which nothing could be told from it."""
WAYS: Mapping[str, tuple[bool, ...]] = {"higher": (True,), "lower": (False,), "either": (True, False)}
"""Which way is worse -> whether a rise is watched, a fall, or each of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a figure was."""

    mean: float
    """Mean of the values: of a rate the rate."""
    low: float = 0.0
    """Of an amount: its 5th percentile."""
    high: float = 0.0
    """Of an amount: its 95th percentile."""
    n: int = 0
    """Values that it comes from; 0 when it is stated, and taken as it stands."""
    low_days: float = 0.0
    """Of an amount: how far above its mean the share below `low` may lie on a day, as days differ by themselves."""
    high_days: float = 0.0
    """The same of the share above `high`."""


def beyond_of(monitor: Monitor, reference: Reference, rising: bool) -> float | None:
    """The percentile of an amount beyond which a value counts."""
    if monitor.kind != "amount":
        return None
    return reference.high if rising else reference.low


def before_of(monitor: Monitor, reference: Reference, rising: bool) -> float:
    """What the values are on average while nothing changed, larger is worse."""
    if monitor.kind == "amount":
        return EXCEEDED
    return reference.mean if rising else 1 - reference.mean


def tolerated_of(monitor: Monitor, reference: Reference, rising: bool) -> float:
    """The rate that the values may have."""
    before, n = before_of(monitor, reference, rising), reference.n
    if monitor.kind != "amount":
        return tolerated(before, n, monitor.tolerated, monitor.least)
    days = reference.high_days if rising else reference.low_days
    return tolerated(before, n, max(monitor.tolerated, 0.5), max(monitor.least, days))


@lru_cache(maxsize=65_536)  # a page asks for every cohort's again and again, and references stay
def limits(monitor: Monitor, reference: Reference) -> tuple[Limit, ...]:
    """How far a figure may move, in each direction that is watched: what a detector tests against.

    A direction in which nothing is left to move, such as below a rate of 0, has none.

    Examples:
        >>> [limit] = limits(Monitor(metric="errors", kind="rate"), Reference(mean=0.02, n=1_000))
        >>> round(limit.rate, 4), limit.rising
        (0.0344, True)
    """
    return tuple(
        Limit(
            rising=rising,
            rate=allowed if rising or monitor.kind == "amount" else 1 - allowed,
            beyond=beyond_of(monitor, reference, rising),
        )
        for rising in WAYS[monitor.worse]
        for allowed in (tolerated_of(monitor, reference, rising),)
        if allowed < _CERTAIN
    )
