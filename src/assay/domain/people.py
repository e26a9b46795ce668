"""What people did about a run: judged answers, waived rules, signed, searched by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

Label = Literal["bad", "fine", "unsure"]
"""What a person says of an answer: the failure is real, the answer is fine, cannot tell."""
Act = Literal["approve", "reject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One person's word on one answer."""

    item: str
    """Id of the item in the review queue."""
    by: str
    """Who."""
    label: Label
    """What they say."""
    reason: str
    """Why."""
    at: str
    """When, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A rule's outcome, accepted for a while."""

    rule: str
    """Id of the rule."""
    candidate: str
    """For which candidate; empty means all of the run."""
    by: str
    """Who."""
    reason: str
    """Why."""
    until: str
    """Last day on which it holds, ISO 8601."""
    at: str
    """When it was given, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """An approval or a rejection of what the gate found."""

    candidate: str
    """Of which candidate."""
    act: Act
    """approve or reject."""
    by: str
    """Who."""
    reason: str
    """Why."""
    risk: str
    """The remaining risk that is accepted, in the signer's words; empty when none was stated."""
    stated: bool
    """Whether one was stated, also where the words were erased since."""
    case: str
    """Digest of what was signed: the outcomes as they stood."""
    at: str
    """When, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Time that a person spent attacking the candidate by hand."""

    by: str
    """Who."""
    minutes: int
    """How long."""
    notes: str
    """What was tried."""
    found: tuple[str, ...]
    """The failures found, each in the words of who found it."""
    at: str
    """When it was logged, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """All that people did about one run."""

    judgements: tuple[Judgement, ...] = ()
    """In the order in which they came."""
    waivers: tuple[Waiver, ...] = ()
    """In the order in which they came."""
    signatures: tuple[Signature, ...] = ()
    """In the order in which they came."""
    sessions: tuple[Session, ...] = ()
    """In the order in which they came."""
    as_of: date | None = None
    """The day on which waivers must still hold."""

    def labels(self) -> Mapping[str, Mapping[str, Label]]:
        """The last word of each person, by item."""
        found: dict[str, dict[str, Label]] = {}
        for one in self.judgements:
            found.setdefault(one.item, {})[one.by] = one.label
        return found


NOBODY = People()
"""Nobody did anything."""
