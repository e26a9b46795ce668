from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import DataError
from assay.domain.span import Arrived, Event, Span
from assay.traces import writing
from assay.traces.hot import MIGRATIONS, HotTraces
from assay.traces.payload import packed, unpacked
from assay.traces.writing import Full, Writer


def span(id: int = 1, trace: str = "a" * 32, **more: Any) -> Span:
    return Span(trace=trace, id=f"{id:016x}", name="chat", start_ns=5 + id, end_ns=9 + id, **more)


VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=4), st.text(max_size=8))
def test_a_payload_gives_the_span_back(attributes: dict[str, Any], status: str) -> None:
    made = span(attributes=attributes, status=status, events=(Event(name="e", time_ns=3, attributes={"k": 1}),))
    row = (made.trace, made.id, made.parent, made.name, made.start_ns, made.end_ns, 0)
    assert unpacked(row, packed(made), {}) == made


def test_what_was_kept_is_read_back_by_trace(tmp_path: Path) -> None:
    base = HotTraces(tmp_path / "traces.db")
    resource = {"service.name": "shop"}
    one, two = (
        span(1, resource=resource, attributes={"x": 1}),
        span(2, parent=f"{1:016x}", resource=resource, failed=True),
    )
    log = Event(name="n", time_ns=7, attributes={"a": "b"}, body={"c": 1}, trace="a" * 32, span=one.id)
    assert base.add([Arrived(spans=(two,)), Arrived(spans=(one,), logs=(log,), rejected={"span_id": 2})], 100) == 2
    assert base.spans("a" * 32) == (one, two)
    assert base.logs("a" * 32) == (log,)
    assert base.counts() == {"logs": 1, "rejected_span_id": 2, "spans": 2}
    base.close()
    again = HotTraces(tmp_path / "traces.db")
    assert again.spans("a" * 32) == (one, two)


def test_a_quiet_trace_waits_until_it_is_judged_and_again_when_it_grows(tmp_path: Path) -> None:
    base = HotTraces(tmp_path / "traces.db")
    base.add([Arrived(spans=(span(1), span(1, trace="b" * 32)))], 100)
    assert base.waiting(99) == []
    waiting = base.waiting(100)
    assert [(one.id, one.spans) for one in waiting] == [("a" * 32, 1), ("b" * 32, 1)]
    base.add([Arrived(spans=(span(2),))], 200)  # grows while it is being judged
    base.judged(waiting)
    assert [(one.id, one.spans) for one in base.waiting(999)] == [("a" * 32, 2)]


def test_traces_are_found_by_their_time_and_removed_with_all_they_have(tmp_path: Path) -> None:
    base = HotTraces(tmp_path / "traces.db")
    log = Event(name="n", trace="a" * 32, attributes={"secret": "xyzzy"})
    base.add([Arrived(spans=(span(1), span(1, trace="b" * 32, attributes={"who": "plugh"})), logs=(log,))], 1)
    assert [*base.between(0, 7)] == ["a" * 32, "b" * 32]
    assert [*base.between(7, 99)] == []
    assert base.remove(["a" * 32, "b" * 32]) == 2
    assert (base.spans("a" * 32), base.logs("a" * 32), base.waiting(999)) == ((), (), [])
    base.close()
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"xyzzy" not in held
    assert b"plugh" not in held


def test_times_beyond_what_the_file_can_hold_are_kept_at_its_ends(tmp_path: Path) -> None:
    base = HotTraces(tmp_path / "traces.db")
    base.add([Arrived(spans=(replace(span(), start_ns=2**64 - 1, end_ns=-5),))], 1)
    assert [(one.start_ns, one.end_ns) for one in base.spans("a" * 32)] == [(2**63 - 1, 0)]


def test_a_file_of_a_newer_version_or_of_something_else_is_refused(tmp_path: Path) -> None:
    HotTraces(tmp_path / "new.db").close()
    with sqlite3.connect(tmp_path / "new.db") as base:
        base.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    with pytest.raises(DataError, match="newer version"):
        HotTraces(tmp_path / "new.db")
    (tmp_path / "text.db").write_text("no database" * 999, encoding="utf-8")
    with pytest.raises(DataError, match="no database of traces"):
        HotTraces(tmp_path / "text.db")


def test_requests_of_many_threads_are_all_written_before_they_are_told_so(tmp_path: Path) -> None:
    base = HotTraces(tmp_path / "traces.db")
    writer = Writer(base)
    told: list[int] = []

    def send(number: int) -> None:
        for at in range(20):
            made = span(at + 1, trace=f"{number + 1:032x}")
            told.append(writer.offer(Arrived(spans=(made,))).result(timeout=20))
            assert made in base.spans(made.trace)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert (sum(told), writer.waiting) == (120, 0)
    assert base.counts()["spans"] == 120


def test_beyond_its_room_a_request_is_turned_away_and_nothing_is_lost(tmp_path: Path) -> None:
    base = HotTraces(tmp_path / "traces.db")
    lock = sqlite3.connect(tmp_path / "traces.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")  # the writer waits for this one
    writer = Writer(base, most_waiting=3)
    first = writer.offer(Arrived(spans=(span(1), span(2))))
    with pytest.raises(Full):
        writer.offer(Arrived(spans=(span(3), span(4))))
    lock.execute("ROLLBACK")
    assert first.result(timeout=30) == 2
    writer.close()
    with pytest.raises(Full):
        writer.offer(Arrived(spans=(span(5),)))


def test_one_request_that_cannot_be_written_does_not_take_the_others_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "PATIENCE_S", 0.5)
    base = HotTraces(tmp_path / "traces.db")
    writer = Writer(base)
    bad = writer.offer(Arrived(spans=(span(1, attributes={"x": object()}),)))
    good = writer.offer(Arrived(spans=(span(2),)))
    assert good.result(timeout=20) == 1
    with pytest.raises(TypeError):
        bad.result(timeout=20)
    writer.close()
    assert base.counts()["spans"] == 1


def test_a_full_disk_is_told_to_each_request_and_the_writer_goes_on(tmp_path: Path) -> None:
    base = HotTraces(tmp_path / "traces.db")
    pages = base._writer.execute("PRAGMA page_count").fetchone()[0]
    base._writer.execute(f"PRAGMA max_page_count={pages}")
    writer = Writer(base)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        writer.offer(Arrived(spans=(span(1, attributes={"x": "y" * 50_000}),))).result(timeout=20)
    assert "full" in writer.failed
    base._writer.execute("PRAGMA max_page_count=1000000")
    assert writer.offer(Arrived(spans=(span(2),))).result(timeout=20) == 1
    assert writer.failed == ""
    writer.close()


@pytest.mark.parametrize(
    ("error", "still"), [(OverflowError("too large"), ""), (sqlite3.DatabaseError("malformed"), "malformed")]
)
def test_whatever_a_request_raises_the_writer_lives_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, still: str
) -> None:
    base = HotTraces(tmp_path / "traces.db")
    add, probe = HotTraces.add, HotTraces.probe

    def sometimes(self: HotTraces, arrived: list[Arrived], now_ns: int) -> int:
        if any(one.name == "bad" for request in arrived for one in request.spans):
            raise error
        return add(self, arrived, now_ns)

    def never(self: HotTraces) -> None:
        raise sqlite3.OperationalError("full")

    monkeypatch.setattr(HotTraces, "add", sometimes)
    monkeypatch.setattr(HotTraces, "probe", never)
    writer = Writer(base)
    bad = writer.offer(Arrived(spans=(replace(span(1), name="bad"),)))
    with pytest.raises(type(error), match=str(error)):
        bad.result(timeout=30)
    assert (writer.failed, writer.waiting) == (still, 0)
    assert writer.offer(Arrived(spans=(span(2),))).result(timeout=30) == 1
    assert writer.failed == ""
    writer.failed = "full"
    monkeypatch.setattr(HotTraces, "probe", probe)
    end = time.monotonic() + 30
    while writer.failed and time.monotonic() < end:  # found out without a request
        time.sleep(0.05)
    assert writer.failed == ""
    writer.close()
