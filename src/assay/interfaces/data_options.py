"""The options of `assay check data` that ask for a check of their own: a new one is a field and a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from assay.checks.check import Check
from assay.checks.codes import codes
from assay.checks.contamination import CODES
from assay.checks.holdouts import LEAKED
from assay.checks.mixture import Mixture
from assay.checks.provenance import Provenance, Source
from assay.checks.shapes import Kind
from assay.domain.data import DataSpec
from assay.domain.errors import PlanError
from assay.domain.findings import CONTAMINATED_SUITE, UNDER_COVERED
from assay.interfaces.sandbox import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is asked of the rows beside the checks that always run; named like the options."""

    against: tuple[str, ...] = ()
    """Evaluation sets that must not be in the data."""
    against_hashes: tuple[Path, ...] = ()
    """The same as hashes only."""
    plan: Path | None = None
    """A plan whose suites must not be in the data."""
    kind: str | None = None
    """What the rows should be."""
    deployment: Path | None = None
    """What the model will meet."""
    require: tuple[str, ...] = ()
    """Metadata that every row must have."""
    source: tuple[str, ...] = ()
    """Sources whose rows are listed."""
    execute: bool = False
    """Whether code in answers is run against the assertions beside it."""

    contract: Path | None = None
    """Behaviour contract that the rows are held to."""
    stage: str = ""
    """Stage of training, by which the contract's synthetic caps are picked."""

    def checks(self) -> dict[str, Check]:
        """The checks that these options ask for.

        Raises:
            PlanError: A file that an option names cannot be read, or a stage is named without a contract.
        """
        asked: dict[str, Check] = {
            name: make(getattr(self, name)) for name, (make, _) in _MADE.items() if self._given(name)
        }
        if self.stage and self.contract is None:
            raise PlanError("--stage: picks a cap of a behaviour contract; give --contract FILE too")
        return asked if self.contract is None else asked | _ruled(self.contract, self.stage)

    def looked_for(self, *, against: bool) -> tuple[str, ...]:
        """The codes of all findings that can be made, without those that an option would have to ask for.

        Args:
            against: Whether the data is held against evaluation sets.
        """
        unasked = [pattern for name, (_, patterns) in _MADE.items() if not self._given(name) for pattern in patterns]
        if self.contract is None:
            unasked += _OF_CONTRACTS
        if not against:
            unasked += _OF_SUITES
        return tuple(code for code in codes() if not any(fnmatchcase(code, pattern) for pattern in unasked))

    def reads(self) -> tuple[str | Path | None, ...]:
        """The files that these options read."""
        return (*self.against, *self.against_hashes, self.plan, self.deployment, self.contract)

    def _given(self, name: str) -> bool:
        return getattr(self, name) not in (None, (), False)


_OF_CONTRACTS = ("contract.*", "mixture.target", "mixture.synthetic_cap", "mixture.unmarked")
"""Codes of findings that only a contract asks for."""
_OF_SUITES = (*CODES, LEAKED.code, CONTAMINATED_SUITE, UNDER_COVERED)
"""Codes of findings that only evaluation sets ask for."""


def _ruled(path: Path, stage: str) -> dict[str, Check]:
    """What a contract rules: answers one by one, and what the set is made of."""
    from assay.checks.behaviour import BehaviourRows
    from assay.store.behaviours import read_behaviour

    contract = read_behaviour(path)
    today = datetime.now(UTC).date().isoformat()
    return {"contract": BehaviourRows(contract), "mixture": Mixture(contract.mixture, day=today, stage=stage)}


def _deployed(path: Path) -> Check:
    from assay.checks.interface import Interface
    from assay.store.deployments import read_deployment

    return Interface(read_deployment(path))


def _executed(_: object) -> Check:
    from assay.checks.executed import Executed

    return Executed(Sandbox().run)


_MADE: dict[str, tuple[Callable[[Any], Check], tuple[str, ...]]] = {
    "kind": (Kind, ("format.other_kind",)),
    "deployment": (_deployed, ("interface.*",)),
    "require": (Provenance, ("provenance.missing",)),
    "source": (Source, ("provenance.source",)),
    "execute": (_executed, ("synthetic.execution_failed",)),
}
"""Option -> the check made of its value, where it is given, and the codes that only this check makes."""


def options_of(data: DataSpec) -> Options:
    """The options that stand for what a plan asks of its data."""
    return Options(
        kind=data.kind or None,
        require=data.require,
        deployment=Path(data.folder) / data.deployment if data.deployment else None,
        contract=Path(data.folder) / data.contract if data.contract else None,
    )
