from __future__ import annotations

import json
import random
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from assay.domain.span import Arrived, Span
from assay.domain.watched import Observation
from assay.interfaces.alert_channels import book_of
from assay.interfaces.cli import run
from assay.interfaces.page_routes import Sides, pages
from assay.interfaces.page_runs import RunsSide
from assay.interfaces.page_watch import WatchSide
from assay.interfaces.watch_made import asked
from assay.interfaces.watch_working import HOT
from assay.store.ledger.book import Ledger
from assay.traces.hot import HotTraces
from assay.traces.observed import NAME, Judged, Observed
from assay.traces.writing import Writer
from assay.web.app import House
from assay.web.doors import Doors, Visitor, digest_of
from assay.web.exposition import exposition
from assay.web.receiver import Receiver

DOORS = Doors(
    tokens={
        digest_of("judge"): Visitor(name="Rita", role="reviewer"),
        digest_of("view"): Visitor(name="Vera", role="viewer"),
    }
)


@dataclass
class Watch:
    """A state folder with judged traces, and what is true of them."""

    folder: Path
    truth: dict[str, bool]
    sides: Sides


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    """A scorer that misses a third of the refusals."""
    folder, rng, now = tmp_path / "watch", random.Random(2), time.time_ns()
    hot, observed = HotTraces(folder / HOT), Observed(folder / NAME)
    truth, spans, judged = {}, [], []
    for at in range(500):
        trace, start = f"{at + 1:032x}", now - (500 - at) * 10**10
        truth[trace] = rng.random() < 0.3
        said = truth[trace] and rng.random() < 0.66
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": f"Order {at}?"}]}]),
            "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "I can't" if truth[trace] else "Sure"}]}]),
        }  # fmt: skip
        spans.append(Span(trace=trace, id=f"{at + 1:016x}", name="chat", start_ns=start, end_ns=start + 1,
                          attributes=attributes))  # fmt: skip
        one = Observation(metric="refusal", value=float(said), trace=trace, time_ns=start, scorer="refusal 3")
        judged.append(Judged(trace=trace, start_ns=start, arrived_ns=now, segments=((),), observations=(one,)))
    hot.add([Arrived(spans=tuple(spans))], now)
    observed.keep(judged)
    own = WatchSide(folder=folder, hot=hot, observed=observed, book=book_of(folder),
                    wanted=lambda: asked(None, scorer=["none"]))  # fmt: skip
    return Watch(folder, truth, Sides(own, RunsSide(folder=folder)))


def ask(url: str, token: str = "judge", **told: str) -> str:
    data = urllib.parse.urlencode(told).encode() if told else None
    with urllib.request.urlopen(
        urllib.request.Request(url, data, {"Authorization": f"Bearer {token}"}), timeout=20
    ) as reply:
        return str(reply.read().decode())


def trace_of(page: str) -> str:
    return page.partition('name="trace" value="')[2].partition('"')[0]


def state(watch: Watch, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["watch", "label", "refusal", "--format", "json", "--dir", str(watch.folder)]) == 0
    return dict(json.loads(capsys.readouterr().out)[0])


def test_the_queue_is_labelled_on_the_page_and_corrects_the_rate(
    watch: Watch, page_of: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with page_of(watch.sides, DOORS) as url:
        assert "No traces were drawn for people" in ask(url + "/review/traces")
        where = ["--dir", str(watch.folder)]
        assert run(["watch", "label", "refusal", "--draw", "60", "--by", "Ana", "--format", "json", *where]) == 0
        wait = json.loads(capsys.readouterr().out)[0]["waiting"]
        page, seen = ask(url + "/review/traces?metric=refusal"), []
        while trace := trace_of(page):
            assert trace not in seen
            seen.append(trace)
            page = ask(
                url + "/review/traces", metric="refusal", trace=trace, label="yes" if watch.truth[trace] else "no"
            )
        assert len(seen) == wait and "Nothing of this queue waits" in page
        found = state(watch, capsys)
        rate = sum(watch.truth.values()) / 500
        assert (found["labels"], found["needed"], found["waiting"], found["picked"]) == (wait, 0, 0, 0)
        assert found["low"] < rate < found["high"] and found["own_high"] < rate < found["value"] + 0.1
        assert "as wide as the scorer" in ask(url + "/monitors/refusal", "view")
        assert "people: " in ask(url + "/", "view")
    with Ledger(watch.folder) as ledger:
        assert {one.data["by"] for one in ledger.entries("trace_labelled")} == {"Rita"}


def test_prometheus_hears_of_labels(watch: Watch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where, target = ["--by", "Ana", "--dir", str(watch.folder)], tmp_path / "l.jsonl"
    assert run(["watch", "label", "refusal", "--draw", "60", "--export", str(target), *where]) == 0
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    said = [json.dumps({**row, "label": "yes" if watch.truth[row["trace"]] else "no"}) for row in rows]
    hot, observed = HotTraces(watch.folder / HOT), Observed(watch.folder / NAME)
    writer = Writer(hot)
    house = House(folder=watch.folder, hot=hot, observed=observed, writer=writer,
                  receiver=Receiver(writer=writer, doors=DOORS))  # fmt: skip
    with pages(house, {"scorers": ["none"]}):
        assert 'assay_labels_needed{metric="refusal",segment=""} 30' in exposition(house).splitlines()
        target.write_text("\n".join(said))
        assert run(["watch", "label", "refusal", "--import", str(target), *where]) == 0
        told = exposition(house).splitlines()
    writer.close()
    found = state(watch, capsys)
    (rate,) = (one.split()[-1] for one in told if one.startswith('assay_corrected_rate{metric="refusal"'))
    assert float(rate) == pytest.approx(found["value"], abs=1e-5)
    assert f'assay_labels{{metric="refusal",segment=""}} {len(rows)}' in told
    assert 'assay_labels_needed{metric="refusal",segment=""} 0' in told


def test_what_is_picked_on_the_page_of_a_trace_is_no_draw(
    watch: Watch, page_of: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["watch", "label", "refusal", "--draw", "60", "--by", "Ana", "--dir", str(watch.folder)]) == 0
    with page_of(watch.sides, DOORS) as url:
        first = trace_of(ask(url + "/review/traces?metric=refusal"))
        other = next(one for one in watch.truth if one != first)
        assert "corrects no rate" in ask(f"{url}/traces/{first}")
        for trace in (first, other):
            ask(url + "/review/traces", metric="refusal", trace=trace, label="yes", picked="yes")
        found = state(watch, capsys)
        assert (found["labels"], found["picked"]) == (0, 2), "not even where chance had drawn it too"
        assert trace_of(ask(url + "/review/traces?metric=refusal")) == first, "so it is still asked"
        page = ask(url + "/review/traces", metric="refusal", trace=first, label="no")
        assert "Kept and not counted: 1 that people picked" in page
        assert state(watch, capsys)["labels"] == 1


def test_passing_over_is_counted_and_said(watch: Watch, page_of: Any) -> None:
    assert run(["watch", "label", "refusal", "--draw", "60", "--by", "Ana", "--dir", str(watch.folder)]) == 0
    with page_of(watch.sides, DOORS) as url:
        page = ask(url + "/review/traces?metric=refusal")
        first = trace_of(page)
        page = ask(f"{url}/review/traces?metric=refusal&after={first}")
        assert trace_of(page) not in ("", first) and "Passed over:" not in page
        page = ask(url + "/review/traces", metric="refusal", trace=trace_of(page), label="no")
        assert "Passed over: 1." in page and trace_of(page) == first


def test_a_viewer_reads_and_labels_nothing(watch: Watch, page_of: Any) -> None:
    assert run(["watch", "label", "refusal", "--draw", "60", "--by", "Ana", "--dir", str(watch.folder)]) == 0
    with page_of(watch.sides, DOORS) as url:
        page = ask(url + "/review/traces?metric=refusal", "view")
        assert "A reviewer can label" in page and 'name="label"' not in page
        with pytest.raises(urllib.error.HTTPError, match="409"):
            ask(url + "/review/traces", metric="refusal", trace="f" * 32, label="no")
