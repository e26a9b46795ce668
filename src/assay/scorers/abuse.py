"""Probability that a text is abusive: an expert for each manner of writing, mixed by how it is written and laid out.

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
from assay.scorers.abuse_layout import layout
from assay.scorers.abuse_mixing import EXPERTS, KINDS, MANNERS, mixing
from assay.scorers.abuse_signals import form, numbers, read
from assay.scorers.abuse_terse import calm, terse
from assay.scorers.linear import model
from assay.scorers.word_senses import senses

ASKED = 600
"""Characters that are read of what is answered, from its end."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What the model is given of one text."""

    texts: Mapping[str, str]
    """answer, prompt, form."""
    numbers: Floats
    """Of the text, of what it answers, of its size, and what its single words tell."""
    layout: Floats
    """How the text and what it answers are laid out."""
    terse: Floats
    """Of a text of a few words: whether it is calm, and whether it is aimed at somebody."""


def seen(text: str, asked: str = "") -> Seen:
    """What the model reads of a text, and of what it answers."""
    words, kinds = read(text)
    own = numbers(words, kinds, text)
    before, quiet = _before(asked[-ASKED:]) if asked else ((0.0,) * len(own), True)
    size = math.log1p(len(text))
    shape = (size / 6, float(size < 4.5), float("\n" in text), float(text[:1].islower()), float(bool(asked)))
    return Seen(
        texts={"answer": text, "prompt": asked, "form": form(words, kinds)},
        numbers=np.concatenate([(*own, *before, *shape), senses(words)]),
        layout=np.array(layout(text, asked), dtype=np.float64),
        terse=np.array(terse(text, words, kinds, own, quiet)),
    )


@lru_cache(maxsize=256)
def _before(asked: str) -> tuple[tuple[float, ...], bool]:
    """The numbers of what is answered, and whether it is calm; the same prompt is answered many times."""
    words, kinds = read(asked)
    return numbers(words, kinds, asked), calm(words, kinds)


def abuse(text: str, asked: str = "") -> float:
    """Probability that a text is abusive, given what it answers."""
    given = seen(text, asked)
    return float(mixing().chance(_logits(given), given.layout, given.numbers, given.terse))


def manners(given: Seen) -> Floats:
    """How much a text is written in each manner; they sum to 1."""
    return mixing().shares(_logits(given), given.layout)


def _logits(given: Seen) -> Floats:
    return model("toxicity").logits(given.texts, given.numbers)


def telling(text: str, asked: str = "", most: int = 2) -> tuple[Span, ...]:
    """The sentences that speak loudest for abuse."""
    given = seen(text, asked)
    found = _logits(given)
    manner = int(np.argmax(mixing().shares(found, given.layout)))
    expert = EXPERTS[int(np.argmax(found[: len(KINDS)]))] if manner == 0 else MANNERS[manner]
    return model("toxicity").telling("answer", text[:2500], expert, most=most, reason="abusive")
