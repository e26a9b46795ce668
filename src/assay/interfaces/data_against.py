"""What training data is held against: files, packs, the suites of a plan, and sealed sets as hashes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from assay.checks.catalogue import made
from assay.checks.check import Check
from assay.checks.contamination import Contamination, seal
from assay.domain.errors import DataError
from assay.domain.plan import Plan
from assay.domain.training import TrainingRow, Unfit
from assay.interfaces.data_suites import suite_rows
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
    packs = [name.removeprefix(PACK) for name in names if name.startswith(PACK)]
    rows = rows_of_files([name for name in names if not name.startswith(PACK)])
    if packs:
        from assay.interfaces.packing import read_pack  # loads what runs plans

        rows += [row for name in packs for row in suite_rows(read_pack(name))]
    sealed = {str(path): _hashes(path) for path in hashes}
    tasks = plan.tasks if plan is not None else ()
    rows += suite_rows(task for task in tasks if task.dataset.role != "sealed")
    sealed |= {task.name: seal(suite_rows([task])) for task in tasks if task.dataset.role == "sealed"}
    return Held(rows=rows, sealed=sealed)


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
        told = ", ".join(f"{cause} {count}" for cause, count in unfit.most_common())
        click.echo(f"warning: not compared with rows of --against that cannot be read: {told}", err=True)
    if not rows:
        raise DataError(f"{', '.join(names)}: no row to hold the data against")
    return rows
