"""What several commands do with a run folder: decide from its records, write its pages, print its verdict."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import msgspec

from assay import __version__
from assay.domain.audit import Audit
from assay.domain.errors import RunFailed
from assay.domain.plan import Plan
from assay.domain.policy import Policy
from assay.domain.verdict import Finding
from assay.engine.audit import recall
from assay.engine.judge import Setting, judge
from assay.gate.circumstances import Anytime
from assay.interfaces.data_kept import kept
from assay.interfaces.recording import ATTESTED, earlier_note, other_code
from assay.interfaces.whole_files import replacing
from assay.registry import scorer
from assay.store.labels import run_labels
from assay.store.ledger.people import people
from assay.store.ledger.records import check_records
from assay.store.runs import RunFile, readable

FORMATS = ("text", "json", "markdown", "html", "junit", "sarif", "incident", "hf", "cyclonedx", "otel", "pack")


def made_scorer(spec: Mapping[str, Any]) -> Any:
    """The scorer of a saved form; what the store is handed."""
    return scorer(spec)


def decided(
    folder: Path, policy: Policy | None = None, as_of: datetime.date | None = None, other: str | None = None
) -> tuple[Audit, ...]:
    """The audits of a finished run, decided again from its records.

    Args:
        folder: Run folder.
        policy: Another policy than the registered one; the decision is then exploratory.
        as_of: The day on which waivers must hold; today if none is given.
        other: Why another program than the registered one decides; found out if not given.

    Raises:
        DataError: No run there, or it did not finish.
        RunFailed: The file is damaged, or was altered since.
    """
    run = RunFile(folder, write=False)
    try:
        plan = run.plan(made_scorer)
        run.must_have_ended()
        stored = ending(run)
        check_records(run, plan)
        today = as_of or datetime.datetime.now(datetime.UTC).date()
        setting = replace(_ended(stored, run, plan, other), notes=retired_notes(run, plan), people=people(run, today))
        setting = replace(setting, data=kept(run, plan))
        if policy is not None and policy.digest != plan.policy.digest:
            setting = replace(
                setting,
                exploratory=f"policy '{policy.name}' is not the registered one ('{plan.policy.name}'): "
                "the bar was chosen after the answers were known",
            )
            plan = replace(plan, policy=replace(policy, max_unscored=plan.policy.max_unscored))
        return noted(judge(plan, recall(plan, run), run, setting), earlier_note(folder, run.id))
    finally:
        run.close()


def noted(audits: Sequence[Audit], notes: Sequence[str]) -> tuple[Audit, ...]:
    """The audits with further warnings."""
    return tuple(replace(one, warnings=(*one.warnings, *notes)) for one in audits)


def ending(run: RunFile) -> dict[str, Any]:
    """How the asking ended, as stored; empty when it has not."""
    with readable(run.path):
        return dict(json.loads(run.fact("ending") or "{}"))


def retired_notes(run: RunFile, plan: Plan) -> tuple[str, ...]:
    """That scorers have changed since they judged this run."""
    old = run.retired(plan)
    if not old:
        return ()
    return (
        f"Scorers at hand: these scores were made by {', '.join(old)}; "
        "`assay audit PLAN -o DIR --rescore` judges the stored answers again.",
    )


def _ended(stored: Mapping[str, Any], run: RunFile, plan: Plan, other: str | None) -> Setting:
    """What the decision knew beside the trials, when all trials that it knew are there."""
    with readable(run.path):
        setting, trials = _setting(stored, run, plan, other), stored["trials"]
    if trials != run.count():
        raise RunFailed(f"{run.path}: altered since it ended: {trials} trials were recorded, {run.count()} are here")
    if stored.get("scores") not in (None, run.scores_digest()):
        raise RunFailed(f"{run.path}: altered since it ended: the scores are not those that were recorded")
    return setting


def _setting(stored: Mapping[str, Any], run: RunFile, plan: Plan, other: str | None) -> Setting:
    today = datetime.date.fromisoformat(stored["today"])
    if today.year > 9000:
        raise ValueError(f"the run ended on {today}")
    return Setting(
        today=today,
        registered=registered(run, plan),
        limit_reached=stored["limit_reached"],
        findings={key: msgspec.convert(value, tuple[Finding, ...]) for key, value in stored["findings"].items()},
        elapsed_s=stored["elapsed_s"],
        exploratory=stored["exploratory"] or _chosen_labels(run) or (other_code(run) if other is None else other),
        anytime=msgspec.convert(stored["anytime"], dict[str, dict[str, Anytime]], strict=False),
        saved=stored["saved"],
        config=json.loads(run.fact("plan")),
        version=__version__,
        labels=run_labels(run),
    )


def _chosen_labels(run: RunFile) -> str:
    """Why labels make the decision exploratory: somebody chose which pairs, or which labels, count."""
    chosen = [name for name, one in sorted(run_labels(run).items()) if not one.random]
    return f"labels of {', '.join(chosen)} were chosen or replaced after the answers were known" if chosen else ""


def registered(run: RunFile, plan: Plan) -> dict[str, str]:
    """Digest and time of the registration."""
    from assay.domain.digest import digest

    return {"digest": digest(dict(plan.digests)), "time": run.fact("registered")}


def rendered(
    audits: Sequence[Audit], form: str, *, colour: bool = False, width: int = 100, page: str = "", run: str = "RUN"
) -> str:
    """The report of some audits in one of FORMATS; `run` is the folder that commands in it name."""
    if form == "incident":
        from assay.report.incident import incident

        return incident(audits, run=run)
    if form == "text":
        from assay.report.text import text

        return text(audits, colour=colour, width=width, page=page, run=run)
    if form == "json":
        from assay.report.machine import verdict_json

        return json.dumps(verdict_json(audits), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if form == "markdown":
        from assay.report.markdown import markdown

        return markdown(audits)
    if form == "html":
        from assay.report.html import html

        return html(audits)
    if form == "junit":
        from assay.report.junit import junit

        return junit(audits)
    if form == "hf":
        from assay.report.hub import hub

        return hub(audits)
    if form == "cyclonedx":
        from assay.report.cyclonedx import cyclonedx

        return cyclonedx(audits)
    from assay.report.sarif import sarif

    return sarif(audits)


def write_verdict(folder: Path, audits: Sequence[Audit], attested: str) -> None:
    """Writes verdict and page into the run folder, and the signed verdict where there is one."""
    write_whole(folder / "verdict.json", rendered(audits, "json"))
    if attested:
        write_whole(folder / ATTESTED, attested)
    write_whole(folder / "report.html", rendered(audits, "html"))


def write_whole(path: Path, content: str) -> None:
    """Writes a file so that it is there whole or not at all; `-` is standard output."""
    if str(path) == "-":
        click.echo(content, nl=not content.endswith("\n"))
        return
    with replacing(path) as stream:
        stream.write(content.encode("utf-8", errors="backslashreplace"))


def say(audits: Sequence[Audit], form: str, page: str = "", run: str = "RUN") -> None:
    """Prints the verdict on standard output; `page` is where the HTML stands, `run` the folder that commands name."""
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    try:
        click.echo(rendered(audits, form, colour=colour, width=_width(), page=page, run=run), nl=False, color=colour)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough; the exit code is still the decision
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115


def _width() -> int:
    return max(60, min(shutil.get_terminal_size((100, 24)).columns, 120))


def exit_code(audits: Sequence[Audit]) -> int:
    """Exit code of the worst decision; 4 when there is no verdict at all, or one that may not deploy: exploratory."""
    if not audits:
        return 4
    code = max(one.verdict.decision for one in audits).exit_code
    return 4 if code == 0 and any(one.verdict.exploratory for one in audits) else code
