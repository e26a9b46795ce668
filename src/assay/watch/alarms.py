"""An alarm with all that the person who is woken needs: since when, how far, examples, what else changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from assay.domain.errors import EvidenceError
from assay.domain.watched import Alarm, Monitor, Segment
from assay.statistics.change_point import ChangePoint, rate_change
from assay.statistics.mix import parts
from assay.statistics.proportion import wilson
from assay.watch.before import Around
from assay.watch.history import Rows, trace_id
from assay.watch.surroundings import Surroundings

EXAMPLES = 5
FEWEST_BEFORE = 30
"""Values before a change without which nobody can say what else changed, or take the change apart."""
Compared = Literal["before", "reference", "nothing"]
"""With what an alarm compared what surrounds its values: those before the change, the reference, or nothing."""
NOT_TOLD = f"not told, as fewer than {FEWEST_BEFORE} values are kept of the time before the change"
_PLACES = 20
_WORTH: Mapping[Compared, int] = {"nothing": 0, "reference": 1, "before": 2}


def alarm_of(
    monitor: Monitor,
    segment: Segment,
    rows: Rows,
    *,
    earlier: tuple[int, int] | None = None,
    rising: bool,
    reference: float,
    limit: float | None = None,
    surroundings: Surroundings,
    known: Around,
    strata: Mapping[int, str],
    promise: str,
) -> Alarm:
    """The alarm of a stream whose last values are `rows`.

    Args:
        monitor: What is watched.
        segment: Where.
        rows: Values as the detector took them, larger is worse, the oldest first.
        earlier: Values before these that are not kept any more, and the time of the first; None where all are kept.
        rising: Whether the figure itself rose; else the values are one minus it.
        reference: Mean of the values while nothing changed.
        limit: Of an amount: the percentile of the reference beyond which a value counts.
        surroundings: What the numbers of surroundings stand for.
        known: What surrounded the values of the reference; empty where nobody knows.
        strata: Names of strata by number.
        promise: What is promised about false alarms.
    """
    values, oldest = rows["value"], int(rows["time"][0])
    dropped, first_ns = earlier or (0, oldest)
    found = rate_change(values, before=min(max(reference, 1e-4), 1 - 1e-4), earlier=dropped)
    old, new = rows[: found.place], rows[found.place :]
    ends = _limits(values, found)
    now = float(new["value"].mean())
    held, compared = _compared(rows, found, known)
    share = limit is None
    limits = sorted(_turned(end, rising or not share) for end in ends)
    return Alarm(
        metric=monitor.metric,
        segment=segment,
        at_ns=int(rows["time"][-1]),
        since_ns=int(rows["time"][found.place]),
        since_low_ns=int(rows["time"][found.low]) if found.low else min(first_ns, oldest),
        since_high_ns=int(rows["time"][found.high]),
        before=_turned(reference, rising or not share),
        now=_turned(now, rising or not share),
        low=limits[0],
        high=limits[1],
        n=len(new),
        detector=f"Shiryaev-Roberts e-detector; {promise}",
        examples=_examples(new),
        changed=surroundings.changed(held, _around(new)),
        unit="share" if share else "exceeding" if rising else "below",
        limit=limit,
        severity=monitor.severity,
        evidence={**_taken_apart(old, new, strata), "compared": compared},
    )


def gone_on(first: Alarm, made: Alarm, *, left: bool) -> Alarm:
    """An alarm that goes on, brought up to date.

    Args:
        first: As it stood.
        made: As the last values have it.
        left: Whether the time at which it began is kept no more, so that what was said of it first stays.
    """
    began = first if left else made
    parts = made.evidence if began is made and made.evidence.get("sure") else first.evidence
    told = told_of(first, made)
    return replace(
        made,
        at_ns=first.at_ns,
        since_ns=began.since_ns,
        since_low_ns=began.since_low_ns,
        since_high_ns=began.since_high_ns,
        changed=told.changed,
        evidence={**parts, "compared": told.evidence["compared"]},
        times=first.times + 1,
    )


def told_of(first: Alarm, made: Alarm) -> Alarm:
    """Which of two states of an alarm says what else changed: that which compared with times that lie nearer."""
    worth = [_WORTH[one.evidence.get("compared", "nothing")] for one in (first, made)]
    return first if worth[1] < worth[0] or (first.changed and not made.changed) else made


def explained(alarm: Alarm, rows: Rows, known: Around, surroundings: Surroundings) -> Alarm:
    """An alarm of a distribution with what else changed then in its cohort.

    Args:
        alarm: The alarm.
        rows: The last values of a stream of the cohort, the oldest first.
        known: What surrounded the stream's values in the reference; empty where nobody knows.
        surroundings: What the numbers of surroundings stand for.
    """
    times = rows["time"]
    old, new = rows[times < alarm.since_low_ns], rows[(times >= alarm.since_ns) & (times <= alarm.at_ns)]
    held: Around = _around(old) if len(old) >= FEWEST_BEFORE else known
    compared = "nothing" if not held or not len(new) else "reference" if held is known else "before"
    changed = surroundings.changed(held, _around(new))
    return replace(alarm, changed=changed, evidence={**alarm.evidence, "compared": compared})


def _compared(rows: Rows, found: ChangePoint, known: Around) -> tuple[Around, Compared]:
    """What surrounded the values of before: those that lie surely before the change, where there are enough."""
    if found.low >= FEWEST_BEFORE:
        return _around(rows[: found.low]), "before"
    if known:
        return known, "reference"
    if found.place >= FEWEST_BEFORE:
        return _around(rows[: found.place]), "before"
    return {}, "nothing"


def _around(rows: Rows) -> dict[int, int]:
    numbers, counts = np.unique(rows["around"], return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


def _limits(values: Rows, found: ChangePoint) -> tuple[float, float]:
    """Limits of the figure since the change that hold wherever in its interval the change began.

    An alarm comes when the last values happen to be bad, so the figure at the likeliest place alone is too large.
    """
    places = np.unique(np.linspace(found.low, found.high, _PLACES).astype(int)).tolist()
    every = [wilson(float(values[place:].sum()), len(values) - place) for place in places]
    return min(low for low, _ in every), max(high for _, high in every)


def _turned(value: float, rising: bool) -> float:
    """The figure itself: values of a watch for a fall are one minus it."""
    return value if rising else 1 - value


def _examples(rows: Rows) -> tuple[str, ...]:
    """The last traces that were worst, each once."""
    order = np.lexsort((-np.arange(len(rows)), -rows["value"]))  # of equal ones the last first
    worst = [trace_id(bytes(rows["trace"][at])) for at in sorted(order[: 4 * EXAMPLES].tolist(), reverse=True)
             if rows["value"][at] > 0]  # fmt: skip
    return tuple(dict.fromkeys(worst))[:EXAMPLES]


def _taken_apart(old: Rows, new: Rows, strata: Mapping[int, str]) -> dict[str, Any]:
    """How much of the change is another mix of traffic, where both times have strata."""
    if len(strata) < 2:
        return {}
    if len(old) < FEWEST_BEFORE:
        return {"mix": NOT_TOLD}
    try:
        found = parts(_by_stratum(old, strata), _by_stratum(new, strata))
    except EvidenceError:
        return {"mix": "no kind of traffic was there both before and since"}
    told = {name: {"value": round(part.value, 6), "low": round(part.low, 6), "high": round(part.high, 6)}
            for name, part in (("behaviour", found.behaviour), ("mix", found.mix))}  # fmt: skip
    sure = [name for name, part in told.items() if part["low"] > 0 or part["high"] < 0]
    return {**told, "sure": sure, "new_traffic": list(found.only_now)[:10]}


def _by_stratum(rows: Rows, strata: Mapping[int, str]) -> dict[str, tuple[float, float]]:
    sums = np.bincount(rows["stratum"], rows["value"])
    counts = np.bincount(rows["stratum"])
    return {strata.get(at, str(at)): (float(sums[at]), float(counts[at])) for at in np.flatnonzero(counts).tolist()}
