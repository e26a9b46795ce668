"""The policy of an agent's steps: which tools it may call when, with what, and what may go where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

StepSeverity = Literal["low", "medium", "high", "critical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What one argument of a call may be."""

    argument: str
    """Its name; within objects with dots. Of a list each item is held against the bound."""
    required: bool = False
    """Whether it must be there."""
    min: float | None = None
    """Smallest number."""
    max: float | None = None
    """Largest number."""
    one_of: tuple[str | int | float | bool, ...] = ()
    """Allowed values."""
    globs: tuple[str, ...] = ()
    """Texts of which it must match one: `*` is anything, `?` one character; case does not count."""
    not_globs: tuple[str, ...] = ()
    """Texts of which it may match none."""
    under: tuple[str, ...] = ()
    """Folders in which a path must lie once its `..` are followed."""
    hosts: tuple[str, ...] = ()
    """Hosts to which all web and mail addresses in it must lead; `*.shop.example` allows those below."""
    longest: int | None = None
    """Most characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """Something that must have come before a call; all keys that are given must fit."""

    tool: str = ""
    """A call of this tool (a glob) that ended without an error."""
    step: str = ""
    """A step of this name (a glob) that ended without an error, for example a guardrail."""
    attribute: str = ""
    """An attribute of the call's own step, else of the trace."""
    user: tuple[str, ...] = ()
    """The user's last turn before the call matches one of these globs."""
    says: tuple[str, ...] = ()
    """What the tool's result, the step or the attribute says, as globs; one is enough."""
    same: tuple[str, ...] = ()
    """Arguments that must be equal in that call and in this one."""
    each: bool = False
    """Whether every call needs one of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRule:
    """What holds for the tools of one name."""

    tool: str
    """Name, or a glob. For a call holds the first rule that fits its name, and one before it that fits an ending of it
    behind a namespace."""
    allowed: bool = True
    """Whether it may be called at all."""
    only_where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Attribute of the trace (route, tier, role) -> the words that it may be there; globs."""
    after: tuple[Earlier, ...] = ()
    """What must have come before, all of it: verify before act."""
    approval: tuple[Earlier, ...] = ()
    """What approves the call; one is enough. It may come after the model decided, but before the tool runs."""
    arguments: tuple[Bound, ...] = ()
    """What its arguments may be."""
    schema: Mapping[str, Any] | None = None
    """JSON Schema of all arguments together."""
    most: int | None = None
    """Most calls in one trace; failed ones do not count."""
    repeats: int | None = None
    """How often it may be called again with the same arguments once that succeeded."""
    known: tuple[str, ...] = ()
    """Arguments whose values must have been said before the call: by the user, the system prompt or a tool."""
    no_data: tuple[str, ...] = ()
    """What may not be in the arguments: `secret`, `pii`, `confidential`, or a type of the privacy scorer."""
    user_may_give: bool = False
    """Whether personal data that the user gave may go to it all the same."""
    severity: StepSeverity | None = None
    """How bad a breach is; None: as bad as the broken rule mostly is."""
    because: str = ""
    """Reason, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidential:
    """Whose words are confidential."""

    tools: tuple[str, ...] = ()
    """Tools whose results are; globs."""
    steps: tuple[str, ...] = ()
    """Names of steps, such as retrievals, whose passages are; globs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """How old what is retrieved may be."""

    days: float
    """Oldest age in days, when it is retrieved."""
    steps: tuple[str, ...] = ("*",)
    """Names of the steps that it holds for; globs."""
    undated: bool = False
    """Whether a passage without a date is as bad as an old one."""
    answers: bool = True
    """Whether answers that only old passages support are a breach of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRule:
    """What may be kept for later."""

    tools: tuple[str, ...] = ()
    """Tools that write to memory, beside the steps that say so; globs."""
    kinds: tuple[str, ...] = ()
    """Allowed kinds; none: all."""
    no_data: tuple[str, ...] = ()
    """Classes of data that may not be kept."""
    instructions: bool = False
    """Whether instructions may be kept that a tool or a document gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPolicy:
    """What an agent's steps are held to."""

    name: str
    """Name in reports."""
    version: str = "1"
    """Changes with any of its words."""
    tools: tuple[ToolRule, ...] = ()
    """Rules of tools, the first that fits a call holds."""
    unlisted: Literal["allow", "deny"] = "allow"
    """Whether tools without a rule may be called."""
    most_calls: int | None = None
    """Most calls of all tools in one trace."""
    confidential: Confidential = field(default_factory=Confidential)
    """Whose words are confidential."""
    fresh: Fresh | None = None
    """How old what is retrieved may be; None: nobody looks."""
    memory: MemoryRule | None = None
    """What may be kept; None: nobody looks."""
    obeyed: bool = True
    """Whether an instruction that a tool or a document gave may not be followed."""
    threshold: float = 0.3
    """Probability from which a text is said to hold such an instruction: low, since something must also follow it."""
    file: str = ""
    """Name of the file it was read from, for messages."""
