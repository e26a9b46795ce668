"""All records of one run, for one candidate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.domain.estimate import Comparison
from assay.domain.score import Score
from assay.domain.subject import Capabilities, Identity
from assay.domain.trial import Trial
from assay.domain.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One prompt with both answers and their scores, for people to read."""

    task: str
    """Task it belongs to."""
    sample_id: str
    """Id of the sample."""
    epoch: int
    """Which repeat."""
    prompt: str
    """What was asked."""
    metadata: Mapping[str, Any]
    """The sample's metadata."""
    reference: Trial | None
    """The reference's attempt."""
    candidate: Trial | None
    """The candidate's attempt."""
    metric: str
    """Metric on which it is shown."""
    kind: str
    """regressed, fixed or unscored."""
    reference_score: Score | None = None
    """The reference's score on that metric."""
    candidate_score: Score | None = None
    """The candidate's score on that metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One subject's part of a run."""

    identity: Identity
    """Which model."""
    capabilities: Capabilities
    """What it can do."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Trials by state: answered, empty, truncated, filtered, and failure causes."""
    finish_reasons: Mapping[str, int] = field(default_factory=dict)
    """Trials by finish reason."""
    tokens_in: int = 0
    """Tokens read."""
    tokens_out: int = 0
    """Tokens written."""
    cost_usd: float | None = None
    """Money spent; None when no price is known."""
    latency_s: Mapping[str, float] = field(default_factory=dict)
    """p50, p95 and p99 of the calls made, seconds."""
    cached: int = 0
    """Answers that came from the response cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What a report is made from."""

    name: str
    """Name in the plan."""
    reference: Side
    """The approved model."""
    candidate: Side
    """What may replace it."""
    comparisons: tuple[Comparison, ...]
    """Overall first, then slices, by metric in the order of the plan."""
    verdict: Verdict
    """The decision."""
    counts: Mapping[str, int]
    """samples, trials, errors, unscored."""
    examples: tuple[Example, ...] = ()
    """Flips and unscored pairs worth reading, worst first; possibly not all."""
    examples_total: Mapping[str, int] = field(default_factory=dict)
    """How many there are by kind, when not all are shown."""
    power: tuple[Mapping[str, Any], ...] = ()
    """Per rule: rule, n, power, needed, note."""
    saved: Mapping[str, int] = field(default_factory=dict)
    """Sequential stopping: asked, planned."""
    registered: Mapping[str, str] = field(default_factory=dict)
    """digest and time of the registration."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """The plan as written and all digests."""
    bands: Mapping[str, float] = field(default_factory=dict)
    """Thresholds in force: deploy, monitor, block, category_concern, category_block."""
    elapsed_s: float = 0.0
    """Wall time of the asking, seconds."""
    assay_version: str = ""
    """Version of the program."""
    judges: tuple[Side, ...] = ()
    """Models that scorers asked, over the answers of all subjects of the run; the counts are of their replies."""
    warnings: tuple[str, ...] = ()
    """What people should know and no rule reads, for example missing capabilities."""
