"""The answers that decided: flips and unscored pairs, fetched for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.domain.audit import Example
from assay.domain.estimate import Comparison
from assay.domain.plan import Plan, Task
from assay.domain.score import Score
from assay.engine.compare import alone_standing
from assay.engine.families import family_scores
from assay.engine.journal import Journal, Recorded
from assay.engine.observations import Observations

PER_METRIC = {"regressed": 40, "fixed": 15, "unscored": 10}
"""Most examples of a kind for one metric; reports say how many more there are."""


def examples(
    plan: Plan, comparisons: Sequence[Comparison], observations: Observations, journal: Journal, candidate: str
) -> tuple[tuple[Example, ...], dict[str, int]]:
    """Examples for every metric that a rule names, and how many there are of each kind in all."""
    ruled = {rule.metric for rule in plan.measured}
    overall = [c for c in comparisons if c.metric.name in ruled and (not c.slice or alone_standing(plan, c.slice))]
    shown: list[Example] = []
    totals = {"regressed": 0, "fixed": 0, "unscored": 0}
    for comparison in overall:
        name = comparison.metric.name
        own = comparison.slice.get("suite")
        suites = [task for task in plan.tasks if (task.name == own if own else not task.apart)]
        read = _Reading(
            makers=tuple(task for task in suites if _makes(task, name)),
            metric=name,
            candidate=candidate,
            journal=journal,
            families={
                (subject, task.name): family_scores(task, observations, subject)
                for task in suites
                if task.agree and task.agreement == name
                for subject in ("reference", candidate)
            },
        )
        for kind, ids in (("regressed", comparison.regressed), ("fixed", comparison.fixed)):
            totals[kind] += len(ids)
            shown.extend(_first(_flips(ids[: PER_METRIC[kind] * 2], read, kind), PER_METRIC[kind]))
        totals["unscored"] += comparison.n_unscored
        if comparison.n_unscored:
            shown.extend(_first(_unscored(read), PER_METRIC["unscored"]))
    return tuple(shown), totals


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """Where the examples of one metric are read."""

    makers: tuple[Task, ...]
    metric: str
    candidate: str
    journal: Journal
    families: Mapping[tuple[str, str], Mapping[int, Score]]
    """Scores that no scorer made: by subject and task, then by row."""


def _makes(task: Task, metric: str) -> bool:
    """Whether a scorer of the task makes the metric, or its families do."""
    by_family = bool(task.agree) and task.agreement == metric
    return by_family or any(made.name == metric for scorer in task.scorers for made in scorer.metrics())


def _first(found: Iterator[Example], count: int) -> list[Example]:
    return [example for example, _ in zip(found, range(count), strict=False)]


def _flips(ids: Sequence[str], read: _Reading, kind: str) -> Iterator[Example]:
    places = {task.name: {sample.id: n for n, sample in enumerate(task.dataset.samples)} for task in read.makers}
    for sample_id in ids:
        for task in read.makers:
            place = places[task.name].get(sample_id)
            if place is None:
                continue
            for epoch in range(1, task.epochs + 1):
                example = _example(task, place, epoch, read, kind)
                left, right = example.reference_score, example.candidate_score
                if left is None or right is None or left.value is None or right.value is None:
                    continue
                if left.value != right.value:
                    yield example
                    break


def _unscored(read: _Reading) -> Iterator[Example]:
    for task in read.makers:
        for place in range(len(task.dataset.samples)):
            for epoch in range(1, task.epochs + 1):
                example = _example(task, place, epoch, read, "unscored")
                scores = (example.reference_score, example.candidate_score)
                if any(score is not None and score.value is None for score in scores):
                    yield example


def _example(task: Task, place: int, epoch: int, read: _Reading, kind: str) -> Example:
    sample = task.dataset.samples[place]
    left = read.journal.trial("reference", task.name, sample.id, epoch)
    right = read.journal.trial(read.candidate, task.name, sample.id, epoch)
    row = place * task.epochs + epoch - 1
    return Example(
        task=task.name,
        sample_id=sample.id,
        epoch=epoch,
        prompt=sample.prompt,
        metadata=sample.metadata,
        reference=left[0] if left else None,
        candidate=right[0] if right else None,
        metric=read.metric,
        kind=kind,
        reference_score=_score(left, read, "reference", task, row),
        candidate_score=_score(right, read, read.candidate, task, row),
    )


def _score(recorded: Recorded | None, read: _Reading, subject: str, task: Task, row: int) -> Score | None:
    family = read.families.get((subject, task.name))
    if family is not None:
        return family.get(row)
    return next((score for score in recorded[1] if score.metric == read.metric), None) if recorded else None
