"""What a behaviour contract asks of an audit: its scorer in every suite, its clauses as rules of the gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assay.domain.errors import PlanError
from assay.domain.plan import Task
from assay.domain.score import Floored
from assay.domain.verdict import Rule
from assay.store.scorer_files import scorer_spec
from assay.store.sources import Source

_WHERE = ("contract",)


def held_to(contract: str | None, tasks: Sequence[Task], source: Source) -> tuple[tuple[Task, ...], tuple[Rule, ...]]:
    """The suites with the contract's scorer, and a rule for each clause that reaches one of their prompts.

    Suites that stand apart keep their own scorers: their rows were chosen by their outcome.

    Raises:
        PlanError: The file is not there or no contract, it rules nothing here, or a suite has a contract of its own.
    """
    if contract is None:
        return tuple(tasks), ()
    place = source.document.place(_WHERE)
    spec = scorer_spec({"type": "contract", "contract": contract}, source, _WHERE)
    made = source.scorer(spec)
    own = next((task.name for task in tasks if any(one.name == made.name for one in task.scorers)), None)
    if own is not None:
        raise PlanError(f"{place}: suite '{own}' names a scorer 'contract' too. Leave one of them out")
    held = tuple(
        task if task.apart else replace(task, scorers=(*task.scorers, made), scorer_specs=(*task.scorer_specs, spec))
        for task in tasks
    )
    floors = made.floors() if isinstance(made, Floored) else {}
    rules = _rules(
        floors, {m.name for task in held if not task.apart for s in task.dataset.samples for m in made.metrics(s)}
    )
    if not rules:
        raise PlanError(
            f"{place}: {contract} holds no clause that reaches a prompt of this plan. Add clauses "
            "(docs/data/contract.md), or leave 'contract' out"
        )
    return held, rules


def _rules(floors: Mapping[str, float], reached: set[str]) -> tuple[Rule, ...]:
    """A floor for each clause; a clause that every answer must keep is a count, no estimate."""
    return tuple(
        Rule(
            id=name.replace("_", ".", 1),
            kind="all" if least >= 1 else "floor",
            metric=name,
            at_least=least if least < 1 else None,
        )
        for name, least in floors.items()
        if name in reached and least > 0
    )
