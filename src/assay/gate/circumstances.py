"""What the gate must know beside the comparisons: the day, what is missing, what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from assay.domain.data import DataOutcome
from assay.domain.people import NOBODY, People
from assay.domain.verdict import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What a risk context asks for beyond thresholds."""

    metrics: Mapping[str, str] = field(default_factory=dict)
    """Metrics that must be measured, each with the risk values that ask for it."""
    min_prompts: int = 0
    """Fewest distinct prompts for each of these metrics."""
    min_prompts_by: str = ""
    """Risk values that ask for so many."""
    reviewer: str = ""
    """Risk values that ask for a person's signature; empty when none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anytime:
    """Outcome of the registered anytime-valid test of one rule, when the plan stops sequentially.

    P-values are one over the largest wealth of the betting process, so they hold
    however often the evidence was looked at. A threshold is on the rule's own loss:
    relative drop (band), absolute loss (points, no_increase), floor minus level (floor).
    """

    weight: float
    """Part of alpha registered for this test, in (0, 1); the rest is kept for the test at full size."""
    below: Mapping[float, float] = field(default_factory=dict)
    """Threshold -> p-value against "the loss is at least that"."""
    above: Mapping[float, float] = field(default_factory=dict)
    """Threshold -> p-value against "the loss is at most that"."""
    complete: bool = True
    """Whether all planned prompts were asked, so that the test at full size may speak too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What surrounded the run."""

    today: date
    """Day of the decision."""
    findings: tuple[Finding, ...] = ()
    """Defects found elsewhere, for example a served model that changed its name."""
    limit_reached: str = ""
    """The limit that ended the asking, in words; pairs not asked count as unscored in the comparisons."""
    missing_metrics: tuple[str, ...] = ()
    """Metrics that the plan requires and no scorer made."""
    n_prompts: Mapping[str, int] = field(default_factory=dict)
    """Distinct prompts asked, by metric; a metric that is absent was not measured."""
    risk: Mapping[str, str] = field(default_factory=dict)
    """The risk context as written."""
    effects: tuple[str, ...] = ()
    """What it changed, from `assay.gate.risk.profile`."""
    requirements: Requirements = field(default_factory=Requirements)
    """What it asks for, from `assay.gate.risk.profile`."""
    owner: str = ""
    """Who takes care of findings."""
    exploratory: str = ""
    """Why this is not the registered decision; empty when it is."""
    anytime: Mapping[str, Anytime] = field(default_factory=dict)
    """Sequential evidence by rule id; empty for a fixed plan."""
    n_pairs: int = 0
    """Pairs planned, all metrics together."""
    n_unscored: int = 0
    """Pairs without a score among them."""
    adapters: tuple[str, ...] = ()
    """Adapters in the candidate, in the order in which they are stacked."""
    languages: tuple[str, ...] = ()
    """Languages named in the samples' metadata."""
    dev_suites: tuple[str, ...] = ()
    """Suites with the role `dev`: seen while building."""
    suites: tuple[str, ...] = ()
    """All suites that were asked; empty when it is not known."""
    candidate: str = ""
    """Name of the candidate, as waivers and signatures have it."""
    people: People = NOBODY
    """What people did about the run."""
    data: DataOutcome | None = None
    """What was found in the training data; None where the plan names none."""
    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Contaminated suites that a rule reads, by its id."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Suites that were not asked, since the training data holds their items, with the numbers."""
    notes: tuple[str, ...] = ()
    """Further sentences on what could not be tested, for example a seed that the server ignores."""
