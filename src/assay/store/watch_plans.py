"""Plans of the watch (YAML): what is watched, in which cohorts, against what, and with what promise; read strictly."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from assay.domain.alerting import AlertPlan
from assay.domain.errors import PlanError
from assay.domain.watchplan import WatchPlan
from assay.store.alert_plans import AlertsFile, alert_plan
from assay.store.documents import checked, read_document
from assay.store.planfile import Strict

NAME = "watch.yaml"
"""Name of the file in a state folder."""
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}
"""Seconds of each unit of a duration."""


def seconds(given: Any) -> float:
    """Seconds of a duration such as 7d, 12h, 90s.

    Raises:
        ValueError: It is none.

    Examples:
        >>> seconds("2d"), seconds("90s")
        (172800.0, 90.0)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw])", str(given).strip().lower())
    if found is None:
        raise ValueError("expected a number and s, m, h, d or w, such as 7d")
    return float(found[1]) * UNITS[found[2]]


Duration = Annotated[float, BeforeValidator(seconds)]
_Key = Annotated[str, Field(min_length=1, max_length=200)]
_Rate = Annotated[float, Field(ge=0, le=1)]


def _off(value: Any) -> Any:
    return {"off": True} if value == "off" else {} if value is None else value


class MonitorFile(Strict):
    """What of a monitor differs from the default; `off` alone switches it off."""

    off: bool = Field(False, description="Not watched")
    worse: Literal["higher", "lower", "either"] | None = Field(None, description="Which way is worse")
    reference: _Rate | None = Field(None, description="The figure it is held against; without one the baseline's")
    reference_n: Annotated[int, Field(ge=0)] | None = Field(
        None, description="Values that the reference comes from: the fewer, the more is tolerated; none: it is certain"
    )
    tolerated: Annotated[float, Field(gt=0, le=10)] | None = Field(
        None, description="How far it may move: a share of the reference"
    )
    least: Annotated[float, Field(gt=0, lt=1)] | None = Field(None, description="Smallest move of a rate that counts")
    share: Annotated[float, Field(gt=0, le=1)] | None = Field(None, description="Share of traces that is judged")
    severity: Literal["low", "medium", "high", "critical"] | None = Field(None, description="How urgent an alarm is")
    owner: str | None = Field(None, max_length=200, description="Who is told")


class PromiseFile(Strict):
    """What is promised about false alarms."""

    values_between: Annotated[float, Field(ge=100, le=1e9)] = Field(
        6_500.0, description="At the tolerated rate: values of each stream between two false alarms of all"
    )
    streams: Annotated[int, Field(ge=1, le=100_000)] = Field(50, description="Streams that share this promise")
    look_every: Duration = Field(86_400.0, description="Time between looks at distributions")
    looks_alpha: Annotated[float, Field(gt=0, lt=1)] = Field(0.05, description="Any false alarm of all looks")


def _known(value: int) -> int:
    if value != 1:
        raise ValueError("this version of assay reads `watch: 1`")
    return value


class WatchFile(Strict):
    """A plan of the watch."""

    watch: Annotated[int, AfterValidator(_known)] = Field(description="Version of this form: 1")
    name: str = Field("watch", min_length=1, max_length=200, description="For people")
    run: str = Field("", description="Folder of the released run")
    segments: list[_Key] = Field(default_factory=list, description="Attributes whose values are cohorts")
    most_segments: Annotated[int, Field(ge=1, le=10_000)] = Field(50, description="Values of a key watched by name")
    baseline: Duration = Field(7 * 86_400.0, description="How long the beginning of the stream is the reference")
    scorers: list[str | dict[str, Any]] = Field(default_factory=list, description="Who judges; none: the defaults")
    steps: str = Field("", description="Policy of an agent's steps (see the page on steps)")
    monitors: dict[_Key, Annotated[MonitorFile, BeforeValidator(_off)]] = Field(
        default_factory=dict, description="Metric -> what of its monitor differs from the default, or `off`"
    )
    silence_after: Duration | None = Field(None, description="Raise an alarm when no span came for so long")
    promise: PromiseFile | None = Field(None, description="What is promised about false alarms")
    alerts: AlertsFile | None = Field(None, description="Whom alarms are told, and how")


def read_watch_plan(path: Path) -> WatchPlan:
    """The plan of the watch in a file.

    Raises:
        PlanError: It cannot be read, or does not keep the form: each problem with its line, an unknown key with the
            nearest known one.
    """
    written = checked(read_document(path), WatchFile)
    promise = written.promise or PromiseFile.model_validate({})
    changed = {name: one.model_dump(exclude={"off"}, exclude_none=True) for name, one in written.monitors.items()}
    return WatchPlan(
        name=written.name,
        run=_beside(path, written.run),
        segments=tuple(dict.fromkeys(written.segments)),
        most_segments=written.most_segments,
        baseline_s=written.baseline,
        silence_s=written.silence_after,
        scorers=tuple(written.scorers),
        steps=_beside(path, written.steps),
        monitors=changed,
        off=frozenset(name for name, one in written.monitors.items() if one.off),
        values_between=promise.values_between,
        streams=promise.streams,
        look_every_s=promise.look_every,
        looks_alpha=promise.looks_alpha,
    )


def read_alerts(path: Path) -> AlertPlan:
    """What the plan in a file says of alerts.

    Raises:
        PlanError: As `read_watch_plan`.
    """
    return alert_plan(checked(read_document(path), WatchFile).alerts, path.parent)


def _beside(path: Path, name: str) -> str:
    """A run's folder or a file, named from where the plan lies."""
    return str((path.parent / name).resolve()) if name and not Path(name).is_absolute() else name


def unknown_metrics(plan: WatchPlan, metrics: frozenset[str], path: Path) -> None:
    """Refuses monitors of metrics that nothing makes.

    Raises:
        PlanError: There is one, with the nearest that there are.
    """
    import difflib

    for name in sorted({*plan.monitors, *plan.off} - metrics):
        close = difflib.get_close_matches(name, metrics, 1)
        hint = f" Did you mean '{close[0]}'?" if close else ""
        raise PlanError(f"{path}: monitors.{name}: no scorer of this plan, and no trace, makes that metric.{hint}")
