"""Which alarms of a state folder the commands and channels see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from assay.domain.watched import Alarm
from assay.interfaces import alert_channels
from assay.interfaces.alert_channels import book_of
from assay.traces.observed import NAME, Observed


def test_an_open_alarm_stays_in_sight_however_many_came_after_it(tmp_path: Path) -> None:
    """Names of tools and cohorts come from outside: a flood of alarms must not push out the one that counts."""
    observed = Observed(tmp_path / NAME)
    first = Alarm(
        metric="toxicity", segment=(), at_ns=1, since_ns=1, since_low_ns=1, since_high_ns=1, before=0.0, now=1.0,
        low=0.5, high=1.0, n=5, detector="d", severity="critical",
    )  # fmt: skip
    flood = [
        replace(first, metric="new_tool", segment=(("tool", f"t{at}"),), at_ns=at, closed_ns=at)
        for at in range(2, alert_channels.MOST + 12)
    ]
    observed.keep([], [first, *flood])
    cases = book_of(tmp_path, observed).cases()
    assert [one.alarm.metric for one in cases if one.alarm.closed_ns is None] == ["toxicity"]
    assert len(cases) == alert_channels.MOST + 1
    assert cases[0].alarm.segment == flood[-1].segment
    observed.close()
