"""`assay watch ack` and `assay watch alerts`: who takes care of an alarm, and whom the watch tells."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from assay.domain.alerting import TEST, Case, Notice, urgency
from assay.domain.errors import ConfigurationError
from assay.domain.watched import Alarm
from assay.interfaces.alert_channels import book_of, plan_of, send_of
from assay.report.inert import one_line
from assay.report.moves import moved
from assay.report.watch import alarm_plain, moment, where
from assay.store.deliveries import Deliveries, Delivery
from assay.store.ledger.people import reviewer
from assay.store.watch_plans import NAME, read_watch_plan
from assay.traces.observed import NAME as OBSERVED

_DIR = click.option("--dir", "folder", metavar="DIR", type=click.Path(path_type=Path), default="watch",
                    show_default=True, help="State folder.")  # fmt: skip
_SHOWN = 50
_CHANNEL = ("name", "kind", "sent", "failed", "waiting", "dropped", "limited", "problem")


@click.command(
    epilog="Example:  assay watch ack 3f9a1c0b2d --by Ana --note 'the new prompt; rolling back'   "
    "Exit codes: 0 done, 2 no such alarm, or it is resolved already."
)
@click.argument("case", metavar="ALARM")
@click.option("--by", metavar="NAME", help="Who you are [$ASSAY_REVIEWER].")
@click.option("--owner", metavar="NAME", default="", help="Who takes care, where that is somebody else.")
@click.option("--note", metavar="TEXT", default="", help="What is known, what is done.")
@click.option("--resolve", is_flag=True, help="Say that it is over.")
@_DIR
def ack(case: str, by: str | None, owner: str, note: str, resolve: bool, folder: Path) -> int:
    """Take care of an alarm, or say that it is over: an entry of the watch's ledger, with a name."""
    name, book = reviewer(by), book_of(_there(folder))
    if resolve:
        found = book.resolve(case, by=name, note=note.strip())
    else:
        found = book.acknowledge(case, by=name, owner=reviewer(owner) if owner else "", note=note.strip())
    who = f", {found.owner} takes care" if found.state == "acknowledged" else ""
    click.echo(f"recorded: alarm {found.id} ({one_line(found.alarm.metric, 60)}) is {found.state}, by {name}{who}")
    return 0


@click.command(
    epilog="Example:  assay watch alerts || page-somebody   "
    "Exit codes: 0 no alarm is open, 1 one is, 2 usage; with --test 1 where a channel does not take it."
)
@click.option("--plan", "given", metavar="FILE", type=click.Path(path_type=Path), help="Watch file. [DIR/watch.yaml]")
@click.option("--all", "every", is_flag=True, help="Resolved alarms too.")
@click.option("--taken", is_flag=True, help="Count alarms that somebody took care of as open.")
@click.option("--test", is_flag=True, help="Tell every channel of the plan a message that says that it is a test.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@_DIR
def alerts(given: Path | None, every: bool, taken: bool, test: bool, form: str, folder: Path) -> int:
    """The alarms with their state, and how the channels do that are told of them. For cron: 1 where one is open."""
    if test:
        return _tested(folder, given)
    book = book_of(_there(folder))
    cases = sorted((one for one in book.cases() if every or one.state != "resolved"), key=urgency)
    channels = Deliveries(folder).all()
    if form == "json":
        told = {"problem": book.problem, **_plain(cases, channels)}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        click.echo("\n".join([*_unsound(book.problem), *_lines(cases, channels)]))
    waiting = {"open", "acknowledged"} if taken else {"open"}
    return 1 if any(one.state in waiting for one in cases) else 0


def _there(folder: Path) -> Path:
    if not (folder / OBSERVED).is_file():
        raise ConfigurationError(f"{folder}: no state folder of `assay watch serve` ({OBSERVED} is not there)")
    return folder


def _plain(cases: Sequence[Case], channels: Sequence[Delivery]) -> dict[str, Any]:
    return {
        "alarms": [
            {
                "case": one.id, "state": one.state, "owner": one.owner, "raised": one.at,
                "steps": [{"what": step.word, "by": step.by, "at": step.at, "note": step.note} for step in one.steps],
                **alarm_plain(one.alarm),
            }
            for one in cases
        ],
        "channels": [
            {name: getattr(one, name) for name in _CHANNEL} for one in channels
        ],
    }  # fmt: skip


def _unsound(problem: str) -> list[str]:
    return [f"LEDGER    {one_line(problem, 200)}; every alarm counts as open"] if problem else []


def _lines(cases: Sequence[Case], channels: Sequence[Delivery]) -> list[str]:
    lines = [f"{len(cases)} alarm{'s' if len(cases) != 1 else ''}"]
    for one in cases[:_SHOWN]:
        about = one.alarm
        owner = f", {one_line(one.owner, 40)} takes care" if one.owner else ""
        lines.append(
            f"  {about.severity:<8}  {one.id}  {one.state:<12}  {one_line(about.metric, 40)}, "
            f"{where(dict(about.segment))}: {moved(alarm_plain(about))} since {moment(about.since_ns)}{owner}"
        )
    lines += [f"  and {len(cases) - _SHOWN} more"] if len(cases) > _SHOWN else []
    for channel in channels:
        used = "works" if channel.tried_s else "not used yet"
        state = f"failing: {one_line(channel.problem, 100)}" if channel.problem else used
        lines.append(
            f"channel {channel.name} ({channel.kind}): {state}; {channel.sent} sent, {channel.failed} failed, "
            f"{channel.waiting} waiting, {channel.dropped} given up, {channel.limited} times at its limit"
        )
    return lines


def _tested(folder: Path, given: Path | None) -> int:
    """Tells every channel a message that says that it is a test."""
    plan = plan_of(folder, given)
    if not plan.channels:
        path = given or folder / NAME
        there = "names no channel under alerts.channels" if path.is_file() else "is not there, so there is no channel"
        raise ConfigurationError(
            f"{path}: the watch file {there}. Write the channels into it as docs/watch/alerts.md shows"
        )
    now = time.time()
    at = int(now * 1e9)
    name = read_watch_plan(given or folder / NAME).name
    alarm = Alarm(
        metric="test", segment=(), at_ns=at, since_ns=at, since_low_ns=at, since_high_ns=at, before=0.0, now=0.0,
        low=0.0, high=0.0, n=0, detector="none: this is a test of the channel", severity="low",
    )  # fmt: skip
    case = Case(id=TEST, alarm=alarm, state="resolved", at=moment(at))
    failed, book = 0, Deliveries(folder) if (folder / OBSERVED).is_file() else None
    for one in plan.channels:
        notice = Notice(id=f"test-{at}", items=((case, "resolved"),), seqs=(), at_s=now, link=plan.link, watch=name)
        posted = send_of(one)(notice)
        failed += not posted.ok
        if book is not None:
            book.tested(one.name, "" if posted.ok else posted.problem or f"HTTP {posted.status}", now)
        told = "taken" if posted.ok else f"not taken: {one_line(posted.problem, 150)}"
        click.echo(f"{one.name} ({one.kind}): {told}")
    return 1 if failed else 0
