"""`assay watch init`: a commented plan of the watch, from the run that was released."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import yaml

from assay.domain.asking import asks_a_model
from assay.domain.errors import DataError
from assay.domain.plan import Plan
from assay.domain.score import Scorer
from assay.interfaces.released import not_released, released
from assay.interfaces.runs import made_scorer, write_whole
from assay.registry import scorer
from assay.store.runs import RunFile
from assay.watch.defaults import SCORERS, monitors
from assay.watch.reference import Reference

DEAR_SHARE = 0.05
"""Share of traces that scorers judge which ask a model."""
_NEEDS_A_SAMPLE = frozenset(("match", "choice", "recorded", "bbq", "stereotype", "preference", "contract"))
"""Scorers that judge by what only a dataset holds: targets, choices, the reference's answer."""


@click.command(epilog="Example:  assay watch init assay-runs/support-bot --segment route -o watch.yaml")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--segment", metavar="KEY", multiple=True, help="A key of cohorts; repeatable.")
@click.option("-o", "target", metavar="FILE", type=click.Path(path_type=Path), default="watch.yaml", show_default=True)
def init(run: Path, segment: tuple[str, ...], target: Path) -> int:
    """Write a commented plan of the watch from RUN: its scorers, its figures, and what traces tell by themselves.

    An existing file is not overwritten.
    """
    stored = RunFile(run, write=False)
    try:
        plan = stored.plan(made_scorer)
        stored.must_have_ended()
    finally:
        stored.close()
    figures = {metric: figure for (metric, cohort), figure in released(run).items() if not cohort}
    refused = not_released(run)
    if target.exists():
        raise DataError(f"{target}: stands there already. Nothing is overwritten; choose another name with -o")
    told = _lines(plan, os.path.relpath(run, target.parent), segment or _slices(plan), figures)
    write_whole(target, "\n".join([*_heading(refused), *told]) + "\n")
    if refused:
        click.echo(f"warning: {run} released nobody: its decision is {refused}; {target} says so too", err=True)
    click.echo(f"{target}: watch it with `assay watch replay FILE... --plan {target}`", err=True)
    return 0


def _slices(plan: Plan) -> tuple[str, ...]:
    """Keys by which the audit looked at cohorts."""
    return tuple(dict.fromkeys(key for task in plan.tasks for key in task.slices))


def _heading(refused: str) -> Iterator[str]:
    source = "from a run that released nobody" if refused else "from the run that was released"
    yield f"# What is watched in production, {source}. Every line may be changed (docs/watch.md)."
    if refused:
        yield f"# WARNING: the decision of that run is {refused}: its figures are of a candidate that was not let out."


def _lines(plan: Plan, run: str, segments: Sequence[str], figures: Mapping[str, Reference]) -> Iterator[str]:
    yield "watch: 1"
    yield f"name: {_plain(plan.name)}"
    yield f"run: {_plain(run)}"
    yield "# Attributes of the root span or of the resource; each of their values is a cohort."
    yield f"segments: {_plain(list(segments))}"
    yield "# The beginning of the stream that the rest is held against, where a monitor has no reference."
    yield "baseline: 7d"
    yield "# No traffic is always shown; it raises an alarm where this says after how long."
    yield "# silence_after: 1h"
    yield "scorers:"
    judges, specs = _judges(plan)
    for spec in specs:
        yield f"  - {_plain(spec)}"
    yield "promise:"
    yield "  values_between: 6500   # at the tolerated rate: values of each stream between two false alarms of all"
    yield f"  streams: {max(50, _streams(judges, segments))}"
    yield "  look_every: 1d"
    yield "  looks_alpha: 0.05"
    yield "# A metric that is not named here is watched as by default; `off` switches one off."
    yield "# Figures of a suite hold for production only where its prompts are like production's: then uncomment them."
    yield "monitors:"
    for monitor in monitors(judges):
        parts = [f"worse: {monitor.worse}", f"severity: {monitor.severity}"]
        if any(asks_a_model(judge) and judge.name == monitor.scorer.split()[0] for judge in judges if monitor.scorer):
            parts.append(f"share: {DEAR_SHARE}")
        if monitor.kind == "rate" and monitor.metric in figures:
            yield f"  {monitor.metric}:"
            yield from (f"    {part}" for part in parts)
            figure = figures[monitor.metric]
            yield f"    # reference: {figure.mean:.4g}   # what was released"
            yield f"    # reference_n: {figure.n}   # prompts that it comes from"
        else:
            yield f"  {monitor.metric}: {{{', '.join(parts)}}}"


def _judges(plan: Plan) -> tuple[list[Scorer], list[Any]]:
    """Scorers of the run that can judge a trace, and the default ones; each once, as its plan writes it."""
    judges: dict[str, tuple[Scorer, Any]] = {}
    for task in plan.tasks:
        for judge, spec in zip(task.scorers, task.scorer_specs, strict=False):
            if judge.name not in _NEEDS_A_SAMPLE:
                judges.setdefault(judge.name, (judge, dict(spec)))
    for name in SCORERS:
        judges.setdefault(name, (scorer(name, "watch"), name))
    return [judge for judge, _ in judges.values()], [spec for _, spec in judges.values()]


def _streams(judges: Sequence[Scorer], segments: Sequence[str]) -> int:
    """Streams to expect: every monitor in all traffic and in five values of each key."""
    return len(monitors(judges)) * (1 + 5 * len(segments))


def _plain(value: Any) -> str:
    """A value as YAML in one line."""
    return (
        str(yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6))
        .removesuffix("...\n")
        .strip()
    )
