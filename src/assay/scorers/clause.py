"""A clause of a behaviour contract, and an answer as clauses read it: each part is read when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from assay.domain.sample import Sample
from assay.domain.score import Span
from assay.domain.trial import Output
from assay.scorers.asked_form import wanted
from assay.scorers.forms import Form
from assay.scorers.intents import intent
from assay.scorers.languages import language
from assay.scorers.refusal_reading import Reading, read
from assay.scorers.wording import Wording, wording, words


@dataclass(frozen=True, slots=True)
class Kept:
    """Whether an answer keeps a clause."""

    value: bool | None
    """None: it cannot be told, or the clause does not reach this answer."""
    why: str = ""
    """What was seen, or why it cannot be told."""
    spans: tuple[Span, ...] = ()
    """Where in the answer."""


KEPT = Kept(True)
_SURE = 0.7
_TOLD = 3000
"""Characters by which a language is told."""


class Answered:
    """A request with its answer, read as far as a clause asks."""

    def __init__(self, sample: Sample, output: Output) -> None:
        self.sample = sample
        self.output = output

    @cached_property
    def read(self) -> Wording:
        """The answer without reasoning and code blocks."""
        return wording(self.output)

    @cached_property
    def language(self) -> str:
        """Code of the answer's language, empty when it cannot be told."""
        return language(self.read.text[:_TOLD])

    @cached_property
    def words(self) -> int:
        """Words of the answer, code left off."""
        return len(words(self.read.text))

    @cached_property
    def refusal(self) -> Reading:
        """How it treats the request."""
        return read(self.output)

    @property
    def refuses(self) -> bool | None:
        """Whether it refuses, wholly or in part; None when it cannot be read."""
        reading = self.refusal
        if reading.cause or reading.state not in ("comply", "partial", "full"):
            return None
        return reading.state != "comply"

    @property
    def surely_refuses(self) -> bool | None:
        """The same where the model is sure: short everyday answers ("Adverb") are near the middle of its scale."""
        refuses = self.refuses
        return refuses and (self.refusal.refused or 0.0) >= _SURE

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """Forms that the request asks for."""
        return wanted(self.sample)

    def asks(self, *kinds: str) -> bool:
        """Whether the request asks for one of some forms."""
        return any(form.kind in kinds for form in self.forms)

    @cached_property
    def intent(self) -> str:
        """The kind of the request: metadata `intent` wins."""
        return kind(self.sample)

    def span(self, start: int, end: int, reason: str) -> Span:
        """A place in the answer, counted in what `read` holds."""
        return self.read.span(start, end, reason)


def kind(sample: Sample) -> str:
    """The kind of a request: metadata `intent`, or by the rules."""
    told = sample.metadata.get("intent")
    if isinstance(told, str) and told:
        return told
    return intent(sample.prompt, tools=bool(sample.tools), before=len(sample.messages) > 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One demand of a behaviour contract."""

    name: str
    """Its word in findings (`contract.NAME`), metrics (`contract_NAME`) and `limits`."""
    says: str
    """The demand, for people: `answers hold no emoji`."""
    at_least: float
    """Share of answers that must keep it."""
    kept: Callable[[Answered], Kept]
    """Whether an answer keeps it."""
    reaches: Callable[[Sample], bool] = lambda sample: True
    """Whether it says anything about answers to a request, as far as that is known before the answer."""
    dear: bool = False
    """Whether it asks a model or long lists: of many rows a sample is read."""
