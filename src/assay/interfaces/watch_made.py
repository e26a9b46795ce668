"""The watch as a plan and options ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from assay.domain.score import Scorer
from assay.domain.watched import Monitor
from assay.domain.watchplan import WatchPlan
from assay.interfaces.released import released
from assay.registry import scorer as made
from assay.store.step_policies import read_step_policy
from assay.store.watch_plans import read_watch_plan, unknown_metrics
from assay.watch.defaults import SCORERS, monitors
from assay.watch.live import DEAR
from assay.watch.pipeline import Pipeline, Settings
from assay.watch.segments import Segments
from assay.watch.steps import step_judge, step_monitors
from assay.watch.streams import Promise


class Asked(NamedTuple):
    """What is to be watched."""

    monitors: list[Monitor]
    """Figures that are watched."""
    scorers: list[Scorer]
    """Who judges."""
    segments: Segments
    """Cohorts."""
    settings: Settings
    """Promises, and what figures are held against."""

    @property
    def shares(self) -> dict[str, float]:
        """Scorer -> share of large cohorts that it reads, where not all: as the plan says, else as dear as it is."""
        told = {one.scorer.partition(" ")[0]: one.share for one in self.monitors if one.scorer and one.share < 1}
        return {**DEAR, **told}


def asked(
    path: Path | None,
    *,
    segment: Sequence[str] = (),
    scorer: Sequence[str] = (),
    baseline_s: float | None = None,
    run: Path | None = None,
    policy: Path | None = None,
) -> Asked:
    """What a plan asks for, options before it.

    Args:
        path: The plan, when there is one.
        segment: Keys of cohorts; those of the plan when there are none.
        scorer: Names of scorers, `none` for nobody.
        baseline_s: How long the beginning is the reference, seconds.
        run: Whose figures are the reference.
        policy: The policy of an agent's steps; that of the plan when there is none.

    Raises:
        PlanError: The plan cannot be read, or names what does not exist.
        DataError: The run has no verdict.
    """
    plan = read_watch_plan(path) if path is not None else WatchPlan()
    names = () if tuple(scorer) == ("none",) else tuple(scorer) or plan.scorers or SCORERS
    judges = [made(spec, str(path or "watch")) for spec in names]
    rules = policy or (Path(plan.steps) if plan.steps else None)
    found = [*monitors(judges), *(step_monitors() if rules is not None else ())]
    if path is not None:
        unknown_metrics(plan, frozenset(one.metric for one in found), path)
    settings = Settings(
        baseline_ns=int((plan.baseline_s if baseline_s is None else baseline_s) * 1e9),
        released=released(run) if run is not None else {},
        promise=Promise(values_between=plan.values_between, streams=plan.streams),
        every_ns=int(plan.look_every_s * 1e9),
        alpha=plan.looks_alpha,
        steps=step_judge(read_step_policy(rules)) if rules is not None else None,
    )
    return Asked(
        [one for default in found if (one := plan.monitor(default)) is not None],
        judges,
        Segments(tuple(segment) or plan.segments, plan.most_segments),
        settings,
    )


def watched(
    path: Path | None,
    *,
    segment: Sequence[str] = (),
    scorer: Sequence[str] = (),
    baseline_s: float | None = None,
    run: Path | None = None,
    policy: Path | None = None,
) -> Pipeline:
    """The pipeline of a plan, options before it; as for `asked`."""
    return Pipeline(*asked(path, segment=segment, scorer=scorer, baseline_s=baseline_s, run=run, policy=policy))
