"""What happened in production: one request with its steps, however it was instrumented."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from assay.domain.sample import Message, ToolCall
from assay.domain.trial import Usage

StepKind = Literal["model", "retrieval", "tool", "memory", "plan", "guardrail", "answer", "agent", "other"]
"""What a step does: asks a model, retrieves passages, runs a tool, reads or writes memory, plans, checks, gives the
final answer, encloses other steps, or anything else."""

STEP_KINDS: tuple[StepKind, ...] = (
    "model", "retrieval", "tool", "memory", "plan", "guardrail", "answer", "agent", "other",
)  # fmt: skip
"""All of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A passage that a retrieval gave."""

    text: str
    """What it says."""
    id: str = ""
    """Its id in the index."""
    score: float | None = None
    """How well the retriever thought that it fits."""
    time_ns: int | None = None
    """When it was written or last checked, nanoseconds since 1970; None when nobody says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One span of a trace, in words that do not depend on who instrumented it."""

    id: str
    """Span id, 16 hexadecimal digits."""
    kind: StepKind
    """What it does."""
    name: str
    """Name of the span."""
    parent: str = ""
    """Id of the step around it; empty for the root, or when the parent never came."""
    start_ns: int = 0
    """When it began, nanoseconds since 1970."""
    end_ns: int = 0
    """When it ended."""
    error: str = ""
    """What went wrong; empty when nothing did."""
    model: str = ""
    """Model that was asked for."""
    served_model: str = ""
    """Model that the reply names."""
    input: tuple[Message, ...] = ()
    """What it was given, as turns."""
    output: tuple[Message, ...] = ()
    """What it gave, as turns."""
    call: ToolCall | None = None
    """The tool's call, in a step that runs one."""
    result: str = ""
    """What the tool, the memory or the guardrail said."""
    passages: tuple[Passage, ...] = ()
    """What a retrieval gave."""
    usage: Usage | None = None
    """Tokens, when known."""
    finish_reason: str = ""
    """Why the model stopped."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """All other attributes as they came."""

    @property
    def seconds(self) -> float:
        """How long it took; 0 when the clocks disagree."""
        return max(self.end_ns - self.start_ns, 0) / 1e9


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One request with its steps; what is told of the whole is made once."""

    id: str
    """Trace id, 32 hexadecimal digits."""
    steps: tuple[Step, ...]
    """Its steps by the time they began; at least one."""
    resource: Mapping[str, Any] = field(default_factory=dict)
    """What the spans say of the program that made them, for example `service.name`."""
    dialect: str = ""
    """otel, openinference, traceloop, traceai, or what else the spans were written in."""
    problems: tuple[str, ...] = ()
    """What is odd about it, a word each, such as `parent_missing`, `clock_skew`, `too_many_steps`."""
    place: str = field(default="", compare=False)
    """Where it begins in the file that it was read from, as `FILE:LINE`; empty for one that came otherwise."""

    @cached_property
    def root(self) -> Step:
        """The step around all others: one without a parent, the first where there are several."""
        return next((step for step in self.steps if not step.parent), self.steps[0])

    @property
    def start_ns(self) -> int:
        """When it began."""
        return self.steps[0].start_ns

    def of(self, *kinds: StepKind) -> Iterator[Step]:
        """The steps of some kinds, in order."""
        return (step for step in self.steps if step.kind in kinds)

    @cached_property
    def attributes(self) -> Mapping[str, Any]:
        """What the root says of the whole, over what the resource says."""
        return {**self.resource, **self.root.attributes}

    @cached_property
    def asked(self) -> tuple[Message, ...]:
        """What the first model was asked, as turns; of a trace without a model what its root was given."""
        first = next(self.of("model"), self.root)
        return first.input or self.root.input

    @cached_property
    def answer(self) -> str:
        """What the user was told: of the step that answers, else of the last model call, else of the root."""
        said = [step for kind in ("answer", "model") for step in [*self.of(kind)][-1:]] + [self.root]
        texts = ("\n".join(turn.content for turn in step.output if turn.role == "assistant") for step in said)
        return next((text for text in texts if text.strip()), "")
