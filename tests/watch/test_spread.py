from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.domain.sample import Message
from assay.domain.trace import Step, Trace
from assay.domain.watched import Observation, Part
from assay.interfaces.cli import run
from assay.report.spread import percentiles_plain, spread_lines, words_plain
from assay.statistics.percentile import ERROR, bin_of
from assay.traces.observed import HOUR_NS, Judged, Observed
from assay.traces.observed_schema import MIGRATIONS
from assay.watch.distributions import Distributions, shown
from assay.watch.spread import Counts, percentiles, reason_of, spread_parts, words

CHAT, BILLING = (("route", "chat"),), (("route", "billing"),)
REASONS = {
    "law": "I can't help with that, as it is illegal.",
    "scope": "I only cover home broadband here, so I can't help with that.",
    "none given": "I'm sorry, but I can't help with that.",
}


def judged(at: int, *parts: Part, hour: int = 0, segment: Any = CHAT, **more: Any) -> Judged:
    return Judged(
        trace=f"{at + 1:032x}", start_ns=hour * HOUR_NS + at, arrived_ns=1, segments=((), segment), observations=(),
        parts=parts, **more,
    )  # fmt: skip


def latency(seconds: float) -> Part:
    return Part("latency", str(bin_of(seconds)))


def test_percentiles_by_cohort_are_those_of_the_values(tmp_path: Path) -> None:
    observed, rng = Observed(tmp_path / "observed.db"), np.random.default_rng(2)
    fast, slow = rng.lognormal(0.0, 0.4, 900), rng.lognormal(1.5, 0.6, 300)
    observed.keep([judged(at, latency(one), hour=at % 30) for at, one in enumerate(fast)])
    observed.keep([judged(1000 + at, latency(one), hour=at % 30, segment=BILLING) for at, one in enumerate(slow)])
    told = {one.segment: one for one in percentiles(observed.spread())}
    for segment, values in ((), np.concatenate([fast, slow])), (CHAT, fast), (BILLING, slow):
        assert told[segment].n == len(values)
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
            held = told[segment].at[name]
            exact = float(np.quantile(values, share, method="inverted_cdf"))
            assert held.value == pytest.approx(exact, rel=ERROR)
            assert held.low is not None and held.low <= held.value
    assert sum(one.n for one in percentiles(observed.spread(low_ns=20 * HOUR_NS)) if not one.segment) == 400


def test_a_trace_that_is_judged_again_leaves_its_old_place(tmp_path: Path) -> None:
    observed = Observed(tmp_path / "observed.db")
    first = judged(1, latency(2.0), Part("refusal_reason", "law", 0.5))
    observed.keep([first])
    assert observed.judged(first.trace) == first
    observed.keep([replace(first, version=2, parts=(latency(40.0),))])
    assert {(one.metric, one.name, one.n) for one in observed.spread()} == {("latency", str(bin_of(40.0)), 1.0)}


def test_a_weight_is_one_over_the_chance(tmp_path: Path) -> None:
    observed = Observed(tmp_path / "observed.db")
    observed.keep([judged(at, Part("refusal_reason", "law", 0.1)) for at in range(10)])
    observed.keep([judged(100 + at, Part("refusal_reason", "harm")) for at in range(100)])
    whole = words(observed.spread())[0]
    assert [(one.word, one.n, one.value) for one in whole.shares] == [("harm", 100, 0.5), ("law", 10, 0.5)]
    assert whole.shares[0].high - whole.shares[0].low > 0.2, "ten traces stand for a half"


def test_a_person_is_forgotten_and_old_hours_go(tmp_path: Path) -> None:
    observed = Observed(tmp_path / "observed.db")
    named = (("user.id", "kim"),)
    observed.keep([judged(1, latency(2.0), segment=named), judged(2, latency(2.0), hour=50)])
    observed.forget([f"{2:032x}"], "user.id", "kim")
    assert {one.segment for one in observed.spread()} == {(), CHAT}
    observed.expire(10 * HOUR_NS)
    assert {(one.segment, one.n) for one in observed.spread()} == {((), 1.0), (CHAT, 1.0)}


def test_a_database_of_before_gets_the_table(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "observed.db")) as base:
        base.executescript(f"{MIGRATIONS[0]};{MIGRATIONS[1]};PRAGMA user_version=2")
        body = b'[[[]],[["errors",0.0,"","",1.0,"",""]],[],"",[]]'
        base.execute("INSERT INTO judged VALUES (1, ?, 1, 1, 1, ?)", ("a" * 32, body))
        base.commit()
    observed = Observed(tmp_path / "observed.db")
    assert observed.migrated == (2, len(MIGRATIONS))
    old = observed.judged("a" * 32)
    assert old is not None and old.parts == () and observed.spread() == []
    observed.keep([replace(old, version=2, parts=(latency(1.0),))])
    assert [one.n for one in observed.spread()] == [1.0]


@pytest.mark.parametrize("metric", ["", "latency"])
def test_only_the_hours_that_are_asked_for_are_read(tmp_path: Path, metric: str) -> None:
    observed, plans = Observed(tmp_path / "observed.db"), []
    observed.base.set_trace_callback(plans.append)
    observed.spread(0, 1, metric)
    observed.base.set_trace_callback(None)
    (how, *_) = observed.base.execute(f"EXPLAIN QUERY PLAN {plans[0]}").fetchall()
    assert "(hour>? AND hour<?)" in how[3]


def test_what_a_trace_adds(tmp_path: Path) -> None:
    said = Message(role="assistant", content="<think>hm, illegal?</think>I'm sorry, but I can't help with that.")
    trace = Trace(id="1" * 32, steps=(Step(id="2" * 16, kind="model", name="chat", output=(said,)),))

    def of(metric: str, value: float | None, share: float = 1.0) -> Observation:
        return Observation(metric=metric, value=value, trace=trace.id, time_ns=0, share=share)

    assert [*spread_parts(trace, [of("latency", None), of("refusal", 0.0), of("cost", 2.0)])] == []
    assert [*spread_parts(trace, [of("over_refusal", 1.0, 0.5), of("latency", 0.0)])] == [
        Part("latency", str(bin_of(0.0))), Part("refusal_reason", "none given", 0.5),
    ]  # fmt: skip
    assert reason_of("Es tut mir leid, aber dabei kann ich Ihnen nicht helfen.") == "not in English"


def chats(path: Path, days: int, per_day: int, reason: Callable[[int, random.Random], str]) -> Path:
    dice, begin = random.Random(5), datetime(2026, 11, 1, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as stream:
        for number in range(days * per_day):
            day = number // per_day
            row = {
                "id": str(number), "input": f"Can you do number {number}?", "output": REASONS[reason(day, dice)],
                "timestamp": (begin + timedelta(days=number / per_day)).isoformat(),
                "latency_s": dice.lognormvariate(0.0, 0.5), "metadata": {"route": dice.choice(["a", "b"])},
            }  # fmt: skip
            stream.write(json.dumps(row) + "\n")
    return path


def replayed(capsys: pytest.CaptureFixture[str], path: Path, *more: str) -> tuple[int, Any]:
    code = run(["watch", "replay", str(path), "--scorer", "refusal", "--segment", "route", "--baseline", "5d", *more])
    text = capsys.readouterr().out
    return code, json.loads(text) if "json" in more else text


def test_refusals_that_give_other_reasons_raise_an_alarm_though_they_are_as_many(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def other(day: int, dice: random.Random) -> str:
        return dice.choice(["law", "law", "none given"] if day < 8 else ["scope", "scope", "none given"])

    _, found = replayed(capsys, chats(tmp_path / "t.jsonl", 12, 150, other), "--format", "json")
    assert not [one for one in found["alarms"] if one["metric"] == "refusal"]
    (alarm,) = [one for one in found["alarms"] if one["metric"] == "refusal_reason" and not one["segment"]]
    assert alarm["since_low"] <= "2026-11-09T00:00:00Z" <= alarm["since_high"]
    assert (alarm["unit"], len(alarm["examples"]) > 0) == ("share", True)
    whole = next(one for one in found["words"] if not one["segment"])
    assert {one["word"] for one in whole["shares"]} == set(REASONS) and whole["n"] == 1_800
    assert {one["segment"].get("route") for one in found["words"]} == {None, "a", "b"}


def test_steady_reasons_raise_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = chats(tmp_path / "t.jsonl", 12, 150, lambda day, dice: dice.choice(["law", "scope", "none given"]))
    code, found = replayed(capsys, path, "--format", "json")
    assert (code, found["alarms"]) == (0, [])


def test_replay_tells_percentiles_and_reasons_to_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = chats(tmp_path / "t.jsonl", 8, 60, lambda day, dice: dice.choice(["law", "scope"]))
    _, text = replayed(capsys, path)
    assert "Times in seconds, with 95 % limits" in text
    (line,) = [one for one in text.splitlines() if one.startswith("  latency ") and "all traffic" in one and "[" in one]
    assert line.split()[-1] == "480"
    assert "Why answers refuse" in text and "all traffic, 480: " in text


def test_only_words_of_the_first_refusal_of_a_session_are_compared() -> None:
    watch = Distributions(86_400 * 10**9, 0.05, firsts=False)
    said = Message(role="assistant", content=REASONS["law"])
    for at in range(50):
        step = Step(
            id="2" * 16, kind="model", name="chat", output=(said,), attributes={"session.id": f"s{at % 5}"}, start_ns=at
        )
        trace = Trace(id=f"{at:032x}", steps=(step,))
        beside = shown(trace, (), [Part("refusal_reason", "law")], distributed=False)
        [*watch.take(beside, [()], trace.id, at, reference=True)]
    assert watch.looks.reference["refusal_reason", ()].count == 5
    off = Distributions(0, 0.05, firsts=False)
    [*off.take(beside, [()], trace.id, at, reference=True)]
    assert ("refusal_reason", ()) not in off.looks.reference


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (1, "Times: 1 value is too few for percentiles with limits"),
        (5, "Times: 5 values are too few"),
        (6, "Times in s"),
    ],
)
def test_so_few_times_that_the_median_has_no_limits_are_no_table(values: int, said: str) -> None:
    counts = Counts()
    for at in range(values):
        counts.put([latency(1.0 + at)], [()])
    lines = [*spread_lines([percentiles_plain(one) for one in percentiles(counts)], [])]
    assert lines[0] == "" and lines[1].startswith(said) and len(lines) == (4 if values == 6 else 2)
    assert "[?, ?]" not in "".join(lines)


def test_few_values_have_open_limits_and_many_cohorts_are_counted() -> None:
    counts = Counts()
    for at in range(20):
        counts.put([latency(1.0 + at), Part("refusal_reason", "a\x1b[31m")], [(), (("route", f"r{at}"),)])
    told = [percentiles_plain(one) for one in percentiles(counts)]
    assert next(one for one in told if not one["segment"])["p99"]["high"] is None
    lines = [*spread_lines(told, [words_plain(one) for one in words(counts)])]
    assert "?]" in lines[3] and "\x1b" not in "".join(lines)
    assert [line for line in lines if "--format json has all" in line] == [
        "  ... 20 with too few values for limits; --format json has all",
        "  ... 9 more; --format json has all",
    ]
    assert [*spread_lines([], [])] == []
