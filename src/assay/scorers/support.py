"""An answer read beside its passages: its words weighed, its sentences laid beside them one by one."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from assay.scorers.alignment import Alignment, aligned
from assay.scorers.cited import unmarked
from assay.scorers.clock_times import retimed
from assay.scorers.contradiction import Conflict, conflicts
from assay.scorers.free_of_charge import FREE, unpaid
from assay.scorers.passages import Passages, spaced
from assay.scorers.sentence_counts import Part, counted
from assay.scorers.tokens import JOINT, Tokens, sentences, tokens
from assay.scorers.wordforms import FEMALE, MALE

LIMIT = 30_000
"""Characters of the answer that are read; the rest is not judged."""
SENTENCES = 500
"""Sentences of the answer that are read."""
_YOU = re.compile(r"\b(?:do|did|have|are|were|can|what is|what's|whats|what are) (?:you|your|ya)\b", re.IGNORECASE)
_PROMPT = 10_000  # Characters of the last user turn that are read.


@dataclass(frozen=True, slots=True, eq=False)
class Sentence:
    """One sentence of an answer beside its passages."""

    start: int
    """First character in the answer."""
    end: int
    """One past the last."""
    first: int
    """First word among the answer's."""
    last: int
    """One past the last word."""
    laid: Alignment
    """How its words stand to the passages."""
    conflicts: tuple[Conflict, ...]
    """What it says otherwise."""
    counts: Mapping[str, float]
    """What was counted in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """An answer read beside its passages."""

    answer: str
    """The part that was read, markers of citations blanked."""
    prompt: str
    """What the user said last."""
    said: Tokens
    """Words of the answer."""
    weights: tuple[float, ...]
    """Weight of each word."""
    passages: Passages
    """What it must rest on."""
    asked: frozenset[str]
    """Keys of the last user turn."""
    sentences: tuple[Sentence, ...]
    """Sentences that hold a word."""
    asked_there: float
    """Share of those keys that the passages hold."""
    asks: bool
    """Whether the user asks something."""
    asks_you: bool
    """Whether the user asks about the assistant itself."""
    cased: bool
    """Whether any word of the answer begins with a capital."""
    gender: bool
    """Whether it says he or she."""
    spaced: bool
    """Whether its marks stand apart, as tokenised text has them."""


def read(answer: str, passages: Passages, prompt: str, rarity: Sequence[float]) -> Reading:
    """Lay an answer beside its passages.

    Args:
        answer: What is judged.
        passages: What it must rest on.
        prompt: What the user said last.
        rarity: Weight of a word by its bucket.
    """
    answer, prompt = unmarked(answer[:LIMIT]), prompt[-_PROMPT:]
    said = retimed(tokens(answer, LIMIT), passages.tokens)
    if FREE in passages.places:
        said = unpaid(said, answer)
    weights = tuple(
        weight(key, rarity) if kind != JOINT else 0.0 for key, kind in zip(said.keys, said.kinds, strict=True)
    )
    words = tokens(prompt, _PROMPT)
    asked = frozenset(key for key, kind in zip(words.keys, words.kinds, strict=True) if kind != JOINT)
    made: list[Sentence] = []
    at, size = 0, len(said.words)
    for start, end in sentences(answer, LIMIT)[:SENTENCES]:
        first = at
        while at < size and said.starts[at] < end:
            at += 1
        if at > first:
            asks = any(mark in answer[max(start, end - 4) : end] for mark in "?？")
            made.append(_sentence((start, end), Place(said, first, at, weights), passages, asked, asks))
    asks = "?" in prompt
    return Reading(
        answer=answer,
        prompt=prompt,
        said=said,
        weights=weights,
        passages=passages,
        asked=asked,
        sentences=tuple(made),
        asked_there=sum(key in passages.places for key in asked) / max(len(asked), 1),
        asks=asks,
        asks_you=asks and bool(_YOU.search(prompt)),
        cased=any(said.capitals),
        gender=not (MALE.isdisjoint(said.words) and FEMALE.isdisjoint(said.words)),
        spaced=spaced(answer),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Words of one sentence among those of its answer."""

    said: Tokens
    """Words of the answer."""
    first: int
    """First word."""
    last: int
    """One past the last word."""
    weights: tuple[float, ...]
    """Weight of each word of the answer."""


def _sentence(span: tuple[int, int], place: Place, passages: Passages, asked: frozenset[str], asks: bool) -> Sentence:
    said, first, last, weights = place.said, place.first, place.last, place.weights
    laid = aligned(said, first, last, passages, weights)
    found = tuple(conflicts(said, first, last, passages, laid, weights))
    content = tuple(at for at in range(first, last) if said.kinds[at] != JOINT)
    pairs = tuple(pair in passages.pairs for pair in pairwise(said.keys[first:last]))
    part = Part(said, first, last, weights, asked, passages, laid, found, asks, content, pairs)
    return Sentence(span[0], span[1], first, last, laid, found, counted(part))


def weight(key: str, rarity: Sequence[float]) -> float:
    """Weight of a word: rare in ordinary text, heavy; numbers weigh like rare words."""
    return 1.0 if key[:1].isdigit() else rarity[bucket(key, len(rarity))]


@lru_cache(maxsize=1 << 16)
def bucket(key: str, size: int) -> int:
    """Place of a word in the table of rarities: CRC-32, the same on every machine.

    Examples:
        >>> bucket("clinic", 4096)
        2228
    """
    return zlib.crc32(key.encode("utf-8", "replace")) % size
