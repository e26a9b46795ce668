from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")

from assay.domain.score import Scorer
from assay.domain.span import Arrived, Event, Span
from assay.domain.watched import Alarm
from assay.registry import scorer
from assay.traces.forgetting import forget
from assay.traces.hot import HotTraces
from assay.traces.observed import Erased, Observed
from assay.watch.baseline import Baseline
from assay.watch.defaults import monitors
from assay.watch.distributions import Distributions
from assay.watch.live import Live
from assay.watch.segments import Segments
from assay.watch.streams import Streams
from assay.web.learning import BEFORE, REFERENCES, held_against, until_ns
from assay.web.worker import DISTRIBUTIONS, OPEN_NS, SAVE_NS, Worker

S = 10**9
SAID = "Die Sendung hat unser Lager am Montag verlassen und ist in zwei Tagen bei dir."
"""What a scorer of English does not judge."""


SERVED = "gen_ai.response.model"


def worker(folder: Path, scorers: tuple[Scorer, ...] = (), baseline_s: float = 0, **more: Any) -> Worker:
    live = Live(
        streams=Streams(monitors(scorers)), scorers=scorers, segments=Segments(["route"]),
        baseline=Baseline(length_ns=int(baseline_s * S)),
    )  # fmt: skip
    return Worker(
        hot=HotTraces(folder / "traces.db"), observed=Observed(folder / "observed.db"), live=live, quiet_s=5, **more
    )


def span(trace: int, id: int = 1, at: int = 0, **more: Any) -> Span:
    attributes = {"gen_ai.operation.name": "chat", "route": "chat"}
    return Span(
        trace=f"{trace:032x}", id=f"{id:016x}", name="chat", start_ns=at, end_ns=at + S, attributes=attributes, **more
    )


class Clock:
    def __init__(self) -> None:
        self.now = 1000 * S

    def __call__(self) -> int:
        return self.now


def test_a_quiet_trace_is_judged_once_and_again_when_it_grew(tmp_path: Path) -> None:
    clock = Clock()
    made = worker(tmp_path, clock_ns=clock)
    made.hot.add([Arrived(spans=(span(1),))], clock.now)
    assert made.step() == 0
    clock.now += 6 * S
    assert (made.step(), made.step()) == (1, 0)
    made.hot.add([Arrived(spans=(span(1, id=2, at=1, failed=True),))], clock.now)
    clock.now += 6 * S
    assert made.step() == 1
    counts = made.observed.counts()
    assert (counts["judged"], counts["late"]) == (2, 1)
    errors = {one.segment: (one.n, one.total) for one in made.observed.sums() if one.metric == "errors"}
    assert errors == {(): (1.0, 1.0), (("route", "chat"),): (1.0, 1.0)}
    kept = made.observed.judged(f"{1:032x}")
    assert kept is not None and kept.version == 2


def test_killed_between_keeping_and_noting_nothing_counts_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    made = worker(tmp_path, clock_ns=clock)
    made.hot.add([Arrived(spans=(span(1),))], 0)

    def failing(self: HotTraces, traces: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(HotTraces, "judged", failing)
        with pytest.raises(sqlite3.OperationalError):
            made.step()
    again = worker(tmp_path, clock_ns=clock)
    again.restore()
    assert (again.step(), again.step()) == (1, 0)
    assert again.observed.counts()["judged"] == 1
    assert [one.n for one in again.observed.sums() if one.metric == "errors"] == [1.0, 1.0]


def test_oddities_are_counted_and_nothing_stops(tmp_path: Path) -> None:
    clock = Clock()
    made = worker(tmp_path, clock_ns=clock)
    spans = (
        span(1), span(1),  # twice
        span(2, parent="f" * 16),  # its parent never comes
        span(3), span(3, id=2, parent=f"{1:016x}"), span(3, id=3, at=9 * S, parent=f"{2:016x}"),
        span(4, id=1, at=50 * S), span(4, id=2, at=1, parent=f"{1:016x}"),  # from a clock that is wrong
        Span(trace=f"{5:032x}", id=f"{1:016x}", name="?", start_ns=0, end_ns=0, attributes={"x": 1}),  # of no dialect
    )  # fmt: skip
    log = Event(name="n", trace=f"{9:032x}")
    made.hot.add([Arrived(spans=spans, logs=(log,))], 0)
    assert made.step() == 6
    counts = made.observed.counts()
    assert {name: counts.get(name, 0) for name in (
        "judged", "log_without_span", "odd_repeated_span", "odd_parent_missing", "odd_clock_skew")} == {
        "judged": 5, "log_without_span": 1, "odd_repeated_span": 1, "odd_parent_missing": 1, "odd_clock_skew": 1}  # fmt: skip


def test_a_trace_that_never_falls_quiet_is_judged_in_time(tmp_path: Path) -> None:
    clock = Clock()
    made = worker(tmp_path, clock_ns=clock)
    made.hot.add([Arrived(spans=(span(1),))], clock.now)
    clock.now += OPEN_NS + 1
    made.hot.add([Arrived(spans=(span(1, id=2),))], clock.now)
    assert made.step() == 1


def test_until_when_the_reference_is_learned_is_noted_for_others(tmp_path: Path) -> None:
    made = worker(tmp_path, baseline_s=100)
    fill(made, 1, 50, 7)
    made.step()
    assert (until_ns(made.observed), held_against(made.observed)) == (101 * S, {})
    fill(made, 51, 60, 7)
    made.step()
    assert until_ns(made.observed) == 0
    assert held_against(made.observed)["errors", ()].n == 100
    made.hot.close()
    made.observed.close()


def fill(made: Worker, first: int, count: int, failing: int) -> None:
    """Traces a second apart, of which each n-th fails."""
    spans = tuple(span(at, at=at * S, failed=at % failing == 0) for at in range(first, first + count))
    made.hot.add([Arrived(spans=spans)], 0)
    while made.step():
        pass


def test_what_surrounded_the_reference_outlives_a_restart_and_an_earlier_version_kept_none(tmp_path: Path) -> None:
    def answered(made: Worker, first: int, count: int, model: str, failing: int) -> None:
        for at in range(first, first + count):
            plain = span(at, at=at * S, failed=at % failing == 0)
            made.hot.add([Arrived(spans=(replace(plain, attributes={**plain.attributes, SERVED: model}),))], 0)
        while made.step():
            pass

    made = worker(tmp_path, baseline_s=300)
    answered(made, 1, 300, "m-1", failing=50)
    answered(made, 301, 100, "m-2", failing=3)
    told = {one.segment: one for one in made.live.streams.open if one.metric == "errors"}
    assert told.keys() == {(), (("route", "chat"),)}
    for one in told.values():
        assert one.changed == ("served: 'm-1' -> 'm-2' (+100% of traffic)",)
        assert one.evidence["compared"] == "reference"
    held = made.live.streams.befores["errors", ()]
    again = worker(tmp_path, baseline_s=300)
    again.restore()
    (counts,) = [{again.live.streams.surroundings.parts(number)[1]: count
                  for number, count in again.live.streams.befores["errors", ()].items()}]  # fmt: skip
    assert counts == {"m-1": sum(held.values())} and sum(held.values()) == 300
    again.observed.save_state(BEFORE, b"")
    earlier = worker(tmp_path, baseline_s=300)
    earlier.restore()
    assert earlier.live.references and earlier.live.streams.befores == {}
    for one in (made, again, earlier):
        one.hot.close()
        one.observed.close()


def test_what_gets_worse_raises_an_alarm_that_outlives_a_restart(tmp_path: Path) -> None:
    raised: list[Alarm] = []
    made = worker(tmp_path, baseline_s=1000, told=raised.extend)
    fill(made, 1, 2000, failing=50)
    assert raised == []
    fill(made, 2001, 300, failing=50)
    again = worker(tmp_path, baseline_s=1000, told=raised.extend)
    again.restore()
    assert again.live.references  # the baseline is not begun anew
    fill(again, 2301, 600, failing=3)
    assert {one.metric for one in raised} == {"errors"}
    numbers = [number for number, _, _ in again.observed.alarms(open_only=True)]
    assert len(numbers) == len(raised) == 2  # all traffic, and its one route
    once_more = worker(tmp_path, baseline_s=1000, told=raised.extend)
    once_more.restore(most=400)  # from the middle of it, so that it is raised at another time
    fill(once_more, 2901, 10, failing=3)
    assert [number for number, _, _ in once_more.observed.alarms(open_only=True)] == numbers
    assert len(raised) == 2
    forgetful = worker(tmp_path, baseline_s=1000, told=raised.extend)
    forgetful.restore(most=20)  # too few to say that it still stands
    assert forgetful.observed.alarms(open_only=True) == []
    assert len(forgetful.observed.alarms()) == 2


def watched(folder: Path, clock: Clock, *, restarts: tuple[int, ...] = (), killed: bool = False) -> Worker:
    """A worker after 600 traces, begun anew before some of them; the first 400 are its reference, a look takes 100."""

    def begun() -> Worker:
        made = worker(folder, baseline_s=400, clock_ns=clock)
        made.live.beside = Distributions(100 * S, 0.05, firsts=True)
        made.restore()
        return made

    made = begun()
    for at in range(1, 601, 20):
        if at in restarts:
            if not killed:
                made.save()
            made.observed.close()
            made.hot.close()
            made = begun()
        clock.now += S
        fill(made, at, 20, failing=50)
    return made


@pytest.mark.parametrize("killed", [False, True])
def test_a_restart_loses_no_distribution(tmp_path: Path, killed: bool) -> None:
    whole = watched(tmp_path / "whole", Clock())
    made = watched(tmp_path / "begun", Clock(), restarts=(101, 321, 481, 561), killed=killed)
    expected, found = (one.live.beside.looks for one in (whole, made))
    assert expected.look == found.look == 1
    assert expected.ends_ns == found.ends_ns
    for one, two in ((expected.reference, found.reference), (expected.now, found.now)):
        assert one
        assert {key: (sample.count, sample.words) for key, sample in one.items()} == {
            key: (sample.count, sample.words) for key, sample in two.items()
        }
        assert all(sample.numbers == two[key].numbers for key, sample in one.items())
    assert {sample.count for key, sample in found.reference.items() if key[0] == "latency"} == {400}


def test_between_two_starts_is_saved_now_and_then(tmp_path: Path) -> None:
    clock = Clock()
    made = worker(tmp_path, baseline_s=1000, clock_ns=clock)
    fill(made, 1, 20, failing=50)
    first = made.observed.state(DISTRIBUTIONS)
    clock.now += S
    fill(made, 21, 20, failing=50)
    assert made.observed.state(DISTRIBUTIONS) == first
    clock.now += SAVE_NS
    fill(made, 41, 20, failing=50)
    assert made.observed.state(DISTRIBUTIONS) != first


def test_a_locked_database_is_counted_and_work_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = worker(tmp_path)
    made.hot.add([Arrived(spans=(span(1),))], 0)
    steps = iter([sqlite3.OperationalError("database is locked"), OSError("disk full"), None])
    step = Worker.step

    def sometimes(self: Worker) -> int:
        wrong = next(steps)
        if wrong is not None:
            raise wrong
        return step(self)

    monkeypatch.setattr(Worker, "step", sometimes)
    rounds = iter([False, False, False, True])
    made.run(lambda seconds: next(rounds))
    counts = made.observed.counts()
    assert (counts["judged"], counts["worker_OperationalError"], counts["worker_OSError"]) == (1, 1, 1)


def test_a_trace_that_nobody_can_judge_stops_neither_the_watch_nor_its_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    made = worker(tmp_path, clock_ns=clock)
    made.hot.add([Arrived(spans=(span(1, at=S), span(2, at=S)))], 0)
    look = Live.look

    def broken(self: Live, trace: Any) -> Any:
        if trace.id == f"{1:032x}":
            raise OverflowError("int too large to convert to float")
        return look(self, trace)

    monkeypatch.setattr(Live, "look", broken)
    stops = iter((False, True))
    made.run(lambda seconds: next(stops))
    counts = made.observed.counts()
    assert (counts["judged"], counts["odd_could_not_judge"], counts["could_not_judge_OverflowError"]) == (2, 1, 1)
    assert made.step() == 0


def test_a_clock_that_is_years_ahead_does_not_end_the_reference(tmp_path: Path) -> None:
    clock = Clock()
    made = worker(tmp_path, baseline_s=86_400, clock_ns=clock)
    made.hot.add([Arrived(spans=(span(1, at=2 * 10**18), span(2, at=0), span(3, at=900 * S)))], 990 * S)
    assert made.step() == 3
    assert made.live.baseline is not None
    assert sorted(one.start_ns for one in made.observed.since(0)) == [900 * S, 990 * S, 990 * S]
    assert {name: count for name, count in made.observed.counts().items() if name.startswith("odd_")} == {
        "odd_clock_ahead": 1, "odd_undated": 1}  # fmt: skip
    kept = made.observed.judged(f"{1:032x}")
    assert kept is not None and {one.time_ns for one in kept.observations} == {990 * S}


@pytest.mark.parametrize("chain", [True, False])
def test_a_trace_of_very_many_spans_is_cut_counted_and_takes_linear_time(
    tmp_path: Path, chain: bool, linear: Callable[..., None]
) -> None:
    def made(spans: int) -> Worker:
        (tmp_path / str(spans)).mkdir()
        one = worker(tmp_path / str(spans))
        one.hot.add([Arrived(spans=tuple(
            span(1, id=at, at=at if at % 2 else 7, parent=f"{at - 1 if chain else 1:016x}" if at > 1 else "")
            for at in range(1, spans + 1)
        ))], 0)  # fmt: skip
        return one

    def judged(one: Worker) -> None:
        assert one.step() == 1

    linear(judged, made, 16_000)
    large = made(6_000)
    judged(large)
    assert large.observed.counts()["odd_too_many_steps"] == 1


def test_what_the_worker_remembers_of_a_person_is_not_written_again_after_an_erasure(tmp_path: Path) -> None:
    def said(first: int, count: int, failing: int, user: str) -> tuple[Span, ...]:
        attributes = {"gen_ai.operation.name": "chat", "user.id": user}
        return tuple(
            Span(trace=f"{at:032x}", id=f"{1:016x}", name="chat", start_ns=at * S, end_ns=at * S + S,
                 failed=at % failing == 0, attributes=attributes)
            for at in range(first, first + count)
        )  # fmt: skip

    def judging() -> Worker:
        live = Live(
            streams=Streams(monitors(())), scorers=(), segments=Segments(["user.id"]),
            baseline=Baseline(length_ns=1000 * S),
        )  # fmt: skip
        return Worker(hot=HotTraces(tmp_path / "traces.db"), observed=Observed(tmp_path / "observed.db"), live=live)

    made = judging()
    made.hot.add([Arrived(spans=said(1, 2000, 50, "kim.quux"))], 0)
    while made.step():
        pass
    made.hot.add([Arrived(spans=said(2001, 600, 3, "kim.quux"))], 0)
    while made.step():
        pass
    assert (("user.id", "kim.quux"),) in {alarm.segment for _, alarm, _ in made.observed.alarms(open_only=True)}
    other = HotTraces(tmp_path / "traces.db"), Observed(tmp_path / "observed.db")
    assert forget(other[0], None, other[1], "user.id", "kim.quux", lambda kind, data: None).judged == 2600
    made.hot.add([Arrived(spans=said(9001, 20, 50, "somebody else"))], 0)
    made.run(lambda seconds: False)  # ends by itself
    with pytest.raises(Erased):
        made.observed.save_state("references", b"[]")
    assert (len(other[1]), other[1].counts()["began_anew_after_erasure"]) == (0, 1)
    again = judging()
    again.restore()
    while again.step():
        pass
    assert len(other[1]) == 20
    for held in (made, again):
        held.hot.close()
        held.observed.close()
    other[1].truncate()
    assert b"kim.quux" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_what_a_session_shares_counts_once_a_day_also_over_a_restart(tmp_path: Path) -> None:
    clock = Clock()

    def begun() -> Worker:
        made = worker(tmp_path, (scorer("hedging", "test"),), clock_ns=clock)
        for metric in ("unscored_hedging", "errors"):
            made.live.streams.refer(metric, (), 0.5)
        return made

    def values(made: Worker) -> list[int]:
        return [made.live.streams.figures()[metric, ()][1] for metric in ("unscored_hedging", "errors")]

    made = begun()
    for number, session in enumerate(["a", "a", "b", "a", ""], start=1):
        plain = span(number, at=number)
        answer = json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": SAID}]}])
        told = {**plain.attributes, "session.id": session, "gen_ai.output.messages": answer}
        one = replace(plain, attributes=told)
        made.hot.add([Arrived(spans=(one,))], clock.now)
        clock.now += 6 * S
        made.step()
    assert values(made) == [3, 5]
    assert [made.observed.judged(f"{number:032x}").again for number in (1, 2, 3)] == [False, True, False]
    made.observed.save_state(REFERENCES, b"[]")
    made.save()
    made.observed.close()
    made.hot.close()
    again = begun()
    again.restore()
    assert values(again) == [3, 5]
