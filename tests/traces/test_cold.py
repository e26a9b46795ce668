from __future__ import annotations

import random
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow")

import numpy as np
import pyarrow.parquet as parquet

from assay.domain.span import Arrived, Event, Span
from assay.domain.watched import LONGEST_VALUE, Alarm, Observation, Part, Segment
from assay.traces import cold as cold_module
from assay.traces.cold import Cold
from assay.traces.forgetting import expire, forget
from assay.traces.hot import HotTraces
from assay.traces.judged import Sums
from assay.traces.label_book import LabelBook
from assay.traces.labelled import Draw, Drawn, Spoken
from assay.traces.observed import HOUR_NS, Judged, Observed
from assay.watch.baseline import read, written
from assay.watch.before import before_read, before_written
from assay.watch.distributions import Distributions, Shown
from assay.watch.reference import Reference
from assay.watch.surroundings import Surroundings
from assay.watch.traits import INPUTS

PERSON = "kim.quux-4711"
DAY = 86_400 * 10**9


def span(number: int, **more: Any) -> Span:
    return Span(trace=f"{number:032x}", id=f"{number:016x}", name="chat", start_ns=number, end_ns=number + 5, **more)


class House:
    """A state folder with what writes to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hot = HotTraces(folder / "traces.db")
        self.cold = Cold(folder / "cold", self.hot)
        self.observed = Observed(folder / "observed.db")
        self.told: list[tuple[str, Mapping[str, Any]]] = []

    def tell(self, kind: str, data: Mapping[str, Any]) -> None:
        self.told.append((kind, data))

    def bytes(self) -> bytes:
        """All that rests in the folder, Parquet unpacked beside its bytes."""
        found = b""
        for path in self.folder.rglob("*"):
            if path.is_file():
                found += path.read_bytes()
            if path.suffix == ".parquet":
                found += repr(parquet.read_table(path).to_pylist()).encode()
        return found


def test_a_sealed_trace_is_read_back_and_its_digest_told(tmp_path: Path) -> None:
    house = House(tmp_path)
    log = Event(name="note", time_ns=3, body={"x": 1}, trace=f"{1:032x}", span=f"{1:016x}")
    one, two = span(1, attributes={"a": "ä"}, resource={"service.name": "shop"}), span(2, failed=True)
    house.hot.add([Arrived(spans=(one, two), logs=(log,))], 1)
    (made,) = house.cold.seal(10**18, house.tell)
    assert (made.spans, made.logs, made.low_ns, made.high_ns) == (2, 1, 1, 3)
    assert house.told == [("sealed", {"segment": made.name, "sha256": made.digest, "spans": 2, "logs": 1})]
    assert house.cold.read(one.trace) == ((one,), (log,), ())
    assert house.cold.read(two.trace) == ((two,), (), ())
    assert house.cold.seal(2 * 10**18, house.tell) == []


def test_each_row_is_sealed_once_also_after_rows_with_the_same_numbers_went(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.hot.add([Arrived(spans=(span(1), span(2)))], 1)
    house.cold.seal(10**18, house.tell)
    house.hot.remove([span(2).trace])  # its number is given out again
    house.hot.add([Arrived(spans=(span(3),))], 2)
    (made,) = house.cold.seal(10**18 + 1, house.tell)
    assert (made.spans, house.cold.read(span(3).trace)[0]) == (1, (span(3),))


def test_many_rows_make_several_segments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cold_module, "MOST_ROWS", 4)
    house = House(tmp_path)
    house.hot.add([Arrived(spans=tuple(span(at + 1) for at in range(10)))], 1)
    assert [one.spans for one in house.cold.seal(10**18, house.tell)] == [4, 4, 2]
    assert house.cold.read(span(7).trace)[0] == (span(7),)


def test_a_segment_that_was_changed_or_is_gone_is_seen(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.hot.add([Arrived(spans=(span(1),))], 1)
    (made,) = house.cold.seal(10**18, house.tell)
    path = tmp_path / "cold" / made.name
    assert house.cold.differing() == []
    path.write_bytes(path.read_bytes()[:-9])
    assert house.cold.differing() == [made.name]
    assert house.cold.read(span(1).trace) == ((), (), (made.name,))
    path.unlink()
    assert house.cold.differing() == [made.name]


@pytest.mark.parametrize("how", ["cut", "gone", "other rows"])
def test_a_damaged_segment_hides_no_trace_of_the_others(tmp_path: Path, how: str) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    house = House(tmp_path)
    made = []
    for at in (1, 2, 3):
        house.hot.add([Arrived(spans=(span(at), span(9)))], at)
        made += [one.name for one in house.cold.seal(at * 3600 * 10**9, house.tell)]
    path = tmp_path / "cold" / made[1]
    if how == "cut":
        path.write_bytes(path.read_bytes()[:-9])
    elif how == "gone":
        path.unlink()
    else:
        parquet.write_table(parquet.read_table(path).slice(0, 1), path)
    assert house.cold.read(span(1).trace)[0] == (span(1),) and house.cold.read(span(3).trace)[0] == (span(3),)
    assert house.cold.read(span(2).trace) == ((), (), (made[1],)), "nothing of a damaged segment is told"
    other = how == "other rows"
    assert len(house.cold.read(span(9).trace)[0]) == 2 and house.cold.read(span(1).trace)[2] == (
        () if other else (made[1],)
    )
    found, damaged = house.cold.find(span(1).trace[:30], 9)
    assert {one.id for one in found} >= {span(1).trace, span(3).trace} and damaged == ([] if other else [made[1]])


def person_everywhere(house: House) -> None:
    spans = (
        span(1, attributes={"user.id": PERSON, "text": f"I am {PERSON}"}),
        span(2, resource={"user.id": PERSON}),
        span(3, events=(Event(name="e", attributes={"user.id": PERSON}),)),
        span(5, attributes={"user.id": "somebody else"}),
    )
    logs = (
        Event(name="n", trace=f"{4:032x}", attributes={"user.id": PERSON}),
        Event(name="loose", attributes={"user.id": PERSON}),
        Event(name="loose", attributes={"user.id": "somebody else"}),
    )
    house.hot.add([Arrived(spans=(*spans, span(4)), logs=logs)], 1)
    segment = (("user.id", PERSON),)
    judged = [
        Judged(trace=f"{at:032x}", start_ns=at, arrived_ns=1, segments=((), segment if at != 5 else ()),
               observations=(Observation(metric="errors", value=1.0, trace=f"{at:032x}", time_ns=at),), stratum=PERSON if at != 5 else "")
        for at in (1, 2, 3, 4, 5)
    ]  # fmt: skip
    alarm = Alarm(metric="errors", segment=(), at_ns=1, since_ns=1, since_low_ns=1, since_high_ns=1, before=0.0, now=1.0,
                  low=0.5, high=1.0, n=5, detector="d", examples=(f"{1:032x}", f"{5:032x}"))  # fmt: skip
    other = Alarm(metric="errors", segment=segment, at_ns=2, since_ns=1, since_low_ns=1, since_high_ns=1, before=0.0,
                  now=1.0, low=0.5, high=1.0, n=5, detector="d")  # fmt: skip
    house.observed.keep(judged, [alarm, other])
    book = LabelBook(house.folder, house.observed)
    made = Draw(metric="errors", round=1, seed=1, wanted=5, population=5, low_ns=0, high_ns=10**19 // 2, last_seq=5,
                at_ns=1, by="ana")  # fmt: skip
    rows = [(at, Drawn(trace=f"{at:032x}", place=0.1, chance=0.5, share=1.0, value=1.0, start_ns=at, round=1,
                       segments=((), segment) if at == 1 else ((),))) for at in (1, 5)]  # fmt: skip
    book.keep(made, rows, [Sums(metric="errors", segment=one, n=5.0, w=5.0) for one in ((), segment)])
    book.say("errors", [Spoken(trace=f"{1:032x}", word="yes")], "ana")
    house.observed.save_state("references", b'[["errors", [["user.id", "%s"]], 0.1, 0, 0]]' % PERSON.encode())


@pytest.mark.parametrize("sealed", [True, False])
def test_no_byte_of_a_person_is_left(tmp_path: Path, sealed: bool) -> None:
    house = House(tmp_path)
    person_everywhere(house)
    if sealed:
        house.cold.seal(10**18, house.tell)
        house.hot.remove([f"{2:032x}"])  # this one only rests in the segment
    assert PERSON.encode() in house.bytes()
    done = forget(house.hot, house.cold if sealed else None, house.observed, "user.id", PERSON, house.tell)
    assert (done.traces, done.judged, done.logs) == (4, 4, 1)
    house.hot.close()
    house.observed.close()
    left = house.bytes()
    assert PERSON.encode() not in left
    assert PERSON not in repr(house.told)
    assert b"somebody else" in left
    assert [alarm.examples for _, alarm, _ in house.observed.alarms()] == [(f"{5:032x}",)]
    if sealed:
        resealed = next(data for kind, data in house.told if kind == "resealed")
        assert resealed["before"] != resealed["sha256"]
        assert house.cold.differing() == []
        assert house.cold.read(f"{1:032x}") == ((), (), ())
        assert house.cold.read(f"{5:032x}")[0] != ()
    assert house.told[-1][0] == "erased"


def test_a_value_that_stands_elsewhere_is_no_reason_to_erase(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.hot.add(
        [Arrived(spans=(span(1, attributes={"text": PERSON, "order": 7}), span(2, attributes={"user.id": 7})))], 1
    )
    assert forget(house.hot, None, house.observed, "user.id", PERSON, house.tell).traces == 0
    assert forget(house.hot, None, house.observed, "user.id", "7", house.tell).traces == 1
    assert len(house.hot.spans(span(1).trace)) == 1


def test_the_next_span_of_a_resource_that_was_erased_keeps_its_resource(tmp_path: Path) -> None:
    house = House(tmp_path)
    receiving = HotTraces(tmp_path / "traces.db")  # another process holds the number of the resource
    receiving.add([Arrived(spans=(span(1, resource={"user.id": PERSON}),))], 1)
    forget(house.hot, None, house.observed, "user.id", PERSON, house.tell)
    receiving.add([Arrived(spans=(span(2, resource={"user.id": PERSON}),))], 2)
    assert receiving.spans(span(2).trace)[0].resource == {"user.id": PERSON}


def test_what_is_old_goes_once_it_is_sealed_and_judged(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.hot.add([Arrived(spans=(span(1), span(2)))], 1)

    def expired(now: int) -> dict[str, int]:
        return expire(house.hot, house.cold, house.observed, now, 14, 90, house.tell)

    assert expired(20 * DAY)["expired_spans"] == 0  # neither judged nor sealed
    house.hot.judged(house.hot.waiting(1)[:1])
    assert expired(20 * DAY)["expired_spans"] == 0
    house.cold.seal(20 * DAY, house.tell)
    assert expired(20 * DAY)["expired_spans"] == 1
    assert len(house.cold.read(span(1).trace)[0]) == 1
    assert expired(111 * DAY)["expired_segments"] == 1
    assert house.told[-1][0] == "expired"
    assert [*(tmp_path / "cold").iterdir()] == []


def test_a_segment_is_in_the_ledger_before_the_database_knows_of_it(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.hot.add([Arrived(spans=(span(1),))], 1)

    def failing(kind: str, data: Mapping[str, Any]) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        house.cold.seal(10**18, failing)
    assert house.hot.segments() == {}
    assert len(house.cold.seal(10**18, house.tell)) == 1
    assert house.cold.read(span(1).trace)[0] == (span(1),)


def test_a_file_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    from assay.traces.hot_schema import MIGRATIONS

    with sqlite3.connect(tmp_path / "traces.db") as base:
        base.executescript(f"{MIGRATIONS[0]};PRAGMA user_version=1")
        base.execute("INSERT INTO resources VALUES (1, x'7b7d')")
        base.execute(
            "INSERT INTO spans (trace, id, parent, name, start_ns, end_ns, failed, resource, payload) "
            "VALUES (?, ?, '', 'chat', 1, 6, 0, 1, x'7b7d')", (f"{1:032x}", f"{1:016x}")
        )  # fmt: skip
        base.execute("INSERT INTO traces (id, start_ns, spans, arrived_ns) VALUES (?, 1, 1, 7)", (f"{1:032x}",))
    base.close()
    house = House(tmp_path)
    assert house.hot.spans(f"{1:032x}") == (span(1),)
    assert [one.id for one in house.hot.waiting(7)] == [f"{1:032x}"]
    assert [one.spans for one in house.cold.seal(10**18, house.tell)] == [1]


def test_a_trace_that_never_falls_quiet_is_judged_all_the_same(tmp_path: Path) -> None:
    hot = HotTraces(tmp_path / "traces.db")
    for now in (10, 20, 30):
        hot.add([Arrived(spans=(span(1),))], now)
    assert hot.waiting(25, 9, open_since_ns=10) == []
    waiting = hot.waiting(25, 9, open_since_ns=11)
    assert [one.spans for one in waiting] == [3]
    hot.judged(waiting)
    hot.add([Arrived(spans=(span(1),))], 40)
    assert hot.waiting(25, 9, open_since_ns=40) == []  # its time began anew


@pytest.mark.parametrize("value", ['jörg "x" \\ y', "z" * 200, "4"])
def test_cohorts_named_after_a_person_go_and_those_of_others_stay(tmp_path: Path, value: str) -> None:
    """Also where JSON spells the name otherwise, where it was shortened, and where it stands in other names."""
    house, other = House(tmp_path), "1:4_%x"
    named: tuple[Segment, ...] = ((("user.id", value[:LONGEST_VALUE]),), (("user.id", other),))
    references = {("errors", segment): Reference(mean=0.25) for segment in named}
    house.observed.save_state("references", written(references))
    around = Surroundings()
    befores = {("errors", segment): {around.number(("m", "m-1", "", "", "", "")): 7} for segment in named}
    house.observed.save_state("surroundings", before_written(befores, around))
    looks = Distributions(DAY, 0.05, firsts=True)
    request = Shown(tools=(("find", "1"),), values=((INPUTS, np.ones(64)), ("tools", "find")))
    assert [*looks.take(request, named, "1" * 32, 1, reference=True)] == []
    house.observed.save_state("distributions", looks.saved())
    forget(house.hot, None, house.observed, "user.id", value, house.tell)
    body = house.observed.state("references")
    assert body is not None
    assert read(body) == {("errors", named[1]): Reference(mean=0.25)}
    left_around = before_read(house.observed.state("surroundings"), around)
    assert left_around == {("errors", named[1]): befores["errors", named[1]]}
    kept, left = house.observed.state("distributions"), Distributions(DAY, 0.05, firsts=True)
    assert kept is not None
    left.restore(kept, [])
    assert {segment for _, segment in left.looks.reference} == {named[1]}
    forget(house.hot, None, house.observed, "user.id", other, house.tell)
    house.observed.close()
    house.hot.close()
    assert value[:LONGEST_VALUE].encode() not in house.bytes() or value == "4"


def test_no_byte_of_a_name_is_left_where_rows_moved_between_pages(tmp_path: Path) -> None:
    house, dice = House(tmp_path), random.Random(1)
    people = [f"person-{at:02d}" for at in range(30)]
    for batch in range(25):
        spans, found = [], []
        for at in range(40):
            who, start = dice.choice(people), dice.randrange(4) * HOUR_NS
            spans.append(span(batch * 40 + at + 1, attributes={"user.id": who}))
            trace = spans[-1].trace
            seen = tuple(
                Observation(metric=metric, value=1.0, trace=trace, time_ns=start)
                for metric in ("latency", "model_latency", "refusal", "cost")
            )
            parts = tuple(Part(name, str(dice.randrange(-40, 40))) for name in ("latency", "model_latency"))
            found.append(
                Judged(trace=trace, start_ns=start, arrived_ns=batch * 40 + at + 1, observations=seen, parts=parts,
                       segments=((), (("user.id", who),)))
            )  # fmt: skip
        house.hot.add([Arrived(spans=tuple(spans))], 1)
        house.observed.keep(found)
    for one in people:
        assert one.encode() in house.bytes()
        forget(house.hot, None, house.observed, "user.id", one, house.tell)
        assert one.encode() not in house.bytes()


def test_another_trace_does_not_get_the_resource_that_was_erased(tmp_path: Path) -> None:
    house = House(tmp_path)
    reading = HotTraces(tmp_path / "traces.db")  # another process has read the resource under its number
    house.hot.add([Arrived(spans=(span(1, resource={"user.id": PERSON}),))], 1)
    assert reading.spans(span(1).trace)[0].resource == {"user.id": PERSON}
    forget(house.hot, None, house.observed, "user.id", PERSON, house.tell)
    house.hot.add([Arrived(spans=(span(2, resource={"service.name": "shop"}),))], 2)
    assert reading.spans(span(2).trace)[0].resource == {"service.name": "shop"}


@pytest.mark.parametrize("who", [r"CORP\ana", 'ana "quux"', "\u202eana", "Åsa"])
def test_a_name_that_rests_escaped_in_a_sealed_resource_is_found(tmp_path: Path, who: str) -> None:
    house = House(tmp_path)
    house.hot.add([Arrived(spans=(span(1, resource={"user.id": who}), span(2, resource={"user.id": "other"})))], 1)
    house.cold.seal(10**18, house.tell)
    house.hot.remove([span(1).trace, span(2).trace])
    done = forget(house.hot, house.cold, house.observed, "user.id", who, house.tell)
    assert (done.traces, done.cold_rows) == (1, 1)
    assert house.cold.read(span(1).trace)[0] == () != house.cold.read(span(2).trace)[0]


def test_alarms_of_all_traffic_do_not_name_a_person_as_new_traffic(tmp_path: Path) -> None:
    house = House(tmp_path)
    kinds = [f"a / {PERSON}", "a / somebody else", f"{PERSON} / b", PERSON, f"x{PERSON}x"]
    alarm = Alarm(metric="errors", segment=(), at_ns=1, since_ns=1, since_low_ns=1, since_high_ns=1, before=0.0, now=1.0,
                  low=0.5, high=1.0, n=5, detector="d", evidence={"new_traffic": kinds, "sure": ["mix"]})  # fmt: skip
    house.observed.keep([], [alarm])
    forget(house.hot, house.cold, house.observed, "user.id", PERSON, house.tell)
    ((_, left, _),) = house.observed.alarms()
    assert left.evidence == {"new_traffic": ["a / somebody else", f"x{PERSON}x"], "sure": ["mix"]}
