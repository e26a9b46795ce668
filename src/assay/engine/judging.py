"""Questions of scorers that ask a model: put between those to the subjects, their replies made into scores.

A judge is asked like a subject. Its replies are trials under its own key, so limits, retries,
cache, cost and records are those of every call, and a killed run asks for no reply twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import UnionType

from assay.domain.asking import NOT_JUDGED, AskingScorer, ComparingScorer, Reply, judge_key, judges
from assay.domain.plan import Plan
from assay.domain.sample import Sample
from assay.domain.score import Score, Scorer
from assay.domain.subject import Ask
from assay.domain.trial import Trial
from assay.engine.journal import Journal
from assay.engine.observations import Observations
from assay.engine.references import References, counterpart, key_of
from assay.engine.schedule import Key, Pending
from assay.engine.score import REFERENCE, contests, questions, score


@dataclass(slots=True)
class _Open:
    """An answer that waits for its judges, or for the answer that it is compared with."""

    trial: Trial
    scores: tuple[Score, ...]
    stale: bool
    """Whether scores are to be made again once nothing is waited for."""
    asked: dict[int, Sequence[Key]] = field(default_factory=dict)
    """Keys of the questions, by the place of the scorer that asked."""
    waiting: set[Key] = field(default_factory=set)
    reference: Trial | None = None
    """The answer that it is compared with."""


class Judging:
    """Takes trials in: scores them, or asks their judges first.

    An answer is recorded at once, its judged metrics marked as not judged yet, and again
    with all its scores when the last reply is there. Where answers are compared, a
    candidate's first waits for the reference's answer to the same question.
    """

    def __init__(self, plan: Plan, journal: Journal, observations: Observations) -> None:
        self.judges = judges(plan.tasks)
        """Specifications of the judges by their key."""
        self._journal = journal
        self._observations = observations
        self._scorers: dict[str, Sequence[Scorer]] = {task.name: task.scorers for task in plan.tasks}
        self._asking = _with(plan, AskingScorer | ComparingScorer)
        self._comparing = _with(plan, ComparingScorer)
        self._references = References(len(plan.candidates))
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
        self._answered(trial, scores)

    def again(self, trial: Trial) -> None:
        """Score an answer of an earlier run by the scorers at hand; judges are asked what they have not said yet."""
        self._answered(trial)

    @property
    def unsettled_usd(self) -> float:
        """Price of the answers that wait for their judges, and are not counted among the observations yet."""
        return sum(one.trial.cost_usd or 0.0 for one in self._open.values())

    def close(self) -> None:
        """Count the answers whose judges were not asked any more: they stay unscored until the run goes on."""
        for one in self._open.values():
            self._observations.add(one.trial, one.scores)
        self._open.clear()

    def _answered(self, trial: Trial, recorded: tuple[Score, ...] | None = None) -> None:
        """Take an answer with the scores that are recorded, if any."""
        sample = self._samples.get((trial.task, trial.sample_id))
        scores = recorded
        if scores is None:
            scores = score(self._samples[trial.task, trial.sample_id], trial, self._scorers[trial.task])
            self._journal.record(trial, scores)
        if sample is None or trial.task not in self._asking:
            self._observations.add(trial, scores)
            return
        stale = recorded is None or any(one.unscored == NOT_JUDGED for one in scores)
        mine = key_of(trial)
        self._open[mine] = one = _Open(trial, scores, stale)
        self._ask(one, questions(sample, trial, self._scorers[trial.task]))
        if trial.task in self._comparing:
            self._pair(one)
        self._settle(mine)

    def _pair(self, one: _Open) -> None:
        if one.trial.subject == REFERENCE:
            for key in self._references.arrived(one.trial):
                self._meet(self._open[key], one.trial)
                self._settle(key)
        elif (reference := self._references.of(one.trial)) is None:
            one.waiting.add(counterpart(one.trial))
        else:
            self._meet(one, reference)

    def _meet(self, one: _Open, reference: Trial) -> None:
        """Put the questions about two answers. What had no score may have one now: the other may have been lacking."""
        trial, one.reference = one.trial, reference
        one.waiting.discard(key_of(reference))
        one.stale = one.stale or any(score.value is None for score in one.scores)
        sample = self._samples[trial.task, trial.sample_id]
        self._ask(one, contests(sample, reference, trial, self._scorers[trial.task]))

    def _ask(self, one: _Open, wanted: Mapping[int, Sequence[Ask]]) -> None:
        """Queue what nobody has replied to yet."""
        for place, asks in wanted.items():
            scorer = self._scorers[one.trial.task][place]
            assert isinstance(scorer, AskingScorer | ComparingScorer)
            judge = judge_key(self.judges, scorer.asks)
            assert judge is not None
            put = [Pending(subject=judge, task=one.trial.task, ask=_about(ask, one.trial, place, number))
                   for number, ask in enumerate(asks, 1)]  # fmt: skip
            one.asked[place] = [_key(pending) for pending in put]
            for pending, key in zip(put, one.asked[place], strict=True):
                if key not in self._replies:
                    one.waiting.add(key)
                    one.stale = True
                    self._asker[key] = key_of(one.trial)
                    self._queue.append(pending)

    def _replied(self, trial: Trial) -> None:
        key = key_of(trial)
        self._replies[key] = _reply(trial)
        mine = self._asker.pop(key, None)
        if mine is None:
            return
        self._open[mine].waiting.discard(key)
        self._settle(mine)

    def _settle(self, mine: Key) -> None:
        """Score and count an answer that waits for nothing any more."""
        if self._open[mine].waiting:
            return
        one = self._open.pop(mine)
        if not one.stale or not (one.asked or one.reference):
            self._observations.add(one.trial, one.scores)
            return
        trial = one.trial
        replies = {place: [self._replies.pop(key) for key in keys] for place, keys in one.asked.items()}
        sample = self._samples[trial.task, trial.sample_id]
        scores = score(sample, trial, self._scorers[trial.task], replies, one.reference)
        self._journal.record(trial, scores)
        self._observations.add(trial, scores)


def _with(plan: Plan, kind: type | UnionType) -> set[str]:
    """Tasks that have a scorer of a kind."""
    return {task.name for task in plan.tasks if any(isinstance(scorer, kind) for scorer in task.scorers)}


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
