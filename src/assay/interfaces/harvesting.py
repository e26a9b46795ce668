"""`assay harvest`: the failures of a run as a regression dataset, asked again first."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from assay.casting import judging, prices, subject
from assay.domain.errors import ConfigurationError, DataError, RunConflict
from assay.domain.plan import Plan, SubjectSpec
from assay.domain.subject import Subject
from assay.engine.alike import NEAR
from assay.engine.failures import PASS, Failing, failing, harvestable, in_slice
from assay.engine.reproduce import Asking, Item, minimise, reproduce
from assay.engine.score import REFERENCE
from assay.interfaces.harvested import (
    RECORDED,
    File,
    Harvest,
    Wish,
    counts_of,
    fragment_of,
    free,
    json_of,
    settle,
    text_of,
    written,
)
from assay.interfaces.progress import Meter
from assay.interfaces.runs import made_scorer, registered
from assay.report.inert import one_line
from assay.store.ledger.book import NAME
from assay.store.ledger.keys import signing_key
from assay.store.ledger.records import HEAD, check_records, joined
from assay.store.runs import RunFile


@click.command(
    epilog="Example:  assay harvest runs/v4 -o regressions.jsonl   Exit codes: 0 written, or nothing to harvest; "
    "2 usage; 130 interrupted."
)
@click.argument("names", metavar="RUN", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "target", metavar="FILE", required=True, type=click.Path(path_type=Path), help="Where rows go.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--candidate", help="Which candidate, where the run has several.")
@click.option("--metric", "metrics", multiple=True, help="Only failures of this metric [those that rules read].")
@click.option(
    "--slice", "conditions", multiple=True, metavar="K=V", help="Only prompts with this metadata, or suite=NAME."
)
@click.option("--all-failures", "every", is_flag=True, help="Also what the reference fails too.")
@click.option("--below", type=click.FloatRange(0, 1), default=PASS, show_default=True, help="A share fails below this.")
@click.option(
    "--times", type=click.IntRange(1, 100), default=3, show_default=True, help="How often each is asked again."
)
@click.option("--no-ask", is_flag=True, help="Ask nobody: take the failures as they are recorded.")
@click.option("--keep-flaky", "keep", is_flag=True, help="Keep also those that did not fail again.")
@click.option(
    "--minimise", "shorten", is_flag=True, help="Leave out turns, passages, sentences while the failure stays."
)
@click.option(
    "--tries", type=click.IntRange(1, 200), default=16, show_default=True, help="Shorter forms tried for one prompt."
)
@click.option(
    "--near",
    type=click.FloatRange(0.1, 1),
    default=NEAR,
    show_default=True,
    help="Similarity of one and the same prompt.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@click.option("--watch", is_flag=True, help="RUN... are traces of production: files, or the database of the watch.")
@click.option("--policy", metavar="FILE", type=click.Path(path_type=Path), help="With --watch: breaches of its steps.")
@click.option(
    "--alarms", metavar="FILE", type=click.Path(path_type=Path),
    help="With --watch: the examples of alarms, as `assay watch replay --format json` wrote them.",
)  # fmt: skip
@click.option("--plan", metavar="PLAN", type=click.Path(path_type=Path), help="With --watch: whose candidate is asked.")
@click.option("--scorer", "scorers", metavar="NAME", multiple=True, help="With --watch: who judges; repeatable.")
@click.option("--segment", "segments", metavar="KEY", multiple=True, help="With --watch: attribute that rows keep.")
@click.option(
    "--ledger", "book", metavar="PATH", type=click.Path(path_type=Path), help="With --watch: the ledger that is told."
)
def harvest(names: tuple[Path, ...], target: Path, form: str, watch: bool, force: bool, **wishes: Any) -> int:
    """Write the candidate's failures that the reference does not have as a dataset that every next one must pass.

    Each is asked again first. What fails every time is reproduced, what fails sometimes is
    flaky and says how often, what never fails again is left out. Sealed rows never leave.
    With --watch the same of failing traces of production; personal data and secrets that are known by their form
    become words.
    """
    book = wishes.pop("book")
    if watch:
        return _watched(names, target, form, book, force, wishes)
    production = {"ledger": book, **{name: wishes.pop(name) for name in _PRODUCTION}}
    given = next((name for name, one in production.items() if one), None)
    if given is not None:
        raise click.UsageError(f"--{_PRODUCTION.get(given, given)} goes with --watch")
    if len(names) > 1:
        raise click.UsageError("expected one RUN; several files of traces go with --watch")
    return _of_run(names[0], target, form, force, wishes)


_PRODUCTION = {"policy": "policy", "alarms": "alarms", "plan": "plan", "scorers": "scorer", "segments": "segment"}
"""Options of --watch by the name of their value."""


def _watched(
    names: tuple[Path, ...], target: Path, form: str, book: Path | None, force: bool, wishes: dict[str, Any]
) -> int:
    from assay.interfaces.watch_harvesting import harvest_production

    for name, option in (("conditions", "slice"), ("every", "all-failures"), ("shorten", "minimise")):
        if wishes.pop(name):
            raise click.UsageError(f"--{option} goes with a run, not with --watch")
    wishes.pop("tries")
    return harvest_production(names, target, form, book, force, wishes)


def _of_run(folder: Path, target: Path, form: str, force: bool, wishes: dict[str, Any]) -> int:
    no_ask, candidate = wishes.pop("no_ask"), wishes.pop("candidate")
    conditions = tuple(_condition(text) for text in wishes.pop("conditions"))
    if not (folder / "run.sqlite").is_file():
        raise DataError(f"{folder}: no run here (no run.sqlite). Give the folder that `assay audit -o DIR` wrote")
    run = RunFile(folder)
    try:
        plan = run.plan(made_scorer)
        run.must_have_ended()
        check_records(run, plan)
        spec = _candidate(plan, candidate)
        wish = Wish(candidate=spec.name, conditions=conditions, **wishes)
        found = Harvest(plan=plan, spec=spec, run_id=run.id, run_digest=registered(run, plan)["digest"])
        _known(plan, wish.conditions)
        _select(found, run, wish)
        if not force:
            free(found, target)
        with contextlib.redirect_stdout(sys.stderr):  # what a workflow prints must not mix with the report
            asyncio.run(_reproduced(found, run, wish, no_ask))
        if found.interrupted:
            click.echo("interrupted: nothing was written", err=True)
            return 130
        settle(found, wish)
        files = written(found, target) if found.items else {}
        _tell_ledger(found, run, files)
    finally:
        run.close()
    fragment = fragment_of(found, files, wish)
    click.echo(
        json_of(found, files, fragment) if form == "json" else text_of(found, files, fragment, wish),
        err=str(target) == "-",
    )
    return 0


def _condition(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--slice: expected KEY=VALUE, found '{text}'")
    return key, value


def _known(plan: Plan, conditions: Sequence[tuple[str, str]]) -> None:
    """That the run has each slice that is asked for.

    Raises:
        ConfigurationError: No prompt has this key, or this value of it.
    """
    samples = [sample for task in plan.tasks for sample in task.dataset.samples]
    for key, value in conditions:
        suites = {task.name for task in plan.tasks}
        words = suites if key == "suite" else {word for one in samples if (word := one.word(key)) is not None}
        if value in words:
            continue
        known = sorted(words or {"suite", *(key for one in samples for key in one.metadata)})
        what = f"{key}={value}" if words else key
        listed = ", ".join(one_line(one, 40) for one in known[:12]) + (" .." if len(known) > 12 else "")
        raise ConfigurationError(f"--slice: no prompt of this run has '{what}'. Known: {listed}")


def _candidate(plan: Plan, wanted: str | None) -> SubjectSpec:
    known = {spec.name: spec for spec in plan.candidates}
    if wanted is None and len(known) == 1:
        return plan.candidates[0]
    if wanted not in known:
        said = "name one with --candidate" if wanted is None else f"--candidate: this run has no candidate '{wanted}'"
        raise ConfigurationError(f"{said}. Known: {', '.join(known)}")
    return known[wanted]


def _select(found: Harvest, run: RunFile, wish: Wish) -> None:
    """The prompts that fail, one item each; those of sealed suites are counted and stay."""
    metrics = harvestable(found.plan, wish.metrics)
    missing = sorted(set(wish.metrics) - set(metrics))
    if missing:
        known = ", ".join(
            sorted(harvestable(found.plan, [m.name for t in found.plan.tasks for s in t.scorers for m in s.metrics()]))
        )
        raise ConfigurationError(
            f"--metric: no scorer of this run judges single answers by '{missing[0]}'. Known: {known}"
        )
    seen = failing(found.plan, run, wish.candidate, metrics.values(), wish.below)
    kept = [one for one in seen if (wish.every or one.regressed) and in_slice(one, wish.conditions)]
    grouped: dict[tuple[str, str], list[Failing]] = {}
    sealed: set[tuple[str, str]] = set()
    for one in kept:
        key = (one.task.name, one.sample.id)
        if one.task.dataset.role == "sealed":
            sealed.add(key)
        else:
            grouped.setdefault(key, []).append(one)
    found.items = tuple(
        Item(task=each[0].task, sample=each[0].sample, failures=tuple(each)) for each in grouped.values()
    )
    found.failures, found.sealed = len(grouped) + len(sealed), len(sealed)


async def _reproduced(found: Harvest, run: RunFile, wish: Wish, no_ask: bool) -> None:
    found.not_asked = "nobody was asked (--no-ask)" if no_ask else RECORDED if found.spec.kind == "recorded" else ""
    if found.not_asked:
        found.items = tuple(replace(item, why_not=found.not_asked) for item in found.items)
    if found.not_asked or not found.items:
        return
    made: dict[str, Subject] = {found.spec.name: subject(found.plan, found.spec), **judging(found.plan)}
    shorten = wish.shorten and found.plan.reference.kind != "recorded"
    if wish.shorten and not shorten:
        click.echo("--minimise: the reference is recorded and cannot be asked; nothing is shortened", err=True)
    if shorten:
        made[REFERENCE] = subject(found.plan, found.plan.reference)
    totals = {found.spec.name: len(found.items) * wish.times}
    async with contextlib.AsyncExitStack() as stack:
        for one in made.values():
            stack.push_async_callback(one.close)
            await one.open()
        _same(found, run, made)
        with Meter(totals, {}) as meter:
            asking = Asking(
                plan=found.plan,
                candidate=found.spec.name,
                subjects=made,
                journal=run,
                prices=prices(found.plan),
                below=wish.below,
                progress=None if wish.quiet else meter,
            )
            found.items = await reproduce(asking, found.items, wish.times)
            if shorten and not asking.interrupted:
                found.items = await minimise(asking, found.items, wish.times, wish.tries)
    found.calls, found.stopped, found.interrupted = asking.calls, asking.stopped, asking.interrupted


def _same(found: Harvest, run: RunFile, made: Mapping[str, Subject]) -> None:
    """The candidate that is asked again is the one that failed.

    Raises:
        RunConflict: It is another one today.
    """
    sides = run.sides()
    for key, one in made.items():
        before = sides.get(key)
        if before is not None and before.identity.digest != one.identity.digest:
            raise RunConflict(
                f"subject '{key}' is not the one that failed in this run: was {before.identity.digest}, "
                f"is {one.identity.digest}. Audit it first, or give --no-ask"
            )


def _tell_ledger(found: Harvest, run: RunFile, files: Mapping[str, File]) -> None:
    """The harvest as an entry of the run's ledger: digests and counts, no text of any row."""
    if not files or not ((run.folder / NAME).is_file() or run.fact(HEAD)):
        return
    with joined(run) as ledger:
        data = {
            "run": run.id,
            "candidate": found.spec.name,
            "files": [{"sha256": one.digest, "rows": len(one.items)} for one in files.values()],
            "counts": counts_of(found),
        }
        key = signing_key()
        if key is not None:
            ledger.checkpoint(key, [("harvested", data)])
        else:
            ledger.append("harvested", data)
