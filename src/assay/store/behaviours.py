"""Behaviour contracts (YAML): what answers should be like and what training sets should be made of, read strictly."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from assay.domain.behaviour import Behaviour
from assay.domain.errors import PlanError
from assay.store.documents import Document, checked, read_document
from assay.store.planfile import Share, Strict

_Phrase = Annotated[str, Field(min_length=1, max_length=500)]
_Word = Annotated[str, Field(min_length=1, max_length=100)]
_Least = Annotated[Share, Field(gt=0)]
Language = Literal["asked", "en", "de", "fr", "es", "it", "pt", "nl", "zh", "ja", "ko", "ru", "ar", "hi"]
KINDS = (
    "code", "maths", "translate", "summarise", "rewrite", "extract", "classify", "creative", "question", "advice",
    "explain", "chat", "tool", "other",
)  # fmt: skip
"""Kinds of request that the rules tell apart; a contract may name others, which rows and prompts then state."""
CLAUSES = (
    "emoji", "exclamation", "address", "speaker", "greeting", "closing", "phrases", "refuse", "answer", "escalate",
    "names_boundary", "offers_alternative", "no_lecture", "markdown", "lists", "tables", "headings", "code_fences",
    "asked_form", "abstain", "certain_words", "words", "language",
)  # fmt: skip
"""Clauses whose limit may be set; the others have theirs beside them."""


def _day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ValueError("expected a day such as 2026-03-31") from None
    return value


class StyleFile(Strict):
    """Tone; what is left out is not ruled."""

    emoji: bool | None = Field(None, description="false: no emoji and no smiley")
    exclamation: bool | None = Field(None, description="false: no exclamation mark")
    address: Literal["formal", "informal"] | None = Field(
        None, description="How the user is addressed, in German, French, Spanish, Italian and Dutch"
    )
    speaker: Literal["i", "we"] | None = Field(None, description="Whether the assistant speaks as I or as we")
    greeting: bool | None = Field(None, description="false: answers begin without a greeting; true: with one")
    closing: bool | None = Field(None, description="false: answers end without a stock closing; true: with one")
    forbidden: list[_Phrase] = Field(default_factory=list, description="Phrases that no answer holds")


class BoundaryFile(Strict):
    """What is refused, answered, handed to people; and how a refusal is made."""

    refuse: list[_Word] = Field(default_factory=list, description="Categories whose requests are refused")
    answer: list[_Word] = Field(default_factory=list, description="Categories whose requests are answered")
    escalate: list[_Word] = Field(default_factory=list, description="Categories whose requests are handed to people")
    names_boundary: bool = Field(False, description="A refusal says what is refused, or why")
    offers_alternative: bool = Field(False, description="A refusal offers something in place of it")
    no_lecture: bool = Field(False, description="A refusal does not preach")
    over_refusal: Share | None = Field(None, description="Largest share of requests to be answered that is refused")
    model: Share | None = Field(
        None, description="Probability of harm from which a request without a category is one of its likeliest hazard"
    )

    @model_validator(mode="after")
    def _one_side_each(self) -> BoundaryFile:
        seen: dict[str, str] = {}
        for side in ("refuse", "answer", "escalate"):
            for name in getattr(self, side):
                if name in seen:
                    raise ValueError(f"'{name}' stands under {seen[name]} and under {side}; a category has one side")
                seen[name] = side
        if self.model is not None and not seen:
            raise ValueError("model goes with categories; list some under refuse, answer or escalate")
        return self


class FormatFile(Strict):
    """Form; what a request asks for itself is always allowed."""

    markdown: bool = Field(True, description="false: plain text")
    lists: bool = Field(True, description="false: no lists of two items or more")
    headings: bool = Field(True, description="false: no headings")
    max_heading_level: Annotated[int, Field(ge=1, le=6)] | None = Field(None, description="Deepest heading")
    tables: bool = Field(True, description="false: no tables")
    code_fences: Literal["any", "none", "labelled"] = Field("any", description="labelled: each names its language")
    asked: bool = Field(False, description="The form that a request asks for is kept")


class CertaintyFile(Strict):
    """How sure answers sound."""

    hedges: Annotated[float, BeforeValidator(lambda v: float(v) if type(v) is int else v), Field(ge=0)] = Field(
        2.0, description="Hedges per 100 words up to which an answer is no hedged one"
    )
    hedged: Share | None = Field(None, description="Largest share of hedged answers")
    overconfident: Share | None = Field(None, description="Largest share of answers with a claim beyond doubt")
    abstain_without_context: bool = Field(False, description="Answers whose context is missing say so")
    forbidden: list[_Phrase] = Field(default_factory=list, description="Wordings of certainty that no answer holds")


class WordsFile(Strict):
    """Length of answers in words."""

    median: Annotated[int, Field(ge=1)] | None = Field(None, description="At least half have at most so many words")
    at_most: Annotated[int, Field(ge=1)] | None = Field(None, description="Most words of an answer")
    at_least: Annotated[int, Field(ge=1)] | None = Field(None, description="Fewest words of an answer")

    @model_validator(mode="after")
    def _ordered(self) -> WordsFile:
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"at_least is {self.at_least} and at_most {self.at_most}; no answer can keep both")
        if self == WordsFile.model_construct(median=None, at_most=None, at_least=None):
            raise ValueError("rules nothing; give median, at_most or at_least")
        return self


class TargetFile(Strict):
    """Limits of a share: `share` with `tolerance`, or `at_least` and `at_most`."""

    share: Share | None = Field(None, description="Share that is aimed at")
    tolerance: Share | None = Field(None, description="With share: how far it may be off, 0.05 by default")
    at_least: Share | None = Field(None, description="Smallest share")
    at_most: Share | None = Field(None, description="Largest share")

    @model_validator(mode="after")
    def _one_way(self) -> TargetFile:
        if (self.share is None) == (self.at_least is None and self.at_most is None):
            raise ValueError("give share (with tolerance), or at_least, at_most or both")
        if self.tolerance is not None and self.share is None:
            raise ValueError("tolerance goes with share")
        if (self.at_least or 0.0) > (1.0 if self.at_most is None else self.at_most):
            raise ValueError(f"at_least is {self.at_least} and at_most {self.at_most}; no share can keep both")
        return self

    def limits(self) -> dict[str, float]:
        """The smallest and the largest share."""
        if self.share is not None:
            off = 0.05 if self.tolerance is None else self.tolerance
            return {"at_least": max(0.0, self.share - off), "at_most": min(1.0, self.share + off)}
        return {"at_least": self.at_least or 0.0, "at_most": 1.0 if self.at_most is None else self.at_most}


def _short(value: Any) -> Any:
    """A share alone stands for itself with the usual tolerance."""
    return {"share": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


Target = Annotated[TargetFile, BeforeValidator(_short)]


class CapFile(Strict):
    """Largest synthetic share at one time."""

    at_most: Share
    until: Annotated[str, AfterValidator(_day)] | None = Field(None, description="Last day, as 2026-03-31")
    stage: _Word | None = Field(None, description="Stage of training (--stage)")


class SyntheticFile(Strict):
    """Synthetic rows beside real ones."""

    at_most: Share | None = Field(None, description="Largest share, where no line of the schedule fits")
    schedule: list[CapFile] = Field(default_factory=list, description="The first line that fits day and stage holds")
    mismatch: Share | None = Field(None, description="Largest AUROC at which words tell synthetic rows from others")


class MixtureFile(Strict):
    """What a training set should be made of."""

    intent: dict[str, Target] = Field(default_factory=dict, description="Kind of request -> its share")
    difficulty: dict[Literal["easy", "medium", "hard"], Target] = Field(default_factory=dict)
    language: dict[str, Target] = Field(default_factory=dict, description="Code of the answer's language -> its share")
    length: dict[str, Target] = Field(default_factory=dict, description="Words of the answer, such as 0-50 -> share")
    source: dict[str, Target] = Field(default_factory=dict, description="Source as the metadata says -> its share")
    refusal: Target | None = Field(None, description="Answers that refuse")
    safety: Target | None = Field(None, description="Requests that ask for harm")
    tools: Target | None = Field(None, description="Rows with tools")
    synthetic: SyntheticFile | None = None

    @model_validator(mode="after")
    def _possible(self) -> MixtureFile:
        for name in ("intent", "difficulty", "language", "length", "source"):
            least = sum(target.limits()["at_least"] for target in getattr(self, name).values())
            if least > 1 + 1e-9:
                raise ValueError(f"{name}: the smallest shares add up to {least:.2f}; no set can keep them")
        return self


class BehaviourFile(Strict):
    """A behaviour contract."""

    name: _Phrase
    version: str | int = "1"
    style: StyleFile = Field(default_factory=lambda: StyleFile.model_validate({}))
    refusal: BoundaryFile = Field(default_factory=lambda: BoundaryFile.model_validate({}))
    format: FormatFile = Field(default_factory=lambda: FormatFile.model_validate({}))
    certainty: CertaintyFile = Field(default_factory=lambda: CertaintyFile.model_validate({}))
    words: dict[str, WordsFile] = Field(default_factory=dict, description="Kind of request, or all -> length")
    language: list[Language] = Field(default_factory=list, description="Languages of answers; asked: the request's")
    keep: _Least = Field(0.95, description="Share of answers that must keep each clause; 1: every one")
    limits: dict[str, _Least] = Field(default_factory=dict, description="Clause -> its own share")
    mixture: MixtureFile = Field(default_factory=lambda: MixtureFile.model_validate({}))

    @model_validator(mode="after")
    def _known_clauses(self) -> BehaviourFile:
        unknown = next((name for name in self.limits if name not in CLAUSES), None)
        if unknown is not None:
            raise ValueError(f"limits: no clause is called '{unknown}'. Known: {', '.join(CLAUSES)}")
        return self


def read_behaviour(path: Path) -> Behaviour:
    """The behaviour contract in a file.

    Raises:
        PlanError: It cannot be read, or does not keep the form: each problem with its line, an unknown key with the
            nearest known one.
    """
    return _behaviour(read_document(path))


def behaviour_in(document: Document, value: Any, where: tuple[str | int, ...]) -> Behaviour:
    """The behaviour contract that stands at a place of another document, such as a plan."""
    lines = {key[len(where) :]: line for key, line in document.lines.items() if key[: len(where)] == where}
    return _behaviour(Document(document.path, value, lines))


def plain_behaviour(contract: Behaviour) -> dict[str, Any]:
    """The contract as JSON values: the saved form, part of a scorer's digest."""
    values: dict[str, Any] = msgspec.to_builtins(contract)
    return values


def _behaviour(document: Document) -> Behaviour:
    written = checked(document, BehaviourFile)
    values = written.model_dump(exclude={"mixture"})
    odd = next((name for name in written.words if not re.fullmatch(r"[a-z][a-z0-9_]*", name)), None)
    if odd is not None:
        raise PlanError(
            f"{document.place(('words', odd))}: a kind of request is a word such as code; found '{odd}'. "
            f"Known to the rules: all, {', '.join(KINDS)}"
        )
    values |= {"version": str(written.version), "file": document.path.name, "mixture": _mixture(written.mixture)}
    made: Behaviour = msgspec.convert(values, Behaviour)
    return made


def _mixture(written: MixtureFile) -> dict[str, Any]:
    slices = {
        name: {key: target.limits() for key, target in getattr(written, name).items()}
        for name in ("intent", "difficulty", "language", "length", "source")
        if getattr(written, name)
    }
    single = {
        name: target.limits()
        for name in ("refusal", "safety", "tools")
        if (target := getattr(written, name)) is not None
    }
    caps: list[dict[str, Any]] = []
    mismatch = None
    if written.synthetic is not None:
        caps = [one.model_dump(exclude_none=True) for one in written.synthetic.schedule]
        if written.synthetic.at_most is not None:
            caps.append({"at_most": written.synthetic.at_most})
        mismatch = written.synthetic.mismatch
    return {"slices": slices, "synthetic": caps, "mismatch": mismatch, **single}
