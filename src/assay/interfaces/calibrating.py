"""`assay calibrate judge`: how far a judge agrees with people, and the gate's interval with its error in it."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from assay.domain.asking import AskingScorer
from assay.domain.audit import Audit
from assay.domain.errors import DataError
from assay.domain.estimate import Estimate
from assay.domain.labels import Answer, Labels
from assay.domain.plan import Plan, Task
from assay.domain.score import Metric
from assay.domain.trial import Trial
from assay.engine.categories import makes
from assay.interfaces.agreeing import told
from assay.interfaces.recording import tell_labels
from assay.interfaces.runs import decided, made_scorer, write_whole
from assay.statistics.agreement import Agreement, agreement
from assay.statistics.evidence import evidence
from assay.statistics.prediction_powered import FEWEST_LABELS
from assay.store.labels import keep_drawn, keep_labels, read_labels
from assay.store.runs import RunFile


@click.group()
def calibrate() -> None:
    """Hold what was measured against people."""


@calibrate.command(epilog="Example:  assay calibrate judge runs/v4 --sample 150 -o to-label.jsonl")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--labels", metavar="FILE", type=click.Path(path_type=Path), help="JSON Lines: id, subject, label.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Draw N random pairs for people to label.")
@click.option("-o", "target", metavar="FILE", type=click.Path(path_type=Path), help="Where the drawn rows go.")
@click.option("--metric", metavar="M", help="The metric; needed where scorers that ask a model make several.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which random pairs.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def judge(
    run: Path, labels: Path | None, sample: int | None, target: Path | None, metric: str | None, seed: int, form: str
) -> int:
    """Compare a judge with people on a random part of RUN, and put its error into the gate's intervals.

    First `--sample N -o FILE` draws N pairs of answers; people fill in `label`. Then
    `--labels FILE` says how far they agree with the judge, and keeps the labels with the
    run: `assay gate`, `report` and `audit` then decide with the corrected interval.
    Exits with 4 when the labels cannot correct anything.
    """
    if (labels is None) == (sample is None):
        raise click.UsageError("give either --sample N with -o FILE, or --labels FILE")
    if sample is not None and target is None:
        raise click.UsageError("--sample needs -o FILE; - is standard output")
    file = RunFile(run) if run.is_dir() else RunFile(run, write=False)
    try:
        seen = _seen(file, metric)
        if sample is not None:
            assert target is not None
            return _draw(file, seen, sample, target, seed)
        assert labels is not None
        given = read_labels(labels, seen.plan, seen.tasks, seen.metric, seen.texts)
        why = _refused(given, seen)
        kept = None if why else keep_labels(file, Labels(metric=seen.metric.name, values=given))
        tell_labels(file)
    finally:
        file.close()
    found = {who: _agreement(given, seen, who) for who in seen.subjects}
    changes = [] if kept is None else [_change(audit, seen.metric.name) for audit in decided(run)]
    _say(seen, kept, why, found, changes, run, form)
    return 4 if why else 0


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a run holds of the metric."""

    plan: Plan
    metric: Metric
    tasks: Sequence[Task]
    values: Mapping[Answer, float]
    texts: Mapping[Answer, str]

    @property
    def subjects(self) -> list[str]:
        return ["reference", *(spec.name for spec in self.plan.candidates)]


def _seen(file: RunFile, name: str | None) -> _Seen:
    plan = file.plan(made_scorer)
    file.must_have_ended()
    metric = _metric(plan, name)
    tasks = [task for task in plan.tasks if any(makes(task, one, metric.name) for one in task.dataset.samples)]
    values: dict[Answer, float] = {}
    texts: dict[Answer, str] = {}
    for trial, scores in file.trials():
        score = next((one for one in scores if one.metric == metric.name), None)
        if score is not None and score.value is not None and not isinstance(score.value, str):
            values[_answer(trial)] = float(score.value)
            texts[_answer(trial)] = trial.output.text if trial.output else ""
    return _Seen(plan, metric, tasks, values, texts)


def _answer(trial: Trial) -> Answer:
    return trial.subject, trial.task, trial.sample_id, trial.epoch


def _metric(plan: Plan, name: str | None) -> Metric:
    """The metric that is named, or the only one that a scorer with a model makes."""
    scorers = [scorer for task in plan.tasks for scorer in task.scorers]
    shares = [one for scorer in scorers for one in scorer.metrics() if one.kind in ("proportion", "share")]
    every = {one.name: one for one in shares if one.yardstick is None}  # labels are of one answer, not of two
    asked = {one.name for scorer in scorers if isinstance(scorer, AskingScorer) for one in scorer.metrics()}
    usual = sorted(one for one in asked if one in every and not every[one].diagnostic)
    if name is None:
        if len(usual) == 1:
            return every[usual[0]]
        those = f"several do: {', '.join(usual)}" if usual else "no scorer of this run asks a model"
        raise DataError(f"say which metric with --metric; {those}. Known: {', '.join(sorted(every))}")
    if any(one.name == name and one.yardstick is not None for one in shares):
        raise DataError(f"'{name}' compares two answers, and labels are of one: people cannot correct it yet")
    if name not in every:
        raise DataError(f"no scorer of this run makes '{name}' as a proportion or share. Known: {', '.join(every)}")
    return every[name]


def _draw(file: RunFile, seen: _Seen, count: int, target: Path, seed: int) -> int:
    """Writes a row for each answer of `count` random pairs, in an order that does not tell the subjects apart."""
    keys = {answer[1:] for answer in seen.values}
    pairs = sorted(key for key in keys if all((who, *key) in seen.values for who in seen.subjects))
    dice = random.Random(f"assay:labels:{seen.metric.name}:{seed}")
    dice.shuffle(pairs)
    drawn = pairs[:count]
    rows = [row for key in drawn for row in _rows(seen, key)]
    dice.shuffle(rows)
    write_whole(target, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    keep_drawn(file, seen.metric.name, drawn)
    tell_labels(file)
    click.echo(
        f"{len(drawn)} of {len(pairs)} scored pairs drawn, {len(rows)} rows to label. Fill in 'label' "
        f"without looking at 'subject', then:  assay calibrate judge {file.folder} --labels {target}",
        err=True,
    )
    return 0


def _rows(seen: _Seen, key: tuple[str, str, int]) -> list[dict[str, Any]]:
    task = next(one for one in seen.tasks if one.name == key[0])
    sample = next(one for one in task.dataset.samples if one.id == key[1])
    common = {"id": key[1], "suite": key[0], "epoch": key[2]}
    asked = {"metric": seen.metric.name, "label": None, "input": sample.prompt, "context": list(sample.context)}
    return [{**common, "subject": who, **asked, "output": seen.texts[who, *key]} for who in seen.subjects]


def _refused(given: Mapping[Answer, float], seen: _Seen) -> str:
    """Why these labels correct nothing; empty when they do for at least one candidate."""
    said = {answer for answer in given if answer in seen.values}
    subjects = sorted({answer[0] for answer in said})
    if not said:
        return "no answer with a score is labelled"
    if "reference" not in subjects or len(subjects) < 2:
        return f"only answers of {subjects[0]} are labelled; the correction is of pairs: label both answers"
    if len({given[answer] for answer in said}) < 2:
        return "all labels are alike, so how the judge errs on the other kind is not known; label more"
    scored = Labels(metric=seen.metric.name, values={answer: given[answer] for answer in said})
    most = max(len(scored.pairs(who)) for who in seen.subjects[1:])
    if most < FEWEST_LABELS:
        return f"{most} pairs have both answers labelled and scored; the correction needs {FEWEST_LABELS}"
    return ""


def _agreement(given: Mapping[Answer, float], seen: _Seen, who: str) -> Agreement:
    """People beside the judge; shares are read as true from one half."""

    def word(value: float) -> str:
        return "true" if value >= 0.5 else "false"

    both = [answer for answer in given if answer[0] == who and answer in seen.values]
    return agreement([(word(seen.values[answer]), word(given[answer])) for answer in both])


def _change(audit: Audit, metric: str) -> dict[str, Any]:
    """The overall drop and difference of a candidate before and after the correction."""
    whole = next(one for one in audit.comparisons if one.metric.name == metric and not one.slice)
    proof = evidence(whole.pairs, whole.metric.kind)
    alone = proof.alone or proof
    return {
        "candidate": audit.candidate.identity.name,
        "labelled": whole.pairs.labelled,
        "drop": {"alone": _limits(alone.drop()), "corrected": _limits(proof.drop())},
        "difference": {"alone": _limits(alone.difference()), "corrected": _limits(proof.difference())},
        "decision": audit.verdict.decision.word,
    }


def _limits(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "method": estimate.method}


def _say(
    seen: _Seen,
    kept: Labels | None,
    why: str,
    found: Mapping[str, Agreement],
    changes: Sequence[Mapping[str, Any]],
    run: Path,
    form: str,
) -> None:
    if form == "json":
        subjects = {who: {**asdict(one), "prevalence": dict(one.prevalence)} for who, one in found.items()}
        random_part = kept is not None and kept.drawn is not None
        whole = {"metric": seen.metric.name, "subjects": subjects, "refused": why, "random": random_part}
        click.echo(json.dumps({**whole, "changes": list(changes)}))
        return
    for who, one in found.items():
        click.echo(f"{seen.metric.name} of {who}, judge and people")
        click.echo("\n".join(f"  {line}" for line in told(one)))
    for change in changes:
        click.echo(f"{change['candidate']}, {change['labelled']} pairs labelled: {change['decision']}")
        for name, unit in (("drop", "%"), ("difference", "points")):
            before, after = change[name]["alone"], change[name]["corrected"]
            click.echo(f"  {name} by the judge alone {_words(before, unit)}; corrected {_words(after, unit)}")
            click.echo(f"    {after['method']}")
    if why:
        click.echo(f"not corrected, labels not kept: {why}", err=True)
    elif kept is not None:
        if not kept.random:
            click.echo(
                "these are not the labels of one whole draw by --sample, or replace others: the correction holds only "
                "for a random part, and the decision is exploratory",
                err=True,
            )
        click.echo(f"labels kept ({kept.digest[:19]}). Decide again:  assay gate {run}", err=True)


def _words(limits: Mapping[str, Any], unit: str) -> str:
    shown = ["?" if limits[key] is None else f"{100 * limits[key]:z.1f}" for key in ("value", "low", "high")]
    return f"{shown[0]} {unit} ({shown[1]} to {shown[2]})"
