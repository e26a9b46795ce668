"""The page of a real state folder, a real run and a real canary; what is written there, and where it rests."""

from __future__ import annotations

import contextlib
import json
import math
import sqlite3
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from assay.domain.alerting import case_id
from assay.domain.errors import ConfigurationError, DataError
from assay.domain.span import Arrived, Span
from assay.domain.watched import Alarm
from assay.domain.watchplan import WatchPlan
from assay.interfaces.alert_channels import book_of
from assay.interfaces.cli import run
from assay.interfaces.page_routes import Sides, pages
from assay.interfaces.page_runs import RunsSide
from assay.interfaces.page_watch import WatchSide
from assay.interfaces.watch_keeping import cold_of
from assay.interfaces.watch_made import asked
from assay.interfaces.watch_working import HOT, worker
from assay.store.canary_state import CanaryState
from assay.store.deliveries import Deliveries
from assay.store.ledger.book import Ledger
from assay.traces.hot import HotTraces
from assay.traces.observed import NAME, Observed
from assay.traces.writing import Writer
from assay.watch.reference import Reference, limits
from assay.web.app import House
from assay.web.doors import Doors, Visitor, digest_of
from assay.web.evidence_rows import trace, traces
from assay.web.exposition import exposition
from assay.web.page import environment
from assay.web.receiver import Receiver
from assay.web.shown import Spread

REFUSED, SAID = "I'm sorry, but I can't help with that request.", "Your order left our warehouse on Monday."
DOORS = Doors(
    tokens={
        digest_of("own"): Visitor(name="Olga", role="owner"),
        digest_of("judge"): Visitor(name="Rita", role="reviewer"),
    }
)


def chat(at: int, said: str, start_ns: int) -> Span:
    return Span(
        trace=f"{at + 1:032x}", id=f"{at + 1:016x}", name="chat", start_ns=start_ns, end_ns=start_ns + 10**9,
        attributes={
            "gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "route": "billing" if at % 2 else "orders",
            "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": f"Where is my order {at}?"}]}]),
            "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": said}], "finish_reason": "stop"}]),
        },
        resource={"service.name": "bot"},
    )  # fmt: skip


@dataclass
class Watch:
    """A state folder with judged traces."""

    folder: Path
    hot: HotTraces
    observed: Observed
    alarm: Alarm


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    folder, now = tmp_path / "watch", time.time_ns()
    hot = HotTraces(folder / HOT)
    spans = [chat(at, REFUSED if at % 5 == 0 else SAID, now - (200 - at) * 30 * 10**9) for at in range(200)]
    hot.add([Arrived(spans=tuple(spans))], now - 60 * 10**9)
    made = worker(folder, {"segments": ["route"], "scorers": ["refusal"], "baseline_s": 3600.0, "quiet_s": 1.0})
    while made.step():
        pass
    alarm = Alarm(
        metric="refusal", segment=(("route", "billing"),), at_ns=now, since_ns=now - 10**12, since_low_ns=now - 2 * 10**12,
        since_high_ns=now, before=0.02, now=0.2, low=0.1, high=0.3, n=100, detector="test", examples=(f"{1:032x}",),
    )  # fmt: skip
    made.observed.keep([], [alarm])
    return Watch(folder, hot, made.observed, alarm)


def sides(watch: Watch, *runs: Path, canaries: tuple[Path, ...] = (), policy: Path | None = None) -> Sides:
    own = WatchSide(
        folder=watch.folder,
        hot=watch.hot,
        observed=watch.observed,
        book=book_of(watch.folder),
        wanted=lambda: asked(None, scorer=["refusal"], policy=policy),
    )
    return Sides(own, RunsSide(folder=watch.folder, runs_at=runs, canaries_at=canaries))


def get(url: str, token: str = "own") -> str:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=20) as reply:
        return str(reply.read().decode())


def post(url: str, token: str, **told: str) -> str:
    headers = {"Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(
        urllib.request.Request(url, urllib.parse.urlencode(told).encode(), headers), timeout=20
    ) as reply:
        return str(reply.read().decode())


def test_figures_have_intervals_and_lines(watch: Watch) -> None:
    shown = sides(watch)
    figures = {(one.metric, one.segment): one for one in shown.figures()}
    whole = figures["refusal", ()]
    assert (whole.n, whole.value, whole.kind) == (200, 0.2, "rate") and whole.low < 0.2 < whole.high
    points = shown.points("refusal", ())
    assert sum(one.n for one in points) == 200 and len(points) in (2, 3)
    assert figures["latency", ()].kind == "amount" and figures["refusal", (("route", "billing"),)].n == 100


def test_a_figure_has_the_limit_that_its_detector_has(watch: Watch) -> None:
    shown = sides(watch)
    (baseline,) = [one for one in shown.figures() if (one.metric, one.segment) == ("refusal", ())]
    assert baseline.reference_n > 100 and len(baseline.limits) == 2, "of the hour that is the reference"
    held = Reference(mean=0.1, n=50)
    own = replace(shown.watch, released={("refusal", ()): held}, _figures=(-math.inf, []))
    figures = {(one.metric, one.segment): one for one in own.figures()}
    whole = figures["refusal", ()]
    (monitor,) = [one for one in asked(None, scorer=["refusal"]).monitors if one.metric == "refusal"]
    assert (whole.reference, whole.reference_n, whole.limits) == (0.1, 50, limits(monitor, held))
    assert whole.limits[0].rate > 0.1 > whole.limits[1].rate and figures["refusal", (("route", "billing"),)].limits
    plan = WatchPlan(monitors={"refusal": {"worse": "higher", "tolerated": 3.0}})
    (only,) = next(
        one for one in replace(own, plan=plan, _figures=(-math.inf, [])).figures() if one.metric == "refusal"
    ).limits
    assert only.rising and only.rate > whole.limits[0].rate
    off = replace(own, plan=WatchPlan(off=frozenset(["refusal"])), _figures=(-math.inf, []))
    assert {one.limits for one in off.figures() if one.metric == "refusal"} == {()}


def test_the_last_traces_that_count_are_at_hand(watch: Watch) -> None:
    shown = sides(watch)
    assert [int(one.id, 16) - 1 for one in shown.examples("refusal", ())] == [195, 190, 185, 180, 175, 170, 165, 160]
    billing = [int(one.id, 16) - 1 for one in shown.examples("refusal", (("route", "billing"),))]
    assert billing == [195, 185, 175, 165, 155, 145, 135, 125]
    assert [one.value for one in shown.examples("latency", ())] == [1.0] * 8 and shown.examples("nothing", ()) == []


def test_how_times_and_refusals_spread(watch: Watch, page_of: Any) -> None:
    shown = sides(watch)
    times = {one.segment: one for one in shown.spread("latency").percentiles}
    assert times[()].n == 200 and times[()].at["p95"].value == pytest.approx(1.0, rel=0.01)
    reasons = {one.segment: one for one in shown.spread("refusal").words}
    assert [(one.word, one.n) for one in reasons[()].shares] == [("none given", 40)]
    assert {one.n for segment, one in reasons.items() if segment} == {20}
    assert shown.spread("errors") == Spread()
    with page_of(shown, DOORS) as url:
        text = get(url + "/monitors/latency")
        assert "Percentiles of the last day" in text and "Of the last traces those with the largest values" in text
        text = get(url + "/monitors/refusal")
        assert "Why answers refuse" in text and "By the words of 40 refusals" in text
        assert "Percentiles" not in text and "Why answers refuse" not in get(url + "/monitors/errors")


def test_the_pages_of_a_real_watch(watch: Watch, page_of: Any) -> None:
    with page_of(sides(watch), DOORS) as url:
        assert "refusal, route billing" in get(url + "/").replace("<b>", "").replace("</b>", "")
        text = get(url + "/traces/" + f"{1:032x}")
        assert "Where is my order 0?" in text and "<mark" in text and "help with that" in text
        assert f"/traces/{200:032x}" in get(url + "/traces?id=" + f"{200:032x}"[:32])
        assert "No trace has such an id" in get(url + "/traces?id=ffff") and "No trace" in get(url + "/traces?id=%27or")
        assert "no reference" in get(url + "/monitors/refusal") or "alarm" in get(url + "/monitors/refusal")


def test_what_an_owner_does_on_the_page_stands_in_the_ledger(
    watch: Watch, page_of: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    name = case_id(watch.alarm)
    with page_of(sides(watch), DOORS) as url:
        assert "Team A takes care" in post(f"{url}/alarms/{name}/acknowledge", "judge", owner="Team A", note="looking")
        assert run(["watch", "alerts", "--dir", str(watch.folder)]) == 0, "taken is not open"
        assert run(["watch", "alerts", "--dir", str(watch.folder), "--taken"]) == 1
        assert "Team A takes care" in capsys.readouterr().out
        post(f"{url}/alarms/{name}/resolve", "own", note="rolled back")
        assert "rolled back" in get(f"{url}/alarms/{name}")
        assert "alarm_resolved" in get(url + "/ledger")
    with Ledger(watch.folder) as ledger:
        done = [(one.kind, one.data["by"]) for one in ledger.entries() if one.kind.startswith("alarm")]
    assert done == [("alarm", "assay"), ("alarm_acknowledged", "Rita"), ("alarm_resolved", "Olga")]


def test_a_command_does_what_the_page_does(watch: Watch, capsys: pytest.CaptureFixture[str]) -> None:
    where, name = ["--dir", str(watch.folder)], case_id(watch.alarm)
    assert run(["watch", "alerts", *where]) == 1
    assert run(["watch", "ack", name[:5], "--by", "Ana", "--owner", "Bob", "--note", "seen", *where]) == 0
    assert "is acknowledged, by Ana, Bob takes care" in capsys.readouterr().out
    assert sides(watch).cases()[0].owner == "Bob"
    assert run(["watch", "status", *where]) == 1
    assert run(["watch", "ack", name, "--by", "Ana", "--resolve", *where]) == 0
    capsys.readouterr()
    assert run(["watch", "status", *where]) == 0
    assert "0 open alarms; 1 more that somebody resolved while the figure is still off\n" in capsys.readouterr().out
    assert run(["watch", "ack", name, "--by", "Ana", *where]) == 2
    assert run(["watch", "ack", "nothing", "--by", "Ana", *where]) == 2
    assert run(["watch", "ack", name, "--by", "Ana", "--dir", str(watch.folder / "no")]) == 2
    capsys.readouterr()
    assert run(["watch", "alerts", "--all", "--format", "json", *where]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["what"] for one in told["alarms"][0]["steps"]] == ["raised", "acknowledged", "resolved"]
    assert told["problem"] == ""


def test_cron_is_told_of_an_alarm_whose_ledger_was_altered(watch: Watch, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--dir", str(watch.folder)]
    assert run(["watch", "ack", case_id(watch.alarm), "--by", "Ana", "--resolve", *where]) == 0
    with contextlib.closing(sqlite3.connect(watch.folder / "ledger.sqlite")) as base, base:
        base.execute("CREATE TABLE mine (x)")
    assert run(["watch", "alerts", *where]) == 1
    assert "mine" in (said := capsys.readouterr().out) and "every alarm counts as open" in said


def test_a_judgement_on_the_page_is_one_of_review(
    watch: Watch, signed_run: Any, page_of: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with page_of(sides(watch, signed_run.run), DOORS) as url:
        assert "support" not in get(url + "/audits") and "block" in get(url + "/audits")
        before = get(url + "/review")
        item = before.partition('name="item" value="')[2].partition('"')[0]
        after = post(url + "/review", "judge", run="run", item=item, label="bad", reason="it complies")
        assert "confirmed 1" in after
    capsys.readouterr()
    assert run(["review", str(signed_run.run), "--format", "json"]) == 0
    told = {one["id"]: one for one in json.loads(capsys.readouterr().out)["items"]}
    assert told[item]["words"] == {"Rita": "bad"}
    with Ledger(signed_run.run) as ledger:
        entry = [*ledger.entries("judged")][-1]
        assert (entry.data["by"], entry.data["item"]) == ("Rita", item) and dict(ledger.checkpoints())
    assert run(["ledger", "verify", str(signed_run.run), "--key", signed_run.key]) == 0


@pytest.mark.parametrize(("name", "item", "said"), [("run", "0000000000", "no item"), ("other", "x", "no run 'other'")])
def test_a_judgement_of_what_is_not_there(watch: Watch, signed_run: Any, name: str, item: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        sides(watch, signed_run.run).judge(name, item, label="bad", reason="r", by="Rita")
    with pytest.raises(ConfigurationError, match="a reason"):
        sides(watch, signed_run.run).judge("run", item, label="bad", reason=" ", by="Rita")


def test_ledgers_are_examined_and_a_changed_one_is_told(watch: Watch, signed_run: Any) -> None:
    shown = sides(watch, signed_run.run)
    shown.acknowledge(case_id(watch.alarm), by="Ana", owner="", note="")
    books = {one.name: one for one in shown.books()}
    assert not books["watch"].problems
    assert books["run"].signed == books["run"].entries > 3 and books["run"].key
    path = signed_run.run / "ledger.sqlite"
    path.write_bytes(path.read_bytes().replace(b"registered", b"reg1stered"))
    assert {one.name: one for one in shown.books()}["run"].problems


def test_a_canary_with_its_path(watch: Watch, tmp_path: Path, page_of: Any) -> None:
    with CanaryState(tmp_path / "c") as state:
        for word, step in (("wait", 1), ("widen", 2)):
            state.decided({"name": "v5", "decision": word, "step": step, "steps": 3, "share": 0.05 * step, "reasons": ["why <b>"], "guards": [],
                           "requests": {"control": 10, "canary": 3}, "p_split": None, "at": "2026-11-27T10:00:00Z", "since": None}, ["decision"])  # fmt: skip
    with page_of(sides(watch, canaries=(tmp_path / "c", tmp_path / "nothing")), DOORS) as url:
        text = get(url + "/canary")
    assert text.index("Widen") < text.index(">wait<") and "why &lt;b&gt;" in text


def test_a_broken_run_is_told_and_breaks_no_page(watch: Watch, tmp_path: Path, page_of: Any) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.sqlite").write_bytes(b"nothing")
    (tmp_path / "bad" / "verdict.json").write_text("[]")
    with page_of(sides(watch, tmp_path / "bad"), DOORS) as url:
        assert "no verdict can be read" in get(url + "/audits") and "Nothing waits" in get(url + "/review")


def test_serving_the_pages_tells_people(watch: Watch, tmp_path: Path) -> None:
    (watch.folder / "watch.yaml").write_text(
        "watch: 1\nalerts:\n  gather: 0.01s\n  channels: [{name: log, kind: file, path: said.jsonl}]\n"
    )
    observed = Observed(watch.folder / NAME)
    writer = Writer(watch.hot)
    house = House(
        folder=watch.folder,
        hot=watch.hot,
        observed=observed,
        writer=writer,
        doors=DOORS,
        receiver=Receiver(writer=writer, doors=DOORS),
    )
    with pages(house, {"plan": str(watch.folder / "watch.yaml"), "scorers": ["none"], "title": "bot"}) as routes:
        assert len(routes) > 10
        for _ in range(200):
            if (watch.folder / "said.jsonl").is_file():
                break
            time.sleep(0.1)
        told = exposition(house).splitlines()
        assert "assay_alarms_open 1" in told
        book_of(watch.folder, watch.observed).resolve(case_id(watch.alarm), by="Ana")
        assert "assay_alarms_open 0" in exposition(house).splitlines()
        assert (
            'assay_alert_limited_total{channel="log"} 0' in told and 'assay_alert_failed_total{channel="log"} 0' in told
        )
    writer.close()
    told = json.loads((watch.folder / "said.jsonl").read_text().splitlines()[0])
    assert told["watch"] == "bot" and told["alarms"][0]["case"] == case_id(watch.alarm)
    assert [one.sent for one in sides(watch).channels()] == [1]


def test_a_folder_that_is_no_run_is_told(watch: Watch, tmp_path: Path) -> None:
    writer = Writer(watch.hot)
    house = House(
        folder=watch.folder,
        hot=watch.hot,
        observed=watch.observed,
        writer=writer,
        receiver=Receiver(writer=writer, doors=DOORS),
    )
    with pytest.raises(ConfigurationError, match="no run folder"), pages(house, {"show": [str(tmp_path)]}):
        pass
    writer.close()


@pytest.mark.parametrize(("there", "shown"), [(True, ["v4"]), (False, [])])
def test_the_run_of_the_plan_is_shown_where_it_is_at_hand(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool, shown: list[str]
) -> None:
    folder = tmp_path / "runs" / "v4"
    folder.mkdir(parents=True)
    if there:
        (folder / "run.sqlite").write_bytes(b"")
    (tmp_path / "watch.yaml").write_text("watch: 1\nname: shop\nrun: runs/v4\n")
    seen: list[Path] = []

    def side(**given: Any) -> RunsSide:
        seen.extend(given["runs_at"])
        return RunsSide(**given)

    monkeypatch.setattr("assay.interfaces.page_routes.RunsSide", side)
    writer = Writer(watch.hot)
    house = House(
        folder=watch.folder,
        hot=watch.hot,
        observed=watch.observed,
        writer=writer,
        receiver=Receiver(writer=writer, doors=DOORS),
    )
    with pages(house, {"plan": str(tmp_path / "watch.yaml"), "scorers": ["none"]}):
        pass
    writer.close()
    assert [one.name for one in seen] == shown


def test_a_test_of_the_channels(watch: Watch, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["watch", "alerts", "--test", "--dir", str(watch.folder)]
    assert run(where) == 2
    told = capsys.readouterr().err
    assert "watch.yaml: the watch file is not there" in told and "docs/watch/alerts.md" in told
    (watch.folder / "watch.yaml").write_text(
        "watch: 1\nname: shop\nalerts:\n  channels:\n  - {name: log, kind: file, path: said.jsonl}\n"
        "  - {name: dead, kind: webhook, url: 'http://127.0.0.1:9/', timeout: 1s}\n"
    )
    for name, kind in (("log", "file"), ("dead", "webhook")):
        Deliveries(watch.folder).of(name, kind, 0)
    run(["watch", "alerts", "--dir", str(watch.folder)])
    assert "channel dead (webhook): not used yet; 0 sent" in capsys.readouterr().out
    assert run(where) == 1
    said = capsys.readouterr().out
    run(["watch", "alerts", "--dir", str(watch.folder)])
    after = capsys.readouterr().out
    assert "channel dead (webhook): failing: " in after and "channel log (file): works; 0 sent" in after
    assert "log (file): taken" in said and "dead (webhook): not taken" in said
    told = json.loads((watch.folder / "said.jsonl").read_text())
    assert (told["watch"], told["alarms"][0]["metric"]) == ("shop", "test")
    assert told["title"] == "assay watch: this is a test of the channel (shop)"


def test_status_puts_what_moved_first_and_counts_alarms_that_somebody_took(
    watch: Watch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = ["watch", "status", "--dir", str(watch.folder)]
    run(path)
    said = capsys.readouterr().out
    assert "1 open alarm\n" in said and "being learned" not in said
    head, *rows = said.partition("Figures of the last day")[2].partition("\n\n")[0].splitlines()[1:]
    assert head.split()[:2] == ["figure", "cohort"] and "%" in "".join(rows)
    assert "Times in seconds, with 95 % limits" in said and "  all traffic, 40: none given 100 % [" in said
    cohorts = ["all traffic" in row for row in rows]
    assert cohorts == sorted(cohorts, reverse=True) and rows[cohorts.index(False)].split()[0] == "refusal"
    book = book_of(watch.folder, watch.observed)
    book.acknowledge(case_id(watch.alarm), by="Ana", owner="Ben")
    run(path)
    said = capsys.readouterr().out
    assert "1 open alarm (acknowledged)\n" in said and ", acknowledged, Ben takes care" in said
    watch.observed.save_state("learning", b"%d" % (1_795_773_600 * 10**9))
    run(path)
    assert "reference is being learned until 2026-11-27T10:00:00Z: no figure raises" in capsys.readouterr().out


def test_what_breaks_the_policy_of_steps_stands_at_its_step(watch: Watch, tmp_path: Path, page_of: Any) -> None:
    path = tmp_path / "steps.yaml"
    path.write_text("name: p\ntools:\n  drop_*: {allowed: false, because: never}\n")
    span = Span(
        trace="e" * 32, id="e" * 16, name="execute_tool drop_table", start_ns=time.time_ns(), end_ns=time.time_ns(),
        attributes={"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "drop_table", "gen_ai.tool.call.arguments": "{}"},
    )  # fmt: skip
    watch.hot.add([Arrived(spans=(span,))], time.time_ns())
    with page_of(sides(watch, policy=path), DOORS) as url:
        text = get(url + "/traces/" + "e" * 32)
    assert "step.allowed" in text and "expected no call of it" in text and "(never)" in text


def test_sealed_traces_are_found_and_read_and_one_that_was_changed_is_not_shown(watch: Watch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    cold = cold_of(watch.folder, watch.hot)
    (sealed,) = cold.seal(time.time_ns(), lambda kind, data: None)
    gone = [f"{at:032x}" for at in range(1, 151)]
    watch.hot.remove(gone)
    shown = sides(watch)
    shown = Sides(replace(shown.watch, cold=cold), shown.beside)
    assert [(one.id, one.sealed, one.steps) for one in shown.traces(gone[0], 9)[0]] == [(gone[0], True, 1)]
    both, _ = shown.traces("0" * 30, 500)
    assert (len(both), sum(one.sealed for one in both), len({one.id for one in both})) == (200, 150, 200)
    assert len(shown.traces("0" * 30, 60)[0]) == 60 and len(shown.traces("0" * 7, 500)[0]) == 50
    assert shown.traces("zz" * 9, 9) == ([], ()) and shown.trace("f" * 32) is None and shown.trace("../x") is None
    found = shown.trace(gone[0])
    assert found is not None and found.sealed and found.trace.asked[-1].content == "Where is my order 0?"
    assert [(one.metric, one.value) for one in found.scores] == [("refusal", True)] and found.observations
    recent = shown.trace(f"{200:032x}")
    assert recent is not None and not recent.sealed
    _, told = traces(shown, {"id": gone[0]})
    assert told["lines"][0]["state"] == "sealed"
    assert "digest checked" in environment().get_template("trace.html").render(
        **trace(shown, {"trace": gone[0]})[1], navigation=(), path="/", visitor=None, may_judge=False, may_own=False, login=False
    )  # fmt: skip
    path = watch.folder / "cold" / sealed.name
    rows = parquet.read_table(path)
    parquet.write_table(rows.slice(0, 120), path)  # a file that can be read, and is another
    with pytest.raises(DataError, match="not as it was sealed"):
        shown.trace(gone[0])
    assert shown.trace(f"{200:032x}") is not None


def test_one_damaged_segment_hides_no_trace_of_the_others_and_is_named(watch: Watch, page_of: Any) -> None:
    pytest.importorskip("pyarrow.parquet")
    cold = cold_of(watch.folder, watch.hot)
    now = time.time_ns()
    cold.seal(now, lambda kind, data: None)
    late = Span(trace="d" * 32, id="d" * 16, name="chat m", start_ns=now, end_ns=now)
    watch.hot.add([Arrived(spans=(late,))], now)
    (damaged,) = cold.seal(now + 3600 * 10**9, lambda kind, data: None)
    watch.hot.remove([f"{1:032x}", late.trace])
    path = watch.folder / "cold" / damaged.name
    path.write_bytes(path.read_bytes()[:-9])
    shown = sides(watch)
    with page_of(Sides(replace(shown.watch, cold=cold), shown.beside), DOORS) as url:
        for address in ("/traces/" + f"{1:032x}", "/traces?id=" + f"{1:032x}"):
            text = get(url + address)
            assert "Where is my order 0?" in text or f"/traces/{1:032x}" in text
            assert damaged.name in text and "Damaged" in text
        with pytest.raises(urllib.error.HTTPError, match="409") as told:
            get(url + "/traces/" + late.trace)
        assert damaged.name in told.value.read().decode()
