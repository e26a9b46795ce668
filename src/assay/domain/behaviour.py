"""The behaviour contract: what answers should be like, and what a training set should be made of.

Not to be mixed up with `domain/contract.py`, the statements of a written policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Fences = Literal["any", "none", "labelled"]
Address = Literal["formal", "informal"]
Speaker = Literal["i", "we"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Tone. None: not ruled."""

    emoji: bool | None = None
    """False: no emoji and no smiley."""
    exclamation: bool | None = None
    """False: no exclamation mark."""
    address: Address | None = None
    """How the user is addressed, in languages that tell: German, French, Spanish, Italian, Dutch."""
    speaker: Speaker | None = None
    """Whether the assistant speaks as `i` or as `we`."""
    greeting: bool | None = None
    """False: answers begin without a greeting. True: with one."""
    closing: bool | None = None
    """False: answers end without a stock closing. True: with one."""
    forbidden: tuple[str, ...] = ()
    """Phrases that no answer holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """What is refused, answered, handed to people; and how a refusal is made."""

    refuse: tuple[str, ...] = ()
    """Categories whose requests are refused."""
    answer: tuple[str, ...] = ()
    """Categories whose requests are answered."""
    escalate: tuple[str, ...] = ()
    """Categories whose requests are handed to people."""
    names_boundary: bool = False
    """A refusal says what is refused, or why."""
    offers_alternative: bool = False
    """A refusal offers something in place of it."""
    no_lecture: bool = False
    """A refusal does not preach."""
    over_refusal: float | None = None
    """Largest share of the requests to be answered that may be refused."""
    model: float | None = None
    """Probability of harm from which a request without a category counts as one of its likeliest hazard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """Form. What a request asks for itself is always allowed."""

    markdown: bool = True
    """False: plain text."""
    lists: bool = True
    """False: no lists of two items or more."""
    headings: bool = True
    """False: no headings."""
    max_heading_level: int | None = None
    """Deepest heading, 1 to 6."""
    tables: bool = True
    """False: no tables."""
    code_fences: Fences = "any"
    """none: no fenced code. labelled: each block names its language."""
    asked: bool = False
    """The form that a request asks for is kept: JSON, a list, so many sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """How sure answers sound."""

    hedges: float = 2.0
    """Hedges per 100 words up to which an answer is not a hedged one."""
    hedged: float | None = None
    """Largest share of hedged answers."""
    overconfident: float | None = None
    """Largest share of answers with a claim worded as beyond doubt."""
    abstain_without_context: bool = False
    """Where the request should rest on a context that is missing or does not hold the answer, the answer says so."""
    forbidden: tuple[str, ...] = ()
    """Wordings of certainty that no answer holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How long answers to one kind of request are, in words."""

    median: int | None = None
    """At least half of the answers have at most so many."""
    at_most: int | None = None
    """Most words of an answer."""
    at_least: int | None = None
    """Fewest words of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Limits of a share."""

    at_least: float = 0.0
    """Smallest share."""
    at_most: float = 1.0
    """Largest share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """Largest synthetic share at one time."""

    at_most: float
    """Largest share."""
    until: str = ""
    """Last day on which it holds, as 2026-03-31; empty: no last day."""
    stage: str = ""
    """Stage of training in which it holds; empty: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """What a training set should be made of."""

    slices: Mapping[str, Mapping[str, Target]] = field(default_factory=dict)
    """What is counted (intent, difficulty, language, source, length) -> slice -> limits of its share."""
    refusal: Target | None = None
    """Share of answers that refuse."""
    safety: Target | None = None
    """Share of requests that ask for harm."""
    tools: Target | None = None
    """Share of rows with tools."""
    synthetic: tuple[Cap, ...] = ()
    """Caps on the synthetic share; the first that fits day and stage holds."""
    mismatch: float | None = None
    """Largest AUROC at which synthetic rows may be told from the others by their words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """A behaviour contract."""

    name: str
    """Name in reports."""
    version: str = "1"
    """Changes with any of its words."""
    style: Style = field(default_factory=Style)
    """Tone."""
    refusal: Boundary = field(default_factory=Boundary)
    """The boundary."""
    format: Format = field(default_factory=Format)
    """Form."""
    certainty: Certainty = field(default_factory=Certainty)
    """How sure answers sound."""
    words: Mapping[str, Words] = field(default_factory=dict)
    """Kind of request, or `all` -> length."""
    language: tuple[str, ...] = ()
    """Codes of the languages in which answers may be; `asked`: that of the request."""
    keep: float = 0.95
    """Share of answers that must keep each clause, where `limits` says nothing else."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """Clause -> share of answers that must keep it; 1: every one."""
    mixture: Mixture = field(default_factory=Mixture)
    """What a training set should be made of."""
    file: str = ""
    """Name of the file it was read from, for messages."""
