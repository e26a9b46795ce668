from __future__ import annotations

import numpy as np
import pytest

from assay.domain.sample import Message
from assay.domain.trace import Step, Trace
from assay.domain.watched import Alarm
from assay.watch.baseline import Baseline
from assay.watch.distributions import Distributions, Shown
from assay.watch.live import Live, Looked
from assay.watch.looks import Looks
from assay.watch.samples import KEPT, Sample
from assay.watch.segments import Segments
from assay.watch.streams import Streams
from assay.watch.surroundings import PARTS
from assay.watch.traits import INPUTS, SIZE, traits, vector

DAY = 86_400 * 10**9
ALL = ((),)


def fed(looks: Looks, name: str, values: list[object], begin: int = 0, per_day: int = 200) -> list[Alarm]:
    found: list[Alarm] = []
    for at, value in enumerate(values):
        found += looks.update(name, ALL, value, f"{at:032x}", begin * DAY + at * DAY // per_day)
    return found + looks.looked()


def made(kind: str, reference: list[object]) -> Looks:
    looks = Looks({"x": kind}, every_ns=DAY)  # type: ignore[dict-item]
    for value in reference:
        looks.refer("x", ALL, value, "0" * 32, 0)
    return looks


def test_an_amount_that_moved_is_found_with_its_means() -> None:
    rng = np.random.default_rng(1)
    looks = made("amount", rng.normal(100, 10, 3000).tolist())
    (alarm, *_) = fed(looks, "x", [*rng.normal(100, 10, 600).tolist(), *rng.normal(110, 10, 200).tolist()], begin=1)
    assert alarm.since_low_ns <= 4 * DAY <= alarm.since_high_ns
    assert alarm.before == pytest.approx(100, abs=1)
    assert alarm.low < 110 < alarm.high
    assert alarm.evidence["psi"] > alarm.evidence["psi_by_chance"]
    assert "at most 5% likely" in alarm.detector


def test_a_category_that_moved_is_named_with_its_share() -> None:
    rng = np.random.default_rng(2)
    looks = made("category", rng.choice(["m-1", "m-2"], 2000, p=[0.99, 0.01]).tolist())
    (alarm, *_) = fed(looks, "x", rng.choice(["m-1", "m-3"], 400, p=[0.2, 0.8]).tolist(), begin=1)
    assert alarm.evidence["category"] in ("m-1", "m-3")
    assert abs(alarm.now - alarm.before) > 0.7


def test_a_look_that_is_not_the_first_since_a_change_dates_it_by_the_looks_before() -> None:
    """A small change is found days later: then the day of the look that found it is not when it began."""
    held = late = found = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        looks = made("category", rng.choice(["en", "de"], 1000, p=[0.87, 0.13]).tolist())
        values = [*rng.choice(["en", "de"], 700, p=[0.87, 0.13]), *rng.choice(["en", "de"], 1500, p=[0.74, 0.26])]
        for alarm in fed(looks, "x", [str(one) for one in values], begin=1)[:1]:
            truth = DAY + 700 * DAY // 200
            if alarm.at_ns > truth:
                found += 1
                held += alarm.since_low_ns <= truth <= alarm.since_high_ns
                late += alarm.at_ns - truth > DAY
                assert alarm.since_high_ns - alarm.since_low_ns < 4 * DAY
    assert (found >= 30, late >= 10) == (True, True)
    assert held >= 0.8 * found  # 90 % meant


def test_a_move_of_the_mean_of_requests_is_dated() -> None:
    def requests(words: str, n: int, seed: int) -> list[object]:
        rng = np.random.default_rng(seed)
        return [vector(asked(" ".join(rng.choice(words.split(), 6)))) for _ in range(n)]

    shop, law = "where is my order parcel late refund item box", "may court rule law contract clause my order refund"
    held = 0
    for seed in range(8):
        looks = made("vector", requests(shop, 400, 100 + seed))
        (alarm, *_) = fed(looks, "x", [*requests(shop, 300, 200 + seed), *requests(law, 400, 300 + seed)], begin=1)
        truth = DAY + 300 * DAY // 200
        held += alarm.since_low_ns <= truth <= alarm.since_high_ns
        assert alarm.since_high_ns - alarm.since_low_ns < DAY
    assert held >= 6


def test_what_the_kept_hours_do_not_tell_is_left_open_to_the_end_of_the_reference() -> None:
    looks = Looks({"x": "category"}, every_ns=DAY)
    for at in range(500):
        looks.refer("x", ALL, "m-1", "0" * 32, DAY + at)
    (alarm, *_) = fed(looks, "x", ["m-2"] * 200, begin=9)
    assert alarm.since_low_ns == DAY + 499
    assert alarm.since_ns == 9 * DAY


def test_a_second_change_after_the_first_was_over_is_dated_by_itself() -> None:
    rng = np.random.default_rng(5)
    looks = made("amount", rng.normal(0, 1, 2000).tolist())
    values = [*rng.normal(2, 1, 400), *rng.normal(0, 1, 800), *rng.normal(2, 1, 400)]
    first, second = fed(looks, "x", [float(one) for one in values], begin=1)
    assert first.since_high_ns < 2 * DAY
    assert second.since_low_ns <= DAY + 1200 * DAY // 200 <= second.since_high_ns
    assert second.since_low_ns > 3 * DAY


def test_days_that_differ_by_themselves_are_no_news_and_a_change_beyond_them_is() -> None:
    def of_days(rng: np.random.Generator, days: int, spread: float) -> list[tuple[int, float]]:
        own = rng.normal(0, spread, days)
        return [(day, float(rng.normal(own[day], 1))) for day in range(days) for _ in range(200)]

    def watched(seed: int, days: int, more: float = 0.0) -> int:
        rng = np.random.default_rng(seed)
        looks, alarms = Looks({"x": "amount"}, every_ns=DAY), 0
        for at, (day, value) in enumerate(of_days(rng, days, 0.25)):
            looks.refer("x", ALL, value, "0" * 32, day * DAY + at % 200)
        for at, (day, value) in enumerate(of_days(rng, 12, 0.25)):
            alarms += len(looks.update("x", ALL, value + more, "1" * 32, (days + day) * DAY + at % 200))
        return alarms

    assert sum(watched(seed, 7) for seed in range(20)) <= 1
    assert sum(watched(seed, 1) for seed in range(8)) >= 4  # of one day nobody knows how others differ
    assert sum(watched(seed, 7, 3.0) > 0 for seed in range(8)) >= 7


def test_inputs_that_moved_are_found() -> None:
    def requests(words: str, n: int) -> list[object]:
        rng = np.random.default_rng(n)
        return [vector(asked(" ".join(rng.choice(words.split(), 6)))) for _ in range(n)]

    shop, law = "where is my order parcel late refund item box", "may court rule law contract clause sue party judge"
    looks = made("vector", requests(shop, 400))
    assert fed(looks, "x", requests(shop, 401), begin=1) == []
    assert fed(looks, "x", requests(law, 200), begin=5)


def test_over_many_looks_and_cohorts_false_alarms_are_rare() -> None:
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(20):
        looks = Looks({"x": "amount", "y": "category"}, every_ns=DAY)
        cohorts = [((("route", str(number)),),) for number in range(3)]
        for cohort in cohorts:
            for value in rng.gamma(2, 1, 400):
                looks.refer("x", cohort, float(value), "0" * 32, 0)
                looks.refer("y", cohort, str(rng.integers(4)), "0" * 32, 0)
        for day in range(1, 11):
            for at in range(120):
                for cohort in cohorts:
                    time = day * DAY + at * DAY // 120
                    alarms += len(looks.update("x", cohort, float(rng.gamma(2, 1)), "1" * 32, time))
                    alarms += len(looks.update("y", cohort, str(rng.integers(4)), "1" * 32, time))
    assert alarms <= 3  # at most 1 expected in 20 runs


def test_too_little_waits_and_nothing_is_compared_without_a_reference() -> None:
    looks = made("amount", [1.0] * 500)
    assert fed(looks, "x", [9.0] * 60, begin=1) == []
    assert looks.look == 0
    assert fed(looks, "x", [9.0] * 60, begin=2)[0].n == 120
    empty = Looks({"x": "amount"}, every_ns=DAY)
    assert fed(empty, "x", [9.0] * 500) == []


def test_a_shift_that_stays_is_one_alarm_and_a_look_without_it_closes_it() -> None:
    rng = np.random.default_rng(7)
    looks = made("amount", rng.normal(0, 1, 2000).tolist())
    assert len(fed(looks, "x", rng.normal(1, 1, 1000).tolist(), begin=1)) == 1
    (alarm,) = looks.alarms
    assert (alarm.times > 2, alarm.closed_ns, alarm.unit) == (True, None, "mean")
    assert fed(looks, "x", rng.normal(0, 1, 400).tolist(), begin=8) == []
    (closed,) = looks.alarms
    assert closed.closed_ns is not None


def test_a_long_pause_is_one_look() -> None:
    looks = made("amount", [1.0, 2.0] * 300)
    fed(looks, "x", [1.0, 2.0] * 100, begin=1)
    assert looks.look == 1
    fed(looks, "x", [1.0, 2.0] * 100, begin=400)
    assert looks.look == 2


def test_of_more_values_than_fit_each_has_the_same_chance_to_stay() -> None:
    sample = Sample("amount")
    for at in range(6 * KEPT):
        sample.put(float(at), "0" * 32, at)
    assert len(sample.numbers) == KEPT
    assert np.mean(sample.numbers) == pytest.approx(3 * KEPT, rel=0.03)


def asked(text: str, **more: object) -> Trace:
    said = (Message(role="assistant", content="It left our warehouse on Monday and will be there soon."),)
    step = Step(
        id="2" * 16, kind="model", name="chat", input=(Message(role="user", content=text),), output=said, **more
    )  # type: ignore[arg-type]
    return Trace(id="1" * 32, steps=(step,))


def test_traits_of_a_trace() -> None:
    trace = asked("Wo ist meine Bestellung? Sie sollte schon lange hier sein.", served_model="m-1", finish_reason="stop",
                  attributes={"openai.response.system_fingerprint": "fp_1"})  # fmt: skip
    assert dict(traits(trace)) == {
        "served_model": "m-1 fp_1", "finish_reason": "stop", "language": "en", "asked_language": "de", "tools": "",
        "steps": "model",
    }  # fmt: skip


def test_a_request_is_a_vector_of_length_one_whatever_the_order_of_its_words() -> None:
    one, two = vector(asked("where is it")), vector(asked("it is where"))
    assert one is not None
    assert two is not None
    assert one.tolist() == two.tolist()
    assert len(one) == SIZE
    assert float(np.square(one).sum()) == pytest.approx(1.0)
    assert vector(asked(" ")) is None
    assert INPUTS == "inputs"


def test_tools_of_a_reference_that_a_restart_cut_in_two_are_no_news() -> None:
    live = Live(
        streams=Streams([]), scorers=(), segments=Segments([]), baseline=Baseline(length_ns=0),
        beside=Distributions(0, 0.05, firsts=True),
    )  # fmt: skip
    around = ("",) * (len(PARTS) - 1) + ("find,pay",)
    said = {"observations": (), "stratum": "", "problems": (), "segments": ((),), "trace": "1" * 32, "start_ns": 1}
    live.take([Looked(around=around, **said)])  # type: ignore[arg-type]
    shown = Shown(tools=(("pay", "1"), ("drop", "2")))
    alarms = live.take([Looked(around=around, shown=shown, **said)])  # type: ignore[arg-type]
    assert [one.evidence["tool"] for one in alarms] == ["drop"]
