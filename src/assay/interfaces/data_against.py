"""What training data is held against: files, packs, the suites of a plan, and sealed sets as hashes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from assay.checks.catalogue import made
from assay.checks.check import Check
from assay.checks.contamination import Contamination, seal
from assay.checks.manifest import rows_digest
from assay.checks.verbatim import Verbatim
from assay.domain.digest import digest, digest_bytes
from assay.domain.errors import DataError
from assay.domain.plan import Plan
from assay.domain.training import TrainingRow, Unfit
from assay.domain.verdict import Finding
from assay.interfaces.data_held import HeldSet
from assay.interfaces.data_suites import suite_rows
from assay.report.unread import unread
from assay.store.training_files import TrainingFile, files

PACK = "pack:"
"""How the name of a pack begins in --against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Evaluation sets."""

    rows: Sequence[TrainingRow] = ()
    """Their items, where the texts may be shown."""
    sealed: Mapping[str, bytes] = field(default_factory=dict)
    """By name the hashes of those whose texts may not."""
    sets: tuple[HeldSet, ...] = ()
    """Each set as it was named; of a file of hashes without its number of items, which `told_of` reads."""


def held(names: Sequence[str], hashes: Sequence[Path] = (), plan: Plan | None = None) -> Held:
    """The evaluation sets of files and packs, of files of hashes, and of a plan; its sealed suites as hashes only.

    Args:
        names: Files, folders, and packs as `pack:NAME`.
        hashes: What `assay check seal` wrote.
        plan: A plan whose suites are taken too.

    Raises:
        DataError: There is no row, or a file of hashes cannot be read.
        PlanError: There is no such pack.
    """
    plain = [name for name in names if not name.startswith(PACK)]
    rows = rows_of_files(plain)
    sets = [_of_files(name, rows) for name in plain]
    for name in (name for name in names if name.startswith(PACK)):
        from assay.interfaces.packing import read_pack  # loads what runs plans

        pack = tuple(read_pack(name.removeprefix(PACK)))
        own = suite_rows(pack)
        rows += own
        sets.append(_set(name, own, digest([task.dataset.digest for task in pack])))
    sealed = {str(path): _hashes(path) for path in hashes}
    sets += [
        HeldSet(name=name, digest=digest_bytes(data), suites=(name,), hashes=True) for name, data in sealed.items()
    ]
    tasks = plan.tasks if plan is not None else ()
    rows += suite_rows(task for task in tasks if task.dataset.role != "sealed")
    sealed |= {task.name: seal(suite_rows([task])) for task in tasks if task.dataset.role == "sealed"}
    sets += [
        HeldSet(
            name=task.name,
            digest=task.dataset.digest,
            suites=(task.name,),
            items=len(task.dataset.samples),
            hashes=task.dataset.role == "sealed",
        )
        for task in tasks
    ]
    return Held(rows=rows, sealed=sealed, sets=tuple(sets))


def _of_files(name: str, rows: Sequence[TrainingRow]) -> HeldSet:
    own = set(files([name])[0])
    found = [row for row in rows if row.file in own]
    return _set(name, found, rows_digest(found))


def _set(name: str, rows: Sequence[TrainingRow], told: str) -> HeldSet:
    suites = tuple(dict.fromkeys(row.file for row in rows))
    return HeldSet(name=name, digest=told, suites=suites, items=len(rows))


def told_of(against: Held, findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Each set that the data was held against, with its number of items and what was found of it.

    Args:
        against: The sets.
        findings: What the checks of `checks_against` found.
    """
    counted = (
        replace(one, items=Verbatim.counted(against.sealed[one.name])) if one.hashes and not one.items else one
        for one in against.sets
    )
    return [one.told(findings) for one in counted]


def checks_against(found: Held) -> dict[str, Check]:
    """All checks of the catalogue, those that compare with what the data is held against."""
    checks = made(found.rows)
    if found.sealed:
        checks["contamination"] = Contamination(found.rows, sealed=found.sealed)
    return checks


def _hashes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error


def rows_of_files(names: Sequence[str]) -> list[TrainingRow]:
    """The rows of the evaluation sets; what cannot be read of them is said."""
    if not names:
        return []
    rows: list[TrainingRow] = []
    unfit: Counter[str] = Counter()
    for name in files(names)[0]:
        for row in TrainingFile(name, as_text=True).rows():
            if isinstance(row, Unfit):
                unfit[row.cause] += 1
            else:
                rows.append(row)
    if unfit:
        click.echo(f"warning: not compared with rows of --against that cannot be read: {unread(unfit)}", err=True)
    if not rows:
        raise DataError(f"{', '.join(names)}: no row to hold the data against")
    return rows
