"""Asks subjects once more about single prompts, and scores what they say by the scorers of the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from assay.domain.plan import Plan
from assay.domain.sample import Dataset, Sample
from assay.domain.score import Score
from assay.domain.subject import Ask, Price, Subject
from assay.domain.trial import Trial
from assay.engine.collect import collect
from assay.engine.journal import Recorded
from assay.engine.judging import Judging
from assay.engine.memory import Memory
from assay.engine.observations import Observations
from assay.engine.progress import Progress
from assay.engine.schedule import Pending, order
from assay.engine.score import REFERENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One prompt for one subject."""

    subject: str
    """Key of the subject."""
    task: str
    """Task whose scorers judge."""
    sample: Sample
    """What is asked; ids unique within a call."""
    epoch: int
    """Which repeat: one that was not asked before gets a new answer."""
    reference: Recorded | None = None
    """The reference's answer to the same sample, for scorers that compare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What came back."""

    trials: Mapping[tuple[str, str, str, int], tuple[Trial, tuple[Score, ...]]]
    """Trial and scores by subject, task, sample id and epoch; what a limit came before is not there."""
    spent_usd: float
    """Price of all calls, judges included, where prices are known."""
    calls: int
    """Calls made, retries included."""
    stopped: str
    """Why not all was asked; empty when it was."""
    interrupted: bool = False
    """Whether the user ended it."""


async def ask_again(
    plan: Plan,
    subjects: Mapping[str, Subject],
    questions: Sequence[Question],
    *,
    prices: Mapping[str, Price] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Answers:
    """Answers to some questions, from open subjects and never from a cache.

    Args:
        plan: Plan of the run, its limits being those of this call.
        subjects: Open subjects by key, the judges of the plan among them.
        questions: What to ask.
        prices: Price of tokens by key.
        progress: Told how far it is.
    """
    small = _small(plan, questions)
    journal = Memory()
    judging = Judging(small, journal, Observations(small))
    for one in questions:
        if one.reference is not None and one.subject != REFERENCE:
            trial, scores = one.reference
            judging.resume(replace(trial, sample_id=one.sample.id, epoch=one.epoch), scores)
    needs = {task.name: next(iter(order([task], ["x"]))).ask.needs for task in small.tasks}
    asks = [
        Pending(
            subject=one.subject,
            task=one.task,
            ask=Ask(sample=one.sample, generation=plan.generation, epoch=one.epoch, needs=needs[one.task]),
        )
        for one in questions
    ]
    ending = await collect(
        judging.asks(asks),
        subjects,
        limits=plan.limits,
        record=judging.record,
        prices=prices,
        progress=progress,
        seed=plan.seed,
    )
    judging.close()
    kept = list(journal.trials())
    return Answers(
        trials={(t.subject, t.task, t.sample_id, t.epoch): (t, scores) for t, scores in kept},
        spent_usd=sum(trial.cost_usd or 0.0 for trial, _ in kept),
        calls=sum(trial.attempts for trial, _ in kept),
        stopped="" if ending.reason == "done" else ending.message,
        interrupted=ending.reason == "interrupted",
    )


def _small(plan: Plan, questions: Sequence[Question]) -> Plan:
    """The plan with these prompts in place of its datasets."""
    tasks = []
    for task in plan.tasks:
        asked = {one.sample.id: one.sample for one in questions if one.task == task.name}
        if asked:
            data = Dataset(name=task.dataset.name, samples=tuple(asked.values()), role=task.dataset.role)
            tasks.append(replace(task, dataset=data))
    return replace(plan, tasks=tuple(tasks))
