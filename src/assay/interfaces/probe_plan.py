"""The plan of a probe: the released answers as reference, and the live model asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from assay.domain.digest import digest
from assay.domain.errors import PlanError
from assay.domain.plan import Plan, SubjectSpec, Task
from assay.domain.sample import Dataset, Sample
from assay.store.saved import registration


def released(plan: Plan, name: str | None) -> SubjectSpec:
    """The candidate that was released.

    Raises:
        PlanError: There are several and none is named, or it cannot be asked again.
    """
    known = {spec.name: spec for spec in plan.candidates}
    if name is None and len(known) > 1:
        raise PlanError(f"--candidate: which was released? Known: {', '.join(known)}")
    chosen = name or next(iter(known))
    if chosen not in known:
        raise PlanError(f"--candidate: no candidate '{chosen}' in this run. Known: {', '.join(known)}")
    return known[chosen]


def live(spec: SubjectSpec, url: str | None, model: str | None) -> SubjectSpec:
    """The candidate where it serves now.

    Raises:
        PlanError: It is a recording, or an address is given for what is none.
    """
    if spec.kind == "recorded" and not (url and model):
        raise PlanError(
            f"'{spec.name}' was audited from recorded answers, and cannot be asked. Say where it serves now with "
            "--url and --model"
        )
    if spec.kind not in ("endpoint", "recorded") and (url or model):
        raise PlanError(f"--url and --model are for served models; '{spec.name}' is {spec.kind}")
    kept: Mapping[str, Any] = spec.settings if spec.kind == "endpoint" else {}
    settings = {**kept, **({"url": url} if url else {}), **({"model": model} if model else {})}
    if settings == dict(spec.settings):
        return spec
    return replace(spec, kind="endpoint", settings=settings, digest=digest(settings))


def probe_plan(plan: Plan, folder: Path, spec: SubjectSpec, now: SubjectSpec, most: int) -> Plan:
    """The plan of a probe.

    Args:
        plan: The plan of the released run.
        folder: Its folder.
        spec: The released candidate.
        now: The same where it serves now.
        most: How many prompts are asked again, chosen by their digests: the same ones in each probe.
    """
    settings = {"path": str(folder.resolve()), "side": spec.name}
    before = SubjectSpec(
        role="reference", name=f"{spec.name} as released", kind="recorded", settings=settings, digest=digest(settings)
    )
    tasks = _golden(plan.tasks, most)
    names = {task.name for task in tasks}
    rules = tuple(rule for rule in plan.measured if str(rule.slice.get("suite", "")) in {*names, ""}) or plan.measured
    made = replace(
        plan, name=f"{plan.name} (probe)", reference=before, candidates=(now,), tasks=tasks, rules=rules,
        stopping="fixed", data=None, left_out={},
    )  # fmt: skip
    return replace(made, digests=registration(made))


def _golden(tasks: tuple[Task, ...], most: int) -> tuple[Task, ...]:
    """At most so many prompts over all suites, each suite by its part; a suite keeps one at least."""
    total = sum(len(task.dataset.samples) for task in tasks)
    if total <= most:
        return tasks
    return tuple(
        replace(task, dataset=_fewer(task.dataset, max(1, most * len(task.dataset.samples) // total))) for task in tasks
    )


def _fewer(dataset: Dataset, most: int) -> Dataset:
    first = {sample.id for sample in sorted(dataset.samples, key=_place)[:most]}
    kept = tuple(sample for sample in dataset.samples if sample.id in first)
    return Dataset(name=dataset.name, samples=kept, role=dataset.role)


def _place(sample: Sample) -> tuple[str, str]:
    return sample.digest, sample.id
