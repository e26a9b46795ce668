"""Trials become scores. One of the two places where any exception of others is contained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assay.domain.asking import AskingScorer, ComparingScorer, Reply, asks_a_model, compares
from assay.domain.sample import Sample
from assay.domain.score import Score, Scorer
from assay.domain.subject import Ask
from assay.domain.trial import Trial

Replies = Mapping[int, Sequence[Reply]]
"""Replies of judges, by the place of the scorer that asked."""


REFERENCE = "reference"
"""Key of the subject that the others are compared with."""


def score(
    sample: Sample,
    trial: Trial,
    scorers: Sequence[Scorer],
    replies: Replies | None = None,
    reference: Trial | None = None,
) -> tuple[Score, ...]:
    """One score for each metric that each scorer makes for this sample.

    A failed trial is unscored with its cause. An empty, truncated or filtered answer
    is unscored with that state, unless the scorer says that it can judge it. A scorer
    that raises leaves its metrics unscored with `scorer_error`; the run goes on. A scorer
    that asks a model judges from the replies, and without them as far as it can. One that
    compares a candidate's answer with the reference's needs that trial too.
    """
    found: list[Score] = []
    for place, scorer in enumerate(scorers):
        said = (replies or {}).get(place)
        if trial.output is None:
            found.extend(_unscored(scorer, sample, trial.state, trial.failure.message if trial.failure else ""))
        elif not _judges(scorer, trial):
            found.extend(_unscored(scorer, sample, trial.state, f"the answer was {trial.state}"))
        elif compares(scorer) and trial.subject == REFERENCE:
            found.extend(_yardstick(scorer, sample))
        elif compares(scorer) and reference is not None:
            found.extend(_compared(scorer, sample, trial, reference, said))
        else:
            found.extend(_judged(scorer, sample, trial, said))
    return tuple(found)


def questions(sample: Sample, trial: Trial, scorers: Sequence[Scorer]) -> dict[int, Sequence[Ask]]:
    """What the scorers that ask a model want to ask about a trial, by their place; others are left out.

    A scorer that raises here asks nothing; it then raises in `score` too, and is unscored there.
    """
    asking = [(place, scorer) for place, scorer in enumerate(scorers) if asks_a_model(scorer)]
    if trial.output is None or not asking:
        return {}
    wanted = {place: _questions(scorer, sample, trial) for place, scorer in asking if _judges(scorer, trial)}
    return {place: asks for place, asks in wanted.items() if asks}


def contests(sample: Sample, reference: Trial, candidate: Trial, scorers: Sequence[Scorer]) -> dict[int, Sequence[Ask]]:
    """What the scorers that compare want to ask about two trials; like `questions`."""
    wanted = {
        place: _contest(scorer, sample, reference, candidate)
        for place, scorer in enumerate(scorers)
        if compares(scorer) and all(_judges(scorer, one) for one in (reference, candidate))
    }
    return {place: asks for place, asks in wanted.items() if asks}


def _judges(scorer: Scorer, trial: Trial) -> bool:
    return trial.state in {"answered", *scorer.judges}


def _questions(scorer: AskingScorer, sample: Sample, trial: Trial) -> Sequence[Ask]:
    assert trial.output is not None
    try:
        return scorer.questions(sample, trial.output)
    except Exception:  # noqa: BLE001  told by `score`, which meets the same failure and makes a record of it
        return ()


def _contest(scorer: ComparingScorer, sample: Sample, reference: Trial, candidate: Trial) -> Sequence[Ask]:
    assert reference.output is not None and candidate.output is not None
    if not scorer.metrics(sample):
        return ()
    try:
        return scorer.contest(sample, reference.output, candidate.output)
    except Exception:  # noqa: BLE001  told by `score`, as above
        return ()


def _yardstick(scorer: Scorer, sample: Sample) -> list[Score]:
    """What the reference gets where answers are compared with its own."""
    return [
        Score(
            metric=metric.name,
            value=metric.yardstick,
            unscored="" if metric.yardstick is not None else REFERENCE,
            explanation="the yardstick: what an answer gets against itself" if metric.yardstick is not None else "",
            scorer=scorer.name,
            version=scorer.version,
        )
        for metric in scorer.metrics(sample)
    ]


def _compared(
    scorer: ComparingScorer, sample: Sample, trial: Trial, reference: Trial, replies: Sequence[Reply] | None
) -> Sequence[Score]:
    if reference.output is None or not _judges(scorer, reference):
        why = reference.failure.message if reference.failure else f"the answer was {reference.state}"
        return _unscored(scorer, sample, reference.state, f"reference: {why}")
    assert trial.output is not None
    try:
        return scorer.winner(sample, reference.output, trial.output, replies or ())
    except Exception as error:  # noqa: BLE001  as below
        return _unscored(scorer, sample, "scorer_error", f"{type(error).__name__}: {error}")


def _judged(scorer: Scorer, sample: Sample, trial: Trial, replies: Sequence[Reply] | None) -> Sequence[Score]:
    assert trial.output is not None
    try:
        if replies is not None and asks_a_model(scorer):
            return scorer.verdict(sample, trial.output, replies)
        return scorer.score(sample, trial.output)
    except Exception as error:  # noqa: BLE001  a scorer is somebody's code: its failure is a record, never a crash
        return _unscored(scorer, sample, "scorer_error", f"{type(error).__name__}: {error}")


def _unscored(scorer: Scorer, sample: Sample, cause: str, explanation: str) -> list[Score]:
    return [
        Score(
            metric=metric.name,
            value=None,
            unscored=cause,
            explanation=explanation[:500],
            scorer=scorer.name,
            version=scorer.version,
        )
        for metric in scorer.metrics(sample)
    ]
