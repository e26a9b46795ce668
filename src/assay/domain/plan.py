"""A plan, read and resolved: what an audit will do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from assay.domain.data import DataSpec
from assay.domain.policy import Policy
from assay.domain.sample import Dataset
from assay.domain.score import Scorer
from assay.domain.subject import Generation
from assay.domain.verdict import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an audit may take."""

    concurrency: int = 16
    """Calls in flight, over both subjects."""
    requests_per_minute: float | None = None
    """Calls started per minute."""
    tokens_per_minute: float | None = None
    """Tokens in and out per minute."""
    cost_usd: float | None = None
    """Money, all attempts counted."""
    time_s: float | None = None
    """Wall time of the asking, seconds."""
    timeout_s: float = 60.0
    """Longest single call, seconds."""
    retries: int = 4
    """Further attempts after a failure that may pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A dataset with how to judge it."""

    name: str
    """Unique in the plan."""
    dataset: Dataset
    """What is asked."""
    scorers: tuple[Scorer, ...]
    """Judges."""
    scorer_specs: tuple[Mapping[str, Any], ...] = ()
    """The scorers in their saved form, in the same order."""
    slices: tuple[str, ...] = ()
    """Metadata keys whose values are categories or cohorts."""
    epochs: int = 1
    """Repeats of each prompt."""
    cluster: str = ""
    """Metadata key whose equal values mark rows that are not independent."""
    pack: str = ""
    """Pack it comes from, when it does."""
    apart: bool = False
    """Whether only rules that name this suite read it: rows that were chosen by their outcome would bias the rest."""
    agree: str = ""
    """Metadata key whose equal values mark a family: prompts that should get one answer."""
    agreement: str = "agreement"
    """Metric that says whether the members of a family agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectSpec:
    """A subject as written in the plan."""

    role: Literal["reference", "candidate", "judge"]
    """Which side; a judge is asked about answers by a scorer."""
    name: str
    """Unique in the plan; the reference is called `reference` in trials, candidates by name."""
    kind: str
    """endpoint, local, adapter, recorded or callable."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The other keys, validated; paths absolute."""
    digest: str = ""
    """Digest of the settings as registered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything an audit needs to know before the first call."""

    name: str
    """For people."""
    reference: SubjectSpec
    """The approved model."""
    candidates: tuple[SubjectSpec, ...]
    """What may replace it; one verdict each."""
    tasks: tuple[Task, ...]
    """All suites, resolved."""
    generation: Generation = field(default_factory=Generation)
    """How answers are drawn."""
    policy: Policy
    """Thresholds as published, before the risk context."""
    rules: tuple[Rule, ...]
    """At least one."""
    risk: Mapping[str, str] = field(default_factory=dict)
    """exposure, users, autonomy, scale, data."""
    limits: Limits = field(default_factory=Limits)
    """What it may take."""
    stopping: Literal["fixed", "sequential"] = "fixed"
    """Ask everything, or stop as soon as the registered test has an answer."""
    seed: int = 1
    """Order of the questions."""
    owner: str = ""
    """Who takes care of findings."""
    path: str = ""
    """File it was read from, for messages."""
    null: bool = False
    """The candidate is a second copy of the reference, asked anew: what differs is noise."""
    data: DataSpec | None = None
    """What the candidate was trained on, where the plan says it."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Suites that are not asked, with why: the training data holds their items."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """Digests registered before the first call: plan, policy, dataset:NAME, scorer:NAME, subject:NAME, data:FILE."""

    @property
    def measured(self) -> tuple[Rule, ...]:
        """The rules that read a metric; the others count findings."""
        return tuple(rule for rule in self.rules if rule.kind != "findings")
