"""Suites and packs of a plan: datasets read, scorers made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from assay.domain.errors import PlanError
from assay.domain.harvested import places
from assay.domain.plan import Task
from assay.domain.sample import Dataset, Sample
from assay.store.datasets import missing_keys, read_dataset
from assay.store.documents import Document, checked, read_document
from assay.store.families import check_families
from assay.store.overlaps import check_directions, check_overlap
from assay.store.planfile import PublicFile, SuiteFile
from assay.store.public_suites import judged_as_usual
from assay.store.scorer_files import scorer_spec
from assay.store.sources import Source, existing, pinned


def read_suites(suites: Sequence[SuiteFile], source: Source) -> tuple[Task, ...]:
    tasks: list[Task] = []
    for index, suite in enumerate(suites):
        where = ("suites", index)
        made = _pack(suite, source, where) if suite.pack is not None else (_task(suite, source, where),)
        tasks.extend(made)
    names = [task.name for task in tasks]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise PlanError(
            f"{source.document.place(('suites',))}: two suites are called '{repeated}'; give each its own name"
        )
    check_directions(tasks, source.document.place(("suites",)))
    return tuple(tasks)


def bundled_packs() -> tuple[str, ...]:
    """Names of the packs that ship with assay."""
    root = resources.files("assay") / "packs"
    return tuple(sorted(item.name for item in root.iterdir() if (item / "pack.yaml").is_file()))


def _pack(suite: SuiteFile, source: Source, where: tuple[str | int, ...]) -> tuple[Task, ...]:
    assert suite.pack is not None
    folder = Path(str(resources.files("assay") / "packs" / suite.pack))
    if suite.pack not in bundled_packs():
        folder = source.found(suite.pack)
    path = folder / "pack.yaml" if folder.is_dir() else folder
    if not path.is_file():
        raise PlanError(
            f"{source.document.place((*where, 'pack'))}: no pack '{suite.pack}'. "
            f"Bundled: {', '.join(bundled_packs())}; or a folder that holds pack.yaml"
        )
    document = read_document(path)
    if not isinstance(document.value, dict) or not isinstance(document.value.get("tasks"), list):
        raise PlanError(f"{path}: a pack holds 'tasks', a list of suites")
    inner = Source(document, path.parent, source.scorer, pack=suite.pack)
    written = [_pack_suite(item, document, index) for index, item in enumerate(document.value["tasks"])]
    names = [item.name for item in written]
    for wanted in suite.tasks or ():
        if wanted not in names:
            raise PlanError(
                f"{source.document.place((*where, 'tasks'))}: pack '{suite.pack}' has no task '{wanted}'. "
                f"Known: {', '.join(str(name) for name in names)}"
            )
    changes = suite.model_dump(include={"limit", "per_slice", "epochs"} & suite.model_fields_set)
    kept = [item for item in written if suite.tasks is None or item.name in suite.tasks]
    return tuple(_task(item.model_copy(update=changes), inner, ("tasks", written.index(item))) for item in kept)


def _pack_suite(item: Any, document: Document, index: int) -> SuiteFile:
    lines = {key[2:]: line for key, line in document.lines.items() if key[:2] == ("tasks", index)}
    return checked(Document(document.path, item, lines), SuiteFile)


def _task(suite: SuiteFile, source: Source, where: tuple[str | int, ...]) -> Task:
    dataset = _dataset(suite, source, where)
    if isinstance(suite.dataset, PublicFile):
        suite = judged_as_usual(suite, suite.dataset.public, dataset, source.document.place(where))
    if suite.per_slice is not None and (suite.slices or not source.pack):
        dataset = _stratified(dataset, suite, source.document.place((*where, "per_slice")))
    _check_keys(suite, dataset, source, where)
    specs = [scorer_spec(item, source, (*where, "scorers", n)) for n, item in enumerate(suite.scorers or ())]
    scorers = []
    for n, spec in enumerate(specs):
        try:
            scorers.append(source.scorer(spec))
        except PlanError as error:
            said = str(error).removeprefix("scorers: ")
            raise PlanError(f"{source.document.place((*where, 'scorers', n))}: {said}") from error
    check_overlap(scorers, dataset, source.document.place((*where, "scorers")))
    if suite.agree:
        check_families(suite, scorers, dataset, source.document.place((*where, "agree")))
    return Task(
        name=suite.name or dataset.name,
        dataset=dataset,
        scorers=tuple(scorers),
        scorer_specs=tuple(specs),
        slices=tuple(suite.slices),
        epochs=suite.epochs,
        cluster=suite.cluster or suite.agree or "",  # one family is one piece of evidence
        pack=source.pack,
        apart=suite.apart,
        agree=suite.agree or "",
        agreement=suite.agree_metric or "agreement",
    )


def _check_keys(suite: SuiteFile, dataset: Dataset, source: Source, where: tuple[str | int, ...]) -> None:
    """Every metadata key that a suite names is there; an error stands where the key was written."""
    named: list[tuple[tuple[str | int, ...], str]] = [(("slices", n), key) for n, key in enumerate(suite.slices)]
    named += [((name,), key) for name, key in (("cluster", suite.cluster), ("agree", suite.agree)) if key]
    for place, key in named:
        if missing_keys(dataset.samples, key) == len(dataset.samples):
            raise PlanError(
                f"{source.document.place((*where, *place))}: no sample of '{dataset.name}' has metadata '{key}'"
            )


def _dataset(suite: SuiteFile, source: Source, where: tuple[str | int, ...]) -> Dataset:
    found = _read(suite, source, where)
    marked = places((one.id, one.metadata) for one in found.samples) if suite.role == "sealed" else []
    if marked:
        place = source.document.place((*where, "role"))
        raise PlanError(
            f"{place}: '{found.name}' holds {len(marked)} rows harvested from failures (first {marked[0]!r}): "
            "they were seen while building and cannot be sealed. Give role dev, or take them out"
        )
    return found


def _read(suite: SuiteFile, source: Source, where: tuple[str | int, ...]) -> Dataset:
    if isinstance(suite.dataset, PublicFile):
        from assay.store.public import load

        path = existing(source, suite.dataset.path, (*where, "dataset", "path"))
        pinned(path, suite.dataset.sha256, source, (*where, "dataset", "sha256"))
        dataset = load(suite.dataset.public, path, suite.limit)
        return replace(dataset, name=suite.name or dataset.name, role=suite.role)
    assert suite.dataset is not None
    path = existing(source, suite.dataset, (*where, "dataset"))
    pinned(path, suite.sha256, source, (*where, "sha256"))
    return read_dataset(path, name=suite.name or "", role=suite.role, limit=suite.limit)


def _stratified(dataset: Dataset, suite: SuiteFile, place: str) -> Dataset:
    if not suite.slices:
        raise PlanError(f"{place}: needs slices; the first of them is the key")
    seen: dict[str, int] = {}
    kept: list[Sample] = []
    for sample in dataset.samples:
        value = str(sample.metadata.get(suite.slices[0]))
        seen[value] = seen.get(value, 0) + 1
        if seen[value] <= (suite.per_slice or 0):
            kept.append(sample)
    return Dataset(name=dataset.name, samples=tuple(kept), role=dataset.role)


def shortened(task: Task, limit: int) -> Task:
    samples = tuple(task.dataset.samples[:limit])
    return replace(task, dataset=Dataset(name=task.dataset.name, samples=samples, role=task.dataset.role))
