from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from assay.domain.watched import Alarm, Monitor, Observation, Segment
from assay.watch.alarms import NOT_TOLD
from assay.watch.baseline import read, written
from assay.watch.history import KEPT, History, rows_of, trace_id
from assay.watch.reference import Reference, limits
from assay.watch.stream import Seen
from assay.watch.streams import Promise, Streams
from assay.watch.surroundings import PARTS, Surroundings

HOUR = 3600 * 10**9
ALL: tuple[Segment, ...] = ((),)


def rows(values: Sequence[Any], metric: str = "refusal", begin: int = 0, **more: Any) -> list[Seen]:
    return [
        Seen(
            observations=[Observation(
                metric=metric, value=None if value is None else float(value), trace=f"{begin + at:032x}",
                time_ns=(begin + at) * HOUR, unscored="no context" if value is None else "",
            )],
            **{"segments": ALL, **more},
        )
        for at, value in enumerate(values)
    ]  # fmt: skip


def drawn(rate: float, n: int, seed: int) -> list[bool]:
    return [bool(one) for one in np.random.default_rng(seed).random(n) < rate]


def watch(**more: Any) -> Streams:
    return Streams([Monitor(metric="refusal", kind="rate", reference=0.02, **more)])


def fed(streams: Streams, seen: Sequence[Seen], batch: int = 100) -> list[Alarm]:
    return [alarm for at in range(0, len(seen), batch) for alarm in streams.update(seen[at : at + batch])]


def test_a_rise_is_found_dated_and_measured() -> None:
    (first,) = fed(watch(), rows([*drawn(0.02, 3000, 1), *drawn(0.08, 1500, 2)]))
    assert first.metric == "refusal"
    assert first.since_low_ns <= 3000 * HOUR <= first.since_high_ns
    assert first.before == 0.02
    assert first.low <= 0.08 <= first.high
    assert "one false alarm" in first.detector
    assert len(first.examples) == 5
    assert all(int(one, 16) >= first.since_ns // HOUR for one in first.examples)


def test_examples_are_the_last_traces_that_show_it() -> None:
    streams, seen = watch(), rows([*drawn(0.02, 500, 1), *drawn(0.5, 600, 2)])
    (alarm,) = [one for at in range(0, 1100, 50) for one in streams.update(seen[at : at + 50])]
    worst = [one.observations[0].trace for one in seen if one.observations[0].value]
    assert list(alarm.examples) == [one for one in reversed(worst) if int(one, 16) * HOUR <= alarm.at_ns][:5]
    (standing,) = streams.open
    assert list(standing.examples) != list(alarm.examples) and set(standing.examples) <= set(worst[-200:])


def test_a_change_whose_beginning_is_not_kept_any_more_is_left_open() -> None:
    """Of a slow change the alarm came when all values that are kept were already of the time since."""
    streams = Streams([Monitor(metric="refusal", kind="rate", reference=0.02, reference_n=500)])
    (alarm,) = fed(streams, rows([*drawn(0.02, 500, 1), *drawn(0.055, 4_500, 12)]))
    assert alarm.at_ns > (500 + KEPT) * HOUR
    assert alarm.since_low_ns == 0 < 500 * HOUR <= alarm.since_high_ns


def test_an_alarm_that_goes_on_keeps_its_time_once_the_time_before_is_not_kept_any_more() -> None:
    streams = watch()
    (first,) = fed(streams, rows([*drawn(0.02, 3000, 1), *drawn(0.08, 500, 2)]))
    fed(streams, rows(drawn(0.08, 4000, 3), begin=3500))
    (held,) = streams.open
    assert held.times > 5
    assert held.since_low_ns <= 3000 * HOUR <= held.since_high_ns
    assert held.since_low_ns > 2500 * HOUR
    assert first.since_low_ns <= 3000 * HOUR


def test_traffic_as_it_was_raises_nothing() -> None:
    assert fed(watch(), rows(drawn(0.02, 20_000, 3))) == []


def test_batches_of_any_size_raise_the_same_alarms() -> None:
    seen = rows([*drawn(0.02, 2000, 4), *drawn(0.10, 800, 5)])
    one, two = fed(watch(), seen, batch=1), fed(watch(), seen, batch=333)
    assert [(alarm.at_ns, alarm.since_ns) for alarm in one] == [(alarm.at_ns, alarm.since_ns) for alarm in two]


def test_several_figures_cohorts_and_batches_give_the_alarms_of_one_value_at_a_time() -> None:
    """Alarms raised, brought up to date and closed, in their order, with the values behind them."""

    def traffic() -> list[Seen]:
        dice, made = random.Random(8), []
        for at in range(6000):
            bad = 0.15 if 1500 <= at < 2600 or at > 5200 else 0.02
            route = dice.choice(["a", "b"])
            about = {"trace": f"{at:032x}", "time_ns": at * HOUR}
            seen = [
                Observation(
                    metric="refusal", value=None if dice.random() < 0.1 else float(dice.random() < bad), **about
                ),
                *(
                    Observation(metric="latency", value=dice.lognormvariate(bad * 5, 0.5), **about)
                    for _ in range(at % 3)
                ),
            ]
            made.append(Seen(observations=seen, segments=[(), (("route", route),)], around=at > 1500, stratum=at % 4))
        return made

    def watched(batch: int) -> tuple[Any, ...]:
        streams = Streams(
            [Monitor(metric="refusal", kind="rate", worse="either"), Monitor(metric="latency", kind="amount")]
        )
        assert streams.surroundings.number(("m", *[""] * (len(PARTS) - 1))) == 1
        assert [streams.stratum(name) for name in "abcd"] == [0, 1, 2, 3]
        for segment in ((), (("route", "a"),), (("route", "b"),)):
            streams.refer("refusal", segment, Reference(mean=0.02, n=5000))
            streams.refer("latency", segment, Reference(mean=1.2, low=0.4, high=2.4, n=5000))
        return fed(streams, traffic(), batch), streams.closed, streams.open, streams.figures()

    one, two, three = watched(1), watched(700), watched(6000)
    assert len(one[0]) >= 4 and len(one[1]) >= 2 and one[2]
    assert str(one) == str(two) == str(three)


def test_a_fall_is_watched_where_less_is_worse() -> None:
    streams = Streams([Monitor(metric="grounded", kind="rate", worse="lower", reference=0.95)])
    (alarm, *_) = fed(streams, rows([*drawn(0.95, 1000, 6), *drawn(0.75, 600, 7)], metric="grounded"))
    assert alarm.before == 0.95
    assert alarm.low < alarm.now < alarm.high
    assert alarm.now < 0.85
    assert fed(streams, rows(drawn(1.0, 3000, 8), metric="grounded")) == []


def test_an_amount_is_watched_by_how_often_it_exceeds_what_it_was() -> None:
    rng = np.random.default_rng(9)
    streams = Streams(
        [Monitor(metric="latency", kind="amount", reference=float(np.quantile(rng.gamma(2, 1, 9999), 0.95)))]
    )
    assert fed(streams, rows(rng.gamma(2, 1, 5000).tolist(), metric="latency")) == []
    alarms = fed(streams, rows(rng.gamma(2, 1.8, 1500).tolist(), metric="latency", begin=5000))
    assert alarms[0].before == 0.05


def test_only_the_cohort_that_moved_is_named() -> None:
    streams = watch()
    alarms: list[Alarm] = []
    for name, rate, seed in (("a", 0.02, 10), ("b", 0.15, 11), ("c", 0.02, 12)):
        alarms += fed(streams, rows(drawn(rate, 1500, seed), segments=((("route", name),),)))
    assert {alarm.segment for alarm in alarms} == {(("route", "b"),)}


def test_a_cohort_that_was_seen_a_few_times_says_nothing() -> None:
    assert fed(watch(), rows([1] * 30)) == []


def test_an_alarm_is_raised_once_kept_up_to_date_and_closed_when_the_figure_is_back() -> None:
    streams = watch()
    raised = fed(streams, rows([*drawn(0.02, 1000, 13), *drawn(0.2, 800, 14)]))
    assert len(raised) == 1
    (now,) = streams.open
    assert now.times > 3
    assert now.n > raised[0].n
    assert now.at_ns == raised[0].at_ns
    assert now.since_low_ns <= 1000 * HOUR <= now.since_high_ns
    assert fed(streams, rows(drawn(0.02, 2500, 15), begin=1800)) == []
    assert streams.open == []
    (closed,) = streams.alarms
    assert closed.closed_ns is not None
    assert closed.closed_ns > 1800 * HOUR
    assert len(fed(streams, rows(drawn(0.2, 500, 16), begin=4300))) == 1


def test_an_amount_may_be_watched_for_a_fall() -> None:
    rng = np.random.default_rng(20)
    streams = Streams([Monitor(metric="words", kind="amount", worse="either")])
    streams.refer("words", (), Reference(mean=100, low=60, high=140))
    assert fed(streams, rows(rng.normal(100, 22, 3000).tolist(), metric="words")) == []
    (alarm,) = fed(streams, rows(rng.normal(70, 22, 400).tolist(), metric="words", begin=3000))
    assert (alarm.unit, alarm.limit, alarm.before) == ("below", 60, 0.05)
    assert alarm.low > 0.1


def test_without_a_reference_nothing_is_watched_and_a_cohorts_own_comes_first() -> None:
    streams = Streams([Monitor(metric="refusal", kind="rate")])
    assert fed(streams, rows(drawn(0.5, 500, 14))) == []
    streams.refer("refusal", (), 0.02)
    streams.refer("refusal", (("route", "strict"),), 0.5)
    seen = rows(drawn(0.5, 500, 14), segments=((("route", "strict"),),))
    assert fed(streams, seen) == []
    assert fed(streams, rows(drawn(0.5, 500, 14)))


def test_what_could_not_be_judged_is_counted_and_is_no_value() -> None:
    streams = watch()
    assert fed(streams, rows([None] * 300 + drawn(0.02, 100, 15))) == []
    assert streams.figures()["refusal", ()][1:] == (100, 300)


def test_what_else_changed_then_is_said() -> None:
    streams = watch()
    old = streams.surroundings.number(("m", "m-1", "", "", "", ""))
    new = streams.surroundings.number(("m", "m-2", "", "", "", ""))
    seen = rows(drawn(0.02, 1500, 16), around=old) + rows(drawn(0.15, 500, 17), begin=1500, around=new)
    (alarm,) = fed(streams, seen)
    assert alarm.changed == ("served: 'm-1' -> 'm-2' (+100% of traffic)",)
    assert alarm.evidence["compared"] == "before"


def test_a_change_with_nothing_before_it_is_held_against_the_reference_or_nothing_is_claimed() -> None:
    for known in (True, False):
        streams = watch()
        old, new = (streams.surroundings.number(("m", name, "", "", "", "")) for name in ("m-1", "m-2"))
        if known:
            streams.befores = {("refusal", ()): {old: 400}}
        kinds = streams.stratum("easy"), streams.stratum("hard")
        (alarm,) = fed(streams, rows(drawn(0.15, 500, 17), around=new, stratum=kinds[1]))
        assert alarm.changed == (("served: 'm-1' -> 'm-2' (+100% of traffic)",) if known else ())
        assert alarm.evidence == {"compared": "reference" if known else "nothing", "mix": NOT_TOLD}
        fed(streams, rows(drawn(0.15, 2 * KEPT, 18), begin=500, around=new))
        (later,) = streams.open
        assert later.times > 3 and later.changed == alarm.changed


def test_what_was_compared_with_the_time_before_stays_once_that_is_not_kept_any_more() -> None:
    streams = watch()
    one, two, three = (streams.surroundings.number(("m", name, "", "", "", "")) for name in ("m-1", "m-2", "m-3"))
    streams.befores = {("refusal", ()): {one: 400}}
    fed(streams, rows(drawn(0.02, 1500, 16), around=two))
    (alarm,) = fed(streams, rows(drawn(0.15, 500, 17), begin=1500, around=three))
    assert alarm.changed[0].startswith("served: 'm-2' -> 'm-3'")
    fed(streams, rows(drawn(0.15, 2 * KEPT, 18), begin=2000, around=three))
    (later,) = streams.open
    assert later.changed[0].startswith("served: 'm-2' -> 'm-3'") and later.evidence["compared"] == "before"


def test_another_mix_of_traffic_is_told_from_other_behaviour() -> None:
    streams = Streams([Monitor(metric="refusal", kind="rate", reference=0.05)])
    easy, hard = streams.stratum("easy"), streams.stratum("hard")
    rng = np.random.default_rng(18)
    seen: list[Seen] = []
    for at in range(2000 + 2 * KEPT):
        kind = hard if rng.random() < (0.05 if at < 2000 else 0.6) else easy
        seen += rows([rng.random() < (0.4 if kind == hard else 0.03)], begin=at, stratum=kind)
    for part in (seen[:3000], seen[3000:]):  # in the end no value of before is left to take the change apart
        fed(streams, part)
        (alarm,) = streams.open
        assert "mix" in alarm.evidence["sure"]
        assert alarm.evidence["mix"]["value"] > 3 * abs(alarm.evidence["behaviour"]["value"])
    assert alarm.times > 3


def test_false_alarms_of_fifty_cohorts_over_ninety_days_are_rare() -> None:
    rng = np.random.default_rng(19)
    streams = Streams([Monitor(metric="refusal", kind="rate", reference=0.02)], Promise(streams=50))
    names = [((("route", str(cohort)),),) for cohort in range(50)]
    alarms = 0
    for day in range(12):  # the whole of it, many times: benchmarks/simulate_watch.py
        for cohort in range(50):
            alarms += len(streams.update(rows(rng.random(200) < 0.02, begin=200 * day, segments=names[cohort])))
    assert alarms == 0


def test_a_ring_keeps_the_last_rows_in_order_and_ids_whole() -> None:
    ring = History.empty()
    told = rows_of([(at, at, bytes.fromhex(f"{at << 8:032x}"), 0, 0) for at in range(KEPT + 70)])
    for begin, end in ((0, 1), (1, 1), (1, 63), (63, 700), (700, KEPT - 1), (KEPT - 1, KEPT + 70)):
        ring.put(told[begin:end])
        assert ring.last()["time"].tolist() == list(range(max(0, end - KEPT), end))
        assert (ring.count, ring.first_ns) == (end, 0)
    held = ring.last()
    assert held["value"].tolist() == list(range(70, KEPT + 70))
    assert trace_id(bytes(held["trace"][-1])) == f"{(KEPT + 69) << 8:032x}"


def test_a_ring_takes_more_rows_at_once_than_it_keeps() -> None:
    ring = History.empty()
    ring.put(rows_of([(at, at, bytes(16), 0, 0) for at in range(3 * KEPT + 5)]))
    assert ring.last()["time"].tolist() == list(range(2 * KEPT + 5, 3 * KEPT + 5))


def test_parts_of_the_surroundings_that_hardly_moved_are_not_told() -> None:
    around = Surroundings()
    one, two = (around.number((name, *[""] * (len(PARTS) - 1))) for name in "ab")
    before, now = {one: 500}, {one: 480, two: 20}
    assert around.changed(before, now) == ()
    assert around.changed({}, now) == ()


def test_a_reference_of_few_values_tolerates_what_it_cannot_rule_out() -> None:
    """3 of 480 in the reference may well be 2 %: that 2 % goes on is no news, 10 % is."""
    for n, rate, expected in ((480, 0.018, 0), (480, 0.1, 1), (0, 0.03, 1)):
        streams = Streams([Monitor(metric="cut", kind="rate")])
        streams.refer("cut", (), Reference(mean=3 / 480, n=n))
        dice = random.Random(5)
        rows = [
            Seen(
                observations=[Observation(metric="cut", value=float(dice.random() < rate), trace="", time_ns=at)],
                segments=[()],
            )
            for at in range(1, 3001)
        ]
        assert len(streams.update(rows)) == expected, (n, rate)


def test_saved_references_of_an_earlier_version_are_read() -> None:
    old = read(b'[["errors", [], 0.02, 0.0, 0.0]]')
    assert old == {("errors", ()): Reference(mean=0.02)}
    new = {("errors", (("route", "chat"),)): Reference(mean=0.02, n=480)}
    assert read(written(new)) == new


def test_a_rate_that_falls_within_what_is_tolerated_is_no_alarm_wherever_it_lies() -> None:
    """At a reference of 5.5 % no more than 0.5 points less were tolerated: next to nothing."""
    for rate in (0.03, 0.055, 0.08, 0.2):
        streams = Streams([Monitor(metric="refusal", kind="rate", worse="either")])
        streams.refer("refusal", (), Reference(mean=rate))
        dice = random.Random(2)
        rows = [
            Seen(
                observations=[
                    Observation(metric="refusal", value=float(dice.random() < rate * 0.7), trace="", time_ns=at)
                ],
                segments=[()],
            )
            for at in range(1, 20_001)
        ]
        assert streams.update(rows) == [], rate


def test_limits_are_said_in_the_figures_own_direction() -> None:
    (low,) = limits(Monitor(metric="privacy", kind="rate", worse="lower"), Reference(mean=0.98, n=1_000))
    assert not low.rising and 0.9656 > low.rate > 0.96 and low.beyond is None
    up, down = limits(Monitor(metric="refusal", kind="rate", worse="either"), Reference(mean=0.287, n=80))
    assert up.rising and not down.rising and down.rate < 0.287 < up.rate
    slow, fast = limits(
        Monitor(metric="latency", kind="amount", worse="either"), Reference(mean=2.0, low=1.0, high=3.0)
    )
    assert (slow.beyond, fast.beyond) == (3.0, 1.0) and round(slow.rate, 9) == round(fast.rate, 9) == 0.075


def test_a_stream_is_quiet_at_the_limit_that_is_shown_and_raises_beyond_it() -> None:
    held = Reference(mean=0.1, n=300)
    for share, alarms in ((-0.01, 0), (0.15, 1)):
        streams = Streams([Monitor(metric="refusal", kind="rate")])
        streams.refer("refusal", (), held)
        (limit,) = limits(streams.monitors["refusal"], held)
        assert len(fed(streams, rows(drawn(limit.rate + share, 2_000, 3)))) == alarms


def test_a_direction_in_which_nothing_is_left_has_no_limit() -> None:
    monitor = Monitor(metric="refusal", kind="rate", worse="either")
    assert [one.rising for one in limits(monitor, Reference(mean=0.0, n=300))] == [True]
    assert [one.rising for one in limits(monitor, Reference(mean=1.0, n=300))] == [False]
    assert len(limits(monitor, Reference(mean=0.02, n=300))) == 2
