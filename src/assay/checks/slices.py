"""Slices of a row: what kind of request, how hard, in which language, how long, from where, synthetic or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.checks.fields import Fields
from assay.checks.provenance import SOURCES
from assay.checks.refusing_ahead import treats
from assay.checks.synthetic_rows import written_by_a_model
from assay.domain.sample import Sample
from assay.domain.training import TrainingRow
from assay.domain.trial import Output
from assay.scorers.harmful_request import asked
from assay.scorers.intents import difficulty, intent
from assay.scorers.languages import language

LIKELY = 0.95
"""Probability of harm from which a request counts as one that asks for harm: .002 to .03 of ordinary requests do."""
NEAR = 0.8
"""Probability from which it counts as near."""
SURE = 0.7
"""Probability of a refusal from which an answer counts as one."""
_INTENT = ("intent", "task_type", "instruction_type")
_DIFFICULTY = ("difficulty", "level", "complexity")
_LANGUAGE = ("language", "lang", "locale")
_FLAGS = ("synthetic", "is_synthetic", "generated", "is_generated", "machine_generated")
_ORIGINS = ("generator", "generated_by", "model", "teacher", "origin", "provenance", "source_type", "kind")
_REAL = frozenset(
    {"human", "humans", "real", "person", "people", "crowd", "manual", "log", "logs", "production", "customer"}
)
_BANDS = (25, 100, 250, 500)
_sources, _flags, _origins = Fields(SOURCES), Fields(_FLAGS), Fields(_ORIGINS)
_READ = 1000
"""Characters of an answer by which its language is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """The slices of one row."""

    intent: str
    """Kind of the request; metadata wins."""
    difficulty: str
    """easy, medium, hard; metadata wins."""
    language: str
    """Code of the answer's language, `?` when it cannot be told; metadata wins."""
    length: str
    """Band of the answer's words."""
    refusal: str
    """answers, refuses, or partly."""
    safety: str
    """asks for harm, near it, or ordinary."""
    tagged: bool
    """Whether the kind of request was told by the metadata."""


def slices_of(sample: Sample, output: Output, harm_asked: float | None = None) -> Slices:
    """The slices of a row; the probability that it asks for harm may be given, as many are told at once more quickly.

    Examples:
        >>> row = slices_of(Sample(id="1", input="Who wrote Faust?"), Output(text="Goethe wrote it."))
        >>> row.intent, row.difficulty, row.length, row.refusal, row.safety
        ('question', 'easy', '0-25', 'answers', 'ordinary')
    """
    said = _word(sample.metadata, _INTENT)
    hard = _word(sample.metadata, _DIFFICULTY)
    return Slices(
        intent=said or intent(sample.prompt, tools=bool(sample.tools), before=len(sample.messages) > 2),
        difficulty=hard if hard in ("easy", "medium", "hard") else difficulty(sample.prompt),
        language=_word(sample.metadata, _LANGUAGE)[:2] or language(output.text[:_READ]) or "?",
        length=band(len(output.text.split())),
        refusal=_refusal(output.text),
        safety=_safety(asked(sample.prompt) if harm_asked is None else harm_asked),
        tagged=bool(said),
    )


def band(words: int) -> str:
    """The band of a number of words.

    Examples:
        >>> band(0), band(26), band(5000)
        ('0-25', '26-100', '501+')
    """
    low = 0
    for high in _BANDS:
        if words <= high:
            return f"{low}-{high}"
        low = high + 1
    return f"{low}+"


BANDS = tuple(dict.fromkeys(band(words) for words in (0, *(high + 1 for high in _BANDS))))
"""The bands, shortest first."""


def source(metadata: Mapping[str, Any]) -> str:
    """The source of a row, or `(none)`."""
    for key in _sources(metadata):
        if isinstance(metadata[key], str | int) and metadata[key]:
            return str(metadata[key])[:100]
    return "(none)"


def synthetic(row: TrainingRow) -> bool | None:
    """Whether a model wrote a row; None: it does not say.

    Examples:
        >>> row = TrainingRow(file="a", line=1, shape="chat", metadata={"origin": "human"})
        >>> synthetic(row), synthetic(TrainingRow(file="a", line=1, shape="chat"))
        (False, None)
    """
    if not row.metadata:
        return None
    if written_by_a_model(row):
        return True
    told = row.metadata
    if any(isinstance(told[key], bool | int | str) and told[key] != "" for key in _flags(told)):
        return False
    return False if any(_word(told, (key,)) in _REAL for key in _origins(told)) else None


def _word(metadata: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    for key in keys:
        if key in metadata and (value := metadata[key]):
            return str(value)[:60].strip().lower() if isinstance(value, str | int) else ""
    return ""


def _refusal(answer: str) -> str:
    probability, state = treats(answer)
    if probability < SURE or state in ("comply", "unreadable"):
        return "answers"
    return "partly" if state == "partial" else "refuses"


def _safety(probability: float) -> str:
    return "asks for harm" if probability >= LIKELY else "near it" if probability >= NEAR else "ordinary"
