"""What the audit of the training data means for a verdict: findings, and suites whose items the model has seen."""

from __future__ import annotations

from assay.domain.data import DataOutcome
from assay.domain.findings import CONTAMINATED_SUITE
from assay.domain.plan import Plan, Task
from assay.domain.verdict import Finding, Rule
from assay.engine.compare import makes

_REMEDY = "Train without the rows that the data's findings name, or replace these items: their scores are memory."


def known_data(plan: Plan, outcome: DataOutcome | None) -> DataOutcome | None:
    """The outcome; one that cannot be relied upon where the plan names data and none is at hand."""
    if plan.data is None:
        return None
    return outcome if outcome is not None else DataOutcome(broken="no audit of it is at hand")


def data_findings(outcome: DataOutcome | None) -> list[Finding]:
    """The findings of the data, and one for each suite that is contaminated and still judged."""
    if outcome is None:
        return []
    marked = {} if outcome.left_out else outcome.contaminated
    return [
        *(
            Finding(
                code=CONTAMINATED_SUITE,
                severity="high",
                message=f"suite {name} is contaminated: {one.said}",
                where={"suite": name},
                evidence={"items": one.items, "of": one.of},
                remediation=_REMEDY,
            )
            for name, one in marked.items()
        ),
        *outcome.findings,
    ]


def suites_read(plan: Plan, outcome: DataOutcome | None) -> dict[str, tuple[str, ...]]:
    """The contaminated suites that each rule reads, by the rule's id."""
    if outcome is None or outcome.left_out or not outcome.contaminated:
        return {}
    tasks = [task for task in plan.tasks if task.name in outcome.contaminated]
    found = {rule.id: tuple(task.name for task in tasks if _reads(rule, task)) for rule in plan.measured}
    return {rule: names for rule, names in found.items() if names}


def _reads(rule: Rule, task: Task) -> bool:
    """Whether some item of the suite is in what the rule reads."""
    suite = rule.slice.get("suite")
    if not makes(task, rule.metric) or (suite != task.name if suite is not None else task.apart):
        return False
    rest = {key: value for key, value in rule.slice.items() if key != "suite"}
    return any(all(sample.word(key) == value for key, value in rest.items()) for sample in task.dataset.samples)
