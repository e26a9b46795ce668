"""Questions of scorers that ask a model: put between those to the subjects, their replies made into scores.

A judge is asked like a subject. Its replies are trials under its own key, so limits, retries,
cache, cost and records are those of every call, and a killed run asks for no reply twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assay.domain.asking import NOT_JUDGED, AskingScorer, Reply, judge_key, judges
from assay.domain.plan import Plan
from assay.domain.sample import Sample
from assay.domain.score import Score, Scorer
from assay.domain.subject import Ask
from assay.domain.trial import Trial
from assay.engine.journal import Journal
from assay.engine.observations import Observations
from assay.engine.schedule import Key, Pending
from assay.engine.score import questions, score


def key_of(trial: Trial) -> Key:
    """What makes it the same trial."""
    return (trial.subject, trial.task, trial.sample_id, trial.sample_digest, trial.epoch)


@dataclass(slots=True)
class _Open:
    """An answer that waits for its judges."""

    trial: Trial
    scores: tuple[Score, ...]
    asked: Mapping[int, Sequence[Key]]
    """Keys of the questions, by the place of the scorer that asked."""
    waiting: set[Key] = field(default_factory=set)


class Judging:
    """Takes trials in: scores them, or asks their judges first.

    An answer is recorded at once, its judged metrics marked as not judged yet, and again
    with all its scores when the last reply is there.
    """

    def __init__(self, plan: Plan, journal: Journal, observations: Observations) -> None:
        self.judges = judges(plan.tasks)
        """Specifications of the judges by their key."""
        self._journal = journal
        self._observations = observations
        self._scorers: dict[str, Sequence[Scorer]] = {task.name: task.scorers for task in plan.tasks}
        self._asking = {t.name for t in plan.tasks if any(isinstance(s, AskingScorer) for s in t.scorers)}
        self._samples = {(t.name, s.id): s for t in plan.tasks for s in t.dataset.samples}
        self._queue: deque[Pending] = deque()
        self._replies: dict[Key, Reply] = {}
        self._open: dict[Key, _Open] = {}
        self._asker: dict[Key, Key] = {}
        """Question -> the answer that it is about."""

    def asks(self, others: Iterable[Pending]) -> Iterator[Pending]:
        """Questions to judges as soon as there are some, else those to the subjects."""
        return _Mixed(self._queue, iter(others))

    def record(self, trial: Trial) -> None:
        """Take a finished trial, of a subject or of a judge."""
        if trial.subject in self.judges:
            self._journal.record(trial, ())
            self._observations.count(trial)
            self._replied(trial)
        else:
            self._answered(trial)

    def known(self, trial: Trial) -> None:
        """Take a judge's reply that an earlier run has recorded."""
        self._observations.count(trial)
        self._replies[key_of(trial)] = _reply(trial)

    def resume(self, trial: Trial, scores: tuple[Score, ...]) -> None:
        """Take an answer that an earlier run has recorded; what its judges have not said yet is asked."""
        asked = self._questions(trial)
        missing = [pending for asks in asked.values() for pending in asks if _key(pending) not in self._replies]
        if missing:
            self._ask(trial, scores, asked, missing)
        elif asked and any(one.unscored == NOT_JUDGED for one in scores):
            self._finish(trial, {place: [_key(one) for one in asks] for place, asks in asked.items()})
        else:
            self._observations.add(trial, scores)

    def again(self, trial: Trial) -> None:
        """Score an answer of an earlier run by the scorers at hand; judges are asked what they have not said yet."""
        asked = self._questions(trial)
        missing = [pending for asks in asked.values() for pending in asks if _key(pending) not in self._replies]
        if asked and not missing:
            self._finish(trial, {place: [_key(one) for one in asks] for place, asks in asked.items()})
            return
        scores = score(self._samples[trial.task, trial.sample_id], trial, self._scorers[trial.task])
        self._journal.record(trial, scores)
        if missing:
            self._ask(trial, scores, asked, missing)
        else:
            self._observations.add(trial, scores)

    @property
    def unsettled_usd(self) -> float:
        """Price of the answers that wait for their judges, and are not counted among the observations yet."""
        return sum(one.trial.cost_usd or 0.0 for one in self._open.values())

    def close(self) -> None:
        """Count the answers whose judges were not asked any more: they stay unscored until the run goes on."""
        for one in self._open.values():
            self._observations.add(one.trial, one.scores)
        self._open.clear()

    def _answered(self, trial: Trial) -> None:
        sample, scorers = self._samples[trial.task, trial.sample_id], self._scorers[trial.task]
        asked = self._questions(trial)
        scores = score(sample, trial, scorers)
        self._journal.record(trial, scores)
        if asked:
            self._ask(trial, scores, asked, [pending for asks in asked.values() for pending in asks])
        else:
            self._observations.add(trial, scores)

    def _questions(self, trial: Trial) -> dict[int, list[Pending]]:
        sample = self._samples.get((trial.task, trial.sample_id)) if trial.task in self._asking else None
        if sample is None:
            return {}
        scorers = self._scorers[trial.task]
        found: dict[int, list[Pending]] = {}
        for place, asks in questions(sample, trial, scorers).items():
            scorer = scorers[place]
            key = judge_key(self.judges, scorer.asks) if isinstance(scorer, AskingScorer) else None
            assert key is not None
            found[place] = [
                Pending(subject=key, task=trial.task, ask=_about(ask, trial, place, number))
                for number, ask in enumerate(asks, 1)
            ]
        return found

    def _ask(
        self, trial: Trial, scores: tuple[Score, ...], asked: Mapping[int, list[Pending]], missing: list[Pending]
    ) -> None:
        keys = {place: [_key(one) for one in asks] for place, asks in asked.items()}
        mine = key_of(trial)
        self._open[mine] = _Open(trial, scores, keys, {_key(one) for one in missing})
        for pending in missing:
            self._asker[_key(pending)] = mine
            self._queue.append(pending)

    def _replied(self, trial: Trial) -> None:
        key = key_of(trial)
        self._replies[key] = _reply(trial)
        mine = self._asker.pop(key, None)
        if mine is None:
            return
        one = self._open[mine]
        one.waiting.discard(key)
        if not one.waiting:
            del self._open[mine]
            self._finish(one.trial, one.asked)

    def _finish(self, trial: Trial, asked: Mapping[int, Sequence[Key]]) -> None:
        replies = {place: [self._replies.pop(key) for key in keys] for place, keys in asked.items()}
        sample = self._samples[trial.task, trial.sample_id]
        scores = score(sample, trial, self._scorers[trial.task], replies)
        self._journal.record(trial, scores)
        self._observations.add(trial, scores)


class _Mixed(Iterator[Pending]):
    """Goes on after it had nothing: the answer that a worker brings back may hold the next question."""

    def __init__(self, first: deque[Pending], others: Iterator[Pending]) -> None:
        self._first = first
        self._others = others

    def __next__(self) -> Pending:
        return self._first.popleft() if self._first else next(self._others)


def _about(ask: Ask, trial: Trial, place: int, number: int) -> Ask:
    """The question under the name of the answer that it is about."""
    name = f"{place}:{trial.subject}:{trial.epoch}:{trial.sample_id}"
    sample: Sample = replace(ask.sample, id=name)
    return replace(ask, sample=sample, epoch=number)


def _key(pending: Pending) -> Key:
    sample = pending.ask.sample
    return (pending.subject, pending.task, sample.id, sample.digest, pending.ask.epoch)


def _reply(trial: Trial) -> Reply:
    reply = trial.output if trial.output is not None else trial.failure
    assert reply is not None
    return reply
