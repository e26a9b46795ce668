"""`assay audit`: the main job."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import re
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from assay import __version__
from assay.casting import judging, prices, subjects
from assay.checks.codes import codes
from assay.domain.audit import Audit
from assay.domain.data import DataOutcome
from assay.domain.errors import DataError, RunConflict
from assay.domain.plan import Plan
from assay.domain.verdict import Decision
from assay.engine.audit import Options, Ran
from assay.engine.audit import audit as run_audit
from assay.engine.forecast_judges import judge_calls
from assay.engine.schedule import order
from assay.interfaces.data_kept import with_data
from assay.interfaces.earlier import accepted
from assay.interfaces.nulling import null_plan, without_cache
from assay.interfaces.progress import Meter
from assay.interfaces.recording import ATTESTED, Recording, earlier_note, other_code
from assay.interfaces.runs import (
    decided,
    ending,
    exit_code,
    made_scorer,
    noted,
    registered,
    rendered,
    say,
    write_verdict,
    write_whole,
)
from assay.store.ledger.keys import signing_key
from assay.store.plans import read_plan
from assay.store.responses import ResponseCache
from assay.store.runs import RunFile, start_afresh


@click.command(
    epilog="Example:  assay audit audit.yaml -o runs/v4 --html report.html   Exit codes: 0 deploy, 1 block, "
    "2 usage, 3 human review, 4 inconclusive, 5 the run failed, 130 interrupted."
)
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@click.option("-o", "folder", metavar="DIR", type=click.Path(path_type=Path), help="Run folder [assay-runs/NAME].")
@click.option("--fresh", is_flag=True, help="Begin again: forget the folder's run and do not read the response cache.")
@click.option("--rescore", is_flag=True, help="Judge the stored answers again by the scorers at hand; exploratory.")
@click.option("--null", is_flag=True, help="Audit the reference against itself, without cache: the noise floor.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N samples of each suite (a trial run).")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@click.option("--html", type=click.Path(path_type=Path), help="Also write the HTML report here.")
@click.option("--junit", type=click.Path(path_type=Path), help="Also write JUnit XML here.")
@click.option("--sarif", type=click.Path(path_type=Path), help="Also write SARIF here.")
@click.option("--cache/--no-cache", "use_cache", default=True, help="Reuse answers of earlier runs beside the plan.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def audit(
    plan_file: Path,
    folder: Path | None,
    fresh: bool,
    rescore: bool,
    null: bool,
    limit: int | None,
    form: str,
    html: Path | None,
    junit: Path | None,
    sarif: Path | None,
    use_cache: bool,
    quiet: bool,
) -> int:
    """Ask reference and candidate the same prompts, compare the answers in pairs, and decide.

    An unfinished run in DIR goes on where it stood; a finished one is decided again
    without a call. The exit code is the decision.
    """
    plan = read_plan(plan_file, made_scorer, limit=limit, codes=codes)
    shown = folder or Path("assay-runs") / (slug(plan.name) + ("-null" if null else ""))
    if null:
        plan, use_cache = null_plan(plan), without_cache(use_cache)
    folder = shown.absolute()  # a callable may change the working folder
    pages = [(path.absolute(), kind) for path, kind in ((html, "html"), (junit, "junit"), (sarif, "sarif")) if path]
    exploratory = "; ".join(filter(None, (_trial_run(plan, limit), accepted(plan, folder))))
    if exploratory:
        click.echo(exploratory, err=True)
    if fresh and rescore:
        raise click.UsageError("--fresh forgets the answers that --rescore would judge; give one of them")
    signing_key()  # one that cannot be used is told before a folder is made, or an earlier run forgotten
    if fresh:
        start_afresh(folder)
    cache = ResponseCache(plan_file.resolve().parent / ".assay" / "cache.sqlite", read=not fresh) if use_cache else None
    run, ran, recording, answers = RunFile(folder), None, None, 0
    try:
        plan, trained_on = with_data(run, plan, quiet)
        again = _judged_again(run, plan, rescore, quiet)
        run.register(plan, _now())
        recording = Recording(run, plan)
        finished = ending(run).get("reason") in {"done", "stopped"}
        if finished:
            _check_subjects(plan, run)
            if not quiet:
                click.echo(f"decided again from the records of {run.fact('registered')}; nothing was asked", err=True)
                _tell_failed(run)
        else:
            with contextlib.redirect_stdout(sys.stderr):  # what a workflow prints must not mix with the report
                ran = asyncio.run(
                    _asked(plan, run, cache, quiet, again or exploratory or other_code(run), bool(again), trained_on)
                )
        recording.ended()
        answers = run.count()
        if ran is None or ran.ending.reason != "interrupted":
            audits = decided(folder) if ran is None else noted(ran.audits, earlier_note(folder, run.id))
            attested = recording.decided(audits)
    finally:
        if recording is not None:
            recording.close()
        run.close()
        if cache is not None:
            cache.close()
    if ran is not None and ran.ending.reason == "interrupted":
        kept = f"interrupted: {answers} answers are kept, {ran.ending.left} questions are left"
        click.echo(f"\n{kept}. Go on with:\n  assay audit {plan_file}{' --null' if null else ''} -o {shown}", err=True)
        return 130
    write_verdict(folder, audits, attested)
    for path, kind in pages:
        write_whole(path, rendered(audits, kind))
    say(audits, form, str(shown / "report.html"), str(shown))
    if form == "text":
        click.echo(_further(shown, audits, bool(attested)))
    return exit_code(audits)


def _further(shown: Path, audits: Sequence[Audit], signed: bool) -> str:
    """What to do with the run now, a line each."""
    lines = [f"Read  assay show {shown} --failing"]
    if any(one.verdict.decision == Decision.REVIEW for one in audits):
        lines.append(f"Sign  assay review {shown}")
    if any(one.verdict.decision in (Decision.REVIEW, Decision.BLOCK) for one in audits):
        worst = max(audits, key=lambda one: one.verdict.decision).candidate.identity.name
        which = f" --candidate {shlex.quote(worst)}" if len(audits) > 1 else ""
        lines.append(f"Keep  assay harvest {shown}{which} -o regressions.jsonl")
    if signed:
        lines.append(f"Seal  {shown / ATTESTED}, for whoever has your public key: assay verify FILE --key K")
    else:
        lines.append("Seal  not signed; `assay ledger init` makes a key for later runs")
    return "\n".join(lines)


def _judged_again(run: RunFile, plan: Plan, asked: bool, quiet: bool) -> str:
    """Why stored answers are to be judged again now, which makes the decision exploratory; empty when they are not.

    Args:
        run: The run, which may hold a judging that was killed before it ended.
        plan: The plan with the scorers at hand.
        asked: Whether the user asks for it.
        quiet: Whether to say nothing on the way.

    Raises:
        DataError: There is no finished run, or its scores decided what was asked.
    """
    begun = bool(run.fact("rescored")) and not ending(run)
    if asked and not begun:
        if plan.stopping == "sequential":
            why = "the scores of this run decided which prompts were asked; other scores would have asked others"
            raise DataError(f"{run.folder}: {why}. Use --fresh to begin again")
        if run.fact("plan") and ending(run).get("reason") != "done":
            raise DataError(f"{run.folder}: the run is not finished; leave --rescore out to go on with it")
        begun = bool(run.rescore(plan, _now()))
        if not begun and not quiet:
            click.echo("the scorers are those that judged this run; nothing is judged again", err=True)
    if not begun:
        return ""
    changed = sorted({name for one in json.loads(run.fact("rescored")) for name in one["changed"]})
    return f"judged again after the answers were known; changed: {', '.join(changed)}"


def _trial_run(plan: Plan, limit: int | None) -> str:
    """Why a shortened audit decides nothing; empty when no suite was shortened."""
    if limit is None or all(len(task.dataset.samples) < limit for task in plan.tasks):
        return ""
    return f"trial run: only the first {limit} samples of each suite"


_MAY_PASS = ("connection", "timeout", "rate_limited", "server_error", "unauthorised")
"""Causes of failure that another attempt may not meet."""


def _tell_failed(run: RunFile) -> None:
    """Says that calls of a finished run failed for reasons that may be gone."""
    failed = {cause: count for cause, count in run.states().items() if cause in _MAY_PASS}
    if failed:
        causes = ", ".join(f"{cause} {count}" for cause, count in failed.items())
        click.echo(
            f"{sum(failed.values())} calls of that run failed ({causes}); --fresh asks everything again", err=True
        )


def _check_subjects(plan: Plan, run: RunFile) -> None:
    """A finished run speaks only for the models and files that were asked.

    Raises:
        RunConflict: A subject is another one today.
    """
    sides = run.sides()
    for key, subject in subjects(plan).items():
        asked, today = sides[key].identity.digest if key in sides else "unknown", subject.identity.digest
        if asked != today:
            raise RunConflict(
                f"subject '{key}' is not the one that was asked in this run: was {asked}, is {today}. "
                "Use --fresh to begin again, or another folder with -o"
            )


async def _asked(
    plan: Plan,
    run: RunFile,
    cache: ResponseCache | None,
    quiet: bool,
    exploratory: str,
    rescore: bool,
    trained_on: DataOutcome | None,
) -> Ran:
    made = subjects(plan)
    before = Counter(trial.subject for trial, _ in run.trials() if trial.failure is None)  # failed ones are asked again
    totals = {**order(plan.tasks, list(made)).totals(), **{key: one.calls for key, one in judge_calls(plan).items()}}
    made |= judging(plan)
    if before and not quiet:
        click.echo(f"going on: {sum(before.values())} answers are here already", err=True)
    options = Options(
        today=datetime.datetime.now(datetime.UTC).date(),
        registered=registered(run, plan),
        config=json.loads(run.fact("plan")),
        version=__version__,
        elapsed_before_s=ending(run).get("elapsed_s", 0.0),
        prices=prices(plan),
        exploratory=exploratory,
        rescore=rescore,
        data=trained_on,
    )
    with Meter(totals, before) as meter:
        ran = await run_audit(plan, made, run, options, cache=cache, progress=None if quiet else meter)
    if run.watcher is not None:
        run.watcher.settle(now=True)  # the file knows of an end when the ledger has all answers
    run.set_fact("ending", json.dumps(_ending(ran, options, run.count()) | {"scores": run.scores_digest()}))
    return ran


def _ending(ran: Ran, options: Options, trials: int) -> dict[str, object]:
    return {
        "trials": trials,
        "exploratory": options.exploratory,
        "reason": ran.ending.reason,
        "today": options.today.isoformat(),
        "limit_reached": ran.setting.limit_reached,
        "elapsed_s": ran.setting.elapsed_s,
        "findings": msgspec.to_builtins(ran.setting.findings),
        "anytime": msgspec.to_builtins(ran.setting.anytime, str_keys=True),
        "saved": dict(ran.setting.saved),
    }


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def slug(name: str) -> str:
    """A folder name from a plan's name.

    Examples:
        >>> slug("support-bot v4 (May)")
        'support-bot-v4-may'
    """
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.") or "audit"
