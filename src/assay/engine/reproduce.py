"""Failures, asked again: which come back, how often, and how much of the prompt they need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assay.domain.asking import ComparingScorer
from assay.domain.plan import Plan, Task
from assay.domain.sample import Sample
from assay.domain.subject import Price, Subject
from assay.engine.again import Answers, Question, ask_again
from assay.engine.failures import Count, Failing, fails
from assay.engine.journal import Journal
from assay.engine.progress import Progress
from assay.engine.score import REFERENCE
from assay.engine.shorter import shorter, worth_it

REPRODUCED, FLAKY, GONE, UNKNOWN = "reproduced", "flaky", "not_again", "not_reproduced"
"""It failed every time, sometimes, never; or nobody could ask, or no answer had a score."""
Key = tuple[str, str]
"""Task and sample id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One prompt with its failures, and what asking again showed."""

    task: Task
    sample: Sample
    """What is asked; the shortened form when it was shortened."""
    failures: tuple[Failing, ...]
    """One for each metric."""
    again: Mapping[str, Count] = field(default_factory=dict)
    """How often it failed when asked again, by metric."""
    why_not: str = ""
    """Why nobody asked again, or the commonest cause of missing scores."""
    minimised_from: str = ""
    """Digest of the sample as it was before it was shortened."""

    @property
    def key(self) -> Key:
        """Task and sample id."""
        return self.task.name, self.sample.id

    def state(self, metric: str) -> str:
        """What asking again showed of one metric."""
        count = self.again.get(metric, Count())
        if not count.scored:
            return UNKNOWN
        return REPRODUCED if count.failed == count.scored else FLAKY if count.failed else GONE

    @property
    def sure(self) -> bool:
        """Whether every one of its failures came back every time."""
        return all(self.state(one.metric.name) == REPRODUCED for one in self.failures)

    @property
    def worst(self) -> str:
        """The surest of its failures."""
        return min((self.state(one.metric.name) for one in self.failures), key=_SUREST.index)


_SUREST = (REPRODUCED, FLAKY, UNKNOWN, GONE)


@dataclass(slots=True)
class Asking:
    """Whom to ask and how; keeps count over several rounds."""

    plan: Plan
    candidate: str
    subjects: Mapping[str, Subject]
    """Open: the candidate, the judges, and the reference where it can be asked."""
    journal: Journal
    """Records of the run, for answers that others are compared with."""
    prices: Mapping[str, Price] = field(default_factory=dict)
    below: float = 0.5
    progress: Callable[[Progress], None] | None = None
    calls: int = 0
    spent_usd: float = 0.0
    stopped: str = ""
    interrupted: bool = False

    async def put(self, questions: Sequence[Question]) -> Answers:
        """One round, within what is left of the plan's limits."""
        limits = self.plan.limits
        if limits.cost_usd is not None:
            limits = replace(limits, cost_usd=max(0.0, limits.cost_usd - self.spent_usd))
        plan = replace(self.plan, limits=limits)
        found = await ask_again(plan, self.subjects, questions, prices=self.prices, progress=self.progress)
        self.calls += found.calls
        self.spent_usd += found.spent_usd
        self.stopped = found.stopped or self.stopped
        self.interrupted = self.interrupted or found.interrupted
        return found


async def reproduce(asking: Asking, items: Sequence[Item], times: int) -> tuple[Item, ...]:
    """The items with how often each fails when it is asked again so many times."""
    questions = [
        Question(
            subject=asking.candidate,
            task=item.task.name,
            sample=item.sample,
            epoch=item.task.epochs + again,
            reference=asking.journal.trial(REFERENCE, item.task.name, item.sample.id, 1),
        )
        for item in items
        for again in range(1, times + 1)
    ]
    found = await asking.put(questions)
    return tuple(
        _counted(asking, item, found, range(item.task.epochs + 1, item.task.epochs + times + 1)) for item in items
    )


def _counted(asking: Asking, item: Item, found: Answers, epochs: range) -> Item:
    counts = {one.metric.name: Count() for one in item.failures}
    causes: dict[str, int] = {}
    for epoch in epochs:
        for failure in item.failures:
            name = failure.metric.name
            failed, cause = _outcome(asking, found, asking.candidate, item, epoch, failure)
            counts[name] = counts[name].plus(failed)
            if cause:
                causes[cause] = causes.get(cause, 0) + 1
    return replace(item, again=counts, why_not=max(causes, key=lambda cause: causes[cause], default=""))


def _outcome(
    asking: Asking, found: Answers, subject: str, item: Item, epoch: int, failure: Failing
) -> tuple[bool | None, str]:
    """Whether an answer fails, or why that is not known."""
    known = found.trials.get((subject, item.task.name, item.sample.id, epoch))
    if known is None:
        return None, "not_asked"
    score = next((one for one in known[1] if one.metric == failure.metric.name), None)
    if score is None:
        return None, known[0].state
    return fails(score, failure.metric, asking.below), score.unscored


@dataclass(slots=True)
class _Search:
    """The way to a shorter prompt: one form after the other, from each success on anew."""

    item: Item
    left: int
    """Forms that may still be tried."""
    forms: Iterator[Sample]
    tried: Sample | None = None

    def propose(self) -> Sample | None:
        self.tried = next(self.forms, None) if self.left > 0 else None
        self.left -= 1
        return self.tried

    def told(self, kept: bool) -> None:
        if kept and self.tried is not None:
            before = self.item.minimised_from or self.item.sample.digest
            self.item = replace(self.item, sample=self.tried, minimised_from=before)
            self.forms = shorter(self.tried)


def may_shrink(item: Item) -> bool:
    """Whether a shorter form could show the same failure: it came back, the reference passes, one answer is judged."""
    compared = {m.name for s in item.task.scorers if isinstance(s, ComparingScorer) for m in s.metrics()}
    return (
        item.sure
        and all(one.regressed for one in item.failures)
        and worth_it(item.sample)
        and not compared & {one.metric.name for one in item.failures}
    )


async def minimise(asking: Asking, items: Sequence[Item], times: int, tries: int) -> tuple[Item, ...]:
    """The items, those that can be shortened as short as they become while the failure stays.

    A shorter form counts only while the candidate fails on it and the reference, asked too, does not: a prompt
    that became another question would be failed by both or by none. What is found is asked again as often as
    the failure itself, and given up when it does not come back.

    Args:
        asking: Whom to ask; both subjects.
        items: What was reproduced.
        times: How often what is found is asked.
        tries: Most forms tried for one prompt, two calls each.
    """
    searches = [_Search(item, tries, shorter(item.sample)) for item in items if may_shrink(item)]
    number = times
    while not asking.interrupted and not asking.stopped:
        number += 1
        going = [(one, form) for one in searches if (form := one.propose()) is not None]
        if not going:
            break
        await _round(asking, going, number)
    shrunk = [one.item for one in searches if one.item.minimised_from]
    confirmed = {one.key: one for one in await reproduce(asking, shrunk, times)} if shrunk else {}
    return tuple(again if (again := confirmed.get(item.key)) is not None and again.sure else item for item in items)


async def _round(asking: Asking, going: Sequence[tuple[_Search, Sample]], number: int) -> None:
    questions = [
        Question(subject=who, task=one.item.task.name, sample=form, epoch=one.item.task.epochs + number)
        for one, form in going
        for who in (asking.candidate, REFERENCE)
    ]
    found = await asking.put(questions)
    for one, form in going:
        item, epoch = replace(one.item, sample=form), one.item.task.epochs + number
        told = [
            (_outcome(asking, found, who, item, epoch, failure)[0], who == asking.candidate)
            for failure in item.failures
            for who in (asking.candidate, REFERENCE)
        ]
        one.told(all(failed is expected for failed, expected in told))
