"""What was found in a plan's training data, as it goes with the run: kept before the first call, read again later."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec

from assay.domain.data import DataOutcome
from assay.domain.errors import DataError
from assay.domain.plan import Plan
from assay.store.runs import DATA_FACT, RunFile, readable
from assay.store.saved import registration


def with_data(run: RunFile, plan: Plan, quiet: bool) -> tuple[Plan, DataOutcome | None]:
    """The plan without the suites that its data rules out, and the outcome of its data audit, kept with the run.

    A run that is registered already keeps its outcome; that its data is still the same, `register` makes sure of.

    Args:
        run: The run, held for writing.
        plan: As read.
        quiet: Whether to say nothing on the way.

    Raises:
        DataError: No suite is left to ask.
    """
    if plan.data is None:
        return plan, None
    if not run.fact("plan"):
        from assay.interfaces.data_plan import audited  # loads the checks

        outcome = audited(plan, quiet)
        run.set_fact(DATA_FACT, json.dumps(msgspec.to_builtins(outcome), ensure_ascii=False))
    kept_outcome = kept(run, plan)
    return without(plan, kept_outcome), kept_outcome


def kept(run: RunFile, plan: Plan) -> DataOutcome | None:
    """The outcome that is kept with a run; a broken one where the plan names data and none is kept."""
    if plan.data is None:
        return None
    stored = run.fact(DATA_FACT)
    if not stored:
        return DataOutcome(broken="no audit of it is kept with this run")
    with readable(run.path):
        return msgspec.convert(json.loads(stored), DataOutcome)


def without(plan: Plan, outcome: DataOutcome | None) -> Plan:
    """The plan without contaminated suites, where it says that they are left out.

    Raises:
        DataError: No suite is left.
    """
    gone = outcome.contaminated if outcome is not None and outcome.left_out else {}
    if not gone:
        return plan
    tasks = tuple(task for task in plan.tasks if task.name not in gone)
    if not tasks:
        raise DataError(f"{plan.path}: every suite is contaminated by the training data; nothing is left to ask")
    made = replace(plan, tasks=tasks, left_out={name: one.said for name, one in gone.items()})
    return replace(made, digests=registration(made))
