"""The rules of an audit as lines of words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.domain.audit import Audit
from assay.domain.estimate import Comparison
from assay.domain.score import Metric
from assay.domain.verdict import Decision, RuleOutcome
from assay.report.inert import one_line
from assay.report.readings import difference, drop, level, scale
from assay.report.words import LOOKS, bounds, counted, finite, slice_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rule on one slice, in words."""

    outcome: RuleOutcome
    """What it is about."""
    part: bool
    """Whether it is a category or cohort of the rule above it."""
    rule: str
    """The rule's id."""
    slice: str
    """The slice, `all` when there is none."""
    reference: str
    """Level of the reference."""
    candidate: str
    """Level of the candidate."""
    what: str
    """What the number is: drop, loss, level, new failures."""
    value: str
    """The number that the rule reads."""
    interval: str
    """Its interval in brackets; empty when there is none."""
    counted: str
    """Pairs and unscored."""

    @property
    def title(self) -> str:
        """The rule with its own slice, or indented the category."""
        if self.part:
            return f"  {self.slice}"
        return self.rule if self.slice == "all" else f"{self.rule} ({self.slice})"

    @property
    def word(self) -> str:
        """The decision in lower case, for a table on a page."""
        return LOOKS[self.decision].word.lower()

    @property
    def missed(self) -> str:
        """The bound that was missed and the prompts that would settle it; empty where the reason says so itself."""
        outcome = self.outcome
        if "would settle it" in outcome.reason:
            return ""
        settled = f"about {outcome.needed_n:,} prompts would settle it" if outcome.needed_n else ""
        return "; ".join(filter(None, [one_line(outcome.missed, 200), settled]))

    @property
    def decision(self) -> Decision:
        """This row's part of the decision."""
        return self.outcome.decision


def worst_first(audits: Sequence[Audit]) -> list[Audit]:
    """The candidates, worst decision first, otherwise in the order of the plan."""
    return sorted(audits, key=lambda audit: -audit.verdict.decision)


def rule_rows(audit: Audit, *, parts: bool = True) -> list[Row]:
    """Every rule, worst first, each followed by its categories and cohorts, worst first."""
    metrics = metrics_of(audit)
    rows = []
    for outcome in sorted(audit.verdict.outcomes, key=lambda each: -each.decision):
        rows.append(_row(outcome, metrics, part=False))
        if parts:
            rows += [_row(each, metrics, part=True) for each in sorted(outcome.parts, key=lambda each: -each.decision)]
    return rows


def deciding(rows: Sequence[Row]) -> list[Row]:
    """The rows that are not a plain deploy, worst first; rules before their categories."""
    return sorted((row for row in rows if row.decision != Decision.DEPLOY), key=lambda row: (-row.decision, row.part))


def outcome_of(audit: Audit, comparison: Comparison) -> RuleOutcome | None:
    """What the rules say on this very metric and slice, the worst of them; None when no rule reads it."""
    found = [
        each
        for rule in audit.verdict.outcomes
        for each in (rule, *rule.parts)
        if each.rule.metric == comparison.metric.name and dict(each.slice) == dict(comparison.slice)
    ]
    return max(found, key=lambda each: each.decision, default=None)


def metrics_of(audit: Audit) -> dict[str, Metric]:
    """The metrics that were compared, by name, in the order of the plan."""
    return {each.metric.name: each.metric for each in audit.comparisons}


def _row(outcome: RuleOutcome, metrics: Mapping[str, Metric], *, part: bool) -> Row:
    metric = metrics.get(outcome.rule.metric)
    what, value, interval = _reading(outcome, metric)
    return Row(
        outcome=outcome,
        part=part,
        rule=one_line(outcome.rule.id, 60),
        slice=slice_name(outcome.slice),
        reference=level(outcome.reference, metric) if outcome.rule.metric else "",
        candidate=level(outcome.candidate, metric) if outcome.rule.metric else "",
        what=what,
        value=value,
        interval=interval,
        counted=counted(outcome.n, outcome.n_unscored) if outcome.rule.kind != "findings" else "",
    )


def _reading(outcome: RuleOutcome, metric: Metric | None) -> tuple[str, str, str]:
    """Name, value and interval of the number that this kind of rule reads."""
    if outcome.rule.kind == "band":
        value = drop(outcome.drop, outcome.reference, metric)
        return "drop", value, bounds(outcome.drop) if finite(outcome.drop.value) is not None else ""
    if outcome.rule.kind == "floor":
        return "level", level(outcome.candidate, metric), bounds(outcome.candidate, scale(metric))
    if outcome.rule.kind == "findings":
        return "findings", f"{outcome.n:,}", ""
    if outcome.rule.kind == "all":
        return "passed", level(outcome.candidate, metric), ""
    value, interval = difference(outcome.difference, metric)
    return ("new failures" if outcome.rule.kind == "no_increase" else "loss"), value, interval
