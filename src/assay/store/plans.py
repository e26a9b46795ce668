"""Plans from YAML: everything named is found, read, digested and put together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from assay.domain.digest import digest
from assay.domain.errors import PlanError
from assay.domain.plan import Limits, Plan, SubjectSpec
from assay.domain.subject import Generation
from assay.store.demands import held_to
from assay.store.documents import checked, read_document
from assay.store.earlier import check_side
from assay.store.plan_data import read_data
from assay.store.planfile import AdapterFile, PlanFile, SubjectFile
from assay.store.policies import read_policy
from assay.store.rules import read_rules
from assay.store.saved import registration
from assay.store.sources import KnownCodes, MakeScorer, Source, existing
from assay.store.suites import read_suites, shortened


def read_plan(path: Path, scorer: MakeScorer, *, limit: int | None = None, codes: KnownCodes = tuple) -> Plan:
    """A plan file, resolved: datasets read, scorers made, policy found, digests taken.

    Args:
        path: The YAML file.
        scorer: Makes a scorer of its saved form (`{"type": name, ...}`).
        limit: Keep only the first so many samples of every task.
        codes: Gives the codes of findings in training data; called where the plan names such data. Without it rules
            over them are not held against what checks can find.

    Raises:
        PlanError: The file says something that cannot be followed; each problem with its line.
        DataError: A dataset that it names cannot be used.
    """
    document = read_document(path)
    written = checked(document, PlanFile)
    source = Source(document, path.resolve().parent, scorer)
    tasks = read_suites(written.suites, source)
    if limit is not None:
        tasks = tuple(shortened(task, limit) for task in tasks)
    tasks, demanded = held_to(written.contract, tasks, source)
    policy = read_policy(written.gate.policy, source.folder, document.place(("gate", "policy")))
    if written.gate.max_unscored is not None:
        policy = replace(policy, max_unscored=written.gate.max_unscored)
    plan = Plan(
        name=written.name,
        reference=_subject(written.reference, "reference", source, ("reference",)),
        candidates=_candidates(written, source),
        tasks=tasks,
        generation=Generation(**{**written.generation.model_dump(), "stop": tuple(written.generation.stop)}),
        policy=policy,
        rules=read_rules(written.gate.rules, tasks, document, codes() if written.data is not None else None, demanded),
        risk={} if written.gate.risk is None else written.gate.risk.model_dump(exclude_none=True),
        limits=_limits(written),
        stopping=written.stopping,
        seed=written.seed,
        owner=written.owner,
        path=str(path),
        data=read_data(written.data, source, written.contract),
    )
    return replace(plan, digests=registration(plan))


def _limits(written: PlanFile) -> Limits:
    limits = written.limits.model_dump()
    return Limits(time_s=limits.pop("time"), timeout_s=limits.pop("timeout"), **limits)


def _candidates(written: PlanFile, source: Source) -> tuple[SubjectSpec, ...]:
    listed = written.candidate if isinstance(written.candidate, list) else [written.candidate]
    if not listed:
        raise PlanError(f"{source.document.place(('candidate',))}: an empty list; name at least one candidate")
    specs: list[SubjectSpec] = []
    for index, item in enumerate(listed):
        where = ("candidate", index) if isinstance(written.candidate, list) else ("candidate",)
        specs.append(_subject(item, "candidate", source, where))
        if isinstance(item, AdapterFile) and item.also_alone and isinstance(item.adapter, list):
            alone = [item.model_copy(update={"adapter": one, "name": None}) for one in item.adapter]
            specs.extend(_subject(one, "candidate", source, where) for one in alone)
    names = [spec.name for spec in specs]
    for name in names:
        if names.count(name) > 1 or name == "reference":
            raise PlanError(
                f"{source.document.place(('candidate',))}: two subjects are called '{name}'; give each its own name"
            )
    return tuple(specs)


def _subject(
    item: SubjectFile, role: Literal["reference", "candidate"], source: Source, where: tuple[str | int, ...]
) -> SubjectSpec:
    settings = item.model_dump(exclude_none=True, exclude={"type", "name", "system_file", "also_alone"})
    as_written = dict(settings)
    for key in ("path", "base"):
        if key in settings:
            settings[key] = str(existing(source, settings[key], (*where, key)))
    if "adapter" in settings:
        adapters = [settings["adapter"]] if isinstance(settings["adapter"], str) else settings["adapter"]
        if not adapters:
            raise PlanError(f"{source.document.place((*where, 'adapter'))}: an empty list; name at least one adapter")
        settings["adapter"] = [str(existing(source, one, (*where, "adapter"))) for one in adapters]
    system_file = getattr(item, "system_file", None)
    if system_file is not None:
        text = existing(source, system_file, (*where, "system_file")).read_text(encoding="utf-8")
        settings["system"] = as_written["system"] = text
    if item.type == "recorded":
        settings = check_side(settings, source.document.place((*where, "path")))
    if item.type == "callable":
        settings["folder"] = str(source.folder)
    name = item.name or _default_name(item)
    return SubjectSpec(role=role, name=name, kind=item.type, settings=settings, digest=digest([item.type, as_written]))


def _default_name(item: SubjectFile) -> str:
    if item.type == "endpoint":
        return item.model
    if item.type == "callable":
        return item.function
    if item.type == "adapter":
        adapters = [item.adapter] if isinstance(item.adapter, str) else item.adapter
        return "+".join(Path(one).name for one in adapters)
    return Path(item.path).name.removesuffix(".gz").removesuffix(".jsonl")
