"""Sequential stopping: ask until every rule's registered anytime-valid test has an answer.

Prompts are taken into the tests in the order of the schedule, whatever order the
answers arrive in, so that a resumed run walks the same path as an unbroken one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from assay.domain.plan import Plan, Task
from assay.domain.policy import Policy
from assay.domain.sample import Sample
from assay.domain.verdict import Rule
from assay.engine.categories import categories, makes
from assay.engine.compare import metric_named
from assay.engine.observations import Observations
from assay.engine.schedule import Pending, order
from assay.gate.circumstances import Anytime
from assay.gate.risk import profile
from assay.statistics.sequential import Bets

WEIGHT = 0.2
"""Part of alpha spent on stopping early: .01 of .05 (statistics: hybrid .01 + .04)."""
_FAR = 2.0
"""A loss beyond this many block bands is about to be proved harmful: go on until it is."""


@dataclass(slots=True)
class _Watch:
    """The bets on one rule for one candidate."""

    rule: Rule
    below: dict[float, Bets]
    above: dict[float, Bets]
    categories: dict[tuple[str, str], Bets] = field(default_factory=dict)
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0])
    seen: set[str] = field(default_factory=set)
    """Digests of the prompts taken in: a copy under another id is no further bet."""

    def update(self, reference: float, candidate: float) -> None:
        self.sums[0] += reference
        self.sums[1] += candidate
        for bets in (*self.below.values(), *self.above.values()):
            bets.update(reference, candidate)

    def settled(self, policy: Policy) -> bool:
        passed = self.below[policy.deploy].p_value <= WEIGHT * policy.alpha_pass
        if passed:
            return all(bets.p_value <= policy.alpha_pass for bets in self.categories.values())
        if self.above[policy.deploy].p_value > WEIGHT * policy.alpha_pass:
            return False
        harmful = self.above[policy.monitor].p_value <= WEIGHT * policy.alpha_block / 2
        return harmful or self.loss < _FAR * policy.block

    @property
    def loss(self) -> float:
        return 1.0 - self.sums[1] / self.sums[0] if self.sums[0] else 0.0


class Stopping:
    """Says when enough is known; does nothing for a plan with `stopping: fixed`."""

    def __init__(self, plan: Plan, observations: Observations) -> None:
        """Registers the tests: thresholds come from the policy as the risk context shapes it."""
        self._plan = plan
        self._observations = observations
        self._policy, _, _ = profile(plan.policy, plan.risk)
        self._on = plan.stopping == "sequential"
        self._keys = [spec.name for spec in plan.candidates]
        self._next = dict.fromkeys(self._keys, 0)
        self._skipped = 0
        self._units: list[tuple[Task, int]] = []
        self._words: dict[str, dict[tuple[str, str], list[tuple[str, str]]]] = {}
        self._watches: dict[str, list[_Watch]] = {}
        if self._on:
            self._units = _in_order(plan, ["reference", *self._keys])
            self._words = {rule.id: self._registered(rule) for rule in plan.measured}
            self._watches = {key: [self._watch(rule) for rule in plan.measured] for key in self._keys}

    def needed(self, asks: Iterable[Pending]) -> Iterator[Pending]:
        """The questions that are still needed when their turn comes.

        A candidate whose rules all have their answers is asked no more; the reference is
        asked as long as some candidate needs it.
        """
        for pending in asks:
            open_keys = [key for key in self._keys if not self.settled(key)] if self._on else self._keys
            if pending.subject in open_keys or (pending.subject == "reference" and open_keys):
                yield pending
            else:
                self._skipped += 1

    def settled(self, candidate: str) -> bool:
        """Whether every rule has its answer for a candidate."""
        if not all(self._stoppable(rule) for rule in self._plan.measured):
            return False
        self._advance(candidate)
        return all(watch.settled(self._policy) for watch in self._watches[candidate])

    def _advance(self, candidate: str) -> None:
        """Takes in every prompt that is complete, up to the first that is not."""
        while self._next[candidate] < len(self._units):
            task, place = self._units[self._next[candidate]]
            rows = range(place * task.epochs, (place + 1) * task.epochs)
            keys = ("reference", candidate)
            if not all(self._observations.has(key, task.name, row) for key in keys for row in rows):
                return
            self._take(task, place, candidate)
            self._next[candidate] += 1

    def evidence(self) -> dict[str, dict[str, Anytime]]:
        """P-values of the tests by candidate and rule id; empty for a fixed plan."""
        if not self._on:
            return {}
        for key in self._keys:
            self._advance(key)
        return {
            key: {
                watch.rule.id: Anytime(
                    weight=WEIGHT,
                    below={threshold: bets.p_value for threshold, bets in watch.below.items()},
                    above={threshold: bets.p_value for threshold, bets in watch.above.items()},
                    complete=self._next[key] == len(self._units),
                )
                for watch in watches
                if self._stoppable(watch.rule)
            }
            for key, watches in self._watches.items()
        }

    def saved(self) -> Mapping[str, int]:
        """Calls asked and planned; empty when nothing was left out."""
        if not self._skipped:
            return {}
        subjects = ["reference", *self._keys]
        per_subject = sum(len(task.dataset.samples) * task.epochs for task in self._plan.tasks)
        asked = sum(self._observations.asked(key) for key in subjects)
        return {"asked": asked, "planned": per_subject * len(subjects)}

    def _watch(self, rule: Rule) -> _Watch:
        policy = self._policy
        thresholds = {policy.deploy, policy.monitor, policy.block}
        if rule.metric in policy.concerns:
            thresholds.add(policy.concerns[rule.metric])
        return _Watch(
            rule=rule,
            below={threshold: Bets(threshold, "below") for threshold in thresholds},
            above={threshold: Bets(threshold, "above") for threshold in thresholds},
            categories={
                category: Bets(policy.category_block, "below")
                for found in self._words[rule.id].values()
                for category in found
            },
        )

    def _stoppable(self, rule: Rule) -> bool:
        """Bands over independent prompts; other rules need every prompt that was planned."""
        return rule.kind == "band" and not any(task.cluster for task in self._plan.tasks)

    def _take(self, task: Task, place: int, candidate: str) -> None:
        sample = task.dataset.samples[place]
        rows = slice(place * task.epochs, (place + 1) * task.epochs)
        for watch in self._watches[candidate]:
            if not meets(task, sample, watch.rule):
                continue
            left, right = (self._good(side, task, rows, watch.rule.metric) for side in ("reference", candidate))
            if left is None or right is None or sample.digest in watch.seen:
                continue
            watch.seen.add(sample.digest)
            watch.update(left, right)
            for category in self._words[watch.rule.id].get((task.name, sample.id), ()):
                watch.categories[category].update(left, right)

    def _registered(self, rule: Rule) -> dict[tuple[str, str], list[tuple[str, str]]]:
        """The categories that the gate will judge, by task and sample: all of them, before the first is drawn."""
        found: dict[tuple[str, str], list[tuple[str, str]]] = {}
        makers = [
            t
            for t in self._plan.tasks
            if not t.apart and any(m.name == rule.metric for s in t.scorers for m in s.metrics())
        ]
        for task in makers if rule.categories else ():
            samples = [sample for sample in task.dataset.samples if makes(task, sample, rule.metric)]
            keys = {key: categories(samples, key) for key in task.slices if key not in rule.slice}
            if len(makers) > 1 and "suite" not in rule.slice:
                keys["suite"] = [task.name] * len(samples)
            for n, sample in enumerate(samples):
                words = ((key, words[n]) for key, words in keys.items())
                if meets(task, sample, rule):
                    found[task.name, sample.id] = [(key, word) for key, word in words if word is not None]
        return found

    def _good(self, subject: str, task: Task, rows: slice, name: str) -> float | None:
        values = self._observations.column(subject, task.name, name).values[rows]
        if np.isnan(values).any() or values.min() < 0 or values.max() > 1:
            return None
        mean = float(values.mean())
        return mean if metric_named(self._plan, name).higher_is_better else 1.0 - mean


def meets(task: Task, sample: Sample, rule: Rule) -> bool:
    """Whether a rule's slice holds a sample."""
    if task.apart and rule.slice.get("suite") != task.name:
        return False
    words = {key: task.name if key == "suite" else sample.word(key) for key in rule.slice}
    return words == dict(rule.slice)


def _in_order(plan: Plan, subjects: list[str]) -> list[tuple[Task, int]]:
    tasks = {task.name: task for task in plan.tasks}
    places = {(t.name, s.id): n for t in plan.tasks for n, s in enumerate(t.dataset.samples)}
    asked = ((item.task, item.ask.sample.id) for item in order(plan.tasks, subjects, seed=plan.seed))
    return [(tasks[name], places[name, sample]) for name, sample in dict.fromkeys(asked)]
