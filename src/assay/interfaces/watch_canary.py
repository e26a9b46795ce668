"""`assay watch canary`: widen, wait, hold or roll back, by evidence from both arms."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from assay.domain.canary import EXIT_CODES, Decided, Rollout
from assay.domain.errors import DataError, MissingSecret, RunConflict, RunFailed
from assay.domain.trace import Trace
from assay.interfaces.canary_held import ENTRY, entry, unaltered
from assay.interfaces.ledger_entry import tell_once
from assay.interfaces.runs import write_whole
from assay.report.canary import decision_plain, decision_text
from assay.store.canary_policy import read_canary
from assay.store.canary_state import CanaryState, set_aside
from assay.traces.assembly import trace_of
from assay.traces.files import Replayed
from assay.traces.hot import HotTraces
from assay.watch.canary_progress import Progress
from assay.watch.canary_reading import Reader, Request
from assay.watch.posting import Poster

DECISION = "decision.json"
"""The decision's file in a canary's folder."""
SECRET = "ASSAY_WEBHOOK_SECRET"
"""Environment variable with the key that signs messages."""
QUIET_S = 60
"""A trace of the database is read when it began, and no span of it came, so long ago."""
OPEN_S = 600
"""A trace whose outermost span is not there, or that never falls quiet, is read as it stands when it began so long ago:
exporters send a span when it ends, so that a request under way has children and no root."""
LATE_S = 3600
"""Traces of the database are looked for so long before the last one that was read; of older ones those that came since
the look before."""
AHEAD_NS = 86_400 * 10**9
"""A trace so far ahead of the clock has a wrong time: it must not become the clock of the others."""
_SAME = ("decision", "step", "codes", "share")


@click.command(
    epilog="Example:  assay watch canary canary.yaml --db watch/traces.db -o canaries/v5   "
    "Exit codes: 0 widened or complete, 1 roll back, 2 usage, 3 hold for people, 4 wait, 5 its file was altered."
)
@click.argument("policy_file", metavar="POLICY", type=click.Path(path_type=Path))
@click.argument("names", metavar="FILE...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--db", type=click.Path(path_type=Path), help="Read the traces of this database, beside or without files."
)
@click.option(
    "-o", "folder", metavar="DIR", required=True, type=click.Path(path_type=Path), help="Folder of the canary."
)
@click.option(
    "--ledger", "book", metavar="PATH", type=click.Path(path_type=Path), help="Tell this ledger [that of DIR]."
)
@click.option("--webhook", metavar="URL", help=f"Send each decision here; signed where {SECRET} is set.")
@click.option("--now", metavar="TIME", help="The clock, ISO 8601 [now; with files alone the last trace's time].")
@click.option("--fresh", is_flag=True, help="Begin a new canary; the state of the one before is set aside.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def canary(
    policy_file: Path,
    names: tuple[Path, ...],
    db: Path | None,
    folder: Path,
    book: Path | None,
    webhook: str | None,
    now: str | None,
    fresh: bool,
    form: str,
) -> int:
    """Decide about a canary beside its control; give the command again as traces come.

    POLICY says which attribute is the arm, which figures may not get worse by how much, and the steps. The share
    that the canary should have stands in DIR/decision.json; traffic is never touched.
    """
    policy = read_canary(policy_file)
    reader = Reader(policy)
    poster = _poster(webhook)
    if not names and db is None:
        raise click.UsageError("give files of traces, or a database with --db")
    if fresh:
        set_aside(folder)
    with CanaryState(folder) as state:
        told = _look(state, policy, reader, names, db, _clock(now), book or folder)
        plain = decision_plain(policy, told, state.id)
        write_whole(folder / DECISION, json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
        _tell(state, book or folder, poster)
    click.echo(json.dumps(plain, indent=2, ensure_ascii=False) if form == "json" else decision_text(plain).rstrip())
    return EXIT_CODES[told.word]


def _look(
    state: CanaryState, policy: Rollout, reader: Reader, names: Sequence[Path], db: Path | None, now: int | None,
    book: Path,
) -> Decided:  # fmt: skip
    """Takes in what is new, decides once, and keeps both in one step."""
    with state.look():
        progress = _restored(state, policy)
        unaltered(state, progress, book)
        clock = now or (time.time_ns() if db is not None else None)
        before, came = (int(state.fact(name) or 0) for name in ("read_ns", "came_ns"))
        requests = []
        until = clock or time.time_ns()
        for name, made in _read(reader, _traces(names, db, until, before, came)):
            ahead = isinstance(made, Request) and made.time_ns > until + AHEAD_NS
            if isinstance(made, Request) and not ahead:
                requests += [made] if clock is None or made.time_ns <= clock else []
            elif state.trace(name):
                progress.left_out[made if isinstance(made, str) else "clock_ahead"] += 1
        requests.sort(key=lambda one: (one.time_ns, one.trace))
        progress.take(requests, state)
        last = max([before, *(one.time_ns for one in requests[-1:])])
        told = progress.decide(
            clock or max(last, 1),
            {one.name: reader.higher_is_worse(one.name) for one in policy.guards},
            state,
        )
        state.set_fact("read_ns", str(last))
        if db is not None:
            state.set_fact("came_ns", str(max(came, until - QUIET_S * 10**9)))
        state.set_fact("progress", json.dumps(progress.plain()))
        state.decided({**decision_plain(policy, told, state.id), "read": state.read}, _SAME)
    return told


def _restored(state: CanaryState, policy: Rollout) -> Progress:
    known = state.fact("policy")
    if known and known != policy.digest:
        raise RunConflict(
            f"{state.path}: this canary follows another policy ({known[:19]}, here {policy.digest[:19]}): bounds that "
            "are chosen after the evidence prove nothing. Take the old policy, or begin a new canary with --fresh"
        )
    state.set_fact("policy", policy.digest)
    kept = state.fact("progress")
    try:
        return Progress.restored(policy, json.loads(kept)) if kept else Progress(policy)
    except (ValueError, LookupError, TypeError) as error:
        raise RunFailed(f"{state.path}: damaged: what was counted cannot be read: {error!r}") from error


def _read(reader: Reader, traces: Iterable[Trace]) -> Iterator[tuple[str, Request | str]]:
    """Id of each trace, and the request that it is, or why it is none."""
    return ((trace.id, reader.request(trace)) for trace in traces)


def _traces(names: Sequence[Path], db: Path | None, clock: int, read_ns: int, came_ns: int) -> Iterator[Trace]:
    """Traces of files, and of a database those that were not read: each is read once its spans are quiet."""
    read = Replayed()
    for name in names:
        yield from read.read(name)
    for cause, count in read.rejected.items():
        click.echo(f"warning: not read: {cause}: {count}, first {read.places[cause]}", err=True)
    if db is None:
        return
    if not db.is_file():
        raise DataError(f"{db}: no database of traces here. Expected the file that `assay watch serve` writes")
    hot = HotTraces(db)
    try:
        quiet, under_way = clock - QUIET_S * 10**9, clock - OPEN_S * 10**9
        first = max(read_ns - LATE_S * 10**9, 0)
        for trace in (*hot.late(first, came_ns, quiet), *hot.between(first, quiet, quiet, under_way)):
            if not (spans := hot.spans(trace)):
                continue
            made = trace_of(spans, hot.logs(trace))
            if made.start_ns < under_way or "parent_missing" not in made.problems:
                yield made
    finally:
        hot.close()


def _clock(given: str | None) -> int | None:
    if given is None:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError as error:
        raise click.UsageError(f"--now: expected a time such as 2026-11-27T10:00:00Z, found '{given}'") from error
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1e9)


def _poster(url: str | None) -> Poster | None:
    if url is None:
        return None
    secret = os.environ.get(SECRET, "")
    if SECRET in os.environ and not secret:
        raise MissingSecret(f"{SECRET} is empty; set it to the key that signs messages, or unset it")
    return Poster(url=url, secret=secret)


def _tell(state: CanaryState, book: Path, poster: Poster | None) -> None:
    """Tells ledger and webhook what they do not know yet, also of looks that were killed before they told it."""
    untold = state.untold("ledger")
    if untold:
        entries = [entry(number, body) for number, body in untold]
        tell_once(book, ENTRY, entries, origin="assay/canary", by=("canary", "number"))
        for number, _ in untold:
            state.told(number, "ledger")
    for number, body in state.untold("webhook") if poster is not None else ():
        assert poster is not None
        sent = poster.post(json.dumps({**body, "number": number}).encode(), f"{body['canary']}-{number}")
        if not sent.ok:
            click.echo(
                f"warning: the webhook did not take decision {number}: {sent.problem}; it is sent again", err=True
            )
            return
        state.told(number, "webhook")
