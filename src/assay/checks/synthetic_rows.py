"""Which rows a model wrote, by what their metadata says, and how that is known."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from assay.checks.fields import Fields
from assay.domain.training import TrainingRow

GENERATORS = (
    "generator", "generated_by", "generator_model", "generation_model", "model", "model_name", "teacher",
    "teacher_model", "synthesizer", "distilled_from",
)  # fmt: skip
"""Keys that name the model that wrote a row."""
_FLAGS = ("synthetic", "is_synthetic", "generated", "is_generated", "machine_generated", "llm_generated", "is_ai")
_SOURCES = ("source", "source_dataset", "dataset", "origin", "source_type", "data_source")
_BY_HAND = re.compile(
    r"(?:human|manual|hand|crowd|expert|annotator|none|null|n/a|no|false|unknown|real|original)\b", re.I
)
_BY_MODEL = re.compile(
    r"synth|self[-_ ]?instruct|evol[-_ ]?instruct|distil|llm[-_ ]?gen|"
    r"machine[-_ ]gen|model[-_ ]gen|gpt[-_ ]?[345]|chatgpt|"
    r"\bclaude\b|magpie|ultrachat|wizardlm|orca",
    re.I,
)
_FLAGGED, _MADE, _FROM = (0, 1, 2)
_KINDS = {
    **dict.fromkeys(_SOURCES, _FROM),
    **dict.fromkeys(GENERATORS, _MADE),
    **dict.fromkeys(_FLAGS, _FLAGGED),
}
"""What each key may tell."""
_telling = Fields((*_FLAGS, *GENERATORS, *_SOURCES))
_generating = Fields(GENERATORS)
_TRUE = ("true", "yes", "1", "synthetic", "generated")


def written_by_a_model(row: TrainingRow) -> str:
    """How it is known that a model wrote the row: the key that says so; empty for all others.

    A flag decides before a name, so `synthetic: false` beside `model: x` is a row that a model only handled.

    Examples:
        >>> row = TrainingRow(file="a", line=1, shape="chat", metadata={"model": "gpt-4", "source": "forum"})
        >>> written_by_a_model(row)
        'model'
    """
    told = row.metadata
    for key in _telling(told):
        value, kind = told[key], _KINDS[key]
        if kind == _FLAGGED:
            if isinstance(value, (bool, int)):
                return key if value else ""
            if isinstance(value, str) and value:
                return key if value.lower() in _TRUE else ""
        elif kind == _MADE:
            if named(told, key) and not _by_hand(value):
                return key
        elif isinstance(value, str) and _BY_MODEL.search(value[:200]):
            return key
    return ""


def names_generator(told: Mapping[str, Any]) -> bool:
    """Whether metadata name a model that wrote the row, or say that people did.

    Examples:
        >>> names_generator({"model": "example-7b"}), names_generator({"model": ""})
        (True, False)
    """
    return any(named(told, key) for key in _generating(told))


def _by_hand(value: Any) -> bool:
    return isinstance(value, str) and bool(_BY_HAND.match(value))


def named(told: Mapping[str, Any], key: str) -> bool:
    """Whether a key holds something: no null, NaN, empty text, list or object.

    Examples:
        >>> [named({"seed": value}, "seed") for value in (0, "", None, float("nan"), "x")]
        [True, False, False, False, True]
    """
    value = told.get(key)
    if isinstance(value, float):
        return not math.isnan(value)
    return value is not None and value not in ("", [], {})
