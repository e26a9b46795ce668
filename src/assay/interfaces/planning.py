"""`assay plan`: what an audit would do, without network."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from assay.casting import prices
from assay.checks.codes import codes
from assay.domain.audit import Audit
from assay.domain.plan import Plan, SubjectSpec
from assay.domain.sample import Sample
from assay.engine.forecast import Forecast, Measured, forecast
from assay.interfaces.comparing import line
from assay.interfaces.progress import clock
from assay.interfaces.runs import decided, made_scorer
from assay.report.grid import wrap
from assay.report.inert import one_line, visible
from assay.store.earlier import held as held_by_run
from assay.store.earlier import unlike
from assay.store.plans import read_plan
from assay.subjects.coverage import SHOWN, Coverage, coverage
from assay.subjects.recordings import read_outputs

_IDS = 5
"""Ids that are named on a terminal; JSON names more."""


@click.command(epilog="Example:  assay plan audit.yaml --measured assay-runs/trial")
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N samples of each suite.")
@click.option(
    "--measured", metavar="RUN", type=click.Path(path_type=Path), help="Take latency, tokens, levels from RUN."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def plan(plan_file: Path, limit: int | None, measured: Path | None, form: str) -> int:
    """Say what an audit would do, without network: calls, tokens, time, cost, and per rule
    whether this many prompts can resolve its thresholds.
    """
    read = read_plan(plan_file, made_scorer, limit=limit, codes=codes)
    seen = _measured(decided(measured)) if measured is not None else None
    found, files, refused = forecast(read, prices(read), seen), recorded(read), otherwise(read)
    if form == "json":
        told = {"recorded": [dataclasses.asdict(one) for one in files], "asked_otherwise": refused}
        click.echo(json.dumps(dataclasses.asdict(found) | told, indent=2))
    else:
        click.echo(visible(text(read, found, plan_file, files, refused)))
    return 0


def recorded(plan: Plan) -> list[Coverage]:
    """What each file of recorded outputs, and each side of an earlier run, holds of what the plan asks.

    Raises:
        DataError: A file cannot be read, or a run has no such side.
    """
    asked = {
        (sample.id, epoch): sample
        for task in plan.tasks
        for sample in task.dataset.samples
        for epoch in range(1, task.epochs + 1)
    }
    specs = {"reference": plan.reference, **{spec.name: spec for spec in plan.candidates}}
    return [
        _of_run(key, spec, asked)
        if "side" in spec.settings
        else coverage(key, read_outputs(Path(spec.settings["path"])), asked)
        for key, spec in specs.items()
        if spec.kind == "recorded"
    ]


def _of_run(key: str, spec: SubjectSpec, asked: Mapping[tuple[str, int], Sample]) -> Coverage:
    """The same of a side of an earlier run, whose further answers do no harm and are not counted."""
    found = held_by_run(Path(spec.settings["path"]), str(spec.settings["side"])).answers
    names = {(name, epoch) for name, _, epoch in found}
    lacking = [one for one, sample in asked.items() if (sample.id, sample.digest, one[1]) not in found]
    wrong, missing = [one for one in lacking if one in names], [one for one in lacking if one not in names]
    return Coverage(
        subject=key,
        path=str(spec.settings["path"]),
        rows=len(found),
        asked=len(asked),
        matched=len(asked) - len(lacking),
        missing=tuple(dict.fromkeys(name for name, _ in missing))[:SHOWN],
        n_missing=len(missing),
        extra=(),
        n_extra=0,
        mismatched=tuple(dict.fromkeys(name for name, _ in wrong))[:SHOWN],
        n_mismatched=len(wrong),
        corrupt=(),
        n_corrupt=0,
    )


def otherwise(plan: Plan) -> list[str]:
    """What the audit will say of sides of earlier runs that were asked otherwise than the plan asks."""
    told = []
    for spec, found in unlike(plan, made_scorer):
        name = one_line(spec.name, 60)
        does = "accepts" if spec.settings.get("accept_differences") else "refuses"
        told += [f"{name}: asked otherwise, the audit {does} it: {line(one)}" for one in found]
    return told


def _measured(audits: tuple[Audit, ...]) -> Measured:
    base: dict[str, float] = {}
    churn: dict[str, float] = {}
    tokens: dict[str, float] = {}
    latency: dict[str, float] = {}
    for audit in audits:
        for compared in audit.comparisons:
            if not compared.slice and compared.n and compared.reference.value is not None:
                name = compared.metric.name
                level = compared.reference.value
                base[name] = level if compared.metric.higher_is_better else 1 - level
                churn[name] = len(compared.fixed) / compared.n
        for key, side in (("reference", audit.reference), (audit.candidate.identity.name, audit.candidate)):
            asked = sum(side.counts.values())
            if asked and side.tokens_out:
                tokens[key] = side.tokens_out / asked
            if "p50" in side.latency_s:
                latency[key] = side.latency_s["p50"]
    return Measured(base=base, churn=churn, tokens_out=tokens, latency_s=latency)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _shown(ids: Sequence[object], count: int) -> str:
    shown = ", ".join(one_line(str(one), 40) for one in ids[:_IDS])
    return shown + (f", .. ({count} in all)" if count > _IDS else "")


def held(one: Coverage) -> list[str]:
    """What a file of recorded outputs holds, for people; what is amiss comes one by one."""
    name, file = one_line(one.subject, 60), one_line(Path(one.path).name, 60)
    said = [f"{name}: {one.matched} of {one.asked} answers are in {file} ({one.rows} rows)"]
    if one.n_missing:
        said.append(f"missing, counted as errors: {_shown(one.missing, one.n_missing)}")
    if one.n_extra:
        said.append(f"not asked for: {_shown(one.extra, one.n_extra)}")
    if one.n_mismatched:
        said.append(f"answers to other prompts: {_shown(one.mismatched, one.n_mismatched)}")
    if one.n_corrupt:
        said.append(f"cannot be used: lines {_shown(one.corrupt, one.n_corrupt)}")
    return said


def _trained_on(plan: Plan, width: int) -> list[str]:
    """What the audit will do with the training data, before it asks anything."""
    if plan.data is None:
        return []
    count = _count(len(plan.data.files), "file")
    told = [f"{count} read through all checks, and held against {_count(len(plan.tasks), 'suite')}"]
    if plan.data.findings:
        told = [f"{count} audited before: findings are read from {one_line(plan.data.findings, 80)}"]
        told += [f"! {one_line(name, 80)} is not there" for name, digest in plan.data.files.items() if not digest]
    out = plan.data.contaminated == "leave_out"
    share = f" of more than {100 * plan.data.contaminated_above:.4g} %" if plan.data.contaminated_above else ""
    told.append(f"suites whose items it holds{share}: {'not asked' if out else 'marked, and a pass needs a person'}")
    return ["", "Training data", *(part for one in told for part in wrap(one, width, first="    ", rest="      "))]


def text(
    plan: Plan,
    found: Forecast,
    path: Path,
    files: Sequence[Coverage] = (),
    refused: Sequence[str] = (),
    width: int = 100,
) -> str:
    """The forecast for people."""
    read = {one.subject for one in files}
    name, policy = one_line(plan.name, 80), one_line(plan.policy.name, 80)
    size = f"{_count(len(plan.tasks), 'suite')}, {_count(len(plan.rules), 'rule')}"
    lines = [f"{name}: {size}, policy {policy}", "", "Asks"]
    for item in found.subjects:
        if item.subject in read:
            lines.append(f"  {one_line(item.subject, 60):<20} {item.calls:>6} recorded answers to read, nobody asked")
            continue
        about = "at most " if found.estimated else "about "
        cost = "no price stated" if item.cost_usd is None else f"{about}${item.cost_usd:.2f}"
        time = "unknown until measured" if item.seconds is None else f"about {clock(item.seconds)}"
        lines.append(
            f"  {one_line(item.subject, 60):<20} {item.calls:>6} calls   {item.tokens_in:>8} tokens in   "
            f"{about}{item.tokens_out} out   {cost}   {time}"
        )
    if any(item.seconds is None for item in found.subjects):
        lines.append(
            f"  To measure:  assay audit {path} --limit 5 -o assay-runs/trial   then   --measured assay-runs/trial"
        )
    limits = plan.limits
    budget = [
        f"time {clock(limits.time_s)}" if limits.time_s else "",
        f"${limits.cost_usd:g}" if limits.cost_usd is not None else "",
    ]
    lines.append(
        f"  Held to: {', '.join(part for part in budget if part) or 'no budget'}; {limits.concurrency} at once"
    )
    if files:
        lines += ["", "Recorded outputs"]
        for first, *amiss in map(held, files):
            lines += wrap(first, width, first="  ! " if amiss else "    ", rest="      ")
            lines += [part for one in amiss for part in wrap(one, width, first="      ", rest="        ")]
        lines += [part for one in refused for part in wrap(one, width, first="  ! ", rest="      ")]
    lines += ["", "Can it see what it should?  (for a model that did not change)"]
    for rule in found.rules:
        mark = "!" if rule.warning else " "
        lines += wrap(f"{rule.rule}: {rule.note}", width, first=f"  {mark} ", rest="      ")
    if found.effects:
        lines += [
            "",
            "Risk context",
            *(part for one in found.effects for part in wrap(one, width, first="  - ", rest="    ")),
        ]
    if found.warnings:
        lines += [
            "",
            "Missing",
            *(part for one in found.warnings for part in wrap(one, width, first="  - ", rest="    ")),
        ]
    lines += _trained_on(plan, width)
    if plan.stopping == "sequential":
        lines += ["", "Stops as soon as the registered tests have their answer; the calls above are the most it asks."]
    return "\n".join(lines)
