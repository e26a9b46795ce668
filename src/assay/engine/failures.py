"""Which prompts a candidate fails, and which of them the reference does not: what a harvest begins with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from assay.domain.asking import ORDERS
from assay.domain.plan import Plan, Task
from assay.domain.sample import Sample
from assay.domain.score import Metric, Score
from assay.engine.compare import metric_named
from assay.engine.journal import Journal
from assay.engine.score import REFERENCE

PASS = 0.5
"""Good-scale value from which a share passes when nobody says otherwise; a proportion passes at 1 only."""


@dataclass(frozen=True, slots=True)
class Count:
    """How often a subject failed one prompt."""

    failed: int = 0
    """Scored answers that fail."""
    scored: int = 0
    """Answers with a score."""
    unscored: int = 0
    """Answers without one."""

    def plus(self, failed: bool | None) -> Count:
        """With one more answer; None is one without a score."""
        if failed is None:
            return Count(self.failed, self.scored, self.unscored + 1)
        return Count(self.failed + failed, self.scored + 1, self.unscored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """One prompt that the candidate fails on one metric."""

    task: Task
    sample: Sample
    metric: Metric
    candidate: Count
    reference: Count
    reason: str = ""
    """What the scorer said of the first failing answer."""
    scorer: str = ""
    version: str = ""

    @property
    def regressed(self) -> bool:
        """Whether the reference was scored on it and never failed."""
        return bool(self.reference.scored) and not self.reference.failed


def fails(score: Score, metric: Metric, below: float = PASS) -> bool | None:
    """Whether a score is a failure; None when there is no number.

    Examples:
        >>> metric = Metric(name="over_refusal", higher_is_better=False)
        >>> fails(Score(metric="over_refusal", value=True), metric)
        True
    """
    if score.value is None or isinstance(score.value, str):
        return None
    good = float(score.value) if metric.higher_is_better else 1.0 - float(score.value)
    return good < (1.0 if metric.kind == "proportion" and good in (0.0, 1.0) else below)


def harvestable(plan: Plan, wanted: Collection[str] = ()) -> dict[str, Metric]:
    """The metrics that are read of single answers and can fail: those that rules read, else all; or the wanted ones."""
    made = {m.name: metric_named(plan, m.name) for task in plan.tasks for s in task.scorers for m in s.metrics()}
    shares = {n: m for n, m in made.items() if m.kind in {"proportion", "share"} and not n.endswith(ORDERS)}
    if wanted:
        return {name: one for name, one in shares.items() if name in wanted}
    ruled = {rule.metric for rule in plan.measured}
    return {n: m for n, m in shares.items() if n in ruled} or {n: m for n, m in shares.items() if not m.diagnostic}


@dataclass(slots=True)
class _Seen:
    candidate: Count = field(default_factory=Count)
    reference: Count = field(default_factory=Count)
    first: Score | None = None


def failing(
    plan: Plan, journal: Journal, candidate: str, metrics: Iterable[Metric], below: float = PASS
) -> tuple[Failing, ...]:
    """Every prompt that the candidate fails at least once, in the order of the plan.

    Args:
        plan: The plan of the run.
        journal: Its records.
        candidate: Which candidate.
        metrics: What to read.
        below: Good-scale value below which a share fails.
    """
    known = {one.name: one for one in metrics}
    seen: dict[tuple[str, str, str], _Seen] = {}
    for trial, scores in journal.trials():
        if trial.subject not in (REFERENCE, candidate):
            continue
        for score in scores:
            if score.metric in known:
                one = seen.setdefault((trial.task, trial.sample_id, score.metric), _Seen())
                _take(one, score, fails(score, known[score.metric], below), trial.subject == REFERENCE)
    return tuple(_found(plan, seen, known))


def _take(one: _Seen, score: Score, failed: bool | None, reference: bool) -> None:
    if reference:
        one.reference = one.reference.plus(failed)
        return
    one.candidate = one.candidate.plus(failed)
    if failed and one.first is None:
        one.first = score


def _found(plan: Plan, seen: dict[tuple[str, str, str], _Seen], known: dict[str, Metric]) -> Iterable[Failing]:
    for task in plan.tasks:
        for sample in task.dataset.samples:
            for name, metric in known.items():
                one = seen.get((task.name, sample.id, name))
                if one is None or one.first is None:
                    continue
                yield Failing(
                    task=task,
                    sample=sample,
                    metric=metric,
                    candidate=one.candidate,
                    reference=one.reference,
                    reason=one.first.explanation,
                    scorer=one.first.scorer,
                    version=one.first.version,
                )


def in_slice(one: Failing, conditions: Sequence[tuple[str, str]]) -> bool:
    """Whether a prompt meets all conditions on metadata, or on `suite`."""
    return all((one.task.name if key == "suite" else one.sample.word(key)) == value for key, value in conditions)
