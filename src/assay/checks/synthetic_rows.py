"""Which rows a model wrote, by what their metadata says, and how that is known."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

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
_KEYS = frozenset((*_FLAGS, *GENERATORS, *_SOURCES))
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
    if not told or _KEYS.isdisjoint(told):
        return ""
    for key in _FLAGS:
        value = told.get(key)
        if value is None:
            continue
        if isinstance(value, (bool, int)):
            return key if value else ""
        if isinstance(value, str) and value:
            return key if value.lower() in _TRUE else ""
    for key in GENERATORS:
        if key in told and named(told, key) and not _by_hand(told[key]):
            return key
    for key in _SOURCES:
        value = told.get(key)
        if isinstance(value, str) and _BY_MODEL.search(value[:200]):
            return key
    return ""


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
