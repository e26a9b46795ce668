from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from assay.domain.errors import ConfigurationError
from assay.interfaces.cli import run
from assay.interfaces.watch_begun import FILE, Begun

Served = tuple[subprocess.Popen[str], http.client.HTTPConnection]
Serving = Callable[..., contextlib.AbstractContextManager[Served]]
NOTHING = {"plan": "", "segments": [], "scorers": [], "run": "", "baseline_s": None}
DAY = 86_400.0
BEGIN = 1_795_773_600 * 10**9


def begun(folder: Path) -> Begun:
    """A folder that was begun with cohorts by route and six days."""
    given = {**NOTHING, "segments": ["route"], "baseline_s": 6 * DAY}
    Begun(folder).keep(given, ["route"], 6 * DAY)
    return Begun(folder)


def test_a_new_folder_knows_nothing_and_says_nothing(tmp_path: Path) -> None:
    made = Begun(tmp_path)
    assert made.filled(NOTHING) == NOTHING
    assert [*made.differs(NOTHING, ["route"], 7 * DAY)] == []
    assert made.taken(NOTHING) == ""


def test_what_nobody_gives_is_as_last_time_and_that_is_said(tmp_path: Path) -> None:
    made = begun(tmp_path)
    assert made.filled(NOTHING) == {**NOTHING, "segments": ["route"], "baseline_s": 6 * DAY}
    assert made.taken(NOTHING).startswith("as last time: --segment route --baseline 6d (")
    assert [*made.differs(NOTHING, ["route"], 6 * DAY)] == []


def test_what_is_given_goes_first_and_a_difference_is_loud(tmp_path: Path) -> None:
    made = begun(tmp_path)
    given = {**NOTHING, "segments": ["tier"], "baseline_s": 12 * 3600.0}
    assert made.filled(given) == given
    cohorts, length = made.differs(given, ["tier"], 12 * 3600.0)
    assert cohorts.startswith("cohorts by tier now, by route last time: ")
    assert length.startswith("--baseline 12h now, 6d last time: ")


def test_the_order_of_keys_is_no_difference(tmp_path: Path) -> None:
    Begun(tmp_path).keep({**NOTHING, "segments": ["route", "tier"]}, ["route", "tier"], 7 * DAY)
    given = {**NOTHING, "segments": ["tier", "route"]}
    assert [*Begun(tmp_path).differs(given, ["tier", "route"], 7 * DAY)] == []


def test_a_plan_that_was_changed_is_told_too(tmp_path: Path) -> None:
    Begun(tmp_path).keep(NOTHING, ["route"], 7 * DAY)
    (line,) = Begun(tmp_path).differs(NOTHING, [], 7 * DAY)
    assert line.startswith("cohorts by nothing now, by route last time: ")


def test_other_scorers_are_told(tmp_path: Path) -> None:
    Begun(tmp_path).keep({**NOTHING, "scorers": ["refusal", "toxicity"]}, [], 7 * DAY)
    (line,) = Begun(tmp_path).differs({**NOTHING, "scorers": ["none"]}, [], 7 * DAY)
    assert line == "--scorer none now, --scorer refusal --scorer toxicity last time"


@pytest.mark.parametrize("written", ["", "[]", '{"options": {}}', '{"options": 3, "segments": [], "baseline_s": 1}'])
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, written: str) -> None:
    (tmp_path / FILE).write_text(written)
    with pytest.raises(ConfigurationError, match="give --segment and --baseline as they were"):
        Begun(tmp_path)


def test_the_next_start_watches_the_same(tmp_path: Path, serving: Serving, capsys: pytest.CaptureFixture[str]) -> None:
    def served(number: int, *options: str) -> dict[str, Any]:
        """Serve until so many traces are judged; gives what is remembered then."""
        with serving(tmp_path, *options) as (_, line):
            line.request("POST", "/v1/traces", trace(number), {"Content-Type": "application/json"})
            assert line.getresponse().read() == b"{}"
            until = time.monotonic() + 60
            while judged(capsys)["judged"] < number and time.monotonic() < until:
                time.sleep(0.2)
        held: dict[str, Any] = json.loads((tmp_path / FILE).read_text())
        return held

    def judged(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
        run(["watch", "status", "--dir", str(tmp_path), "--since", "10000d", "--format", "json"])
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        return told

    before = served(1, "--scorer", "none", "--segment", "route", "--baseline", "6d")
    assert (before["segments"], before["baseline_s"]) == (["route"], 6 * DAY)
    assert served(2) == before
    errors = [(one["segment"], one["n"]) for one in judged(capsys)["figures"] if one["metric"] == "errors"]
    assert sorted(errors, key=str) == [({"route": "orders"}, 2), ({}, 2)]  # the cohort goes on with all traffic
    after = served(3, "--segment", "tier")
    assert after == {**before, "segments": ["tier"], "options": {**before["options"], "segments": ["tier"]}}


def trace(number: int) -> bytes:
    span = {
        "traceId": f"{number:032x}", "spanId": f"{number:016x}", "name": "chat",
        "startTimeUnixNano": str(BEGIN), "endTimeUnixNano": str(BEGIN + 10**9),
        "attributes": [{"key": "route", "value": {"stringValue": "orders"}}],
    }  # fmt: skip
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
