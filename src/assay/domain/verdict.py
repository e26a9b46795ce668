"""Findings, rules, and the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal

from assay.domain.estimate import Estimate

Severity = Literal["info", "low", "medium", "high", "critical"]
RuleKind = Literal["band", "floor", "points", "no_increase", "all", "findings"]


class Decision(IntEnum):
    """What to do with the candidate, best first; the worst of all rules wins."""

    DEPLOY = 0
    DEPLOY_MONITORED = 1
    INCONCLUSIVE = 2
    REVIEW = 3
    BLOCK = 4

    @property
    def word(self) -> str:
        """The word in files: deploy, deploy_monitored, inconclusive, review, block."""
        return self.name.lower()

    @property
    def exit_code(self) -> int:
        """Exit code of a command that ends in this decision."""
        return {0: 0, 1: 0, 2: 4, 3: 3, 4: 1}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One located defect."""

    code: str
    """Dotted name of the kind of defect, for example `rule.band` or `subject.changed`."""
    severity: Severity
    """info, low, medium, high or critical."""
    message: str
    """What is wrong, one sentence."""
    where: Mapping[str, Any] = field(default_factory=dict)
    """Where: sample ids, file and lines, metric and slice, trace."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """Numbers or texts it rests on."""
    owner: str = ""
    """Who takes care, from the plan."""
    remediation: str = ""
    """What to do first."""
    state: str = "open"
    """open, accepted or fixed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A threshold on one metric."""

    id: str
    """Unique in the plan, for example `refusal.band`."""
    kind: RuleKind
    """band: relative drop in bands. floor: level. points: absolute drop. no_increase: failures. all: every row.
    findings: a count of them."""
    metric: str = ""
    """Name of the metric; empty for a count of findings."""
    slice: Mapping[str, str] = field(default_factory=dict)
    """Condition on metadata; empty means all."""
    at_least: float | None = None
    """floor: the level that must be proved (for a lower-is-better metric on its complement). all: of each row, 1."""
    at_most: float | None = None
    """points: the largest loss allowed. no_increase: the margin of new failures, 0 by default."""
    categories: bool = True
    """band: whether the categories and cohorts declared in the plan are judged too."""
    base_floor: float | None = None
    """band: overrides the policy's base floor for this rule."""
    code: str = ""
    """findings: which are counted, by their code; `*` stands for anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOutcome:
    """What one rule says."""

    rule: Rule
    """The rule as registered."""
    slice: Mapping[str, str] = field(default_factory=dict)
    """The slice this line is about: the rule's own, or a category that decided."""
    decision: Decision
    """This rule's part of the decision."""
    hold: bool = False
    """A block band was reached without proof: a second approver must sign."""
    rest: Decision = Decision.DEPLOY
    """The worst that would remain if a person answered for all that asks for review: missing evidence stays."""
    reason: str
    """Why, one sentence with the numbers."""
    reference: Estimate
    """Level of the reference."""
    candidate: Estimate
    """Level of the candidate."""
    drop: Estimate
    """Relative loss."""
    difference: Estimate
    """Absolute loss."""
    n: int = 0
    """Pairs with two scores."""
    n_unscored: int = 0
    """Pairs that lack one or both."""
    p_pass: float | None = None
    """One-sided p-value against "the drop is at least the threshold that decides deploy"."""
    p_block: float | None = None
    """One-sided p-value against "the drop is at most the threshold that decides block"."""
    needed_n: int | None = None
    """Prompts that would settle a bound that was missed, at the observed rates; None when nothing was missed."""
    missed: str = ""
    """The bound that was missed, in words."""
    worst_samples: tuple[str, ...] = ()
    """Sample ids to read first."""
    remediation: str = ""
    """What to do first."""
    parts: tuple[RuleOutcome, ...] = ()
    """Band rules: the categories and cohorts, worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome, rule by rule, with what was not tested."""

    decision: Decision
    """The worst of the rules and of the circumstances."""
    hold: bool = False
    """Some rule holds: a second approver must sign."""
    reasons: tuple[str, ...]
    """Why, most important first."""
    next_step: str
    """What to do now, one sentence."""
    outcomes: tuple[RuleOutcome, ...]
    """Rule by rule, worst first."""
    findings: tuple[Finding, ...] = ()
    """Located defects."""
    not_tested: tuple[str, ...] = ()
    """What this audit cannot speak about."""
    effects: tuple[str, ...] = ()
    """What the risk context changed, one line each."""
    error_statement: str = ""
    """The error rates this decision procedure promises."""
    valid_until: str = ""
    """Day after which the verdict should not be relied on, ISO 8601."""
    exploratory: str = ""
    """Why this is not the registered decision; empty when it is."""
    people: tuple[str, ...] = ()
    """What people did about it, waivers and signatures, a sentence each with their words."""
    acts: tuple[str, ...] = ()
    """The same without their words, which may quote an answer."""
    case: str = ""
    """Digest of the outcomes as they stand, which a signature is bound to."""
