"""Plans whose subjects are sides of earlier runs: refused where these were asked otherwise, unless accepted."""

from __future__ import annotations

from pathlib import Path

from assay.domain.errors import PlanError, RunConflict
from assay.domain.plan import Plan
from assay.interfaces.comparing import line
from assay.interfaces.runs import made_scorer
from assay.store.earlier import unlike


def accepted(plan: Plan, folder: Path) -> str:
    """Why the decision is exploratory: what was asked otherwise in earlier runs and the plan accepts; else empty.

    Args:
        plan: The plan at hand.
        folder: Where its own run goes.

    Raises:
        RunConflict: A side of an earlier run was asked otherwise; says exactly what differs.
        PlanError: The run would overwrite the one that it reads.
    """
    told = []
    for spec, found in unlike(plan, made_scorer):
        path = Path(spec.settings["path"])
        if path.resolve() == folder.resolve():
            raise PlanError(f"subject '{spec.name}' is a side of the run in {path}; give another folder with -o")
        if not found:
            continue
        if not spec.settings.get("accept_differences"):
            lines = "".join(f"\n  {line(one)}" for one in found)
            raise RunConflict(
                f"subject '{spec.name}': the run in {path} was asked otherwise than this plan asks:{lines}\n"
                "Ask it again, mend the plan, or set accept_differences: true (the decision is then exploratory)"
            )
        topics = ", ".join(dict.fromkeys(one.topic for one in found))
        told.append(f"'{spec.name}' was asked otherwise in its run, and the plan accepts it: {topics} differ")
    return "; ".join(told)
