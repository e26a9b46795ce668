from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from assay.domain.sample import Message, ToolCall
from assay.domain.trace import Step, Trace
from assay.report.moves import moved, words_moved
from assay.report.watch import alarm_plain
from assay.watch.baseline import Baseline
from assay.watch.distributions import Distributions
from assay.watch.live import Live
from assay.watch.segments import Segments
from assay.watch.streams import Streams

DAY = 86_400 * 10**9


def trace(number: int, day: float, model: str = "m-1", tool: str = "") -> Trace:
    """A request; its id is its number mixed, as ids are drawn by their digits."""
    begin = int(day * DAY)
    said = (Message(role="assistant", content="It left our warehouse on Monday."),)
    step = Step(
        id="2" * 16, kind="model", name="chat", start_ns=begin, end_ns=begin + 10**9, served_model=model,
        input=(Message(role="user", content=f"Where is my order {number % 7}?"),), output=said,
    )  # fmt: skip
    steps = [step, replace(step, id="3" * 16, kind="tool", call=ToolCall(name=tool))] if tool else [step]
    return Trace(id=f"{number * 0x9E3779B97F4A7C15 % 2**128:032x}", steps=tuple(steps))


def live(baseline: Baseline | None) -> Live:
    return Live(
        streams=Streams([]), scorers=(), segments=Segments([]), baseline=baseline,
        beside=Distributions(DAY, 0.05, firsts=True),
    )  # fmt: skip


def fed(watch: Live, traces: list[Trace]) -> list[str]:
    return [alarm.metric for one in traces for alarm in watch.take([watch.look(one)])]


def days(first: int, last: int, **more: str) -> list[Trace]:
    return [trace(1000 * day + at, day + at / 200, **more) for day in range(first, last) for at in range(200)]


def test_another_served_model_and_a_new_tool_are_told_live() -> None:
    watch = live(Baseline(length_ns=3 * DAY))
    assert fed(watch, days(0, 3)) == []
    assert fed(watch, days(3, 5)) == []
    assert fed(watch, [trace(1, 5.0, tool="delete_order")]) == ["new_tool"]
    assert "served_model" in fed(watch, days(5, 7, model="m-2"))
    (held,) = watch.open
    told = alarm_plain(held)
    assert (held.metric, words_moved(held.evidence)) == ("served_model", "m-1 -> m-2")
    assert moved(told, limits=False) == "m-1 -> m-2, 0 % -> 100 %"
    (once,) = watch.closed()
    assert (once.metric, moved(alarm_plain(once))) == ("new_tool", "first seen: delete_order")
    assert watch.closed() == []


def test_a_look_takes_one_request_of_each_session() -> None:
    """A user who writes much is one user: fifty requests in his language are no other distribution."""

    def chatty(day: int, many: int) -> list[Trace]:
        return [
            replace(one, steps=tuple(replace(step, attributes={"session.id": f"s{at // many}"}) for step in one.steps))
            for at, one in enumerate(days(day, day + 1))
        ]

    watch = live(Baseline(length_ns=2 * DAY))
    fed(watch, [*chatty(1, 1), *chatty(2, 1)])
    fed(watch, chatty(3, 4))
    looks = watch.beside.looks
    assert {one.count for one in looks.reference.values()} == {400}  # each day's, as a look has them
    assert {one.count for one in looks.now.values()} == {50}
    fed(watch, chatty(4, 1)[:3])
    assert {one.count for one in looks.now.values()} == {53}  # 50 are too few for a look, and wait; sessions return


def test_users_who_come_each_day_are_no_change() -> None:
    """They count once a day in the reference as in a look, else their share would rise when the reference is over."""

    def mixed(day: int) -> list[Trace]:
        return [
            replace(
                one, steps=tuple(
                    replace(step, served_model="m-2" if at < 60 else "m-1",
                            attributes={"user.id": f"u{at}" if at < 60 else f"{day} {at}"}) for step in one.steps
                ),
            )
            for at, one in enumerate(days(day, day + 1))
        ]  # fmt: skip

    watch = live(Baseline(length_ns=7 * DAY))
    assert fed(watch, [one for day in range(1, 13) for one in mixed(day)]) == []
    assert watch.beside.looks.reference["served_model", ()].words["m-2"] == 420
    assert watch.beside.looks.look > 3


def test_a_process_that_begins_anew_knows_the_reference_and_what_is_open() -> None:
    watch = live(Baseline(length_ns=3 * DAY))
    fed(watch, [*days(0, 3), *days(3, 5, model="m-2")])
    opened = watch.open
    assert [one.metric for one in opened] == ["served_model"]
    again = live(None)
    again.beside.restore(watch.beside.saved(), opened)
    assert again.open == opened
    assert "served_model" not in fed(again, days(5, 7, model="m-2"))  # goes on, and is no new alarm
    assert fed(again, days(7, 9)) == []
    assert [one.metric for one in again.closed()] == ["served_model"]


def test_what_an_earlier_version_saved_is_read() -> None:
    row = ["served_model", [], "category", 200, [], {"m-1": 200}, b""]
    again = Distributions(DAY, 0.05, firsts=True)
    assert again.restore(msgspec.msgpack.encode([["find_order"], [row]]), ()) is None
    (sample,) = again.looks.reference.values()
    assert (sample.count, sample.words, sample.worth()) == (200, {"m-1": 200}, 1.0)


def test_looks_go_on_where_they_were() -> None:
    watch = live(Baseline(length_ns=3 * DAY))
    fed(watch, days(0, 6))
    again = Distributions(DAY, 0.05, firsts=True)
    assert again.restore(watch.beside.saved(upto=7), ()) == 7
    assert again.looks.look == watch.beside.looks.look == 2  # alpha that was spent stays spent
    assert again.looks.ends_ns == watch.beside.looks.ends_ns
    assert {key: one.count for key, one in again.looks.now.items()} == {
        key: one.count for key, one in watch.beside.looks.now.items()
    }


def test_a_saved_reference_gives_the_same_samples() -> None:
    watch = live(Baseline(length_ns=3 * DAY))
    fed(watch, days(0, 2))
    again = Distributions(DAY, 0.05, firsts=True)
    again.restore(watch.beside.saved(), ())
    assert again.looks.reference.keys() == watch.beside.looks.reference.keys()
    for key, sample in watch.beside.looks.reference.items():
        other = again.looks.reference[key]
        assert (other.kind, other.count, other.words) == (sample.kind, sample.count, sample.words)
        assert other.numbers == pytest.approx(sample.numbers)
        if sample.vectors:
            assert np.allclose(other.vectors, sample.vectors, atol=1e-6)


def test_a_restart_dates_a_change_as_one_process_does() -> None:
    def alarm(cut: bool) -> tuple[int, int, int]:
        watch = live(Baseline(length_ns=3 * DAY))
        fed(watch, days(0, 5))
        fed(watch, days(5, 6, model="m-2")[:60])
        if cut:
            saved = watch.beside.saved()
            watch = live(None)
            watch.beside.restore(saved, [])
        fed(watch, [*days(5, 6, model="m-2")[60:], *days(6, 8, model="m-2")])
        (found,) = (one for one in watch.open if one.metric == "served_model")
        return found.since_low_ns, found.since_ns, found.since_high_ns

    assert alarm(cut=True) == alarm(cut=False)
    low, _, high = alarm(cut=False)
    assert low <= 5 * DAY <= high
    assert high - low < DAY // 2
