"""Rows that repeat what their generator was given: its seed, its prompt, its examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.checks.fields import Fields
from assay.checks.words import words
from assay.domain.training import TrainingRow

_SEEDS = (
    "seed_prompt", "seed_text", "seed_task", "seed_instruction", "seed_document", "seed_question", "seed_example",
    "seed",
    "generation_prompt", "generator_prompt", "synthesis_prompt", "few_shot", "few_shots", "few_shot_examples",
    "original_prompt", "original_instruction", "generator_context", "generation_context",
)  # fmt: skip
"""Keys of metadata that hold what the generator read, where they hold text."""
_seeds = Fields(_SEEDS)
_RUN = 8
_FEWEST = 20
"""Words that a text must have to be compared: shorter ones repeat by chance and by right."""
_MOST = 0.5
_READ = 20_000


def repeats_seed(row: TrainingRow) -> tuple[str, float]:
    """Which part of a row repeats its seed, and how much of it: share of its runs of eight words; empty for none.

    Examples:
        >>> from assay.domain.sample import Message
        >>> seed = " ".join(f"word{n}" for n in range(30))
        >>> answer = (Message(role="assistant", content=seed),)
        >>> repeats_seed(TrainingRow(file="a", line=1, shape="chat", answers=(answer,), metadata={"seed_text": seed}))
        ('answer repeats seed_text', 1.0)
    """
    for key in _seeds(row.metadata):
        given = _runs(_text(row.metadata[key]))
        if not given:
            continue
        for part, text in (("answer", row.answer), ("prompt", row.asked)):
            own = _runs(text)
            share = len(own & given) / len(own) if own else 0.0
            if share >= _MOST:
                return f"{part} repeats {key}", share
    return "", 0.0


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "\n".join(_text(each) for each in list(value.values())[:50] if isinstance(each, str))
    return "\n".join(_text(each) for each in value[:50]) if isinstance(value, list) and _shallow(value) else ""


def _shallow(value: Sequence[Any]) -> bool:
    return all(isinstance(each, (str, dict)) for each in value[:50])


def _runs(text: str) -> set[tuple[str, ...]]:
    said = words(text[:_READ])
    if len(said) < _FEWEST:
        return set()
    return set(zip(*(said[place:] for place in range(_RUN)), strict=False))
