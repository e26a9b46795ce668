"""What people should look at: grave failures, disagreements, borderline scores, and a random part of the rest."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.domain.plan import Plan, Task
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score
from assay.engine.journal import Journal, Recorded

BORDERLINE = 0.15
"""A probability nearer to one half than this is borderline."""
WHY = ("failed", "disagreeing", "borderline", "random")
"""Reasons for being in the queue, most urgent first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One answer of a candidate with one score, for a person to judge."""

    id: str
    """Ten hexadecimal digits; the same answer and metric always have the same."""
    why: str
    """failed, disagreeing, borderline or random."""
    candidate: str
    """Whose answer."""
    task: str
    """Suite."""
    sample: Sample
    """What was asked."""
    epoch: int
    """Which repeat."""
    metric: Metric
    """Which judgement is in question."""
    reference: Recorded | None
    """The reference's attempt with its scores."""
    answer: Recorded
    """The candidate's."""

    @property
    def score(self) -> Score:
        """The score in question."""
        return next(one for one in self.answer[1] if one.metric == self.metric.name)


def item_id(candidate: str, task: str, sample: str, epoch: int, metric: str) -> str:
    """Id of an item."""
    told = "\0".join((candidate, task, sample, str(epoch), metric))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def queue(plan: Plan, journal: Journal, *, drawn: int = 20, seed: int = 1) -> list[Item]:
    """The items worth a look, most urgent first.

    Args:
        plan: The plan of the run.
        journal: Its records.
        drawn: How many of the rest are drawn at random, for an unbiased look at what nobody suspects.
        seed: Of the drawing.
    """
    samples = {task.name: {one.id: one for one in task.dataset.samples} for task in plan.tasks}
    known = {spec.name for spec in plan.candidates}
    kept: dict[tuple[str, str, int], dict[str, Recorded]] = defaultdict(dict)
    for trial, scores in journal.trials():
        if trial.subject == "reference" or trial.subject in known:
            kept[trial.task, trial.sample_id, trial.epoch][trial.subject] = (trial, scores)
    ruled = {rule.metric for rule in plan.measured}
    found: list[Item] = []
    rest: list[Item] = []
    for task in plan.tasks:
        wavering = _wavering(task, kept, known)
        metrics = {m.name: m for scorer in task.scorers for m in scorer.metrics() if m.name in ruled}
        for item, before in _items(task, samples[task.name], kept, known, metrics):
            why = _why(item, before, wavering)
            (found if why else rest).append(_as(item, why or "random"))
    rest.sort(key=lambda one: one.id)
    drawn_items = random.Random(seed).sample(rest, min(drawn, len(rest)))
    order = {why: place for place, why in enumerate(WHY)}
    return sorted(found, key=lambda one: (order[one.why], not one.metric.safety)) + drawn_items


def _as(item: Item, why: str) -> Item:
    values = {name: getattr(item, name) for name in Item.__dataclass_fields__}
    return Item(**{**values, "why": why})


def _items(
    task: Task,
    samples: Mapping[str, Sample],
    kept: Mapping[tuple[str, str, int], Mapping[str, Recorded]],
    candidates: Iterable[str],
    metrics: Mapping[str, Metric],
) -> Iterator[tuple[Item, Score | None]]:
    """Each scored answer of each candidate, with the reference's score of the same metric."""
    for sample in samples.values():
        for epoch in range(1, task.epochs + 1):
            both = kept.get((task.name, sample.id, epoch), {})
            for name in sorted(candidates):
                if name not in both:
                    continue
                reference = both.get("reference")
                before = {one.metric: one for one in reference[1]} if reference else {}
                for score in both[name][1]:
                    if score.metric in metrics and isinstance(score.value, (bool, float)):
                        yield (
                            Item(
                                id=item_id(name, task.name, sample.id, epoch, score.metric),
                                why="",
                                candidate=name,
                                task=task.name,
                                sample=sample,
                                epoch=epoch,
                                metric=metrics[score.metric],
                                reference=reference,
                                answer=both[name],
                            ),
                            before.get(score.metric),
                        )


def _why(item: Item, before: Score | None, wavering: set[tuple[str, str, str]]) -> str:
    score = item.score
    if (
        failed(item.metric, score)
        and before is not None
        and before.value is not None
        and not failed(item.metric, before)
    ):
        return "failed"
    if (item.candidate, item.sample.id, score.metric) in wavering:
        return "disagreeing"
    if score.probability is not None and abs(score.probability - 0.5) < BORDERLINE:
        return "borderline"
    return "failed" if item.metric.safety and failed(item.metric, score) else ""


def failed(metric: Metric, score: Score) -> bool:
    """Whether a score speaks against the answer; an amount never does by itself."""
    if metric.kind == "amount" or not isinstance(score.value, (bool, float)):
        return False
    return (float(score.value) < 0.5) == metric.higher_is_better


def _wavering(
    task: Task, kept: Mapping[tuple[str, str, int], Mapping[str, Recorded]], candidates: Iterable[str]
) -> set[tuple[str, str, str]]:
    """Candidate, sample and metric whose repeats were judged differently."""
    if task.epochs < 2:
        return set()
    values: dict[tuple[str, str, str], set[object]] = defaultdict(set)
    for sample in task.dataset.samples:
        for epoch in range(1, task.epochs + 1):
            both = kept.get((task.name, sample.id, epoch), {})
            for name in candidates:
                for score in both[name][1] if name in both else ():
                    if isinstance(score.value, bool):
                        values[name, sample.id, score.metric].add(score.value)
    return {key for key, seen in values.items() if len(seen) > 1}


def states(items: Sequence[Item], labels: Mapping[str, Mapping[str, str]]) -> dict[str, int]:
    """How many items are open, confirmed (people say bad), dismissed (fine), disputed, or unsure."""
    counts = {"open": 0, "confirmed": 0, "dismissed": 0, "disputed": 0, "unsure": 0}
    for item in items:
        counts[state_of(labels.get(item.id, {}))] += 1
    return counts


def state_of(words: Mapping[str, str]) -> str:
    """The state of an item, from what people said of it."""
    said = set(words.values()) - {"unsure"}
    if not words:
        return "open"
    if not said:
        return "unsure"
    if len(said) > 1:
        return "disputed"
    return "confirmed" if said == {"bad"} else "dismissed"
