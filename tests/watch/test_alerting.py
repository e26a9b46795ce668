from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assay.domain.alerting import AlertPlan, Channel, Notice, case_id
from assay.domain.errors import RunFailed
from assay.domain.watched import Alarm
from assay.report.alerts import lines, title
from assay.store.alarm_book import AlarmBook
from assay.store.deliveries import Deliveries
from assay.watch.alerting import Alerting, grouped
from assay.watch.posting import Posted

HOUR = 3600 * 10**9
START = 1_795_773_600.0


def alarm(metric: str = "refusal", route: str = "chat", hour: int = 10, **changed: Any) -> Alarm:
    made = Alarm(
        metric=metric, segment=(("route", route),), at_ns=(hour + 2) * HOUR, since_ns=hour * HOUR,
        since_low_ns=(hour - 1) * HOUR, since_high_ns=(hour + 1) * HOUR, before=0.02, now=0.06, low=0.04, high=0.08,
        n=500, detector="test",
    )  # fmt: skip
    return replace(made, **changed)


class House:
    """A book with alarms that a test sets, a clock that it turns, and channels that remember."""

    def __init__(self, folder: Path, *channels: Channel, **plan: Any) -> None:
        self.alarms: list[Alarm] = []
        self.now = START
        self.said: dict[str, list[Notice]] = {one.name: [] for one in channels}
        self.dead: set[str] = set()
        self.book = AlarmBook(folder, lambda: self.alarms)
        self.deliveries = Deliveries(folder)
        self.alerting = Alerting(
            plan=AlertPlan(channels=channels, **{"gather_s": 30.0, **plan}), book=self.book, deliveries=self.deliveries,
            senders={one.name: self._sender(one.name) for one in channels}, clock_s=lambda: self.now,
        )  # fmt: skip

    def _sender(self, name: str) -> Callable[[Notice], Posted]:
        def send(notice: Notice) -> Posted:
            if name in self.dead:
                return Posted(ok=False, status=503, attempts=3, problem="HTTP 503")
            self.said[name].append(notice)
            return Posted(ok=True, status=200, attempts=1)

        return send

    def later(self, seconds: float) -> int:
        self.now += seconds
        return self.alerting.step()

    def news(self, channel: str = "pager") -> list[list[tuple[str, str]]]:
        return [[(case.alarm.segment[0][1], news) for case, news in one.items] for one in self.said[channel]]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[House], None]:
    """The ledger's clock is the house's."""

    def tie(house: House) -> None:
        import datetime

        from assay.store.ledger import book

        def now() -> str:
            at = datetime.datetime.fromtimestamp(house.now, datetime.UTC)
            return at.isoformat(timespec="microseconds").replace("+00:00", "Z")

        monkeypatch.setattr(book, "utc_now", now)

    return tie


PAGER = Channel(name="pager", kind="webhook", url="http://127.0.0.1/")


def test_one_cause_in_several_cohorts_is_one_message(tmp_path: Path, clock: Any) -> None:
    house = House(tmp_path, PAGER)
    clock(house)
    house.alarms = [
        alarm(route="chat"),
        alarm(route="billing", now=0.3),
        alarm("latency", hour=10),
        alarm(hour=40, route="late"),
    ]
    assert house.later(0) == 0, "news are gathered first"
    assert house.later(31) == 3
    assert house.news() == [[("chat", "raised")], [("billing", "raised"), ("chat", "raised")], [("late", "raised")]]
    assert house.later(3600) == 0, "nothing is told twice"


def test_a_restart_tells_nothing_twice(tmp_path: Path, clock: Any) -> None:
    first = House(tmp_path, PAGER)
    clock(first)
    first.alarms = [alarm()]
    first.later(0)
    first.later(31)
    again = House(tmp_path, PAGER)
    again.alarms, again.now = first.alarms, first.now
    assert again.later(100) == 0


def test_a_new_channel_is_told_what_comes_from_then_on(tmp_path: Path, clock: Any) -> None:
    house = House(tmp_path, PAGER)
    clock(house)
    house.alarms = [alarm()]
    house.later(0)
    other = House(tmp_path, PAGER, Channel(name="mail", kind="email"))
    other.now, other.alarms = house.now, [*house.alarms, alarm(route="new")]
    other.later(0)
    other.later(31)
    assert other.news("mail") == [[("new", "raised")]]


def test_it_is_told_again_only_when_it_grew(tmp_path: Path, clock: Any) -> None:
    house = House(tmp_path, PAGER, worse_by=0.5)
    clock(house)
    house.alarms = [alarm(now=0.06)]
    house.later(0), house.later(31)
    house.alarms = [alarm(now=0.075, times=2)]
    assert house.later(60) == 0
    house.alarms = [alarm(now=0.081, times=3)]
    house.later(60)
    assert house.later(31) == 1 and house.news()[-1] == [("chat", "worse")]
    assert house.later(600) == 0
    house.alarms = [alarm(now=0.05, closed_ns=50 * HOUR)]
    house.later(60)
    assert house.later(31) == 1 and house.news()[-1] == [("chat", "resolved")]
    assert house.book.cases()[0].state == "resolved" and house.book.cases()[0].steps[-1].by == "assay"


def test_raised_and_over_within_a_moment_is_told_as_over(tmp_path: Path, clock: Any) -> None:
    house = House(tmp_path, PAGER)
    clock(house)
    house.alarms = [alarm(closed_ns=50 * HOUR)]
    house.later(0)
    house.later(31)
    assert house.news() == [[("chat", "resolved")]]


def test_a_dead_channel_waits_longer_and_longer_and_holds_up_nobody(tmp_path: Path, clock: Any) -> None:
    house = House(tmp_path, PAGER, Channel(name="log", kind="file"))
    clock(house)
    house.dead, house.alarms = {"pager"}, [alarm()]
    house.later(0)
    assert house.later(31) == 1 and len(house.said["log"]) == 1
    tries = []
    for _ in range(60):
        before = house.deliveries.of("pager", "webhook", 0).failed
        house.later(60)
        tries.append(house.deliveries.of("pager", "webhook", 0).failed - before)
    state = house.deliveries.of("pager", "webhook", 0)
    assert 5 <= sum(tries) <= 12 and tries[:2] == [1, 1] and sum(tries[-15:]) <= 2
    assert (state.problem, state.waiting, state.sent) == ("HTTP 503", 1, 0)
    house.dead = set()
    house.later(1000)
    state = house.deliveries.of("pager", "webhook", 0)
    assert (state.problem, state.waiting, state.sent, state.tries) == ("", 0, 1, 0)


def test_what_cannot_be_told_for_long_is_given_up_and_counted(tmp_path: Path, clock: Any) -> None:
    house = House(tmp_path, PAGER, give_up_s=7200.0)
    clock(house)
    house.dead, house.alarms = {"pager"}, [alarm()]
    house.later(0)
    house.later(31)
    house.later(8000)
    state = house.deliveries.of("pager", "webhook", 0)
    assert (state.dropped, state.waiting) == (1, 0)


def test_no_more_messages_in_an_hour_than_allowed(tmp_path: Path, clock: Any) -> None:
    house = House(tmp_path, replace(PAGER, most_per_hour=3))
    clock(house)
    house.alarms = [alarm(f"m{at}", hour=10 * (at + 1)) for at in range(9)]
    house.later(0)
    assert house.later(31) == 3
    assert [len(one.items) for one in house.said["pager"]] == [1, 1, 7], "the rest is told together"
    house.alarms.append(alarm("late"))
    house.later(60)
    assert house.later(60) == 0 and house.deliveries.of("pager", "webhook", 0).waiting == 1
    assert house.later(60) == 0 and house.deliveries.of("pager", "webhook", 0).limited == 1, "counted as it begins"
    assert house.later(3600) == 1
    state = house.deliveries.of("pager", "webhook", 0)
    assert (state.limited, state.at_limit) == (1, 0)


def test_a_file_of_an_earlier_version_learns_of_limits(tmp_path: Path) -> None:
    Deliveries(tmp_path).of("pager", "webhook", 3)
    with closing(sqlite3.connect(tmp_path / "alerts.sqlite")) as base:
        base.execute("ALTER TABLE channels DROP COLUMN limited")
        base.execute("ALTER TABLE channels DROP COLUMN at_limit")
        base.commit()
    assert [(one.since, one.limited) for one in Deliveries(tmp_path).all()] == [(3, 0)]


def test_a_channel_is_told_what_it_asked_for(tmp_path: Path, clock: Any) -> None:
    house = House(tmp_path, replace(PAGER, least="high", news=("raised", "acknowledged")))
    clock(house)
    house.alarms = [alarm(), alarm(route="grave", severity="critical")]
    house.later(0)
    house.later(31)
    assert house.news() == [[("grave", "raised")]]
    house.book.acknowledge(case_id(house.alarms[1]), by="Ana")
    house.later(0)
    house.later(31)
    assert house.news()[-1] == [("grave", "acknowledged")] and house.said["pager"][-1].items[0][0].owner == "Ana"


def test_what_goes_wrong_is_shown_and_ends_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, PAGER)
    (tmp_path / "ledger.sqlite").write_bytes(b"SQLite format 3\0" + b"broken" * 50)
    house.alarms = [alarm()]
    house.alerting.start(0.01)
    for _ in range(500):
        if house.alerting.problem:
            break
        house.alerting._stop.wait(0.01)
    assert "ledger" in house.alerting.problem
    house.alerting.stop()


def test_groups_keep_every_piece_of_news(tmp_path: Path) -> None:
    house = House(tmp_path, PAGER)
    house.alarms = [alarm(f"m{at % 3}", str(at), hour=5 * at + 1) for at in range(20)]
    house.book.reconcile(0.25)
    cases = {one.id: one for one in house.book.cases()}
    events: Sequence[Any] = house.book.events()
    for most in (1, 2, 5, 50):
        groups = grouped(events, cases, most)
        assert len(groups) <= most and sorted(one.seq for group in groups for one in group) == [
            one.seq for one in events
        ]


def test_what_happened_once_is_a_new_alarm_until_somebody_takes_it(
    tmp_path: Path, clock: Callable[[House], None]
) -> None:
    """The first call of a tool is closed when it is raised: nothing can go back to what it was."""
    house = House(tmp_path, PAGER)
    clock(house)
    house.alarms = [alarm("new_tool", at_ns=12 * HOUR, closed_ns=12 * HOUR)]
    house.later(0)
    house.later(60)
    assert house.news() == [[("chat", "raised")]]
    assert [one.state for one in house.book.cases()] == ["open"]
    house.book.resolve(house.book.cases()[0].id, by="ana")
    assert [one.state for one in house.book.cases()] == ["resolved"]


def test_channels_hear_of_a_ledger_that_vouches_for_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, Channel(name="pager", kind="file"), Channel(name="boss", kind="file", least="high"))
    house.alarms = [alarm(), alarm("toxicity", severity="high"), alarm("privacy", closed_ns=12 * HOUR)]
    house.later(60)
    house.later(60)
    for said in house.said.values():
        said.clear()
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as base:
        base.execute("INSERT INTO entries SELECT seq + 1, body, leaf FROM entries ORDER BY seq DESC LIMIT 1")
        base.commit()
    house.dead.add("boss")
    for _ in range(3):
        with pytest.raises(RunFailed):
            house.later(60)
    (notice,) = house.said["pager"]
    assert notice.items[0][0].id == "ledger" and notice.severity == "critical"
    assert [case.alarm.metric for case, _ in notice.items[1:]] == ["toxicity", "refusal"]
    assert title(notice).startswith("[critical] the ledger of the watch vouches for nothing: ")
    assert "2 that are not over count as open" in "\n".join(lines(notice))
    assert house.said["boss"] == []
    house.dead.clear()
    with pytest.raises(RunFailed):
        house.later(1000)
    (notice,) = house.said["boss"]
    assert [case.alarm.metric for case, _ in notice.items[1:]] == ["toxicity"] and len(house.said["pager"]) == 1
    with pytest.raises(RunFailed):
        house.later(3600)
    assert len(house.said["pager"]) == 2
