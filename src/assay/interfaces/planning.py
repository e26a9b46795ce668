"""`assay plan`: what an audit would do, without network."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import click

from assay.casting import prices
from assay.domain.audit import Audit
from assay.domain.plan import Plan
from assay.engine.forecast import Forecast, Measured, forecast
from assay.interfaces.progress import clock
from assay.interfaces.runs import decided, made_scorer
from assay.report.grid import wrap
from assay.report.inert import one_line, visible
from assay.store.plans import read_plan
from assay.subjects.coverage import Coverage, coverage
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
    read = read_plan(plan_file, made_scorer, limit=limit)
    seen = _measured(decided(measured)) if measured is not None else None
    found, files = forecast(read, prices(read), seen), recorded(read)
    if form == "json":
        told = dataclasses.asdict(found) | {"recorded": [dataclasses.asdict(one) for one in files]}
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo(visible(text(read, found, plan_file, files)))
    return 0


def recorded(plan: Plan) -> list[Coverage]:
    """What each file of recorded outputs holds of what the plan asks.

    Raises:
        DataError: A file cannot be read.
    """
    asked = {
        (sample.id, epoch): sample
        for task in plan.tasks
        for sample in task.dataset.samples
        for epoch in range(1, task.epochs + 1)
    }
    specs = {"reference": plan.reference, **{spec.name: spec for spec in plan.candidates}}
    return [
        coverage(key, read_outputs(Path(spec.settings["path"])), asked)
        for key, spec in specs.items()
        if spec.kind == "recorded"
    ]


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


def text(plan: Plan, found: Forecast, path: Path, files: Sequence[Coverage] = (), width: int = 100) -> str:
    """The forecast for people."""
    name, policy = one_line(plan.name, 80), one_line(plan.policy.name, 80)
    size = f"{_count(len(plan.tasks), 'suite')}, {_count(len(plan.rules), 'rule')}"
    lines = [f"{name}: {size}, policy {policy}", "", "Asks"]
    for item in found.subjects:
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
            lines += [line for one in amiss for line in wrap(one, width, first="      ", rest="        ")]
    lines += ["", "Can it see what it should?  (for a model that did not change)"]
    for rule in found.rules:
        mark = "!" if rule.warning else " "
        lines += wrap(f"{rule.rule}: {rule.note}", width, first=f"  {mark} ", rest="      ")
    if found.effects:
        lines += [
            "",
            "Risk context",
            *(line for one in found.effects for line in wrap(one, width, first="  - ", rest="    ")),
        ]
    if found.warnings:
        lines += [
            "",
            "Missing",
            *(line for one in found.warnings for line in wrap(one, width, first="  - ", rest="    ")),
        ]
    if plan.stopping == "sequential":
        lines += ["", "Stops as soon as the registered tests have their answer; the calls above are the most it asks."]
    return "\n".join(lines)
