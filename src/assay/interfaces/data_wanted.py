"""What an audit of training data is asked, by options and by a plan, and how it tells of that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assay import __version__
from assay.checks.check import Check
from assay.checks.codes import codes
from assay.checks.contamination import CODES, seal
from assay.checks.holdouts import LEAKED, leaks
from assay.domain.plan import Plan
from assay.domain.verdict import Finding
from assay.interfaces.data_against import Held, checks_against, held, told_of
from assay.interfaces.data_options import Options, options_of
from assay.interfaces.data_suites import suite_rows
from assay.interfaces.sources import source_digest
from assay.store.plan_data import path_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of the data."""

    options: Options
    """By options, and by the plan where they say nothing."""
    plan: Plan | None
    """The plan, where one is named."""
    against: Held
    """What the data is held against."""

    @classmethod
    def of(cls, options: Options) -> Wanted:
        """What options ask, with what their plan asks of its data.

        Raises:
            AssayError: The plan or an evaluation set cannot be read.
        """
        plan = _plan(options.plan) if options.plan is not None else None
        if plan is not None and plan.data is not None:
            asked = options_of(plan.data)
            options = replace(
                options,
                kind=options.kind or asked.kind,
                require=options.require or asked.require,
                deployment=options.deployment or asked.deployment,
                contract=options.contract or asked.contract,
            )
        return cls(options=options, plan=plan, against=held(options.against, options.against_hashes, plan))

    def checks(self) -> dict[str, Check]:
        """Fresh checks."""
        return {**checks_against(self.against), **self.options.checks()}

    def leaks(self) -> Iterator[Finding]:
        """Items of the plan's suites that were seen while building and stand in those that decide."""
        return plan_leaks(self.plan) if self.plan is not None else iter(())

    def looked_for(self) -> tuple[str, ...]:
        """The codes of all findings that can be made."""
        found = self.options.looked_for(against=bool(self.against.rows or self.against.sealed))
        if self.plan is not None:
            return found
        unasked = {LEAKED.code} if self.against.rows else {LEAKED.code, *CODES} - {"contamination.verbatim"}
        return tuple(code for code in found if code not in unasked)

    def told(self, findings: Sequence[Finding]) -> dict[str, Any]:
        """What was asked, so that a plan can hold it against what it asks.

        Args:
            findings: What was found, of which is told how many items of each evaluation set stand in the data.
        """
        return {
            "against": {one.name: one.digest for one in self.against.sets},
            "held": told_of(self.against, findings),
            "kind": self.options.kind,
            "require": sorted(self.options.require),
            "deployment": path_digest(self.options.deployment),
            "contract": path_digest(self.options.contract),
            "stage": self.options.stage,
            "program": program(),
            "sealed": sorted(self.against.sealed),
            "codes": list(self.looked_for()),
        }


def plan_leaks(plan: Plan) -> Iterator[Finding]:
    """Items of suites with the role dev that stand in suites of other roles."""
    seen = suite_rows(task for task in plan.tasks if task.dataset.role == "dev")
    holdouts = {task.name: seal(suite_rows([task])) for task in plan.tasks if seen and task.dataset.role != "dev"}
    return leaks(seen, holdouts)


def program() -> dict[str, str]:
    """What reads the data: the version of assay, and a digest of the source of the checks."""
    return {"assay": __version__, "checks": source_digest(("checks",))}


def _plan(path: Path) -> Plan:
    """A plan; what reads it is loaded where one is named."""
    from assay.interfaces.runs import made_scorer
    from assay.store.plans import read_plan

    return read_plan(path, made_scorer, codes=codes)
