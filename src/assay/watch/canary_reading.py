"""A trace as the canary sees it: which arm served it, for which key, and what its guards say."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assay.domain.canary import ARMS, Arm, Guard, Rollout
from assay.domain.errors import PlanError
from assay.domain.score import Scorer
from assay.domain.trace import Trace
from assay.domain.watched import Observation
from assay.registry import scorer
from assay.watch.defaults import EITHER
from assay.watch.judging import judged
from assay.watch.measures import MEASURES, RATES, measured

Value = float | None
"""In [0, 1], larger is worse; None where it could not be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of an arm."""

    trace: str
    """Id of its trace."""
    time_ns: int
    """When it began."""
    arm: Arm
    """Who served it."""
    key: str
    """By what it was assigned; empty when it does not say."""
    values: Mapping[str, Value]
    """Guard -> value; a guard that has nothing to say of it is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """How a guard reads its metric."""

    guard: Guard
    higher_is_worse: bool
    scorer: str


class Reader:
    """Reads traces for the guards of a policy."""

    def __init__(self, policy: Rollout) -> None:
        """Make the scorers that the guards name.

        Raises:
            PlanError: A guard names no known metric, or not which way is worse.
        """
        self.policy = policy
        self.scorers: list[Scorer] = []
        self._reads = [self._made(place, guard) for place, guard in enumerate(policy.guards)]
        self._arms = dict(zip((policy.control, policy.canary), ARMS, strict=True))

    def _made(self, place: int, guard: Guard) -> _Read:
        where = f"guards[{place}] ({guard.name})"
        if not guard.scorer:
            return _measure(guard, where)
        judge = scorer(guard.scorer, where)
        found = next((one for one in judge.metrics() if one.name == guard.metric), None)
        if found is None:
            names = ", ".join(one.name for one in judge.metrics())
            raise PlanError(f"{where}: scorer {judge.name} makes no metric '{guard.metric}'. It makes: {names}")
        if found.kind == "label":
            raise PlanError(f"{where}: '{guard.metric}' is a word, and has no mean. Name a metric that is a number")
        if found.kind == "amount" and guard.above is None:
            raise PlanError(f"{where}: '{guard.metric}' is an amount; say above which number it counts, with above")
        if not guard.worse and guard.metric in EITHER:
            raise PlanError(
                f"{where}: more and less of '{guard.metric}' can both be worse. Say worse: higher or lower; with "
                "two guards of different names both"
            )
        if judge not in self.scorers:
            self.scorers.append(judge)
        worse = guard.worse == "higher" if guard.worse else not found.higher_is_better
        return _Read(guard=guard, higher_is_worse=worse, scorer=f"{judge.name} {judge.version}".strip())

    def higher_is_worse(self, guard: str) -> bool:
        """Which way is worse for a guard."""
        return next(one.higher_is_worse for one in self._reads if one.guard.name == guard)

    def request(self, trace: Trace) -> Request | str:
        """The request that a trace is, or why it is none of the rollout's: `no_arm`, `other_arm`, `no_time`."""
        about = trace.attributes
        said = about.get(self.policy.arm)
        if said is None or said == "":
            return "no_arm"
        arm = self._arms.get(_word(said))
        if arm is None:
            return "other_arm"
        if trace.start_ns <= 0:
            return "no_time"
        key = about.get(self.policy.key)
        found = [*measured(trace), *(judged(trace, self.scorers) if self.scorers else ())]
        values = {one.guard.name: value for one in self._reads for value in _value(one, found)}
        return Request(
            trace=trace.id, time_ns=trace.start_ns, arm=arm, key="" if key is None else _word(key), values=values
        )


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _measure(guard: Guard, where: str) -> _Read:
    if guard.metric not in MEASURES:
        raise PlanError(
            f"{where}: '{guard.metric}' is no measure of traces. Name its scorer, or one of {', '.join(MEASURES)}"
        )
    if guard.metric not in RATES and guard.above is None:
        raise PlanError(f"{where}: '{guard.metric}' is an amount; say above which number it counts, with above")
    return _Read(guard=guard, higher_is_worse=guard.worse != "lower", scorer="")


def _value(read: _Read, found: Iterable[Observation]) -> Sequence[Value]:
    """The value of a guard, as one or none; of several steps the worst."""
    own = [one.value for one in found if one.metric == read.guard.metric and one.scorer == read.scorer]
    numbers = [one for one in own if one is not None]
    if not own:
        return ()
    if not numbers:
        return (None,)
    worst: Callable[[list[float]], float] = max if read.higher_is_worse else min
    value = worst(numbers)
    if read.guard.above is not None:
        value = float(value > read.guard.above)
    if not (math.isfinite(value) and 0 <= value <= 1):
        return (None,)
    return (value if read.higher_is_worse else 1.0 - value,)
