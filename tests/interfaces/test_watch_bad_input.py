"""What goes wrong in production, sent to `assay watch serve` as a process: counted and shown, and nothing stops it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import resource
import sqlite3
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from assay.interfaces.cli import assay
from assay.interfaces.cli import run as command
from assay.interfaces.watch_keeping import cold_of
from assay.traces.hot import HotTraces
from assay.traces.hot_schema import MIGRATIONS

Line = http.client.HTTPConnection
Serving = Callable[..., contextlib.AbstractContextManager[tuple[subprocess.Popen[str], Line]]]
S = 10**9


def run(*arguments: object) -> int:
    code: Any = assay.main([*map(str, arguments)], "assay", standalone_mode=False)
    return int(code or 0)


def post(line: Line, data: bytes, **headers: str) -> tuple[int, str, dict[str, Any]]:
    """Status, Retry-After and what is said."""
    line.request("POST", "/v1/traces", data, {"Content-Type": "application/json", **headers})
    reply = line.getresponse()
    return reply.status, reply.headers.get("Retry-After", ""), json.loads(reply.read())


def get(line: Line, path: str) -> tuple[int, str]:
    line.request("GET", path)
    reply = line.getresponse()
    return reply.status, reply.read().decode()


def span(trace: int, id: int = 1, at_ns: int | None = None, **more: Any) -> dict[str, Any]:
    at = time.time_ns() if at_ns is None else at_ns
    told = {"gen_ai.operation.name": "chat", **more.pop("told", {})}
    return {
        "traceId": f"{trace:032x}", "spanId": f"{id:016x}", "name": "chat", "startTimeUnixNano": str(at),
        "endTimeUnixNano": str(at + S),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in told.items()], **more,
    }  # fmt: skip


def body(*spans: dict[str, Any]) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [*spans]}]}]}).encode()


def state(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
    """What `assay watch status` ends with and says."""
    code = run("watch", "status", "--dir", folder, "--format", "json", "--since", "10000d", *more)
    return code, json.loads(capsys.readouterr().out)


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.2)


def stored(folder: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(folder / "traces.db")) as base:
        return {row[0] for row in base.execute("SELECT trace FROM spans")}


def processes(pid: int) -> Iterator[int]:
    """A process and those that it began."""
    yield pid
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        yield from map(int, path.read_text().split())


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="files cannot be limited here")
def test_a_full_disk_is_told_to_exporters_and_ends_when_there_is_room(
    tmp_path: Path, serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(tmp_path, "--scorer", "none") as (process, line):
        assert post(line, body(span(1)))[0] == 200
        until(lambda: state(tmp_path, capsys)[1]["judged"] == 1)
        _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)

        def limit(bytes: int) -> None:
            for pid in processes(process.pid):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (bytes, hard))

        limit(max(path.stat().st_size for path in tmp_path.glob("*.db*")) + 100_000)
        accepted, refused = {f"{1:032x}"}, set()
        for number in range(2, 80):
            status, retry, told = post(
                line, body(*[span(number, id=at, told={"x": "y" * 2_000}) for at in range(1, 9)])
            )
            (accepted if status == 200 else refused).add(f"{number:032x}")
            if status != 200:
                assert (status, retry) == (503, "1") and "database says" in told["message"]
        assert len(accepted) > 1 and len(refused) > 9
        assert stored(tmp_path) == accepted
        assert get(line, "/readyz")[0] == 503 and get(line, "/healthz")[0] == 200
        assert f'assay_requests_total{{outcome="not_written"}} {len(refused)}' in get(line, "/metrics")[1]
        limit(hard)
        until(lambda: get(line, "/readyz")[0] == 200)  # although nobody sends
        assert post(line, body(span(99)))[0] == 200
        accepted.add(f"{99:032x}")
        until(lambda: state(tmp_path, capsys)[1]["judged"] == len(accepted))
    assert stored(tmp_path) == accepted


def test_a_database_that_another_process_holds_is_waited_for_then_told_and_nothing_is_lost(
    tmp_path: Path, serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(tmp_path, "--scorer", "none") as (_, line):
        assert post(line, body(span(1)))[0] == 200
        lock = sqlite3.connect(tmp_path / "traces.db", isolation_level=None, check_same_thread=False)
        lock.execute("BEGIN IMMEDIATE")
        threading.Timer(1, lock.execute, ["ROLLBACK"]).start()
        assert post(line, body(span(2)))[0] == 200  # a moment is waited for
        lock.execute("BEGIN EXCLUSIVE")
        status, retry, told = post(line, body(span(3)))
        assert (status, retry) == (503, "1") and "locked" in told["message"]
        ready, problems = get(line, "/readyz")
        assert ready == 503 and "locked" in problems
        lock.execute("ROLLBACK")
        lock.close()
        until(lambda: get(line, "/readyz")[0] == 200)
        assert post(line, body(span(4)))[0] == 200
        assert 'assay_requests_total{outcome="not_written"} 1' in get(line, "/metrics")[1]
        until(lambda: state(tmp_path, capsys)[1]["judged"] == 3)
    assert stored(tmp_path) == {f"{at:032x}" for at in (1, 2, 4)}


def old(folder: Path) -> None:
    """Files as the first version made them, with a trace."""
    with contextlib.closing(sqlite3.connect(folder / "traces.db")) as base:
        base.executescript(f"{MIGRATIONS[0]};PRAGMA user_version=1")
        base.execute("INSERT INTO resources VALUES (1, x'7b7d')")
        base.execute(
            "INSERT INTO spans (trace, id, parent, name, start_ns, end_ns, failed, resource, payload) "
            "VALUES (?, ?, '', 'chat', 1, 6, 0, 1, x'7b7d')", (f"{1:032x}", f"{1:016x}")
        )  # fmt: skip
        base.execute("INSERT INTO traces (id, start_ns, spans, arrived_ns) VALUES (?, 1, 1, 7)", (f"{1:032x}",))
        base.commit()


def test_files_of_an_older_version_are_brought_up_to_date_and_judged(
    tmp_path: Path, serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    old(tmp_path)
    with serving(tmp_path, "--scorer", "none") as (_, line):
        assert post(line, body(span(2)))[0] == 200
        until(lambda: state(tmp_path, capsys)[1]["judged"] == 2)
    assert stored(tmp_path) == {f"{1:032x}", f"{2:032x}"}


def test_several_processes_bring_a_file_up_to_date_at_once(tmp_path: Path) -> None:
    old(tmp_path)
    code = (
        "import sys; from pathlib import Path; from assay.traces.hot import HotTraces\n"
        "sys.stdin.readline(); print(HotTraces(Path(sys.argv[1])).load())"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "traces.db")], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]  # fmt: skip
    for one in started:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    assert {one.communicate(timeout=60)[0].strip() for one in started} == {"(1, 1, 7)"}


def test_a_file_of_a_newer_version_is_refused_and_stays_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old(tmp_path)
    with contextlib.closing(sqlite3.connect(tmp_path / "traces.db")) as base:
        base.execute("PRAGMA user_version=99")
    before = (tmp_path / "traces.db").read_bytes()
    for words in (["serve", "--port", "0"], ["status"], ["forget", "user.id=kim"]):
        assert command(["watch", *words, "--dir", str(tmp_path)]) == 2
        told = capsys.readouterr().err
        assert "schema 99" in told and "Nothing in it was changed" in told and "Install the newer version" in told
    with contextlib.closing(sqlite3.connect(tmp_path / "traces.db")) as base:
        assert base.execute("PRAGMA user_version").fetchone()[0] == 99
        assert [row[0] for row in base.execute("SELECT name FROM sqlite_schema WHERE name = 'segments'")] == []
    assert (tmp_path / "traces.db").read_bytes()[100:] == before[100:]


def test_no_traffic_is_a_state_of_its_own_and_an_alarm_where_the_plan_says_so(
    tmp_path: Path, serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "watch.yaml").write_text("watch: 1\nsilence_after: 6s\nsegments: [route]\n", encoding="utf-8")

    def alarms() -> list[str]:
        return [one["metric"] for one in state(tmp_path, capsys)[1]["alarms"]]

    with serving(tmp_path, "--scorer", "none") as (_, line):
        assert (state(tmp_path, capsys)[0], alarms()) == (4, [])
        assert "no traffic: no span has come yet" in get(line, "/")[1]
        assert "assay_no_traffic 1" in get(line, "/metrics")[1]
        once = body(span(1, told={"route": "once"}))
        until(lambda: post(line, once)[0] == 200 and state(tmp_path, capsys)[0] == 0)
        until(lambda: post(line, once)[0] == 200 and "no traffic" not in get(line, "/")[1])
        until(lambda: post(line, once)[0] == 200 and "assay_no_traffic 0" in get(line, "/metrics")[1])
        until(lambda: alarms() == ["traffic"])
        assert run("watch", "status", "--dir", tmp_path) == 1
        assert capsys.readouterr().out.startswith("NOTHING   no traffic since 20")
        page = get(line, "/")[1]
        assert "no traffic since 20" in page and "quiet" not in page.split('id="monitors"')[1]
    before = state(tmp_path, capsys)[1]["alarms"]
    with serving(tmp_path, "--scorer", "none") as (_, line):  # neither closed nor raised again by a new beginning
        time.sleep(2)
        assert state(tmp_path, capsys)[1]["alarms"] == before
        assert post(line, body(span(2)))[0] == 200
        until(lambda: alarms() == [] and state(tmp_path, capsys)[1]["judged"] == 2)
    told = state(tmp_path, capsys)[1]
    seen = {tuple(one["segment"].items()): one["n"] for one in told["figures"] if one["metric"] == "errors"}
    assert seen == {(): 2, (("route", "once"),): 1, (("route", "(none)"),): 1}


def test_all_that_is_odd_is_counted_in_one_watch_and_none_stops_it(
    tmp_path: Path, serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    now = time.time_ns()
    with serving(tmp_path, "--segment", "route", "--scorer", "refusal") as (process, line):
        odd = [
            span(1), span(1),  # twice
            span(2, parentSpanId="f" * 16),  # its parent never comes
            span(3, id=2, at_ns=now + S, parentSpanId=f"{1:016x}"), span(3, id=1, at_ns=now),  # the inner one first
            span(4, id=1, at_ns=now), span(4, id=2, at_ns=now - 50 * S, parentSpanId=f"{1:016x}"),  # a clock behind
            span(5, at_ns=now + 400 * 86_400 * S),  # a clock years ahead
            span(6, told={"gen_ai.input.messages": "x" * 300_000}),  # gigantic
            {**span(7), "attributes": []},  # of no dialect
            {**span(8), "startTimeUnixNano": "0", "endTimeUnixNano": "0"},
            {**span(9), "name": "half \ud800"},
            span(10, told={"route": "once"}),  # a cohort that is seen once
            {**span(11), "traceId": "ab"}, {**span(11), "spanId": "0" * 16}, {**span(11), "startTimeUnixNano": "soon"},
            {**span(11), "name": 7},
        ]  # fmt: skip
        status, _, told = post(line, body(*odd))
        assert (status, told["partialSuccess"]["rejectedSpans"]) == (200, "4")
        many = [span(12, id=at, at_ns=now + at) for at in range(1, 6_001)]
        for at in range(0, 6_000, 2_000):
            assert post(line, body(*many[at : at + 2_000]))[0] == 200
        bomb = zlib.compressobj(wbits=31)
        packed = bomb.compress(b" " * (70 << 20)) + bomb.flush()
        assert post(line, packed, **{"Content-Encoding": "gzip"})[0] == 400
        assert post(line, b"[" * 200_000)[0] == 400
        until(lambda: state(tmp_path, capsys)[1]["judged"] == 11)
        code, shown = state(tmp_path, capsys)
        assert process.poll() is None and get(line, "/readyz")[0] == 200
        page, figures = get(line, "/")[1], get(line, "/metrics")[1]
    assert code == 0
    assert shown["rejected"] == {"malformed": 1, "span_id": 1, "time": 1, "trace_id": 1}
    counts = shown["found"]
    wanted = ("clock_ahead", "clock_skew", "parent_missing", "repeated_span", "too_many_steps", "undated")
    assert {name: counts.get(f"odd_{name}") for name in wanted} == dict.fromkeys(wanted, 1)
    assert counts["odd_unknown_dialect"] == 1 and counts["repaired_characters"] == 1
    assert 'assay_requests_total{outcome="unreadable"} 2' in figures
    assert "clock_ahead 1" in page and "rejected: trace_id 1" in page
    once = [one for one in shown["figures"] if one["segment"] == {"route": "once"} and one["metric"] == "errors"]
    assert [(one["n"], one["value"]) for one in once] == [(1, 0.0)]


def test_a_trace_that_rests_in_a_sealed_segment_alone_is_shown(
    tmp_path: Path, serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyarrow")
    with serving(tmp_path, "--scorer", "none") as (_, line):
        assert post(line, body(span(1), span(2)))[0] == 200
        until(lambda: state(tmp_path, capsys)[1]["judged"] == 2)
        hot = HotTraces(tmp_path / "traces.db")
        (sealed,) = cold_of(tmp_path, hot).seal(time.time_ns(), lambda kind, data: None)
        hot.remove([f"{1:032x}"])
        code, page = get(line, f"/traces?id={1:032x}")
        assert code == 200 and f'href="/traces/{1:032x}"' in page and "sealed" in page
        code, page = get(line, f"/traces/{1:032x}")
        assert code == 200 and "digest checked" in page
        path = tmp_path / "cold" / sealed.name
        path.write_bytes(path.read_bytes() + b" ")
        code, page = get(line, f"/traces/{1:032x}")
        assert code == 409 and sealed.name in page
        assert get(line, f"/traces/{2:032x}")[0] == 200 and get(line, f"/traces/{9:032x}")[0] == 409
        assert state(tmp_path, capsys)[1]["segments"]["differing"] == [sealed.name]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Apia"])
def test_hours_and_segments_are_those_of_utc_wherever_the_watch_runs(tmp_path: Path, zone: str) -> None:
    """Across both changes of the clock: every hour once, none twice; the same files as in UTC."""
    code = """
import json, sys, time
from pathlib import Path
from assay.domain.span import Arrived, Span
from assay.domain.watched import Observation
from assay.traces.cold import Cold
from assay.traces.hot import HotTraces
from assay.traces.observed import Judged, Observed
from assay.traces.times import nanoseconds
from assay.interfaces.watch_keeping import Housekeeping
from assay.report.watch import moment

folder, now = Path(sys.argv[1]), 0
hot, observed = HotTraces(folder / "traces.db"), Observed(folder / "observed.db")
class Book:
    def append(self, kind, data): pass
house = Housekeeping(folder=folder, hot=hot, observed=observed, ledger=Book(), clock_ns=lambda: now,
                     hot_days=1e6, cold_days=1e6)
for begin in ("2026-03-08T04:00:00Z", "2026-03-28T22:00:00Z", "2026-10-24T22:00:00Z", "2026-11-01T04:00:00Z"):
    for at in range(8):
        now = nanoseconds(begin) + at * 3600 * 10**9 + 10**9
        trace = f"{now:032x}"
        hot.add([Arrived(spans=(Span(trace=trace, id="1" * 16, name="chat", start_ns=now, end_ns=now),))], now)
        observed.keep([Judged(trace=trace, start_ns=now, arrived_ns=now, segments=((),), observations=(
            Observation(metric="errors", value=0.0, trace=trace, time_ns=now),))])
        house.step()
print(json.dumps({
    "zone": time.tzname, "hours": [moment(at) for at, _ in observed.hours("errors")],
    "sealed": [*hot.segments()], "read": [nanoseconds(one) for one in (
        "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00")],
}))
"""
    pytest.importorskip("pyarrow")
    told = {}
    for name in ("UTC", zone):
        (tmp_path / name.replace("/", "-")).mkdir()
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / name.replace("/", "-"))], env={**os.environ, "TZ": name},
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        told[name] = json.loads(done.stdout)
    if told["UTC"].pop("zone") == told[zone].pop("zone"):
        pytest.skip("this machine knows no time zones")
    assert told["UTC"] == told[zone]
    found = told[zone]
    assert len(found["hours"]) == len(set(found["hours"])) == 32
    assert "2026-03-29T01:00:00Z" in found["hours"] and "2026-10-25T00:00:00Z" in found["hours"]
    assert len(set(found["sealed"])) == len(found["sealed"]) == 31  # the last hour is not over
    first = int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()) * S
    assert found["read"] == [first, first + 3600 * S, first, first + 7200 * S]


def test_times_of_files_are_read_in_their_zones_and_told_in_utc(tmp_path: Path) -> None:
    """The hour that comes twice, the one that never comes, and a date without a zone: an alarm has one date."""
    begin = datetime(2026, 10, 23, tzinfo=UTC)
    zones = (timezone(timedelta(hours=2)), timezone(timedelta(hours=1)), timezone(timedelta(hours=-4)), UTC)
    rows = []
    for at in range(1600):  # every two minutes, across the night of 25 October
        when = begin + timedelta(minutes=2 * at)
        said = "I'm sorry, but I can't help with that." if at >= 1500 or at % 50 == 0 else "It left on Monday."
        named = when.replace(tzinfo=None) if at % 5 == 4 else when.astimezone(zones[at % 4])
        rows.append({"id": str(at), "input": f"Where is {at}?", "output": said, "timestamp": named.isoformat()})
    rows.reverse()
    (tmp_path / "chats.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    told = []
    for zone in ("UTC", "Europe/Berlin"):
        done = subprocess.run(
            [sys.executable, "-c", "from assay.interfaces.cli import main; main()", "watch", "replay",
             str(tmp_path / "chats.jsonl"), "--baseline", "1d", "--scorer", "refusal", "--format", "json"],
            env={**os.environ, "TZ": zone}, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        told.append(json.loads(done.stdout))
    assert told[0] == told[1]
    assert (told[0]["traces"], told[0]["odd"], told[0]["rejected"]) == (1600, {}, 0)
    (alarm,) = [one for one in told[0]["alarms"] if one["metric"] == "refusal"]
    changed = (begin + timedelta(minutes=3000)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert alarm["since_low"] <= changed <= alarm["since_high"]
