"""Which alarms of a state folder the commands and channels see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from assay.domain.watched import Alarm
from assay.interfaces.alert_channels import book_of
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
