"""What `assay harvest --watch` is asked for: who judges, what a failure is, whom to ask again."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.domain.errors import ConfigurationError, DataError
from assay.domain.plan import Plan, SubjectSpec
from assay.domain.score import Metric, Scorer
from assay.domain.step_policy import StepPolicy
from assay.registry import scorer, scorer_names
from assay.store.step_policies import plain_step_policy
from assay.watch.defaults import SCORERS
from assay.watch.failing import STEPS, metrics_of

Judge = tuple[dict[str, Any], Scorer]
"""A scorer with its saved form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchWish:
    """What the user asks for."""

    metrics: tuple[str, ...] = ()
    policy: Path | None = None
    alarms: Path | None = None
    plan: Path | None = None
    candidate: str | None = None
    scorers: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    below: float = 0.5
    times: int = 3
    no_ask: bool = False
    keep: bool = False
    near: float = 0.8
    quiet: bool = False


def judges_of(wish: WatchWish, plan: Plan | None, alarmed: Collection[str] = ()) -> list[Judge]:
    """Who judges: scorers that are named, those of the plan, those of the watch, and those called like a figure.

    Args:
        wish: What is asked for.
        plan: Whose scorers come first.
        alarmed: Figures of alarms; those that no scorer makes are left out.

    Raises:
        ConfigurationError: No scorer makes a figure that is asked for.
    """
    made: list[Judge] = [({"type": name}, scorer(name, "--scorer")) for name in wish.scorers]
    if plan is not None:
        pairs = (pair for task in plan.tasks for pair in zip(task.scorer_specs, task.scorers, strict=True))
        made += [(dict(spec), one) for spec, one in pairs if spec["type"] != STEPS]
    asked = {*wish.metrics, *alarmed}
    likely = dict.fromkeys([*(name for name in sorted(asked) if name in scorer_names()), *SCORERS])
    made += [({"type": name}, scorer(name, "watch")) for name in likely]
    known = metrics_of([one for _, one in made])
    unknown = sorted(set(wish.metrics) - set(known))
    if unknown:
        raise ConfigurationError(
            f"--metric: no scorer judges single answers by '{unknown[0]}'. Known: {', '.join(sorted(known))}; others "
            "with --scorer NAME or --plan"
        )
    seen: set[str] = set()
    kept = []
    for spec, one in made:
        names = (set(metrics_of([one])) - seen) & asked
        if names:
            seen |= names
            kept.append((spec, one))
    return kept


def specs_of(judges: Sequence[Judge], wish: WatchWish) -> dict[str, dict[str, Any]]:
    """Metric -> saved form of the scorer that makes it, as the next plan writes it."""
    specs = {name: spec for spec, one in reversed(judges) for name in metrics_of([one])}
    if wish.policy is not None:
        specs[STEPS] = {"type": STEPS, "policy": str(wish.policy)}
    return specs


def known_metrics(judges: Sequence[Judge], policy: StepPolicy | None) -> dict[str, Metric]:
    """The figures that can fail, by name."""
    made = metrics_of([one for _, one in judges])
    if policy is not None:
        made |= metrics_of([steps_scorer(policy)])
    return made


def steps_spec(policy: StepPolicy) -> dict[str, Any]:
    """The saved form of the scorer of a policy of steps."""
    return {"type": STEPS, "policy": plain_step_policy(policy)}


def steps_scorer(policy: StepPolicy) -> Scorer:
    """The scorer of a policy of steps."""
    return scorer(steps_spec(policy), "--policy")


def alarms_of(path: Path) -> dict[str, set[str]]:
    """Id of a trace -> figures of the alarms that show it.

    Raises:
        DataError: The file is not what `assay watch replay --format json` writes.
    """
    try:
        told = json.loads(path.read_bytes())
        held = told["alarms"] if isinstance(told, dict) else told
        found: dict[str, set[str]] = {}
        for one in held:
            for trace in one["examples"]:
                found.setdefault(str(trace), set()).add(_failed(str(one["metric"]), float(one.get("size", 0))))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"{path}: no alarms ({error}). Write them with `assay watch replay --format json`") from error
    return found


def candidate_of(plan: Plan, wanted: str | None) -> SubjectSpec:
    """Who is asked again: the candidate that is named, else the first.

    Raises:
        ConfigurationError: The plan has nobody of that name.
    """
    known = {spec.name: spec for spec in (*plan.candidates, plan.reference)}
    if wanted is None:
        return plan.candidates[0]
    if wanted not in known:
        raise ConfigurationError(f"--candidate: this plan has no '{wanted}'. Known: {', '.join(known)}")
    return known[wanted]


def _failed(metric: str, size: float) -> str:
    """What fails in the examples of an alarm: where refusals rose, those who were refused."""
    return "over_refusal" if metric == "refusal" and size > 0 else metric
