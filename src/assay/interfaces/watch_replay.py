"""`assay watch replay`: recorded traffic through the monitors, by its own clock."""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from assay.domain.errors import DataError
from assay.domain.trace import Trace
from assay.domain.watched import Alarm
from assay.interfaces.data_progress import RowProgress
from assay.interfaces.data_writing import put
from assay.interfaces.watch_glancing import MOST_JOBS, Asked, cores, glancing
from assay.interfaces.watch_made import watched
from assay.report.inert import one_line
from assay.report.spread import percentiles_plain, spread_lines, words_plain
from assay.report.unread import unread
from assay.report.watch import alarm_plain, rate_plain, watch_text
from assay.store.watch_plans import seconds
from assay.traces.chats import Row
from assay.traces.files import Replayed
from assay.watch.defaults import SCORERS
from assay.watch.pipeline import Pipeline
from assay.watch.segments import UNSEEN
from assay.watch.spread import percentiles, words

_SORTED = 200_000
"""Traces that are put in order of their time before they are watched; more are watched as they come."""

_NOTHING = (
    "all traces lie within the reference, so nothing was held against it: give a shorter --baseline, or --run; "
    "traces without a time belong to the reference"
)
_Item = Trace | Row
_MANY = 5_000
"""Traces from which several processes are worth their start."""
_EVERY = 50
"""Traces after which it is looked whether to say how far it is."""


class Duration(click.ParamType[float]):
    """A time such as 7d, 12h, 30m; gives seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds."""
        if isinstance(value, int | float):
            return float(value)
        try:
            return seconds(value)
        except ValueError as error:
            self.fail(f"'{value}' is no duration: {error}", param, ctx)


@click.command(
    epilog="Example:  assay watch replay traces.jsonl --segment route --baseline 7d --format json   "
    "Exit codes: 0 no alarm, 1 an alarm, 2 usage or nothing to read."
)
@click.argument("names", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--segment", metavar="KEY", multiple=True,
    help="Watch each value of this attribute of the root span or the resource; repeatable.",
)  # fmt: skip
@click.option(
    "--plan", metavar="FILE", type=click.Path(path_type=Path),
    help="What is watched (see `assay watch init`); options given beside it come first.",
)  # fmt: skip
@click.option(
    "--run", metavar="RUN", type=click.Path(path_type=Path),
    help="Hold rates against what this run's candidate scored; other figures against the baseline.",
)  # fmt: skip
@click.option(
    "--baseline", type=Duration(),
    help="How long the beginning of the stream is the reference. [7d]",
)  # fmt: skip
@click.option(
    "--scorer", metavar="NAME", multiple=True, help=f"Who judges; repeatable, `none` for nobody. [{', '.join(SCORERS)}]"
)
@click.option("--policy", metavar="FILE", type=click.Path(path_type=Path), help="A policy of steps that agents keep.")
@click.option(
    "--jobs", metavar="N", type=click.IntRange(1, 64),
    help=f"Processes that look at traces. [as many as cores, at most {MOST_JOBS}; 1 below {_MANY:,} traces]",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-o", "target", metavar="FILE", type=click.Path(path_type=Path), help="Write here; - is standard output.")
def replay(
    names: tuple[Path, ...],
    segment: tuple[str, ...],
    plan: Path | None,
    run: Path | None,
    baseline: float | None,
    scorer: tuple[str, ...],
    policy: Path | None,
    jobs: int | None,
    form: str,
    target: Path | None,
) -> int:
    """Watch recorded traffic: OTLP in JSON, JSON Lines of chats, logs of Inspect.

    The first part of the stream is the reference; what comes after is held against it, by the time of the spans.
    """
    read = Replayed()
    made = watched(plan, segment=segment, scorer=scorer, baseline_s=baseline, run=run, policy=policy)
    places: dict[str, str] = {}
    held, stream = _ordered(read, names, places)
    who = Asked(plan, segment, scorer, policy)
    with glancing(who, _jobs(jobs, who, len(held)), made.glancer, read) as glances:
        deque(made.run(_shown(held, stream), glances), maxlen=0)
    alarms = made.alarms
    if not read.traces:
        raise DataError(f"{', '.join(map(str, names))}: no trace to watch. {_lost(read)}")
    put(_rendered(form, read, made, alarms, places), target)
    if read.rejected:
        click.echo(f"warning: {_lost(read)}", err=True)
    for key in made.unseen:
        click.echo(f"warning: {UNSEEN.format(key=one_line(key, 80))}", err=True)
    if not made.watched:
        click.echo(f"warning: {_NOTHING}", err=True)
    return 1 if alarms else 0


def _jobs(wanted: int | None, who: Asked, items: int) -> int:
    """Processes that look: as many as wanted; else as cores, where that is worth it and this is a command line of its
    own, for a script of somebody else's would be begun once more by each of them.
    """
    if not who.readable_again:
        return 1
    alone = bool(click.get_current_context().obj)
    return wanted or (min(cores(), MOST_JOBS) if alone and items >= _MANY else 1)


def _ordered(read: Replayed, names: Iterable[Path], places: dict[str, str]) -> tuple[list[_Item], Iterator[_Item]]:
    """The traces of all files by their time, as far as they fit into memory together, and those after; notes where the
    former stand.
    """
    progress = RowProgress(not sys.stderr.isatty(), "traces read", _EVERY)
    held: list[_Item] = []
    stream = (item for name in names for item in read.rows(name))
    for trace in stream:
        held.append(trace)
        places[trace.id] = trace.place
        progress.step()
        if len(held) >= _SORTED:
            break
    progress.end()
    held.sort(key=lambda trace: trace.start_ns)
    return held, stream


def _shown(held: list[_Item], stream: Iterator[_Item]) -> Iterator[_Item]:
    """The traces one after another, each let go; a terminal is told how many were watched."""
    progress = RowProgress(not sys.stderr.isatty(), f"of {len(held):,} traces watched", _EVERY)
    held.reverse()
    while held:
        yield held.pop()
        progress.step()
    progress.end()
    more = next(stream, None)
    if more is not None:
        click.echo(f"warning: more than {_SORTED:,} traces; those after are watched as they come", err=True)
        yield more
        yield from stream


def _lost(read: Replayed) -> str:
    told = unread(read.rejected, read.places)
    return f"Not read: {told}" if told else "The files are empty"


def _rendered(form: str, read: Replayed, made: Pipeline, alarms: list[Alarm], places: Mapping[str, str]) -> str:
    rates = made.rates()
    told: dict[str, Any] = {
        "traces": read.traces,
        "spans": read.spans,
        "rejected": sum(read.rejected.values()),
        "rejected_by_cause": dict(read.rejected),
        "watched": made.watched,
        "odd": dict(sorted(made.problems.items())),
        "scored": made.scored,
        "alarms": [alarm_plain(one) for one in alarms],
        "places": {name: places[name] for one in alarms for name in one.examples if places.get(name)},
        "rates": [rate_plain(one) for one in rates],
        "percentiles": [percentiles_plain(one) for one in percentiles(made.spread)],
        "words": [words_plain(one) for one in words(made.spread)],
    }
    if form == "json":
        return json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    more = spread_lines(told["percentiles"], told["words"])
    return watch_text(told, colour=sys.stdout.isatty()) + "".join(f"{line}\n" for line in more)
