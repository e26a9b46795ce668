"""What came back: one attempt of one subject at one sample."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.domain.sample import Message, ToolCall

CAUSES: Mapping[str, str] = {
    "timeout": "no reply within the time limit",
    "rate_limited": "the server said 429 until the retries ran out",
    "server_error": "the server answered 5xx",
    "rejected": "the server refused the request (4xx)",
    "unauthorised": "the server refused the credentials (401, 403)",
    "connection": "the connection could not be made or broke",
    "malformed": "the reply was not what its dialect promises",
    "no_choices": "the reply held no answer",
    "callable": "the user's workflow raised",
    "model": "the model on this machine raised",
    "missing": "the recorded outputs hold no answer for this sample",
    "corrupt": "the recorded row could not be read",
    "mismatch": "the recorded answer belongs to another prompt",
    "recorded_error": "the recorded row is an error",
    "unsupported": "the subject cannot do what the task needs",
    "not_asked": "a limit or an interruption came first",
}
"""Causes of a failed trial, each with its meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one call."""

    input_tokens: int = 0
    """Tokens read."""
    output_tokens: int = 0
    """Tokens written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a subject answered."""

    text: str
    """Final answer as text; empty when there was none."""
    tool_calls: tuple[ToolCall, ...] = ()
    """Calls in the final turn, or in the whole transcript of a workflow."""
    transcript: tuple[Message, ...] = ()
    """All turns of a workflow, when it gave them."""
    context: tuple[str, ...] = ()
    """Passages that a workflow retrieved."""
    finish_reason: str = ""
    """stop, length, content_filter, tool_calls, or what the server said; empty when unknown."""
    usage: Usage | None = None
    """Tokens, when known."""
    logprobs: tuple[float, ...] | None = None
    """Log probability of each written token, natural logarithm, when given."""
    choice_logprobs: tuple[float, ...] | None = None
    """Summed log-likelihood of each of the sample's choices, in order."""
    served_model: str = ""
    """Model name in the reply."""
    fingerprint: str = ""
    """Fingerprint of the serving system in the reply."""
    latency_s: float | None = None
    """Seconds the answer took, where the subject knows better than the clock around the call."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Anything else, for example recorded scores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no output."""

    cause: str
    """One of CAUSES."""
    message: str
    """What happened, secrets removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One attempt of one subject at one sample and epoch: output or failure, never both."""

    subject: str
    """`reference`, or the candidate's name."""
    task: str
    """Name of the task."""
    sample_id: str
    """Id of the sample."""
    sample_digest: str
    """Digest of the sample; a pair needs equal ones."""
    epoch: int = 1
    """Repeat, counted from 1."""
    output: Output | None = None
    """The answer."""
    failure: Failure | None = None
    """Or why there is none."""
    attempts: int = 1
    """Calls made, retries included."""
    latency_s: float | None = None
    """Wall time of the last call, seconds."""
    cost_usd: float | None = None
    """Price of all calls; None when no price is known."""
    cached: bool = False
    """Whether the answer came from the response cache."""
    started: float = 0.0
    """Start of the last call, seconds since 1970."""

    def __post_init__(self) -> None:
        if (self.output is None) == (self.failure is None):
            raise ValueError("a trial has an output or a failure, and not both")

    @property
    def state(self) -> str:
        """answered, empty, truncated, filtered, or the cause of the failure."""
        if self.output is None:
            return self.failure.cause if self.failure else "missing"
        output = self.output
        if output.finish_reason == "content_filter":
            return "filtered"
        if _blank(output.text) and not output.tool_calls and output.choice_logprobs is None:
            return "empty"
        return "truncated" if output.finish_reason == "length" else "answered"


def _blank(text: str) -> bool:
    """Whether nothing in a text can be seen: blanks, controls, and marks without width."""
    seen = text.strip()
    if not seen or seen[0].isalnum():
        return not seen
    return all(char.isspace() or unicodedata.category(char) in _UNSEEN for char in seen)


_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
