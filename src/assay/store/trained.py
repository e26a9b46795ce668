"""The trained parts that scorers rest on: their bytes are registered beside the version, so that no coefficient can
change without a word."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import resources

from assay.domain.digest import digest
from assay.domain.score import Scorer

PARTS: Mapping[str, tuple[str, ...]] = {
    "citation": ("groundedness",),
    "content_safety": (
        "abuse_words",
        "harmful_answer",
        "harmful_request",
        "hazards",
        "toxicity",
        "toxicity_mixing",
        "word_senses",
    ),
    "evidence_coverage": ("groundedness",),
    "groundedness": ("groundedness",),
    "harmful_answer": ("harmful_answer", "harmful_request"),
    "injection": ("injection",),
    "over_refusal": ("refusal",),
    "refusal": ("refusal",),
    "refusal_quality": ("refusal",),
    "toxicity": ("abuse_words", "toxicity", "toxicity_mixing", "word_senses"),
}
"""Files of coefficients by the name of the scorer that ships with assay and reads them."""


def stamp(judge: Scorer) -> str:
    """Version of a scorer, with the digest of its trained parts where it has any: `4 sha256:0f3a..`."""
    names = sorted(set(_parts(judge)))
    return f"{judge.version} {digest([[name, _digest(name)] for name in names])}" if names else judge.version


def _parts(judge: Scorer) -> Iterator[str]:
    """Files of a scorer and of the scorers that are its settings."""
    if type(judge).__module__.startswith("assay.scorers."):
        yield from PARTS.get(judge.name, ())
    if is_dataclass(judge):
        for field in fields(judge):
            inner = getattr(judge, field.name)
            if isinstance(inner, Scorer):
                yield from _parts(inner)


@cache
def _digest(name: str) -> str:
    path = resources.files("assay") / "scorers" / "coefficients" / f"{name}.npz"
    return hashlib.sha256(path.read_bytes()).hexdigest()
