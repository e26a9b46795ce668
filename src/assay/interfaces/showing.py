"""`assay show`: both answers to a prompt side by side, with scores and reasons."""

from __future__ import annotations

import difflib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from assay.domain.errors import ConfigurationError
from assay.domain.plan import Plan, Task
from assay.domain.sample import Sample
from assay.domain.score import Score
from assay.domain.trial import Trial
from assay.interfaces.runs import made_scorer
from assay.report.inert import one_line
from assay.report.sidebyside import block, side_by_side
from assay.store.ledger.records import check_records
from assay.store.runs import RunFile


@dataclass(frozen=True, slots=True)
class _Pair:
    task: Task
    sample: Sample
    epoch: int
    candidate: str
    left: tuple[Trial, tuple[Score, ...]] | None
    right: tuple[Trial, tuple[Score, ...]] | None
    failing: bool


@click.command(epilog="Example:  assay show runs/v4 --failing --slice category=fraud")
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--failing", is_flag=True, help="Only prompts on which the candidate lost something, or has no score.")
@click.option("--slice", "conditions", metavar="KEY=VALUE", multiple=True, help="Only these samples; repeatable.")
@click.option("--id", "ids", multiple=True, help="Only this sample; repeatable.")
@click.option("--candidate", "wanted", help="Only this candidate.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Most prompts shown.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(
    folder: Path,
    failing: bool,
    conditions: Sequence[str],
    ids: Sequence[str],
    wanted: str | None,
    limit: int,
    form: str,
) -> int:
    """Reference and candidate answers side by side, with scores and reasons."""
    wishes = dict(_condition(text) for text in conditions)
    run = RunFile(folder, write=False)
    try:
        plan = run.plan(made_scorer)
        check_records(run, plan)
        if wanted is not None and wanted not in {spec.name for spec in plan.candidates}:
            known = ", ".join(spec.name for spec in plan.candidates)
            raise ConfigurationError(f"--candidate: this run has no candidate '{wanted}'. Known: {known}")
        _known_ids(plan, ids)
        found = [pair for pair in _pairs(plan, run, wanted) if _wanted(pair, wishes, ids, failing)]
    finally:
        run.close()
    if form == "json":
        for pair in found[:limit]:
            click.echo(json.dumps(_record(pair), ensure_ascii=False))
        return 0
    if not found:
        click.echo("nothing to show: no prompt of this run meets these conditions")
        return 0
    width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 160))
    for pair in found[:limit]:
        click.echo(_text(pair, width) + "\n")
    if len(found) > limit:
        click.echo(f"{len(found) - limit} more; see them with --limit {len(found)}")
    return 0


def _known_ids(plan: Plan, ids: Sequence[str]) -> None:
    """Nothing, when the run holds all these samples.

    Raises:
        ConfigurationError: It does not; names ids that look alike.
    """
    known = {sample.id for task in plan.tasks for sample in task.dataset.samples}
    for wanted in ids:
        if wanted not in known:
            near = difflib.get_close_matches(wanted, known, n=5, cutoff=0.5) or sorted(known)[:5]
            raise ConfigurationError(
                f"--id: this run has no sample '{wanted}'. Near it: {', '.join(sorted(near))} ({len(known)} in all)"
            )


def _condition(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--slice: expected KEY=VALUE, found '{text}'")
    return key, value


def _pairs(plan: Plan, run: RunFile, wanted: str | None) -> Iterator[_Pair]:
    direction = {m.name: m.higher_is_better for task in plan.tasks for s in task.scorers for m in s.metrics()}
    for spec in plan.candidates:
        if wanted is not None and spec.name != wanted:
            continue
        for task in plan.tasks:
            for sample in task.dataset.samples:
                for epoch in range(1, task.epochs + 1):
                    left = run.trial("reference", task.name, sample.id, epoch)
                    right = run.trial(spec.name, task.name, sample.id, epoch)
                    if left is not None or right is not None:
                        lost = _lost(left[1] if left else (), right[1] if right else (), direction)
                        yield _Pair(task, sample, epoch, spec.name, left, right, lost)


def _lost(left: Sequence[Score], right: Sequence[Score], direction: dict[str, bool]) -> bool:
    before = {score.metric: score.value for score in left}
    if not right:
        return True
    for score in right:
        old = before.get(score.metric)
        if score.value is None:
            return True
        if isinstance(score.value, str) or isinstance(old, str) or old is None:
            continue
        if score.value != old and (score.value < old) == direction.get(score.metric, True):
            return True
    return False


def _wanted(pair: _Pair, wishes: dict[str, str], ids: Sequence[str], failing: bool) -> bool:
    metadata = {**pair.sample.metadata, "suite": pair.task.name}
    return (
        (not failing or pair.failing)
        and (not ids or pair.sample.id in ids)
        and all(str(metadata.get(key)) == value for key, value in wishes.items())
    )


def _text(pair: _Pair, width: int) -> str:
    head = f"{pair.task.name} / {pair.sample.id}" + (f" / epoch {pair.epoch}" if pair.task.epochs > 1 else "")
    facts = ", ".join(f"{key}={value}" for key, value in pair.sample.metadata.items() if isinstance(value, str | bool))
    lines = [f"── {one_line(head, width)}  {one_line(facts, width // 2)}", *block(pair.sample.prompt, width, "  ")]
    lines += side_by_side(
        ("reference", answer_text(pair.left)), (one_line(pair.candidate, 40), answer_text(pair.right)), width
    )  # fmt: skip
    for name, recorded in (("reference", pair.left), (pair.candidate, pair.right)):
        for score in recorded[1] if recorded else ():
            value = f"unscored ({score.unscored})" if score.value is None else score.value
            lines.append(f"  {one_line(name, 40)}: {score.metric} = {value}  {one_line(score.explanation, width)}")
    return "\n".join(lines)


def answer_text(recorded: tuple[Trial, tuple[Score, ...]] | None) -> str:
    """What a subject answered, for people: text, calls, or why there is none."""
    if recorded is None:
        return "[not asked]"
    trial = recorded[0]
    if trial.output is None:
        return f"[{trial.state}: {trial.failure.message if trial.failure else ''}]"
    calls = "".join(f"\n[call {call.name}({call.raw})]" for call in trial.output.tool_calls)
    return (trial.output.text or "[empty]") + calls + ("" if trial.state == "answered" else f" [{trial.state}]")


def _record(pair: _Pair) -> dict[str, object]:
    def side(recorded: tuple[Trial, tuple[Score, ...]] | None) -> dict[str, object] | None:
        if recorded is None:
            return None
        trial, scores = recorded
        return {
            "output": trial.output.text if trial.output else None,
            "state": trial.state,
            "error": trial.failure.message if trial.failure else None,
            "scores": [
                {"metric": s.metric, "value": s.value, "unscored": s.unscored, "explanation": s.explanation}
                for s in scores
            ],
        }

    return {
        "task": pair.task.name,
        "id": pair.sample.id,
        "epoch": pair.epoch,
        "candidate": pair.candidate,
        "prompt": pair.sample.prompt,
        "metadata": dict(pair.sample.metadata),
        "failing": pair.failing,
        "reference_answer": side(pair.left),
        "candidate_answer": side(pair.right),
    }
