"""Columns become paired comparisons, by metric and slice."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from assay.domain.asking import ComparingScorer
from assay.domain.estimate import Comparison, Estimate, Pairs
from assay.domain.families import family_metric
from assay.domain.labels import Labels
from assay.domain.metrics import known, settled, standard
from assay.domain.plan import Plan, Task
from assay.domain.sample import Sample
from assay.domain.score import Metric, Scorer
from assay.engine.categories import categories, unit_of
from assay.engine.families import family_column, family_rows
from assay.engine.observations import CACHED, Column, Floats, Observations
from assay.statistics.evidence import Evidence, evidence
from assay.statistics.prediction_powered import FEWEST_LABELS

TRIAL_METRICS = ("latency", "tokens", "cost")
BORDERLINE = "borderline"
SHOWN_FAILING = 20
"""Most failing samples of a comparison that are named."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of one metric over all tasks that make it, both subjects side by side."""

    reference: Floats
    candidate: Floats
    units: NDArray[np.int64]
    ids: Sequence[str]
    samples: Sequence[Sample]
    tasks: Sequence[str]
    slices: Mapping[str, Mapping[int, str]]
    """Declared key -> row -> category, where it has one."""
    causes: Sequence[str]
    wavers: NDArray[np.bool_]
    epochs: Sequence[int] = ()
    """Which repeat each row is."""
    people: tuple[Floats, Floats] | None = None
    """What people say of the reference's and of the candidate's answers, NaN where nobody looked."""
    cluster: str = ""

    def where(self, condition: Mapping[str, str]) -> NDArray[np.bool_]:
        """Rows that meet a condition on metadata (or `suite`)."""
        mask = np.ones(len(self.ids), dtype=np.bool_)
        for key, value in condition.items():
            mask &= np.fromiter((self._word(n, key) == value for n in range(len(self.ids))), np.bool_, len(self.ids))
        return mask

    def values(self, key: str) -> dict[str, list[int]]:
        """Rows by their category of a declared key, in order of first appearance."""
        found: dict[str, list[int]] = {}
        for n, word in sorted(self.slices[key].items()):
            found.setdefault(word, []).append(n)
        return found

    def _word(self, n: int, key: str) -> str | None:
        return self.tasks[n] if key == "suite" else self.samples[n].word(key)


def compare(
    plan: Plan,
    observations: Observations,
    candidate: str,
    *,
    only_asked: bool = False,
    labels: Mapping[str, Labels] | None = None,
) -> tuple[Comparison, ...]:
    """Every metric overall, then by each declared slice, then on the rules' own slices.

    Pairs are rows in which both subjects have a value for the same sample (id and
    digest) and epoch. A row that was asked or planned and lacks one is unscored with
    the cause of the candidate, else of the reference. With `only_asked` prompts that
    sequential stopping left out are not missing: they were not needed. Where people
    labelled a part of the pairs of a metric, their labels go with the pairs. A suite that
    stands apart is compared by itself, under the slice `suite`, and is part of no other.

    Returns:
        Comparisons in the order of the plan's metrics; the overall one of a metric first.
    """
    found: list[Comparison] = []
    together = [task for task in plan.tasks if not task.apart]
    for metric in plan_metrics(plan):
        for tasks in (together, *([task] for task in plan.tasks if task.apart)):
            makers = [task for task in tasks if makes(task, metric.name)]
            rows = _gathered(makers, observations, candidate, metric.name, only_asked)
            if rows is None or not rows.ids:
                continue
            if labels and metric.name in labels:
                rows = _labelled(rows, labels[metric.name], candidate)
            seen = np.concatenate([rows.reference, rows.candidate])
            shown = settled(metric, seen[~np.isnan(seen)].tolist()) if metric.kind == "proportion" else metric
            if shown.kind != "label":
                found.extend(
                    _comparisons(plan, shown, rows) if tasks is together else _standing_alone(plan, shown, rows)
                )
    return tuple(found)


def alone_standing(plan: Plan, condition: Mapping[str, str]) -> bool:
    """Whether a slice is that of a suite that stands apart."""
    return any(task.apart and dict(condition) == {"suite": task.name} for task in plan.tasks)


def _standing_alone(plan: Plan, metric: Metric, rows: _Rows) -> list[Comparison]:
    """A suite that stands apart: as a whole, and on the slices of the rules that name it."""
    own = {"suite": rows.tasks[0]}
    wanted: list[Mapping[str, str]] = [] if metric.name in TRIAL_METRICS else [own]
    for rule in plan.measured:
        if rule.metric == metric.name and own.items() <= rule.slice.items() and dict(rule.slice) not in wanted:
            wanted.append(dict(rule.slice))
    return [replace(_comparison(metric, rows, rows.where(one), one), apart=True) for one in wanted]


def _conditions(plan: Plan, metric: Metric) -> list[Mapping[str, str]]:
    """Slices of the rules on a metric, without those of suites that stand apart."""
    apart = {task.name for task in plan.tasks if task.apart}
    return [rule.slice for rule in plan.measured if rule.metric == metric.name and rule.slice.get("suite") not in apart]


def plan_metrics(plan: Plan) -> tuple[Metric, ...]:
    """Metrics that the plan's scorers make, then those that every trial has."""
    made: dict[str, Metric] = {}
    for task in plan.tasks:
        for scorer in task.scorers:
            for metric in scorer.metrics():
                made.setdefault(metric.name, metric)
    for task in plan.tasks:
        family = family_metric(task)
        if family is not None:
            made.setdefault(family.name, family)
    if any(makes(task, "consistency") for task in plan.tasks):
        made.setdefault("consistency", standard("consistency"))
    return (*made.values(), *(standard(name) for name in TRIAL_METRICS))


def _comparisons(plan: Plan, metric: Metric, rows: _Rows) -> list[Comparison]:
    whole = np.ones(len(rows.ids), dtype=np.bool_)
    found = [_comparison(metric, rows, whole, {})]
    if metric.name in TRIAL_METRICS:
        wanted = [condition for condition in _conditions(plan, metric) if condition]
        return found + [_comparison(metric, rows, rows.where(condition), condition) for condition in wanted]
    done: list[Mapping[str, str]] = [{}]
    for condition in [{}, *_conditions(plan, metric)]:
        base = rows.where(condition)
        if condition not in done:
            done.append(condition)
            found.append(_comparison(metric, rows, base, condition))
        for key in sorted(rows.slices.keys() - set(condition)):
            for value, places in rows.values(key).items():
                inner = {**condition, key: value}
                mask = np.zeros(len(rows.ids), dtype=np.bool_)
                mask[places] = True
                if inner not in done and (mask & base).any():
                    done.append(inner)
                    found.append(_comparison(metric, rows, mask & base, inner))
    if rows.wavers.any() and metric.kind == "proportion":
        found.append(_comparison(metric, rows, rows.wavers, {BORDERLINE: "true"}))
    return found


def _comparison(metric: Metric, rows: _Rows, mask: NDArray[np.bool_], condition: Mapping[str, str]) -> Comparison:
    both = mask & ~np.isnan(rows.reference) & ~np.isnan(rows.candidate)
    reference, candidate = _good(metric, rows.reference[both]), _good(metric, rows.candidate[both])
    pairs = Pairs(
        reference=cast(Sequence[float], reference),
        candidate=cast(Sequence[float], candidate),
        units=cast(Sequence[int], rows.units[both]),
        clustered=bool(rows.cluster),
        **_people(metric, rows, both),
    )
    proof = evidence(pairs, metric.kind)
    lacking = np.flatnonzero(mask & ~both)
    alone = mask & np.isnan(rows.reference) & ~np.isnan(rows.candidate)
    places = np.flatnonzero(both)
    with np.errstate(over="ignore"):  # amounts of absurd size are not assessable, but must not warn either
        loss = reference - candidate
    return Comparison(
        metric=metric,
        slice=dict(condition),
        pairs=pairs,
        reference=_reference(metric, proof),
        candidate=_own_direction(metric, proof.candidate()),
        drop=_drop(metric, proof),
        difference=proof.difference(),
        mcnemar=proof.mcnemar(),
        n=int(both.sum()),
        n_unscored=len(lacking),
        unscored=dict(Counter(rows.causes[int(n)] for n in lacking).most_common()),
        regressed=_largest(rows.ids, places, loss),
        fixed=_largest(rows.ids, places, -loss),
        unpaired=cast(Sequence[float], _good(metric, rows.candidate[alone])),
        failing=_failing(metric, rows, both | alone),
        cluster=rows.cluster,
    )


def _people(metric: Metric, rows: _Rows, both: NDArray[np.bool_]) -> dict[str, Sequence[float]]:
    """Labels of people for the pairs of a comparison; none where they are too few to correct anything."""
    if rows.people is None or metric.kind == "amount":
        return {}
    left, right = (_good(metric, column[both]) for column in rows.people)
    if int((~np.isnan(left) & ~np.isnan(right)).sum()) < FEWEST_LABELS:
        return {}
    return {"people_reference": cast(Sequence[float], left), "people_candidate": cast(Sequence[float], right)}


def _labelled(rows: _Rows, labels: Labels, candidate: str) -> _Rows:
    """The rows with what people say of them."""
    keys = list(zip(rows.tasks, rows.ids, rows.epochs, strict=True))
    left, right = (
        np.array([labels.values.get((who, *key), math.nan) for key in keys]) for who in ("reference", candidate)
    )
    return replace(rows, people=(left, right))


def _good(metric: Metric, values: Floats) -> Floats:
    if metric.higher_is_better:
        return values
    return -values if metric.kind == "amount" else 1.0 - values


def _own_direction(metric: Metric, level: Estimate) -> Estimate:
    if metric.higher_is_better or level.value is None:
        return level

    def turned(value: float | None) -> float | None:
        return None if value is None else -value if metric.kind == "amount" else 1.0 - value

    return replace(level, value=turned(level.value), low=turned(level.high), high=turned(level.low))


def _reference(metric: Metric, proof: Evidence) -> Estimate:
    """The level of the reference; a yardstick is known without error."""
    level = _own_direction(metric, proof.reference())
    if metric.yardstick is None or not proof.n:
        return level
    return replace(level, value=metric.yardstick, low=metric.yardstick, high=metric.yardstick, method="by definition")


def _drop(metric: Metric, proof: Evidence) -> Estimate:
    if metric.kind == "amount":
        return Estimate(value=None, n=proof.n, method="not defined for amounts")
    return proof.drop()


def _largest(ids: Sequence[str], places: NDArray[np.intp], loss: Floats) -> tuple[str, ...]:
    order = np.argsort(-loss, kind="stable")
    return tuple(dict.fromkeys(ids[int(places[n])] for n in order[: int((loss > 0).sum())]))


def _failing(metric: Metric, rows: _Rows, mask: NDArray[np.bool_]) -> tuple[str, ...]:
    if metric.kind == "amount":
        return ()
    places = np.flatnonzero(mask & (_good(metric, rows.candidate) < 1.0))  # NaN is below nothing
    return tuple(dict.fromkeys(rows.ids[int(n)] for n in places[:SHOWN_FAILING]))


# Gathering


@dataclass(slots=True)
class _Gathering:
    reference: list[Floats] = field(default_factory=list)
    candidate: list[Floats] = field(default_factory=list)
    units: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)
    wavers: list[bool] = field(default_factory=list)


def _gathered(
    makers: Sequence[Task], observations: Observations, candidate: str, metric: str, only_asked: bool
) -> _Rows | None:
    out = _Gathering()
    slices: dict[str, dict[int, str]] = {key: {} for task in makers for key in task.slices}
    clusters: set[str] = set()
    if metric in TRIAL_METRICS and not all(
        _tells(observations, makers, key, metric) for key in ("reference", candidate)
    ):
        return None
    numbers: dict[tuple[str, str], int] = {}
    for task in makers:
        left, right = (_columns(task, observations, subject, metric) for subject in ("reference", candidate))
        rows = _applicable(task, metric)
        if metric in TRIAL_METRICS:
            rows = [n for n in rows if not _reused(left, right, n)]
        if only_asked:
            rows = [n for n in rows if _asked(observations, task, candidate, metric, n)]
        out.reference.append(left.values[rows])
        out.candidate.append(right.values[rows])
        per_sample = len(left.values) // len(task.dataset.samples)
        start = len(out.ids)
        wavering = _wavering(left.values, per_sample)
        for n in rows:
            sample = task.dataset.samples[n // per_sample]
            out.units.append(numbers.setdefault(unit_of(task, sample), len(numbers)))
            out.ids.append(sample.id)
            out.samples.append(sample)
            out.tasks.append(task.name)
            out.epochs.append(n % per_sample + 1)
            out.causes.append(right.causes.get(n) or left.causes.get(n) or "not_asked")
            out.wavers.append(wavering[n // per_sample] or sample.metadata.get(BORDERLINE) is True)
        for key, places in slices.items():
            words = categories(out.samples[start:], key, declared=key in task.slices)
            places.update((n, word) for n, word in enumerate(words, start) if word is not None)
        clusters |= {task.cluster} - {""}
    if not makers:
        return None
    if len(makers) > 1:
        slices["suite"] = dict(enumerate(out.tasks))
    return _Rows(
        reference=np.concatenate(out.reference),
        candidate=np.concatenate(out.candidate),
        units=np.asarray(out.units, dtype=np.int64),
        ids=out.ids,
        samples=out.samples,
        tasks=out.tasks,
        epochs=out.epochs,
        slices=slices,
        causes=out.causes,
        wavers=np.asarray(out.wavers, dtype=np.bool_),
        cluster=", ".join(sorted(clusters)),
    )


def _tells(observations: Observations, makers: Sequence[Task], subject: str, metric: str) -> bool:
    """Whether a subject ever gave an amount: who states no price has no cost, and that is not missing evidence."""
    columns = (observations.column(subject, task.name, metric).values for task in makers)
    return any(not np.isnan(values).all() for values in columns)


def _reused(left: Column, right: Column, row: int) -> bool:
    """Whether a row lacks an amount only because an answer was reused; a failed or missing trial stays."""
    lacking = [side for side in (left, right) if np.isnan(side.values[row])]
    return bool(lacking) and all(side.causes.get(row) == CACHED for side in lacking)


def _asked(observations: Observations, task: Task, candidate: str, metric: str, row: int) -> bool:
    first = row * task.epochs if metric == "consistency" else row
    return observations.has(candidate, task.name, first)


def makes(task: Task, metric: str) -> bool:
    """Whether a task has a part in a metric."""
    if metric in TRIAL_METRICS:
        return True
    if metric == "consistency":
        return task.epochs > 1 and _alone(task) is not None
    if task.agree and metric == task.agreement:
        return True
    return any(made.name == metric for scorer in task.scorers for made in scorer.metrics())


def _applicable(task: Task, metric: str) -> list[int]:
    """Rows on which a scorer of the task makes the metric."""
    if metric == "consistency":
        return list(range(len(task.dataset.samples)))
    if task.agree and metric == task.agreement:
        return family_rows(task)
    every = range(task.epochs)
    if metric in TRIAL_METRICS:
        return list(range(len(task.dataset.samples) * task.epochs))
    scorers = [s for s in task.scorers if any(made.name == metric for made in s.metrics())]
    return [
        n * task.epochs + epoch
        for n, sample in enumerate(task.dataset.samples)
        if any(made.name == metric for scorer in scorers for made in scorer.metrics(sample))
        for epoch in every
    ]


def _columns(task: Task, observations: Observations, subject: str, metric: str) -> Column:
    if task.agree and metric == task.agreement:
        return family_column(task, observations, subject)
    if metric != "consistency":
        return observations.column(subject, task.name, metric)
    first = _alone(task)
    made = first.metrics() if first is not None else ()
    columns = [observations.column(subject, task.name, one.name) for one in made]
    values = np.full(len(task.dataset.samples), np.nan)
    for column in columns:
        repeats = column.values.reshape(-1, task.epochs)
        scored = ~np.isnan(repeats).any(axis=1)
        agree = (repeats[scored] == repeats[scored][:, :1]).all(axis=1)
        values[scored] = np.fmin(np.where(np.isnan(values[scored]), 1.0, values[scored]), agree)
    causes = {n // task.epochs: cause for column in columns for n, cause in column.causes.items()}
    return Column(values, {n: cause for n, cause in causes.items() if np.isnan(values[n])})


def _alone(task: Task) -> Scorer | None:
    """The first scorer that judges an answer by itself: repeats can be held against each other by that only."""
    return next((scorer for scorer in task.scorers if not isinstance(scorer, ComparingScorer)), None)


def _wavering(values: Floats, per_sample: int) -> list[bool]:
    """Samples on which the reference's own repeats disagree."""
    repeats = values.reshape(-1, per_sample)
    low, high = np.fmin.reduce(repeats, axis=1), np.fmax.reduce(repeats, axis=1)
    return [bool(flag) for flag in low < high]


def metric_named(plan: Plan, name: str) -> Metric:
    """The metric that the plan's scorers make under a name, or the known one."""
    return next((m for m in plan_metrics(plan) if m.name == name), known(name) or Metric(name=name))
