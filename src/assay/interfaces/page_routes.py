"""The page of a running watch: its routes, and the thread that tells people of alarms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.domain.alerting import AlertPlan, Case
from assay.domain.errors import ConfigurationError, MissingExtra
from assay.domain.people import Label
from assay.domain.watched import Segment
from assay.domain.watchplan import WatchPlan
from assay.interfaces.alert_channels import alerting, book_of
from assay.interfaces.page_runs import RunsSide
from assay.interfaces.page_watch import WatchSide
from assay.interfaces.released import released
from assay.interfaces.watch_keeping import cold_of
from assay.interfaces.watch_working import wanted
from assay.store.watch_plans import read_alerts, read_watch_plan
from assay.traces.cold_reading import ColdReading
from assay.traces.labelled import LabelItem, Word
from assay.web.shown import (
    BookLine,
    ChannelLine,
    Figure,
    LabelQueue,
    Overview,
    Point,
    Review,
    RunLine,
    Spread,
    TraceLine,
    TraceShown,
)

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from assay.web.app import House


@dataclass(frozen=True, slots=True)
class Sides:
    """All that the page shows: the watch, and beside it run folders, ledgers and canaries."""

    watch: WatchSide
    """Figures, alarms, traces."""
    beside: RunsSide
    """The rest."""

    def overview(self) -> Overview:
        return self.watch.overview()

    def figures(self) -> Sequence[Figure]:
        return self.watch.figures()

    def points(self, metric: str, segment: Segment) -> Sequence[Point]:
        return self.watch.points(metric, segment)

    def examples(self, metric: str, segment: Segment) -> Sequence[TraceLine]:
        return self.watch.examples(metric, segment)

    def spread(self, metric: str) -> Spread:
        return self.watch.spread(metric)

    def cases(self) -> Sequence[Case]:
        return self.watch.cases()

    def traces(self, wanted: str, most: int) -> tuple[Sequence[TraceLine], Sequence[str]]:
        return self.watch.traces(wanted, most)

    def trace(self, id: str) -> TraceShown | None:
        return self.watch.trace(id)

    def canaries(self) -> Sequence[Mapping[str, Any]]:
        return self.beside.canaries()

    def runs(self) -> Sequence[RunLine]:
        return self.beside.runs()

    def reviews(self) -> Sequence[Review]:
        return self.beside.reviews()

    def label_queues(self) -> Sequence[LabelQueue]:
        return self.watch.label_queues()

    def to_label(self, metric: str, after: str) -> LabelItem | None:
        return self.watch.to_label(metric, after)

    def books(self) -> Sequence[BookLine]:
        return self.beside.books()

    def channels(self) -> Sequence[ChannelLine]:
        return self.beside.channels()

    def acknowledge(self, case: str, *, by: str, owner: str, note: str) -> None:
        self.watch.acknowledge(case, by=by, owner=owner, note=note)

    def resolve(self, case: str, *, by: str, note: str) -> None:
        self.watch.resolve(case, by=by, note=note)

    def label(self, metric: str, trace: str, *, word: Word, picked: bool, by: str) -> None:
        self.watch.label(metric, trace, word=word, picked=picked, by=by)

    def judge(self, run: str, item: str, *, label: Label, reason: str, by: str) -> None:
        self.beside.judge(run, item, label=label, reason=reason, by=by)


@contextmanager
def pages(house: House, settings: Mapping[str, Any]) -> Iterator[Sequence[BaseRoute]]:
    """The routes of the page; while they are served, people are told of alarms.

    Args:
        house: The running watch.
        settings: Those of the process beside, and as far as given `title`, `show`, `canaries`.

    Raises:
        ConfigurationError: A folder is no run, two have the same name, or a secret of a channel is not set.
        PlanError: The plan cannot be read.
    """
    from assay.web.page import Page

    plan = Path(settings["plan"]) if settings.get("plan") else None
    run = Path(settings["run"]) if settings.get("run") else None
    read = read_watch_plan(plan) if plan else None
    title = str(settings.get("title") or (read.name if read else ""))
    telling = alerting(house.folder, read_alerts(plan) if plan else AlertPlan(), house.observed, title)
    watch = WatchSide(
        folder=house.folder, hot=house.hot, observed=house.observed, book=book_of(house.folder, house.observed),
        wanted=lambda: wanted(settings), released=released(run) if run else {}, title=title or "production",
        plan=read or WatchPlan(),
        cold=_cold(house), silent_s=house.silent_s,
    )  # fmt: skip
    shown = _runs([*_released(run, read), *map(Path, settings.get("show", ()))])
    beside = RunsSide(
        folder=house.folder, runs_at=shown, canaries_at=tuple(map(Path, settings.get("canaries", ()))),
        trouble=lambda: telling.problem,
    )  # fmt: skip
    house.people, house.channels = watch.people, beside.channels
    telling.start()
    try:
        yield Page(shown=Sides(watch, beside), doors=house.doors).routes()
    finally:
        telling.stop()


def _cold(house: House) -> ColdReading | None:
    try:
        return cold_of(house.folder, house.hot)
    except MissingExtra:
        return None


def _released(run: Path | None, plan: WatchPlan | None) -> Iterator[Path]:
    """The run that is watched: that of the command, and the plan's, as far as they are at hand."""
    if run and run.is_dir():
        yield run
    if plan and plan.run and (Path(plan.run) / "run.sqlite").is_file():
        yield Path(plan.run)


def _runs(given: Sequence[Path]) -> tuple[Path, ...]:
    folders = tuple(dict.fromkeys(one.resolve() for one in given))
    for one in folders:
        if not (one / "run.sqlite").is_file():
            raise ConfigurationError(f"--show {one}: no run folder (run.sqlite is not there)")
        if sum(other.name == one.name for other in folders) > 1:
            raise ConfigurationError(f"--show: two folders are called '{one.name}'; rename one: the page names them so")
    return folders
