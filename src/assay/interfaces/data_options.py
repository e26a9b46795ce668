"""The options of `assay check data` that ask for a check of their own: a new one is a field and a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.checks.check import Check
from assay.checks.interface import Interface
from assay.checks.provenance import Provenance, Source
from assay.checks.shapes import Kind
from assay.store.deployments import read_deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is asked of the rows beside the checks that always run; named like the options."""

    against: tuple[str, ...] = ()
    """Evaluation sets that must not be in the data."""
    kind: str | None = None
    """What the rows should be."""
    deployment: Path | None = None
    """What the model will meet."""
    require: tuple[str, ...] = ()
    """Metadata that every row must have."""
    source: tuple[str, ...] = ()
    """Sources whose rows are listed."""

    def checks(self) -> dict[str, Check]:
        """The checks that these options ask for."""
        return {
            name: make(getattr(self, name)) for name, make in _MADE.items() if getattr(self, name) not in (None, ())
        }


_MADE: dict[str, Callable[[Any], Check]] = {
    "kind": Kind,
    "deployment": lambda path: Interface(read_deployment(path)),
    "require": Provenance,
    "source": Source,
}
"""Option -> the check made of its value, where it is given."""
