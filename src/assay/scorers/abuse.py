"""Probability that a text is abusive: an expert for each manner of writing, mixed by how the text is written.

What counts as abuse differs between a post on a page, a comment, a sentence about a group of people, a reply in a
talk and the answer of an assistant; one line through all of them is worse at each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assay.domain.score import Span
from assay.scorers.abuse_signals import form, numbers, read
from assay.scorers.linear import model, sigmoid
from assay.scorers.word_senses import senses

ASKED = 600
"""Characters that are read of what is answered, from its end."""
Floats = NDArray[np.float64]
MANNERS = ("page", "comment", "group", "reply", "assistant")
"""Manners of writing; the model has an expert for each, and then a question for each: is it written so?"""
KINDS = ("sexual", "hateful", "violent", "self-harm")
"""What moderators take a page down for. The expert for pages is four, one of each kind: any of them is enough."""
EXPERTS = (*KINDS, *MANNERS[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the model is given of one text."""

    texts: Mapping[str, str]
    """answer, prompt, form."""
    numbers: tuple[float, ...]
    """Of the text, of what it answers, of how it is laid out, and what its single words tell."""


def seen(text: str, asked: str = "") -> Seen:
    """What the model reads of a text, and of what it answers."""
    words, kinds = read(text)
    own = numbers(words, kinds, text)
    before = _before(asked[-ASKED:]) if asked else (0.0,) * len(own)
    size = math.log1p(len(text))
    layout = (size / 6, float(size < 4.5), float("\n" in text), float(text[:1].islower()), float(bool(asked)))
    return Seen(
        texts={"answer": text, "prompt": asked, "form": form(words, kinds)},
        numbers=(*own, *before, *layout, *senses(words)),
    )


@lru_cache(maxsize=256)
def _before(asked: str) -> tuple[float, ...]:
    """The numbers of what is answered; the same prompt is answered many times."""
    return numbers(*read(asked), asked)


def abuse(text: str, asked: str = "") -> float:
    """Probability that a text is abusive, given what it answers."""
    return float(mixed(_logits(seen(text, asked))))


def manners(given: Seen) -> Floats:
    """How much a text is written in each manner; they sum to 1."""
    return shares(_logits(given)[len(EXPERTS) :])


def mixed(logits: Floats) -> Floats:
    """One probability of the logits of the experts and of the manners, along the last axis."""
    return np.asarray((judged(logits) * shares(logits[..., len(EXPERTS) :])).sum(axis=-1))


def judged(logits: Floats) -> Floats:
    """Probability of abuse, were the text written in each manner, along the last axis; a page by any of its kinds.

    Examples:
        >>> judged(np.array([-9.0, 9.0, -9.0, -9.0, -9.0, 9.0, -9.0, -9.0])).round(2).tolist()
        [1.0, 0.0, 1.0, 0.0, 0.0]
    """
    each = sigmoid(logits[..., : len(EXPERTS)])
    page = 1.0 - np.prod(1.0 - each[..., : len(KINDS)], axis=-1, keepdims=True)
    return np.concatenate([page, each[..., len(KINDS) :]], axis=-1)


def shares(logits: Floats) -> Floats:
    """Shares of the manners, along the last axis.

    Examples:
        >>> shares(np.array([0.0, 0.0])).tolist()
        [0.5, 0.5]
    """
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _logits(given: Seen) -> Floats:
    return model("toxicity").logits(given.texts, given.numbers)


def telling(text: str, asked: str = "", most: int = 2) -> tuple[Span, ...]:
    """The sentences that speak loudest for abuse."""
    found = _logits(seen(text, asked))
    manner = int(np.argmax(found[len(EXPERTS) :]))
    expert = EXPERTS[int(np.argmax(found[: len(KINDS)]))] if manner == 0 else MANNERS[manner]
    return model("toxicity").telling("answer", text[:2500], expert, most=most, reason="abusive")
