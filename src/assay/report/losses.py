"""What regressed: every metric and slice on which the candidate lost, worst first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.domain.audit import Audit
from assay.domain.estimate import Comparison
from assay.domain.kinds import Kind, kind_of
from assay.domain.verdict import Decision, RuleOutcome
from assay.report.readings import drop_of, level, loss
from assay.report.rules import outcome_of
from assay.report.words import finite

SURE_RISE = 0.10
"""An amount that no rule reads, such as latency, counts where a rise of at least this share is sure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One metric on one slice on which the candidate lost."""

    comparison: Comparison
    """The evidence."""
    outcome: RuleOutcome | None
    """What the worst rule on it says; None when no rule reads it."""
    kind: Kind
    """Where to look first."""
    guessed: bool
    """Whether the kind is only presumed, because assay does not know the metric."""

    @property
    def decision(self) -> Decision:
        """The rule's part of the decision; deploy where no rule reads it."""
        return Decision.DEPLOY if self.outcome is None else self.outcome.decision

    @property
    def reading(self) -> tuple[str, str]:
        """The loss in words and its interval: relative where that is defined, else absolute."""
        if finite(self.comparison.drop.value) is not None:
            value, interval = drop_of(self.comparison)
            return f"drop {value}", interval
        value, interval = loss(self.comparison)
        return f"loss {value}", interval

    @property
    def levels(self) -> tuple[str, str]:
        """Both levels in words."""
        one = self.comparison
        return level(one.reference, one.metric), level(one.candidate, one.metric)


def losses(audit: Audit) -> list[Loss]:
    """Worst decision first, then the largest loss that is sure.

    A loss stands here when a rule asks for review or block on it, or when its interval
    excludes zero, whether a rule reads it or not. A diagnostic metric needs a rule, an
    amount a sure rise of SURE_RISE. Prompts on which the reference wavers are left out.
    """
    specs = scorer_specs(audit.config)
    found = []
    for one in audit.comparisons:
        outcome = outcome_of(audit, one)
        if "borderline" in one.slice or not one.n or not _lost(one, outcome):
            continue
        kind = kind_of(one.metric.name, specs)
        found.append(Loss(comparison=one, outcome=outcome, kind=kind or "behaviour", guessed=kind is None))
    return sorted(found, key=lambda each: (-each.decision, -_sure(each.comparison), -_point(each.comparison)))


def scorer_specs(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Saved forms of all scorers of a registered plan."""
    tasks = config.get("tasks")
    made = [one for task in tasks if isinstance(task, Mapping) for one in task.get("scorers", ())] if tasks else []
    return [one for one in made if isinstance(one, Mapping)]


def _lost(one: Comparison, outcome: RuleOutcome | None) -> bool:
    if outcome is not None and outcome.decision >= Decision.REVIEW:
        return True
    low = finite(one.difference.low)
    if low is None or low <= 0 or (one.metric.diagnostic and outcome is None):
        return False
    return outcome is not None or one.metric.kind != "amount" or _sure(one) >= SURE_RISE


def _sure(one: Comparison) -> float:
    """The loss that is sure, relative to the reference where that can be said."""
    return _relative(one, one.drop.low, one.difference.low)


def _point(one: Comparison) -> float:
    return _relative(one, one.drop.value, one.difference.value)


def _relative(one: Comparison, drop: float | None, difference: float | None) -> float:
    if finite(drop) is not None and drop is not None:
        return drop
    lost, base = finite(difference), finite(one.reference.value)
    if lost is None:
        return 0.0
    return lost / abs(base) if base and one.metric.kind == "amount" else lost
