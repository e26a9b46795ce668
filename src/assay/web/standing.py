"""How a figure stands: its state in a word, why it is so, and what an alarm would be evidence of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.domain.alerting import Case
from assay.watch.tolerance import Limit
from assay.web import words
from assay.web.meanings import UNSCORED
from assay.web.shown import Figure

FEWEST = 50
"""Values below which a figure says little; as in the streams of the watch."""
ALARM, TAKEN, BEYOND, MOVED, QUIET, FEW = range(6)
"""Places in a list, the most urgent first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The state of a figure."""

    state: str
    """In a word or two."""
    look: str
    """Its colour."""
    rank: int
    """Its place in a list."""
    why: str = ""
    """Why there is no alarm where one might expect it."""


def standing(one: Figure, cases: Sequence[Case], silent: bool) -> Standing:
    """How a figure stands, with alarms before all else.

    Args:
        one: The figure.
        cases: All alarms.
        silent: Whether no traffic comes, so that no figure says how things are.
    """
    own = [case for case in cases if (case.alarm.metric, case.alarm.segment) == (one.metric, one.segment)]
    if any(case.state == "open" for case in own):
        return Standing(state="alarm", look="block", rank=ALARM)
    if any(case.state == "acknowledged" for case in own):
        return Standing(state="acknowledged", look="review", rank=TAKEN)
    within = [case.state for case in cases if case.alarm.metric == one.metric and case.state != "resolved"]
    if within and not one.segment:
        told = f"alarm in {len(within)} cohort{'s' if len(within) > 1 else ''}"
        return Standing(state=told, look="review", rank=ALARM if "open" in within else TAKEN)
    if silent:
        return Standing(state="no traffic", look="inconclusive", rank=MOVED)
    if one.unscored > one.n:
        return Standing(state="mostly unscored", look="inconclusive", rank=MOVED)
    if one.n < FEWEST:
        return Standing(state="too few", look="none", rank=FEW)
    if one.reference is None:
        return Standing(state="no reference", look="inconclusive", rank=QUIET)
    if any(_beyond(one.value, limit) for limit in one.limits):
        return Standing(state="no alarm yet", look="inconclusive", rank=BEYOND, why=_why(one, resolved=bool(own)))
    if _moved(one):
        return Standing(
            state="quiet",
            look="deploy",
            rank=MOVED,
            why="moved, within what is tolerated" if one.kind == "rate" else "its mean moved",
        )
    return Standing(state="quiet", look="deploy", rank=QUIET)


def aside(one: Figure, held: Standing) -> bool:
    """Whether a figure tells so little that it is folded away: what nobody scored, and what quietly stays at zero."""
    if held.rank in (ALARM, TAKEN, BEYOND):
        return False
    scored = one.n >= FEWEST or one.reference_n >= FEWEST or (one.reference is not None and not one.reference_n)
    if one.unscored > one.n and not scored:
        return True
    if one.metric.startswith(UNSCORED) and not _moved(one):
        return True
    return one.kind == "rate" and one.worse == "higher" and one.value == 0 and not one.reference


def limits(one: Figure) -> str:
    """What an alarm is evidence of; empty where nothing is tested.

    Examples:
        >>> import math
        >>> made = Figure(metric="errors", segment=(), value=0.0, low=0.0, high=0.1, n=90,
        ...     limits=(Limit(rising=True, rate=0.034), Limit(rising=False, rate=0.001)))
        >>> limits(made)
        'above 3.40\\xa0% or below 0.10\\xa0%'
    """
    return " or ".join(map(_limit, one.limits))


def drawn(one: Figure) -> tuple[float, ...]:
    """The limits that can be drawn beside the figure: none of an amount, whose values are tested and not its mean."""
    return tuple(limit.rate for limit in one.limits if limit.beyond is None)


def _limit(one: Limit) -> str:
    side = "above" if one.rising else "below"
    if one.beyond is None:
        return f"{side} {words.number(one.rate, 'rate')}"
    return f"over {words.number(one.rate, 'rate')} of values {side} {words.number(one.beyond)}"


def _beyond(value: float, limit: Limit) -> bool:
    return limit.beyond is None and (value > limit.rate if limit.rising else value < limit.rate)


def _why(one: Figure, *, resolved: bool) -> str:
    if resolved:
        return "beyond its limit; its last alarm is resolved"
    near = one.low if any(_beyond(one.value, limit) and limit.rising for limit in one.limits) else one.high
    if any(_beyond(near, limit) for limit in one.limits):
        return "beyond its limit; not enough evidence yet"
    return "beyond its limit, which may be chance"


def _moved(one: Figure) -> bool:
    """Whether the interval lies to the worse of what the figure was."""
    if one.reference is None:
        return False
    rose, fell = one.low > one.reference, one.high < one.reference
    return (rose and one.worse != "lower") or (fell and one.worse != "higher")
