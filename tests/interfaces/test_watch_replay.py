from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assay.interfaces.cli import run

REFUSED = "I'm sorry, but I can't help with that request."
SAID = "Your order left our warehouse on Monday."


def traffic(path: Path, days: int, per_day: int, rate: Any) -> Path:
    """Chats of two routes; `rate(day, route)` of them are refused."""
    dice, at = random.Random(3), datetime(2026, 11, 1, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as stream:
        for number in range(days * per_day):
            when = at + timedelta(days=number / per_day)
            route = dice.choice(["orders", "billing"])
            refused = dice.random() < rate(number // per_day, route)
            row = {
                "id": str(number), "input": "Where is my order?", "output": REFUSED if refused else SAID,
                "timestamp": when.isoformat(), "metadata": {"route": route},
            }  # fmt: skip
            stream.write(json.dumps(row) + "\n")
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = run(["watch", "replay", *arguments, "--scorer", "refusal", "--format", "json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, found


def test_a_cohort_that_refuses_more_raises_one_alarm_that_is_dated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = traffic(tmp_path / "t.jsonl", 20, 200, lambda day, route: 0.3 if day >= 12 and route == "billing" else 0.03)
    code, found = told(capsys, str(path), "--segment", "route")
    assert (code, found["traces"], found["rejected"], found["scored"]) == (1, 4000, 0, 4000)
    (alarm,) = [one for one in found["alarms"] if one["segment"]]
    assert (alarm["metric"], alarm["segment"]) == ("refusal", {"route": "billing"})
    assert alarm["since_low"] <= "2026-11-13T00:00:00Z" <= alarm["since_high"]
    assert alarm["low"] <= 0.3 <= alarm["high"]
    assert alarm["size"] == pytest.approx(alarm["now"] - alarm["before"], abs=1e-5)
    lines = path.read_text(encoding="utf-8").splitlines()
    places = [found["places"][name].removeprefix(f"{path}:") for name in alarm["examples"]]
    assert places and {json.loads(lines[int(line) - 1])["metadata"]["route"] for line in places} == {"billing"}
    figures = {(one["metric"], one["segment"].get("route")): one for one in found["rates"]}
    assert figures["refusal", "orders"]["low"] < 0.03 < figures["refusal", "orders"]["high"]
    assert figures["refusal", None]["n"] == 4000


def test_a_model_that_changes_with_the_end_of_the_reference_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = traffic(tmp_path / "t.jsonl", 14, 150, lambda day, route: 0.3 if day >= 7 else 0.02)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for number, row in enumerate(rows):
        row["model"] = "m-1" if number < 7 * 150 else "m-2"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    _, found = told(capsys, str(path), "--segment", "route", "--baseline", "7d")
    alarms = [one for one in found["alarms"] if one["metric"] == "refusal"]
    assert {one["segment"].get("route") for one in alarms} == {None, "orders", "billing"}
    for one in alarms:
        assert one["changed"] == [f"{part}: 'm-1' -> 'm-2' (+100% of traffic)" for part in ("model", "served")]
        assert one["evidence"]["compared"] == "reference"
    run(["watch", "replay", str(path), "--scorer", "refusal", "--baseline", "7d"])
    assert "changed too since the reference: model: 'm-1' -> 'm-2'" in capsys.readouterr().out


@pytest.mark.parametrize(("day", "compared"), [(7, "reference"), (10, "before")])
def test_alarms_of_distributions_too_say_what_else_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], day: int, compared: str
) -> None:
    path = traffic(tmp_path / "t.jsonl", 14, 150, lambda day, route: 0.02)
    rows, dice = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()], random.Random(4)
    for number, row in enumerate(rows):
        slow = number >= day * 150
        row |= {"model": "m-2" if slow else "m-1", "latency_s": dice.uniform(1, 2) * (1.6 if slow else 1)}
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    _, found = told(capsys, str(path), "--baseline", "7d")
    (alarm,) = [one for one in found["alarms"] if (one["metric"], one["unit"]) == ("latency", "mean")]
    assert alarm["changed"] == [f"{part}: 'm-1' -> 'm-2' (+100% of traffic)" for part in ("model", "served")]
    assert alarm["evidence"]["compared"] == compared and alarm["times"] > 1


def test_with_nothing_before_a_change_nobody_claims_that_nothing_else_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = traffic(tmp_path / "t.jsonl", 4, 200, lambda day, route: 0.3)
    verdict = {"comparisons": [{"metric": "refusal", "kind": "proportion", "slice": {}, "candidate": {"value": 0.03}}]}
    (tmp_path / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
    assert run(["watch", "replay", str(path), "--scorer", "refusal", "--run", str(tmp_path), "--segment", "route"]) == 1
    said = capsys.readouterr().out
    assert "changed too: nobody can tell, as there was nothing to compare with" in said
    assert "behaviour or mix: not told, as fewer than 30 values" in said


def test_steady_traffic_raises_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = traffic(tmp_path / "t.jsonl", 20, 150, lambda day, route: 0.03)
    assert told(capsys, str(path), "--segment", "route")[1]["alarms"] == []


def test_rows_in_any_order_give_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = traffic(tmp_path / "t.jsonl", 14, 150, lambda day, route: 0.3 if day >= 10 else 0.02)
    lines = path.read_text(encoding="utf-8").splitlines()
    mixed = tmp_path / "mixed.jsonl"
    mixed.write_text("\n".join(random.Random(1).sample(lines, len(lines))), encoding="utf-8")
    one, two = (told(capsys, str(file))[1]["alarms"] for file in (path, mixed))
    assert [(a["since"], a["now"], a["n"]) for a in one] == [(a["since"], a["now"], a["n"]) for a in two]
    assert one


def test_with_a_run_rates_are_held_against_what_was_released(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = traffic(tmp_path / "t.jsonl", 4, 200, lambda day, route: 0.2)
    assert told(capsys, str(path))[1]["alarms"] == []  # the beginning is the reference
    released: dict[str, float] = {"value": 0.03}
    verdict = {"comparisons": [{"metric": "refusal", "kind": "proportion", "slice": {}, "candidate": released}]}
    (tmp_path / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
    _, found = told(capsys, str(path), "--run", str(tmp_path))
    assert [(one["metric"], one["before"]) for one in found["alarms"]] == [("refusal", 0.03)]
    released["n"] = 30  # of so few prompts it may have been 20 % all the time
    (tmp_path / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
    assert told(capsys, str(path), "--run", str(tmp_path))[1]["alarms"] == []


def test_people_get_figures_and_alarms_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = traffic(tmp_path / "t.jsonl", 14, 150, lambda day, route: 0.3 if day >= 10 else 0.02)
    assert run(["watch", "replay", str(path), "--scorer", "refusal"]) == 1
    said = capsys.readouterr().out
    assert "1 alarm\n" in said
    assert "refusal, all traffic: 1.14 % -> 30 % [" in said
    assert "since 2026-11-1" in said
    assert "unscored_" not in said and "  unscored\n" in said  # a column, not a figure of its own


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["none.jsonl"], "no such file"),
        (["empty.jsonl"], "no trace to watch"),
        (["empty.jsonl", "--baseline", "soon"], "is no duration"),
        (["empty.jsonl", "--scorer", "nobody"], "nobody"),
        (["empty.jsonl", "--run", "nowhere"], "no verdict to hold production against"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.jsonl").write_text("", encoding="utf-8")
    assert run(["watch", "replay", *arguments]) == 2
    assert why in capsys.readouterr().err


def test_numbers_that_are_none_stop_nothing_and_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "t.jsonl"
    worst = [float("nan"), float("inf"), 10**400, 1e300, -1.0, 0.5]
    rows = [
        {
            "id": number, "input": f"Where is order {number}?", "output": SAID, "timestamp": 1790000000 + number * 600,
            "latency_s": worst[number % 6], "usage": {"input_tokens": worst[number % 6], "output_tokens": 3},
            "metadata": {"confidence": worst[number % 6], "gen_ai.cost.total": worst[number % 6]},
        }
        for number in range(600)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    code, found = told(capsys, str(path))
    assert (code, found["traces"], found["odd"]) == (0, 600, {"bad_latency": 500})
    figures = {one["metric"]: one for one in found["rates"]}
    assert (figures["confidence"]["n"], figures["confidence"]["unscored"]) == (200, 400)
    assert (figures["cost"]["n"], figures["cost"]["unscored"]) == (200, 400)


def test_a_trace_without_a_time_does_not_end_the_reference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = traffic(tmp_path / "t.jsonl", 10, 100, lambda day, route: 0.03)
    _, before = told(capsys, str(path))
    with path.open("a", encoding="utf-8") as stream:
        for when in (0, "9999-01-01", None):
            stream.write(json.dumps({"input": "Where?", "output": SAID, "timestamp": when}) + "\n")
    _, after = told(capsys, str(path))
    assert (before["watched"], after["watched"], after["odd"]) == (300, 300, {"undated": 3})


def test_nothing_watched_is_not_told_as_nothing_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = traffic(tmp_path / "t.jsonl", 5, 20, lambda day, route: 0.5)
    assert run(["watch", "replay", str(path), "--scorer", "none"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("NOT WATCHED: nothing was held against the reference")
    assert "0 alarms\n  none was possible" in said.out
    assert "give a shorter --baseline" in said.err


def test_a_key_that_no_trace_has_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = traffic(tmp_path / "t.jsonl", 10, 20, lambda day, route: 0.0)
    assert run(["watch", "replay", str(path), "--scorer", "none", "--segment", "route", "--segment", "nosuch"]) == 0
    said = capsys.readouterr().err
    assert "warning: segment 'nosuch': no trace has a value of it" in said
    assert "'route'" not in said


def test_a_terminal_is_told_how_far_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = traffic(tmp_path / "t.jsonl", 10, 20, lambda day, route: 0.0)
    monkeypatch.setattr("assay.interfaces.data_progress._LIVE_S", 0.0)
    command = ["watch", "replay", str(path), "--scorer", "none"]
    assert run(command) == 0
    assert "traces read" not in capsys.readouterr().err
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert run(command) == 0
    said = capsys.readouterr().err
    assert "\r50 traces read" in said and "\r50 of 200 traces watched" in said and "\r200 of 200 traces watched" in said


def test_a_trace_that_breaks_somebodys_code_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(trace: Any) -> Any:
        raise KeyError(trace.id)

    path = traffic(tmp_path / "t.jsonl", 5, 20, lambda day, route: 0.0)
    monkeypatch.setattr("assay.watch.glance.measured", broken)
    code, found = told(capsys, str(path))
    assert (code, found["odd"]) == (0, {"could_not_judge_KeyError": 100})
