"""Training data: one row of a file as every check reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from assay.domain.sample import Message

Shape = Literal["chat", "preference", "ranked", "rated", "text"]
"""What a row is: a conversation with an answer, a chosen and a rejected answer, several ranked ones, one with a rating,
or plain text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRow:
    """One row of training data, whatever form it was written in."""

    file: str
    """Name of the file as given."""
    line: int
    """Its line, from 1; in formats without lines its place."""
    shape: Shape
    """What it is."""
    form: str = ""
    """How it was written, for example `openai messages` or `alpaca`."""
    prompt: tuple[Message, ...] = ()
    """The turns before the answer; empty for plain text."""
    answers: tuple[tuple[Message, ...], ...] = ()
    """The turns learned from. chat, rated, text: one. preference: chosen, then rejected. ranked: best first."""
    ratings: tuple[float, ...] = ()
    """One per answer, where the row has them."""
    places: tuple[int, ...] = ()
    """Where each answer stood as written, from 0, where a label or numbers say which is better; else empty."""
    tools: tuple[Mapping[str, Any], ...] = ()
    """Tools on offer."""
    context: tuple[str, ...] = ()
    """Passages that the answer should rest on."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """All other keys of the row, for example source, licence, generator, rater."""
    digest: str = ""
    """Digest of the row's content, however it was written."""
    problems: tuple[str, ...] = ()
    """What did not fit its shape and was read around, a word each, such as `unknown_role` or `content_not_text`."""

    _asked: str | None = field(default=None, init=False, repr=False, compare=False)
    _answer: str | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def asked(self) -> str:
        """The last user turn; empty when there is none."""
        if self._asked is None:  # most checks ask for it
            said = next((turn.content for turn in reversed(self.prompt) if turn.role == "user"), "")
            object.__setattr__(self, "_asked", said)
        return self._asked or ""

    @property
    def answer(self) -> str:
        """Text of the first answer: the only, the chosen or the best one."""
        if self._answer is None:
            said = [turn.content for turn in self.answers[0] if turn.role == "assistant"] if self.answers else []
            object.__setattr__(self, "_answer", said[0] if len(said) == 1 else "\n".join(said))
        return self._answer or ""

    @property
    def text(self) -> str:
        """All that the row says, turn by turn."""
        turns = (*self.prompt, *(turn for answer in self.answers for turn in answer))
        return "\n".join([turn.content for turn in turns])


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """A row, or what stands where rows should be, that could not be read."""

    file: str
    """Name of the file as given."""
    line: int
    """Its line, from 1; in formats without lines its place; 0 for the whole file."""
    cause: str
    """What is wrong, a word such as `not_json`."""
    detail: str = ""
    """What the reader saw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """A file as it was read."""

    file: str
    """Its name as given; `-` is standard input."""
    bytes: int
    """Its size, packed."""
    digest: str
    """SHA-256 of its bytes, as `sha256:` and 64 hexadecimal digits."""
    format: str
    """jsonl, json, csv, parquet, arrow or text."""
    packed: str = ""
    """gzip or zstd."""
