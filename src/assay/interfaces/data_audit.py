"""All checks over all files of training data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from assay.checks.blocks import Block, Waiting, taker
from assay.checks.check import Check, Gathered
from assay.checks.fit import Fit
from assay.checks.manifest import Manifest
from assay.checks.provenance import OTHER_BYTES, UNTOLD, passed_over
from assay.checks.versions import Keys
from assay.domain.training import TrainingRow, Unfit
from assay.domain.verdict import Finding
from assay.store.training_files import TrainingFile
from assay.store.transformations import transformations


@dataclass(slots=True)
class Audit:
    """All checks over all files."""

    checks: dict[str, Check]
    keys: bool = False
    """Whether rows are remembered to be compared with another version."""
    looks: Sequence[Callable[[TrainingRow], object]] = ()
    """Who else is shown every row."""
    passed: Sequence[str] = ()
    """Files in folders that are of no known format."""
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
        takes = [*map(taker, self.checks.values()), taker(self.manifest)]
        if self.remembered is not None:
            takes.append(taker(self.remembered))
        waiting = Waiting()
        for row in file.rows():
            if isinstance(row, Unfit):
                self._fit.add_unfit(row)
                self.manifest.add_unfit(row)
            else:
                for look in self.looks:
                    look(row)
                for block in waiting.add(row):
                    _give(block, takes)
            yield row
        for block in waiting.rest():
            _give(block, takes)
        if file.facts is not None:
            self.manifest.add_file(file.facts)

    def findings(self) -> Iterator[Finding]:
        """What all checks found, and what is told of other bytes beside the files; the manifest is whole after it."""
        for check in self.checks.values():
            yield from check.findings()
        told = transformations(self.manifest.files)
        self.manifest.transformations = told.steps
        gathered = Gathered()
        for file in told.others:
            gathered.add(OTHER_BYTES, file, 0)
        for file in told.unreadable:
            gathered.add(UNTOLD, file, 0)
        yield from gathered.findings()
        yield from passed_over(self.passed)


def _give(block: Block, takes: Sequence[Callable[[Block], object]]) -> None:
    for take in takes:
        take(block)
