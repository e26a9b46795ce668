"""The written policy that answers are held to: what it says, and statements that an answer keeps or breaks.

Not to be mixed up with `domain/policy.py`, the thresholds of the gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

StatementKind = Literal["must", "must_not", "must_disclose", "must_not_claim", "only_topics", "numbers_allowed"]
StatementSeverity = Literal["low", "medium", "high", "critical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Condition under which a statement applies; all parts must hold."""

    prompt: tuple[str, ...] = ()
    """Phrases of which the prompt holds one; none asks nothing."""
    metadata: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Metadata key -> the word, or one of the words, that the sample has there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One demand on answers, and how to tell without a judge whether an answer keeps it."""

    id: str
    """Unique in its policy."""
    kind: StatementKind
    """must, must_not: these words. must_disclose, must_not_claim: this assertion. only_topics. numbers_allowed."""
    text: str
    """The demand in words for people, and for a judge."""
    any: tuple[str, ...] = ()
    """Phrases of which one is enough."""
    all: tuple[str, ...] = ()
    """Phrases that belong together: all in the answer."""
    patterns: tuple[str, ...] = ()
    """Regular expressions of which one is enough."""
    numbers: tuple[str, ...] | None = None
    """Quantities as people write them: `30 days`, `15 %`, `$25`, `31 March`."""
    topics: tuple[str, ...] = ()
    """Words that belong to the topic."""
    when: When | None = None
    """When it applies; None: always."""
    severity: StatementSeverity = "high"
    """How bad a breach is."""

    @property
    def local(self) -> bool:
        """Whether something can be told without a judge."""
        return bool(self.any or self.all or self.patterns or self.topics or self.numbers is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A written policy."""

    name: str
    """Name in reports."""
    version: str = "1"
    """Changes with any of its words."""
    says: tuple[str, ...] = ()
    """What the policy says, sentence by sentence; what answers may cite."""
    statements: tuple[Statement, ...] = ()
    """What answers are held to."""
    file: str = ""
    """Name of the file it was read from, for messages."""

    @property
    def place(self) -> str:
        """What messages call it."""
        return self.file or f"policy '{self.name}'"
