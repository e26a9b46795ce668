"""Which alarms of a state folder the commands and channels see."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assay.domain.alerting import case_id
from assay.domain.span import Arrived, Span
from assay.domain.watched import Alarm
from assay.interfaces.alert_channels import book_of
from assay.interfaces.cli import run
from assay.interfaces.watch_status import state
from assay.report.status import status_text
from assay.traces.hot import HotTraces
from assay.traces.observed import NAME, Observed
from assay.traces.state import MOST, cases_of, standing

FIRST = Alarm(
    metric="toxicity", segment=(), at_ns=1, since_ns=1, since_low_ns=1, since_high_ns=1, before=0.0, now=1.0, low=0.5,
    high=1.0, n=5, detector="d", severity="critical",
)  # fmt: skip


def test_an_open_alarm_stays_in_sight_however_many_came_after_it(tmp_path: Path) -> None:
    """Names of tools and cohorts come from outside: a flood of alarms must not push out the one that counts."""
    observed = Observed(tmp_path / NAME)
    flood = [
        replace(FIRST, metric="new_tool", segment=(("tool", f"t{at}"),), at_ns=at, closed_ns=at)
        for at in range(2, MOST + 12)
    ]
    observed.keep([], [FIRST, *flood])
    cases = book_of(tmp_path, observed).cases()
    assert [one.alarm.metric for one in cases if one.alarm.closed_ns is None] == ["toxicity"]
    assert len(cases) == MOST + 1
    assert cases[0].alarm.segment == flood[-1].segment
    observed.close()


def test_an_empty_watch_speaks_of_no_figures_of_before(tmp_path: Path) -> None:
    HotTraces(tmp_path / "traces.db").close()
    said = status_text(state(tmp_path, 86_400.0, 10**18))
    assert "no span has come yet\n" in said and "of before" not in said
    assert "No figure: no trace of the last day is judged" in said


def test_the_most_urgent_alarm_comes_first_and_can_be_taken_by_its_digits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    HotTraces(tmp_path / "traces.db").close()
    observed = Observed(tmp_path / NAME)
    alarms = [
        FIRST,
        replace(FIRST, metric="errors", before=0.1, now=0.4, at_ns=2, severity="high"),
        replace(FIRST, metric="latency", before=100.0, now=150.0, at_ns=3, severity="high", unit="mean"),
        replace(FIRST, metric="thumbs_down", at_ns=4, severity="medium"),
    ]
    observed.keep([], alarms)
    where, urgent = ["--dir", str(tmp_path)], ["toxicity", "errors", "latency", "thumbs_down"]
    run(["watch", "status", *where])
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if "since 1970" in line]
    assert [row[2].rstrip(",") for row in rows] == urgent
    assert [row[0] for row in rows] == ["critical", "high", "high", "medium"]
    assert run(["watch", "ack", rows[0][1], "--by", "Ana", "--resolve", *where]) == 0
    assert "(toxicity) is resolved" in capsys.readouterr().out
    assert run(["watch", "alerts", "--all", *where]) == 1
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if "since 1970" in line]
    assert [row[3].rstrip(",") for row in rows] == [*urgent[1:], "toxicity"]
    assert [row[0] for row in rows] == ["high", "high", "medium", "critical"]
    run(["watch", "status", "--format", "json", *where])
    told = json.loads(capsys.readouterr().out)
    assert [one["case"] for one in told["alarms"]] == [case_id(one) for one in alarms[1:]]
    assert (told["open_alarms"], told["resolved_early"]) == (3, 1)
    observed.close()


@pytest.mark.parametrize(("spans", "told"), [(1, "1 trace waits and is"), (3, "3 traces wait and are")])
def test_a_watch_that_has_judged_nothing_yet_says_that_traces_wait(tmp_path: Path, spans: int, told: str) -> None:
    hot = HotTraces(tmp_path / "traces.db")
    came = [Span(trace=f"{at + 1:032x}", id=f"{at + 1:016x}", name="chat", start_ns=at + 1) for at in range(spans)]
    hot.add([Arrived(spans=tuple(came))], 10**18)
    hot.close()
    said = status_text(state(tmp_path, 86_400.0, 10**18))
    assert f"No figure yet, {told} judged while `assay watch serve` runs: no trace of the last day is judged" in said


def test_what_happened_once_stands_in_the_status_until_somebody_takes_it(tmp_path: Path) -> None:
    observed = Observed(tmp_path / NAME)
    cases = cases_of(tmp_path, observed)
    once = replace(FIRST, metric="new_tool", segment=(("tool", "drop_table"),), at_ns=5, closed_ns=5)
    over = replace(FIRST, metric="errors", at_ns=6, closed_ns=9)
    observed.keep([], [FIRST, once, over])
    assert [one.alarm.metric for one in standing(cases())] == ["new_tool", "toxicity"]
    book = book_of(tmp_path, observed)
    book.acknowledge(next(one.id for one in book.cases() if one.alarm.metric == "new_tool"), by="ana")
    assert [one.alarm.metric for one in standing(cases())] == ["toxicity"]
    observed.close()
