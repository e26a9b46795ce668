"""An alarm with all that the person who is woken needs: since when, how far, examples, what else changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from assay.domain.errors import EvidenceError
from assay.domain.watched import Alarm, Monitor, Segment
from assay.statistics.change_point import ChangePoint, rate_change
from assay.statistics.mix import parts
from assay.statistics.proportion import wilson
from assay.watch.history import Rows, trace_id
from assay.watch.surroundings import Surroundings

EXAMPLES = 5
_PLACES = 20


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
        strata: Names of strata by number.
        promise: What is promised about false alarms.
    """
    values, oldest = rows["value"], int(rows["time"][0])
    dropped, first_ns = earlier or (0, oldest)
    found = rate_change(values, before=min(max(reference, 1e-4), 1 - 1e-4), earlier=dropped)
    old, new = rows[: found.place], rows[found.place :]
    ends = _limits(values, found)
    now = float(new["value"].mean())
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
        changed=surroundings.changed(old["around"], new["around"]),
        unit="share" if share else "exceeding" if rising else "below",
        limit=limit,
        severity=monitor.severity,
        evidence=_taken_apart(old, new, strata),
    )


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
    order = np.argsort(-rows["value"], kind="stable")
    worst = [trace_id(bytes(rows["trace"][at])) for at in sorted(order[: 4 * EXAMPLES].tolist(), reverse=True)
             if rows["value"][at] > 0]  # fmt: skip
    return tuple(dict.fromkeys(worst))[:EXAMPLES]


def _taken_apart(old: Rows, new: Rows, strata: Mapping[int, str]) -> dict[str, Any]:
    """How much of the change is another mix of traffic, where both times have strata."""
    if len(strata) < 2 or not len(old):
        return {}
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
