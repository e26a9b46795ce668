"""`assay watch label`: people say of traces that were drawn at random whether a scorer is right."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import click

from assay.domain.errors import ConfigurationError
from assay.interfaces.label_files import read_rows, write_rows
from assay.interfaces.labelling import ALTERED, Drew, draw, left, rates, readable, waiting
from assay.interfaces.watch_replay import Duration
from assay.interfaces.watch_working import HOT
from assay.report.inert import one_line
from assay.report.labels import label_lines, label_plain
from assay.report.sidebyside import block
from assay.report.watch import moment
from assay.report.words import plural
from assay.store.ledger.people import REVIEWER, reviewer
from assay.traces.hot import HotTraces
from assay.traces.label_book import LabelBook
from assay.traces.labelled import WORDS, LabelItem, Spoken
from assay.traces.observed import NAME, Observed

_SHOWN = 20
"""Bad rows that are named."""
DRAWN = 100
"""Traces that are drawn where nobody says how many."""
NOBODY = "assay"
"""Who draws for a file where nobody is named; each word in it has a name when it is read back."""
Answer = Literal["yes", "no", "unsure", "skip", "quit"]
_ANSWERS: tuple[Answer, ...] = get_args(Answer)


class _Desk(NamedTuple):
    folder: Path
    hot: HotTraces
    observed: Observed
    book: LabelBook
    metric: str


@click.command(
    epilog="Example:  assay watch label refusal --draw 150 --by Ana   "
    "Exit codes: 0 done, also when stopped early, 1 rows of --import were not taken, 2 usage, 5 it failed."
)
@click.argument("metric", required=False)
@click.option("--draw", "wanted", metavar="N", type=click.IntRange(min=1),
              help="Draw about N traces in all, each by itself; earlier ones count. [100 the first time]")  # fmt: skip
@click.option("--since", metavar="TIME", type=Duration(), default="7d", show_default=True,
              help="With --draw: traces that began so long ago at most.")  # fmt: skip
@click.option("--seed", type=int, help="With the first --draw of a metric: of the drawing. [1]")
@click.option("--by", metavar="NAME", help="Who you are [$ASSAY_REVIEWER].")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="Ask of, or export, at most N traces.")
@click.option("--second", is_flag=True, help="Traces that others labelled, without their word: do people agree?")
@click.option("--show-verdict", "verdict", is_flag=True, help="Show what the scorer says. People then follow it.")
@click.option("--export", "target", metavar="FILE", type=click.Path(path_type=Path),
              help="Write the traces that wait, to be filled in: .csv, else JSON Lines; - prints.")  # fmt: skip
@click.option("--import", "filled", metavar="FILE", type=click.Path(path_type=Path), help="Read such a file back.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--dir", "folder", metavar="DIR", type=click.Path(path_type=Path), default="watch", show_default=True,
              help="State folder.")  # fmt: skip
def label(
    metric: str | None, wanted: int | None, since: float, seed: int | None, by: str | None, limit: int | None,
    second: bool, verdict: bool, target: Path | None, filled: Path | None, form: str, folder: Path,
) -> int:  # fmt: skip
    """Draw traces at random, and say of each whether METRIC holds: the rate is then corrected by your words.

    On a terminal it shows one after another and asks; leave with q or Ctrl-C and go on later.
    With --export and --import a file is filled in elsewhere. Elsewhere, or without METRIC, it
    says how far labelling is. Each word is an entry of the watch's ledger, with a name.
    """
    if metric is None and (wanted or target or filled or second):
        raise click.UsageError("say which METRIC is labelled")
    if target is not None and filled is not None:
        raise click.UsageError("give one of --export and --import")
    with _desk(folder, metric or "") as desk:
        if metric is None:
            return _state(desk, desk.book.metrics(), form)
        if filled is not None:
            return _import(desk, filled, reviewer(by), form)
        if wanted is not None or desk.book.draw(metric) is None:
            _draw(desk, wanted or DRAWN, since, seed, _drawer(by, target))
        elif seed is not None:
            raise click.UsageError("--seed goes with --draw")
        name = reviewer(by) if second else ""
        wait = readable(desk.hot, metric, waiting(desk.book, metric, name, second=second))
        asked = [one for one, _ in zip(wait, range(limit or sys.maxsize), strict=False)]
        if target is not None:
            count = write_rows(target, asked, verdict=verdict)
            fill = f"fill in 'label' ({', '.join(WORDS)})"
            click.echo(f"wrote {plural(count, 'row')}; {fill}, then give --import {target}", err=True)
            return 0
        if form == "text" and sys.stdin.isatty() and sys.stdout.isatty():
            return _ask(desk, asked, reviewer(by), verdict)
        return _state(desk, [metric], form)


@contextmanager
def _desk(folder: Path, metric: str) -> Iterator[_Desk]:
    if not (folder / HOT).is_file():
        raise ConfigurationError(f"{folder}: no state folder of `assay watch serve` ({HOT} is not there)")
    hot, observed = HotTraces(folder / HOT), Observed(folder / NAME)
    try:
        yield _Desk(folder, hot, observed, LabelBook(folder, observed), metric)
    finally:
        observed.close()
        hot.close()


def _drawer(by: str | None, target: Path | None) -> str:
    """Who draws: somebody, or nobody in particular where a file is only written for others to fill in."""
    return NOBODY if target is not None and by is None and not os.environ.get(REVIEWER) else reviewer(by)


def _draw(desk: _Desk, wanted: int, since: float, seed: int | None, by: str) -> None:
    now = time.time_ns()
    made = draw(desk.book, desk.hot, desk.observed, desk.metric, wanted, now - int(since * 1e9), now, by, seed)
    click.echo(_drew(made), err=True)


def _drew(made: Drew) -> str:
    one = made.draw
    before = f", {made.told} of them labelled before" if made.told else ""
    gone = f"; {plural(made.unreadable, 'trace')} left out that can no longer be read" if made.unreadable else ""
    return (
        f"drew {made.drawn} of {plural(one.population, 'trace')} judged since {moment(one.low_ns)}{before}{gone}. "
        "Each is drawn by itself, so the number is near what was wanted"
    )


def _state(desk: _Desk, metrics: Sequence[str], form: str) -> int:
    found = rates(desk.book, metrics)
    if form == "json":
        more = {
            one: {
                "picked": desk.book.picked(one), "unvouched": desk.book.unvouched(one),
                "altered": desk.book.altered().get(one, 0),
                **left(desk.book, desk.hot, one)._asdict(),
            }
            for one in metrics
        }  # fmt: skip
        told = [{**label_plain(one), **more[one.metric]} for one in found]
        click.echo(json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False))
    elif not found:
        click.echo(f"nothing was drawn for people; assay watch label METRIC --draw {DRAWN} --dir {desk.folder}")
    else:
        click.echo("\n".join(label_lines([label_plain(one) for one in found])))
        for one in metrics:
            _aside(desk, one)
    return 0


def _aside(desk: _Desk, metric: str) -> None:
    """What stands beside the rate and does not count."""
    passed, gone = left(desk.book, desk.hot, metric)
    told = (
        (desk.book.picked(metric), "that people picked themselves: kept, and not counted"),
        (passed, "passed over: say unsure where nobody can tell; a chosen part is no random one"),
        (gone, "drawn, not labelled, and no longer kept for reading: the labelled ones stand for them"),
        (desk.book.unvouched(metric), "whose word is not as the ledger has it: not counted"),
    )
    for count, what in told:
        if count:
            click.echo(f"  {one_line(metric, 40)}: {plural(count, 'trace')} {what}")
    if count := desk.book.altered().get(metric, 0):
        click.echo(f"  {ALTERED.format(metric=one_line(metric, 40), rows=plural(count, 'row'))}")


def _import(desk: _Desk, path: Path, by: str, form: str) -> int:
    """Rows are read one by one; those that can be taken are, and the others are named."""
    found = read_rows(path, desk.metric)
    known = desk.book.known(one.trace for one in found.said)
    found.bad += [
        f"{path.name}:{line}: trace '{one.trace[:40]}' is not there: it was erased, or never came"
        for one, line in zip(found.said, found.lines, strict=True)
        if one.trace not in known
    ]
    became = desk.book.say(desk.metric, [one for one in found.said if one.trace in known], by)
    counts: dict[str, Any] = {word: became.count(word) for word in ("drawn", "picked", "same")}
    counts |= {"blank": found.blank, "repeated": found.repeated, "bad": len(found.bad)}
    if form == "json":
        click.echo(json.dumps({**counts, "problems": found.bad}, indent=2, ensure_ascii=False))
    else:
        click.echo(
            f"recorded {counts['drawn']} labels by {by}; {counts['same']} were there already, {found.blank} are blank, "
            f"{found.repeated} stand there twice, {counts['picked']} are of traces that were not drawn and correct "
            f"nothing, {plural(len(found.bad), 'row')} not taken"
        )
        for one in found.bad[:_SHOWN]:
            click.echo(f"  {one_line(one, 200)}", err=True)
        if len(found.bad) > _SHOWN:
            click.echo(f"  and {len(found.bad) - _SHOWN} more; --format json has all", err=True)
        _state(desk, [desk.metric] if desk.book.draw(desk.metric) else [], form)
    return 1 if found.bad else 0


def _ask(desk: _Desk, asked: Sequence[LabelItem], by: str, verdict: bool) -> int:
    """One trace after another; each word is kept at once, so that leaving loses nothing."""
    done = 0
    try:
        for place, one in enumerate(asked, 1):
            _show(one, place, len(asked), verdict)
            word = click.prompt("[y]es, [n]o, [u]nsure, [s]kip or [q]uit", value_proc=_word)
            if word == "quit":
                break
            if word != "skip":
                desk.book.say(desk.metric, [Spoken(trace=one.trace, word=word)], by)
                done += 1
    except (click.Abort, KeyboardInterrupt):
        click.echo()
    click.echo(f"\nrecorded {plural(done, 'label')} by {by}" + ("" if asked else "; nothing waits to be labelled"))
    return _state(desk, [desk.metric], "text")


def _show(one: LabelItem, place: int, count: int, verdict: bool) -> None:
    width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 160))
    click.echo(f"\n── {place} of {count}  trace {one.trace}  {moment(one.start_ns)}")
    for title, text in (("asked", one.turns), ("retrieved", one.passages), ("answered", one.answer or "(nothing)")):
        if text:
            click.echo("\n".join((f"  {title}", *block(text, width, "    "))))
    if verdict:
        click.echo(f"  the scorer says {'yes' if one.verdict >= 0.5 else 'no'} ({one.verdict:.3g})")
    click.echo(f"  {one_line(one.statement, width)}")


def _word(given: str) -> Answer:
    said = given.strip().lower()
    found = next((one for one in _ANSWERS if said and one.startswith(said)), None)
    if found is None:
        raise click.UsageError(f"expected one of {', '.join(_ANSWERS)}, or its first letter")
    return found
