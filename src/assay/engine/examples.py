"""The answers that decided: flips and unscored pairs, fetched for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.domain.audit import Example
from assay.domain.estimate import Comparison
from assay.domain.plan import Plan, Task
from assay.domain.sample import Sample
from assay.domain.score import Score
from assay.engine.compare import alone_standing
from assay.engine.journal import Journal, Recorded

PER_METRIC = {"regressed": 40, "fixed": 15, "unscored": 10}
"""Most examples of a kind for one metric; reports say how many more there are."""


def examples(
    plan: Plan, comparisons: Sequence[Comparison], journal: Journal, candidate: str
) -> tuple[tuple[Example, ...], dict[str, int]]:
    """Examples for every metric that a rule names, and how many there are of each kind in all."""
    ruled = {rule.metric for rule in plan.measured}
    overall = [c for c in comparisons if c.metric.name in ruled and (not c.slice or alone_standing(plan, c.slice))]
    samples = {task.name: {s.id: s for s in task.dataset.samples} for task in plan.tasks}
    shown: list[Example] = []
    totals = {"regressed": 0, "fixed": 0, "unscored": 0}
    for comparison in overall:
        name = comparison.metric.name
        own = comparison.slice.get("suite")
        suites = [task for task in plan.tasks if (task.name == own if own else not task.apart)]
        makers = [t for t in suites if any(m.name == name for s in t.scorers for m in s.metrics())]
        for kind, ids in (("regressed", comparison.regressed), ("fixed", comparison.fixed)):
            totals[kind] += len(ids)
            found = _flips(ids[: PER_METRIC[kind] * 2], makers, samples, journal, candidate, name, kind)
            shown.extend(_first(found, PER_METRIC[kind]))
        totals["unscored"] += comparison.n_unscored
        if comparison.n_unscored:
            shown.extend(_first(_unscored(makers, journal, candidate, name), PER_METRIC["unscored"]))
    return tuple(shown), totals


def _first(found: Iterator[Example], count: int) -> list[Example]:
    return [example for example, _ in zip(found, range(count), strict=False)]


def _flips(
    ids: Sequence[str],
    makers: Sequence[Task],
    samples: dict[str, dict[str, Sample]],
    journal: Journal,
    candidate: str,
    metric: str,
    kind: str,
) -> Iterator[Example]:
    for sample_id in ids:
        for task in makers:
            sample = samples[task.name].get(sample_id)
            if sample is None:
                continue
            for epoch in range(1, task.epochs + 1):
                example = _example(task, sample, epoch, journal, candidate, metric, kind)
                left, right = example.reference_score, example.candidate_score
                if left is None or right is None or left.value is None or right.value is None:
                    continue
                if left.value != right.value:
                    yield example
                    break


def _unscored(makers: Sequence[Task], journal: Journal, candidate: str, metric: str) -> Iterator[Example]:
    for task in makers:
        for sample in task.dataset.samples:
            for epoch in range(1, task.epochs + 1):
                example = _example(task, sample, epoch, journal, candidate, metric, "unscored")
                scores = (example.reference_score, example.candidate_score)
                if any(score is not None and score.value is None for score in scores):
                    yield example


def _example(
    task: Task, sample: Sample, epoch: int, journal: Journal, candidate: str, metric: str, kind: str
) -> Example:
    left = journal.trial("reference", task.name, sample.id, epoch)
    right = journal.trial(candidate, task.name, sample.id, epoch)
    return Example(
        task=task.name,
        sample_id=sample.id,
        epoch=epoch,
        prompt=sample.prompt,
        metadata=sample.metadata,
        reference=left[0] if left else None,
        candidate=right[0] if right else None,
        metric=metric,
        kind=kind,
        reference_score=_score(left, metric),
        candidate_score=_score(right, metric),
    )


def _score(recorded: Recorded | None, metric: str) -> Score | None:
    return next((score for score in recorded[1] if score.metric == metric), None) if recorded else None
