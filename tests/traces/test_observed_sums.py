from __future__ import annotations

import random
from pathlib import Path

import pytest

from assay.domain.watched import Observation
from assay.traces.judged import Judged, Sums
from assay.traces.observed import HOUR_NS, Observed
from assay.traces.observed_sums import BY_HOUR_NS

CHAT = (("route", "chat"),)
DAY = 24


def judged(at: int, hour: int, value: float | None, share: float = 1.0) -> Judged:
    name = f"{at + 1:032x}"
    seen = Observation(metric="refusal", value=value, trace=name, time_ns=hour * HOUR_NS, share=share)
    return Judged(
        trace=name, start_ns=hour * HOUR_NS + at, arrived_ns=1, segments=((), CHAT), observations=(seen,)
    )  # fmt: skip


def filled(folder: Path, days: int) -> Observed:
    dice, observed = random.Random(4), Observed(folder / "observed.db")
    values = [(dice.randrange(days * DAY), dice.choice([0.0, 1.0, None]), dice.choice([1.0, 0.25])) for _ in range(900)]
    observed.keep([judged(at, *one) for at, one in enumerate(values)])
    return observed


def rows(observed: Observed) -> list[tuple[int, float]]:
    return [(time // HOUR_NS, one.n + one.unscored) for time, one in observed.hours("refusal", CHAT)]


def test_sums_of_old_days_rest_by_day_and_add_up_as_before(tmp_path: Path) -> None:
    observed = filled(tmp_path, 12)
    before, hours = observed.sums(), rows(observed)
    recent = [one for one in hours if one[0] >= 9 * DAY]
    for _ in range(3):
        observed.expire(9 * DAY * HOUR_NS + 5 * HOUR_NS + BY_HOUR_NS)
    assert same(before, observed.sums())
    found = rows(observed)
    assert [hour for hour, _ in found if hour < 9 * DAY] == [day * DAY for day in range(9)]
    assert [one for one in found if one[0] >= 9 * DAY] == recent, "hours of days that are kept stay hours"
    for day in range(9):
        assert dict(found)[day * DAY] == sum(n for hour, n in hours if hour // DAY == day)


def same(one: list[Sums], two: list[Sums]) -> bool:
    return len(one) == len(two) and all(
        (a.metric, a.segment, a.n, a.unscored) == (b.metric, b.segment, b.n, b.unscored)
        and (a.w, a.wx, a.ww, a.wwx, a.wwxx) == pytest.approx((b.w, b.wx, b.ww, b.wwx, b.wwxx))
        for a, b in zip(one, two, strict=True)
    )


def test_a_late_trace_of_an_old_day_joins_it(tmp_path: Path) -> None:
    observed = filled(tmp_path, 3)
    observed.expire(3 * DAY * HOUR_NS + BY_HOUR_NS)
    ((_, first), *_) = rows(observed)
    observed.keep([judged(5000, 7, 1.0)])
    assert [hour for hour, _ in rows(observed)] == [0, 7, DAY, 2 * DAY]
    observed.expire(3 * DAY * HOUR_NS + BY_HOUR_NS)
    assert rows(observed)[0] == (0, first + 1)


def test_one_step_takes_a_week(tmp_path: Path) -> None:
    observed = filled(tmp_path, 20)
    observed.expire(20 * DAY * HOUR_NS + BY_HOUR_NS)
    assert {hour for hour, _ in rows(observed) if hour < 7 * DAY} == {day * DAY for day in range(7)}
    assert any(hour % DAY for hour, _ in rows(observed))
    observed.expire(20 * DAY * HOUR_NS + BY_HOUR_NS)
    observed.expire(20 * DAY * HOUR_NS + BY_HOUR_NS)
    assert [hour for hour, _ in rows(observed)] == [day * DAY for day in range(20)]
