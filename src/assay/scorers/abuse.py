"""Probability that a text is abusive: a small model for each manner of writing, mixed by how the text is written.

What counts as abuse differs between a post on a page, a comment, a sentence about a group of people, a reply in a
talk and the answer of an assistant; one line through all of them is worse at each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from assay.domain.score import Span
from assay.scorers.abuse_signals import form, numbers, read
from assay.scorers.linear import model, sigmoid

ASKED = 600
"""Characters that are read of what is answered, from its end."""
MANNERS = ("page", "comment", "group", "reply", "assistant")
"""Manners of writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the models are given of one text."""

    texts: Mapping[str, str]
    """answer, prompt, form, prompt_form."""
    numbers: tuple[float, ...]
    """Of the text and of what it answers."""
    manner: tuple[float, ...]
    """For the manner of writing."""


def seen(text: str, asked: str = "") -> Seen:
    """What the models read of a text, and of what it answers."""
    words, kinds = read(text)
    own = numbers(words, kinds, text)
    before = _before(asked[-ASKED:]) if asked else (0.0,) * len(own)
    texts = {"answer": text, "prompt": asked, "form": form(words, kinds)}
    size = math.log1p(len(text))
    return Seen(
        texts=texts,
        numbers=(*own, *before, float(bool(asked))),
        manner=(*own, size / 6, float(size < 4.5), float("\n" in text), float(text[:1].islower()), float(bool(asked))),
    )


@lru_cache(maxsize=256)
def _before(asked: str) -> tuple[float, ...]:
    """The numbers of what is answered; the same prompt is answered many times."""
    return numbers(*read(asked), asked)


def abuse(text: str, asked: str = "") -> float:
    """Probability that a text is abusive, given what it answers."""
    given = seen(text, asked)
    chances = model("toxicity").probabilities(given.texts, given.numbers)
    shares = manners(given)
    return float(chances @ shares)


def manners(given: Seen) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How much a text is written in each manner; they sum to 1."""
    return shared(model("toxicity_manner").logits(given.texts, given.manner))


def shared(logits: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Shares of logits, along the last axis."""
    chances = sigmoid(logits)
    return np.asarray(chances / chances.sum(axis=-1, keepdims=True))


def telling(text: str, asked: str = "", most: int = 2) -> tuple[Span, ...]:
    """The sentences that speak loudest for abuse."""
    manner = MANNERS[int(np.argmax(manners(seen(text, asked))))]
    return model("toxicity").telling("answer", text[:2500], manner, most=most, reason="abusive")
