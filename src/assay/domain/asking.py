"""Scorers that ask a model: what they ask, and what they make of the replies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Protocol, TypeGuard, runtime_checkable

from assay.domain.plan import SubjectSpec, Task
from assay.domain.sample import Sample
from assay.domain.score import Score, Scorer
from assay.domain.subject import Ask
from assay.domain.trial import Failure, Output

Reply = Output | Failure
"""What a judge said, or why it said nothing."""

NOT_JUDGED = "not_judged"
"""Cause of a score whose judge has not been asked yet."""

PREFIX = "judge:"
"""How the keys of judges begin in trials, so that no reader takes them for subjects."""

ORDERS = "_orders"
"""What the name of the label ends in that tells what the order did to a verdict on two answers."""
SAME, FIRST, SECOND = "same", "first", "second"
"""Values of that label: the same winner in both orders, else the place whose answer was favoured."""


@runtime_checkable
class AskingScorer(Scorer, Protocol):
    """A scorer whose judgement is asked of a model.

    It asks nobody itself. The engine puts its questions like those to a subject, with the
    same limits, retries, cache and records, and hands it the replies. Where it has no
    question about an answer, and where nobody is asked, `score` is its judgement: without
    a model mostly unscored with NOT_JUDGED.
    """

    @property
    def asks(self) -> SubjectSpec:
        """The model it asks, as a plan would name an endpoint; role `judge`."""
        ...

    def possible(self, sample: Sample) -> Sequence[Ask]:
        """All that it might ask about one answer to this sample, put about an answer without words; for forecasts."""
        ...

    def questions(self, sample: Sample, output: Output) -> Sequence[Ask]:
        """What to ask about an answer; none where it is judged without a model."""
        ...

    def verdict(self, sample: Sample, output: Output, replies: Sequence[Reply]) -> Sequence[Score]:
        """One score for each of `metrics(sample)`, from the replies to `questions`, in their order."""
        ...


@runtime_checkable
class ComparingScorer(Scorer, Protocol):
    """A scorer that holds the candidate's answer against the reference's, and asks a model which is better.

    Its scores are the candidate's. The reference gets the metric's `yardstick`, what an
    answer gets against itself; so each candidate is held against one constant, however
    many there are. `score` sees one answer only and is unscored with NOT_JUDGED.
    """

    @property
    def asks(self) -> SubjectSpec:
        """The model it asks, as a plan would name an endpoint; role `judge`."""
        ...

    def possible(self, sample: Sample) -> Sequence[Ask]:
        """All that it might ask about one pair of answers, put about answers without words; for forecasts."""
        ...

    def contest(self, sample: Sample, reference: Output, candidate: Output) -> Sequence[Ask]:
        """What to ask about two answers; none where they are judged without a model."""
        ...

    def winner(self, sample: Sample, reference: Output, candidate: Output, replies: Sequence[Reply]) -> Sequence[Score]:
        """One score of the candidate for each of `metrics(sample)`, from the replies to `contest`, in their order.

        Without replies its judgement without a model.
        """
        ...


def asks_a_model(scorer: Scorer) -> TypeGuard[AskingScorer]:
    """Whether a scorer is an `AskingScorer`; asked of every score, so its class is looked at once."""
    return _has(type(scorer), "verdict")


def compares(scorer: Scorer) -> TypeGuard[ComparingScorer]:
    """Whether a scorer is a `ComparingScorer`; like `asks_a_model`."""
    return _has(type(scorer), "winner")


@cache
def _has(kind: type, method: str) -> bool:
    return hasattr(kind, "asks") and hasattr(kind, method)


def judges(tasks: Iterable[Task]) -> dict[str, SubjectSpec]:
    """The models that scorers ask, each once, by the key that their trials carry.

    Scorers that name the same model in the same way share it; two ways of naming it are two judges.
    """
    found: dict[str, SubjectSpec] = {}
    for task in tasks:
        for scorer in task.scorers:
            if isinstance(scorer, AskingScorer | ComparingScorer) and judge_key(found, scorer.asks) is None:
                found[_free(found, scorer.asks.name)] = scorer.asks
    return found


def judge_key(known: Mapping[str, SubjectSpec], spec: SubjectSpec) -> str | None:
    """The key of a judge among `judges`, None when it is not there."""
    return next((key for key, one in known.items() if one.digest == spec.digest), None)


def _free(taken: Mapping[str, SubjectSpec], name: str) -> str:
    key = first = PREFIX + name
    while key in taken:
        key = f"{first}#{sum(one.startswith(first) for one in taken) + 1}"
    return key
