from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assay.domain.span import Arrived, Span
from assay.interfaces.cli import run
from assay.store.ledger.book import Ledger
from assay.traces.hot import HotTraces

POLICY = """
name: support v5
arm: arm
key: user.id
settle: 10s
steps: [{share: 0.2, requests: 100, slack: 2}, {share: 0.5, requests: 100}, {share: 1}]
guards: [{metric: empty_answer, margin: 0.05}]
"""
START = 1_795_773_600


def policy(folder: Path, text: str = POLICY) -> str:
    path = folder / "canary.yaml"
    path.write_text(text)
    return str(path)


def chats(path: Path, seed: int, n: int, share: float, bad: float = 0.02, start: int = 0) -> str:
    drawn = random.Random(seed)
    rows = []
    for i in range(n):
        mine = drawn.random() < share
        empty = drawn.random() < (bad if mine else 0.02)
        about = {"arm": "canary" if mine else "control", "user.id": f"{seed}-{i}"}
        rows.append(
            {
                "id": i,
                "input": "Hello",
                "output": "" if empty else "Hi",
                "timestamp": START + start + i,
                "metadata": about,
            }
        )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def decision(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "decision.json").read_text()))


def entries(folder: Path) -> list[str]:
    with Ledger(folder) as ledger:
        return [str(one.data["decision"]) for one in ledger.entries("canary")]


def test_a_sound_canary_goes_to_the_end_over_several_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, rules = tmp_path / "c", policy(tmp_path)
    first = chats(tmp_path / "a.jsonl", 1, 3_000, 0.2)
    assert run(["watch", "canary", rules, first, "-o", str(out)]) == 0
    assert (decision(out)["decision"], decision(out)["share"]) == ("widen", 0.5)
    shown = capsys.readouterr().out
    assert "WIDEN" in shown and "empty_answer: within its margin" in shown and "rolls back at 0.05" in shown
    assert run(["watch", "canary", rules, first, "-o", str(out)]) == 4  # the same traces again: nothing new is known
    assert decision(out)["share"] == 0.5
    second = chats(tmp_path / "b.jsonl", 2, 3_000, 0.5, start=3_000)
    capsys.readouterr()
    assert run(["watch", "canary", rules, first, second, "-o", str(out), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == decision(out)
    assert decision(out)["share"] == 1.0
    assert run(["watch", "canary", rules, first, second, "-o", str(out)]) == 0
    assert entries(out) == ["widen", "wait", "complete"]
    assert run(["ledger", "verify", str(out)]) in (0, 4)


def test_harm_rolls_back_and_stays_rolled_back_until_a_new_canary_begins(tmp_path: Path) -> None:
    out, rules = tmp_path / "c", policy(tmp_path)
    bad = chats(tmp_path / "a.jsonl", 1, 3_000, 0.2, bad=0.3)
    good = chats(tmp_path / "b.jsonl", 2, 3_000, 0.2, start=3_000)
    assert run(["watch", "canary", rules, bad, "-o", str(out)]) == 1
    assert decision(out)["codes"] == ["worse:empty_answer"] and decision(out)["share"] == 0
    assert run(["watch", "canary", rules, good, "-o", str(out)]) == 1
    assert run(["watch", "canary", rules, good, "-o", str(out), "--fresh"]) == 0
    assert entries(out) == ["roll_back", "widen"]
    assert (out / "canary.before-1.sqlite").is_file()


def test_another_policy_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, traces = str(tmp_path / "c"), chats(tmp_path / "a.jsonl", 1, 200, 0.2)
    assert run(["watch", "canary", policy(tmp_path), traces, "-o", out]) == 4
    looser = policy(tmp_path, POLICY.replace("margin: 0.05", "margin: 0.5"))
    assert run(["watch", "canary", looser, traces, "-o", out]) == 2
    assert "another policy" in capsys.readouterr().err
    assert decision(tmp_path / "c")["decision"] == "wait"


def edited(folder: Path, *change: tuple[str, object]) -> None:
    """Writes other figures into what was counted."""
    with contextlib.closing(sqlite3.connect(folder / "canary.sqlite")) as base, base:
        held = json.loads(base.execute("SELECT value FROM facts WHERE name = 'progress'").fetchone()[0])
        for name, value in change:
            first = held["guards"][0]
            (first if name in first else held)[name] = value
        base.execute("UPDATE facts SET value = ? WHERE name = 'progress'", (json.dumps(held),))


@pytest.fixture(scope="module")
def rolled_back_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("canary")
    bad = chats(home / "a.jsonl", 1, 3_000, 0.2, bad=0.3)
    assert run(["watch", "canary", policy(home), bad, "-o", str(home / "c")]) == 1
    chats(home / "b.jsonl", 2, 3_000, 0.2, start=3_000)
    return home


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ([("ended", "")], "whether it has ended cannot be what became of decision 1"),
        ([("step", 1)], "its step cannot be"),
        ([("best", 0.0)], "the evidence against empty_answer cannot be"),
        ([("counts", {"control": [3000, 60.0, 0], "canary": [1, 0.0, 0]})], "the values of empty_answer cannot be"),
        ([("requests", {"control": 0, "canary": 0})], "its requests cannot be"),
        ("DELETE FROM traces", "the number of traces read cannot be"),
        ("UPDATE decisions SET body = replace(body, 'roll_back', 'wait')", "decision 1 is not as the ledger has it"),
        ("DELETE FROM decisions", "decision 1 of the ledger is not there"),
        ("UPDATE facts SET value = '{' WHERE name = 'progress'", "what was counted cannot be read"),
    ],
)
def test_a_file_that_was_edited_decides_nothing(
    rolled_back_once: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: str | list[tuple[str, object]],
    said: str,
) -> None:
    """Whoever wants the canary out would rather not have it rolled back."""
    home = shutil.copytree(rolled_back_once, tmp_path / "own")
    out, rules, good = home / "c", policy(home), str(home / "b.jsonl")
    before = decision(out)
    if isinstance(change, str):
        with contextlib.closing(sqlite3.connect(out / "canary.sqlite")) as base, base:
            base.execute(change)
    else:
        edited(out, *change)
    assert run(["watch", "canary", rules, good, "-o", str(out)]) == 5
    assert said in capsys.readouterr().err
    assert decision(out) == before and entries(out) == ["roll_back"]
    assert run(["watch", "canary", rules, good, "-o", str(out), "--fresh"]) == 0


def test_a_ledger_that_is_not_the_one_of_before_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, rules, traces = tmp_path / "c", policy(tmp_path), chats(tmp_path / "a.jsonl", 1, 3_000, 0.2)
    assert run(["watch", "canary", rules, traces, "-o", str(out)]) == 0
    assert run(["watch", "canary", rules, traces, "-o", str(out), "--ledger", str(tmp_path / "other")]) == 5
    assert "is another ledger than before: decision 1 is not as the ledger has it" in capsys.readouterr().err
    assert run(["watch", "canary", rules, traces, "-o", str(out)]) == 4


def test_no_traffic_and_silence_ask_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, rules = tmp_path / "c", policy(tmp_path)
    (tmp_path / "none.jsonl").write_text('{"input": "Hello", "output": "Hi", "timestamp": 1795773600}\n')
    assert run(["watch", "canary", rules, str(tmp_path / "none.jsonl"), "-o", str(out)]) == 3
    assert decision(out)["codes"] == ["no_traffic"] and decision(out)["left_out"] == {"no_arm": 1}
    said = capsys.readouterr().out
    assert "once it is a minute old" in said and "Without a value in either arm: " in said and "[-, -]" not in said
    traces = chats(tmp_path / "a.jsonl", 1, 3_000, 0.2)
    assert run(["watch", "canary", rules, traces, "-o", str(out), "--now", "2026-11-28T10:00:00Z"]) == 3
    assert decision(out)["codes"] == ["silent:control", "silent:canary"]


def test_usage_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = policy(tmp_path)
    assert run(["watch", "canary", rules, "-o", str(tmp_path / "c")]) == 2
    assert run(["watch", "canary", rules, "--db", str(tmp_path / "no.sqlite"), "-o", str(tmp_path / "c")]) == 2
    assert run(["watch", "canary", rules, "x", "-o", str(tmp_path / "c"), "--now", "soon"]) == 2
    assert run(["watch", "canary", rules, "x", "-o", str(tmp_path / "c"), "--webhook", "ftp://x/"]) == 2
    assert not (tmp_path / "no.sqlite").exists()
    assert run(["schema", "canary"]) == 0
    assert '"guards"' in capsys.readouterr().out


def test_the_database_of_traces_is_read_and_read_on(tmp_path: Path) -> None:
    db, out, rules = tmp_path / "traces.sqlite", tmp_path / "c", policy(tmp_path)
    hot = HotTraces(db)
    drawn = random.Random(3)

    def add(at: int, share: float, number: int) -> None:
        about = {"arm": "canary" if drawn.random() < share else "control", "user.id": f"u{number}"}
        begin = (START + at) * 10**9
        model = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", **about}
        span = Span(
            trace=f"{number:032x}", id=f"{number:016x}", name="chat m", start_ns=begin, end_ns=begin + 10**9, attributes={
                **model, "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"text","content":"Hi"}]}]'},
        )  # fmt: skip
        hot.add([Arrived(spans=(span,))], begin)

    for number in range(1, 701):
        add(number, 0.2, number)
    now = ["--now", "2026-11-27T10:13:00Z"]
    assert run(["watch", "canary", rules, "--db", str(db), "-o", str(out), *now]) == 0
    told = decision(out)
    assert (told["decision"], sum(told["requests"].values())) == ("widen", 700)
    for number in range(701, 1501):
        add(number + 100, 0.5, number)
    assert run(["watch", "canary", rules, "--db", str(db), "-o", str(out), "--now", "2026-11-27T10:28:30Z"]) == 0
    assert decision(out)["decision"] == "complete"
    hot.close()


def test_decisions_go_to_the_webhook_once_signed_and_again_when_it_was_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.watch.test_posting import hook

    monkeypatch.setenv("ASSAY_WEBHOOK_SECRET", "key")
    monkeypatch.setattr("time.sleep", lambda _: None)
    out, rules, traces = tmp_path / "c", policy(tmp_path), chats(tmp_path / "a.jsonl", 1, 3_000, 0.2)
    with hook([500]) as (url, _):
        assert run(["watch", "canary", rules, traces, "-o", str(out), "--webhook", url]) == 0
    assert "did not take decision 1" in capsys.readouterr().err
    with hook([200]) as (url, got):
        assert run(["watch", "canary", rules, traces, "-o", str(out), "--webhook", url]) == 4
        assert run(["watch", "canary", rules, traces, "-o", str(out), "--webhook", url]) == 4
    assert [json.loads(body)["decision"] for _, body in got] == ["widen", "wait"]
    assert all("v1=" in headers["X-Assay-Signature"] for headers, _ in got)


@pytest.mark.parametrize("after", ["set_fact", "decided", "untold"])
def test_a_killed_look_is_done_again_or_told_later(tmp_path: Path, after: str) -> None:
    out, rules, traces = tmp_path / "c", policy(tmp_path), chats(tmp_path / "a.jsonl", 1, 3_000, 0.2)
    code = (
        "import os, signal\n"
        "from assay.store.canary_state import CanaryState as S\n"
        f"real = S.{after}\n"
        "calls = []\n"
        "def dies(self, *rest):\n"
        "    calls.append(rest)\n"
        f"    if '{after}' != 'set_fact' or rest[0] == 'progress':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return real(self, *rest)\n"
        f"S.{after} = dies\n"
        "from assay.interfaces.cli import main\n"
        f"main(['watch', 'canary', {rules!r}, {traces!r}, '-o', {str(out)!r}])\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], env={**os.environ}, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    expected = 4 if after == "untold" else 0  # the look was kept: it is told now, and the next one waits
    assert run(["watch", "canary", rules, traces, "-o", str(out)]) == expected
    assert decision(out)["share"] == 0.5
    assert entries(out)[0] == "widen"
    assert len(entries(out)) == (2 if after == "untold" else 1)


def test_a_trace_from_a_clock_of_the_future_does_not_become_the_clock(tmp_path: Path) -> None:
    """It would leave every later trace before the step, and no silence could ever be told."""
    out, rules = tmp_path / "c", policy(tmp_path)
    path = Path(chats(tmp_path / "a.jsonl", 1, 3_000, 0.2))
    late = {
        "id": "x",
        "input": "a",
        "output": "b",
        "timestamp": "2200-01-01",
        "metadata": {"arm": "canary", "user.id": "u"},
    }
    path.write_text(path.read_text() + json.dumps(late) + "\n")
    now = ["--now", "2026-11-27T10:50:00Z"]
    assert run(["watch", "canary", rules, str(path), "-o", str(out), *now]) == 0
    assert (decision(out)["decision"], decision(out)["left_out"]) == ("widen", {"clock_ahead": 1})
    second = chats(tmp_path / "b.jsonl", 2, 3_000, 0.5, start=3_000)
    assert run(["watch", "canary", rules, second, "-o", str(out)]) == 0
    assert decision(out)["decision"] == "complete"


@pytest.mark.parametrize("seconds", [90, 400])
def test_a_request_that_takes_long_counts_once_it_ended_and_not_by_its_first_spans(
    tmp_path: Path, seconds: int
) -> None:
    """Exporters send a span when it ends, the root last: a minute after it began a slow request looks like a fast one
    that names no arm, and a canary that hangs would have looked quick."""
    db, out = tmp_path / "traces.sqlite", tmp_path / "c"
    rules = policy(tmp_path, POLICY.replace("{metric: empty_answer,", "{metric: latency, above: 20, name: slow,"))
    hot, begin = HotTraces(db), START * 10**9
    about = {"arm": "canary", "user.id": "u"}
    parts = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    child = Span(trace=f"{1:032x}", id=f"{2:016x}", parent=f"{1:016x}", name="chat m", start_ns=begin + 10**9,
                 end_ns=begin + 2 * 10**9, attributes=parts)  # fmt: skip
    root = Span(trace=child.trace, id=child.parent, name="agent", start_ns=begin, end_ns=begin + seconds * 10**9,
                attributes=about)  # fmt: skip
    hot.add([Arrived(spans=(child,))], begin + 2 * 10**9)
    look = ["watch", "canary", rules, "--db", str(db), "-o", str(out), "--now"]
    assert run([*look, "2026-11-27T10:01:20Z"]) == 3
    assert (decision(out)["requests"], decision(out)["left_out"]) == ({"control": 0, "canary": 0}, {})
    hot.add([Arrived(spans=(root,))], root.end_ns)
    assert run([*look, "2026-11-27T10:09:00Z"]) == 4
    assert decision(out)["requests"] == {"control": 0, "canary": 1}
    assert decision(out)["guards"][0]["canary"]["value"] == 1.0
    hot.close()


def test_a_trace_whose_root_never_comes_is_read_after_a_while(tmp_path: Path) -> None:
    db, out, rules = tmp_path / "traces.sqlite", tmp_path / "c", policy(tmp_path)
    hot, begin = HotTraces(db), START * 10**9
    span = Span(trace=f"{1:032x}", id=f"{2:016x}", parent=f"{1:016x}", name="chat m", start_ns=begin, end_ns=begin + 1,
                attributes={"arm": "canary", "user.id": "u", "gen_ai.operation.name": "chat"})  # fmt: skip
    hot.add([Arrived(spans=(span,))], begin)
    look = ["watch", "canary", rules, "--db", str(db), "-o", str(out), "--now"]
    for now, counted in (("2026-11-27T10:05:00Z", 0), ("2026-11-27T10:11:00Z", 1)):
        run([*look, now])
        assert decision(out)["requests"]["canary"] == counted
    hot.close()


def test_a_trace_that_comes_hours_late_is_counted_once_it_is_quiet(tmp_path: Path) -> None:
    """An exporter that could not send for some hours keeps its spans, and sends them then."""
    db, out, rules = tmp_path / "traces.sqlite", tmp_path / "c", policy(tmp_path)
    hot = HotTraces(db)

    def add(number: int, at: int, came: int) -> None:
        begin = (START + at) * 10**9
        span = Span(trace=f"{number:032x}", id=f"{number:016x}", name="chat m", start_ns=begin, end_ns=begin + 1,
                    attributes={"arm": "canary", "user.id": f"u{number}", "gen_ai.operation.name": "chat"})  # fmt: skip
        hot.add([Arrived(spans=(span,))], (START + came) * 10**9)

    add(1, 0, 0)
    add(2, 7200, 7200)
    look = ["watch", "canary", rules, "--db", str(db), "-o", str(out), "--now"]
    run([*look, "2026-11-27T12:01:30Z"])
    assert decision(out)["requests"]["canary"] == 2
    add(3, 60, 7320)
    add(4, 90, 7325)
    for now, counted in (("2026-11-27T12:02:50Z", 2), ("2026-11-27T12:03:02Z", 3), ("2026-11-27T12:04:00Z", 4)):
        run([*look, now])
        assert decision(out)["requests"]["canary"] == counted, now
    run([*look, "2026-11-27T12:05:00Z"])
    assert decision(out)["requests"]["canary"] == 4
    hot.close()


def test_a_guard_says_which_way_is_worse_where_both_can_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The suite counts a refusal as good; a canary that refused everything was complete by a guard that did not say."""
    guard = "{metric: refusal, scorer: refusal, margin: 0.05}"
    text = POLICY.replace("{metric: empty_answer, margin: 0.05}", guard)
    assert text != POLICY
    rows = chats(tmp_path / "a.jsonl", 1, 40, 0.5)
    assert run(["watch", "canary", policy(tmp_path, text), rows, "-o", str(tmp_path / "c")]) == 2
    assert "guards[0] (refusal): more and less of 'refusal' can both be worse" in capsys.readouterr().err
    said = policy(tmp_path, text.replace("margin", "worse: higher, margin"))
    assert run(["watch", "canary", said, rows, "-o", str(tmp_path / "c")]) == 4
