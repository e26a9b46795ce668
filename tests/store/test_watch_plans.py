from __future__ import annotations

from pathlib import Path

import pytest

from assay.domain.errors import PlanError
from assay.domain.watched import Monitor
from assay.store.watch_plans import read_watch_plan, seconds, unknown_metrics

WHOLE = """
watch: 1
name: support
run: runs/support
segments: [route, tier, route]
baseline: 12h
scorers: [refusal, {type: verbosity}]
monitors:
  refusal: {worse: either, reference: 0.04, tolerated: 0.5, least: 0.01, severity: high, owner: ana}
  latency:
  cost: off
promise: {values_between: 1000, streams: 20, look_every: 1h, looks_alpha: 0.01}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "watch.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plan_is_read_whole(tmp_path: Path) -> None:
    plan = read_watch_plan(written(tmp_path, WHOLE))
    assert (plan.name, plan.segments, plan.baseline_s) == ("support", ("route", "tier"), 12 * 3600)
    assert plan.run == str((tmp_path / "runs" / "support").resolve())
    assert (plan.values_between, plan.streams, plan.look_every_s, plan.looks_alpha) == (1000, 20, 3600, 0.01)
    changed = plan.monitor(Monitor(metric="refusal", kind="rate", scorer="refusal 3"))
    assert changed == Monitor(
        metric="refusal", kind="rate", scorer="refusal 3", worse="either", reference=0.04, tolerated=0.5, least=0.01,
        severity="high", owner="ana",
    )  # fmt: skip
    assert plan.monitor(Monitor(metric="cost", kind="amount")) is None
    assert plan.monitor(Monitor(metric="latency", kind="amount")) == Monitor(metric="latency", kind="amount")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("watch: 2", "reads `watch: 1`"),
        ("name: x", "watch"),
        ("watch: 1\nsegmnts: [a]", "Did you mean 'segments'"),
        ("watch: 1\nbaseline: soon", "such as 7d"),
        ("watch: 1\nmonitors: {refusal: {tolerated: -1}}", "greater than 0"),
        ("watch: 1\nmonitors: {refusal: {worse: sideways}}", "higher"),
        ("watch: 1\npromise: {looks_alpha: 2}", "less than 1"),
    ],
)
def test_what_a_plan_says_wrongly_is_named_with_its_line(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(PlanError, match=r"watch\.yaml") as caught:
        read_watch_plan(written(tmp_path, text))
    assert why in str(caught.value)


def test_a_monitor_of_nothing_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "watch: 1\nmonitors: {refusals: off}")
    with pytest.raises(PlanError, match="Did you mean 'refusal'"):
        unknown_metrics(read_watch_plan(path), frozenset(("refusal", "latency")), path)


@pytest.mark.parametrize("given", ["7", "d", "-1d", "", "7 days", None])
def test_what_is_no_duration_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match="such as 7d"):
        seconds(given)
