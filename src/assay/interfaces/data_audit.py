"""All checks over all files of training data, and what they are held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import click

from assay.checks.catalogue import CHECKS
from assay.checks.check import Check
from assay.checks.fit import Fit
from assay.checks.manifest import Keys, Manifest
from assay.domain.errors import DataError
from assay.domain.training import TrainingRow, Unfit
from assay.domain.verdict import Finding
from assay.store.training_files import TrainingFile, files


@dataclass(slots=True)
class Audit:
    """All checks over all files."""

    checks: dict[str, Check]
    keys: bool = False
    """Whether rows are remembered to be compared with another version."""
    manifest: Manifest = field(default_factory=Manifest)
    remembered: Keys | None = None
    _fit: Fit = field(default_factory=Fit)

    def __post_init__(self) -> None:
        found = self.checks.get("fit")
        if isinstance(found, Fit):
            self._fit = found
        if self.keys:
            self.remembered = Keys()

    def read(self, name: str, as_text: bool = False) -> Iterator[TrainingRow | Unfit]:
        """Reads a file through all checks; gives what was read, for those who count."""
        file = TrainingFile(name, as_text=as_text)
        looks = [check.add for check in self.checks.values()] + [self.manifest.add]
        if self.remembered is not None:
            looks.append(self.remembered.add)
        for row in file.rows():
            if isinstance(row, Unfit):
                self._fit.add_unfit(row)
                self.manifest.add_unfit(row)
            else:
                for look in looks:
                    look(row)
            yield row
        if file.facts is not None:
            self.manifest.add_file(file.facts)

    def findings(self) -> Iterator[Finding]:
        """What all checks found."""
        for check in self.checks.values():
            yield from check.findings()


def held(names: Sequence[str]) -> list[TrainingRow]:
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
    if not any(entry.against for entry in CHECKS.values()):
        click.echo("warning: no check that compares with --against is part of this version", err=True)
    return rows
