"""The passages an answer must rest on, indexed once so that each sentence is compared in linear time."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, compress, pairwise

import numpy as np

from assay.scorers.free_of_charge import unpaid
from assay.scorers.tokens import NUMBER, Tokens, sentences, tokens
from assay.scorers.wordforms import FUNCTION

LIMIT = 400_000
"""Characters of the passages that are read; the rest is not seen."""
_SQUEEZED = 10_000  # Words in which one that is written as two is looked for.
_PLACES = 48  # Places kept of one word: "the" may stand a hundred thousand times.


@dataclass(frozen=True, slots=True, eq=False)
class Passages:
    """Passages as words, sentences and places of each word."""

    text: str
    """What is read of them."""
    tokens: Tokens
    """All words in order."""
    sentence_of: tuple[int, ...]
    """Sentence of each word."""
    bounds: tuple[tuple[int, int], ...]
    """First word and one past the last of each sentence."""
    places: dict[str, list[int]]
    """Where each key stands, the first of them."""
    numbers: tuple[int, ...]
    """Where numbers stand."""
    pairs: frozenset[tuple[str, str]]
    """Neighbouring keys."""
    content_pairs: frozenset[tuple[str, str]]
    """Neighbouring keys once joints are left off."""
    openings: dict[str, list[str]]
    """Keys by their first four letters."""
    squeezed: str
    """The first words without blanks between them."""
    initials: str
    """First letter of each word that begins with a capital, a blank for each other one."""
    trigrams: frozenset[str]
    """Three-letter pieces of all content words."""
    n_content: int
    """Words that say something."""
    cased: bool
    """Whether any word begins with a capital."""
    spaced: bool
    """Whether its marks stand apart, as tokenised text has them."""
    homes: dict[str, frozenset[int]]
    """Sentences in which a key stands, for those that were asked for."""

    def sentences_of(self, key: str) -> frozenset[int]:
        """Sentences in which a key stands."""
        found = self.homes.get(key)
        if found is None:
            found = frozenset(self.sentence_of[at] for at in self.places.get(key, ()))
            self.homes[key] = found
        return found

    def apart(self, word: str) -> str:
        """Key of the second of two or more neighbours that the word writes as one; empty when there are none."""
        found = self.squeezed.find(word)
        if found < 0:
            return ""
        ends = list(accumulate(map(len, self.tokens.words[:_SQUEEZED])))
        last = bisect_left(ends, found + len(word))
        whole = last < len(ends) and ends[last] == found + len(word) and (found == 0 or found in ends[:last])
        return self.tokens.keys[last] if whole else ""

    def triple(self, one: str, two: str, three: str) -> bool:
        """Whether three keys stand together in this order."""
        keys = self.tokens.keys
        return any(keys[place + 1 : place + 3] == (two, three) for place in self.places.get(one, ()))


def indexed(passages: tuple[str, ...]) -> Passages:
    """The index of these passages; kept for the last few, since reference and candidate share theirs."""
    return _indexed("\n".join(passages)[:LIMIT])


@lru_cache(maxsize=4)
def _indexed(text: str) -> Passages:
    found = unpaid(tokens(text, LIMIT, breaks=False), text)
    places: dict[str, list[int]] = {}
    for at, key in enumerate(found.keys):
        held = places.get(key)
        if held is None:
            places[key] = [at]
        elif len(held) < _PLACES:
            held.append(at)
    sentence_of, bounds = _sentenced(text, found)
    content = list(compress(found.keys, found.kinds))  # a joint's kind is 0
    telling = [key for key in places.keys() - FUNCTION if len(key) > 3 and not key[0].isdigit()]
    openings: dict[str, list[str]] = {}
    for key in sorted(telling, key=lambda key: places[key][0]):
        openings.setdefault(key[:4], []).append(key)
    return Passages(
        text=text,
        tokens=found,
        sentence_of=sentence_of,
        bounds=bounds,
        places=places,
        numbers=tuple([at for at, kind in enumerate(found.kinds) if kind == NUMBER]),
        pairs=frozenset(pairwise(found.keys)),
        content_pairs=frozenset(pairwise(content)),
        openings=openings,
        squeezed="".join(found.words[:_SQUEEZED]),
        initials="".join([word[0] if big else " " for word, big in zip(found.words, found.capitals, strict=True)]),
        trigrams=frozenset().union(*map(pieces, telling)),
        n_content=len(content),
        cased=any(found.capitals),
        spaced=spaced(text),
        homes={},
    )


def spaced(text: str) -> bool:
    """Whether the marks of a text stand apart.

    Examples:
        >>> spaced("It opens , they say , at seven ."), spaced("It opens at seven.")
        (True, False)
    """
    return any(mark in text for mark in (" , ", " . ", " ' ")) or text.endswith(" .")


def _sentenced(text: str, found: Tokens) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """Sentence of each word; first word and one past the last of each sentence."""
    ends = [end for _, end in sentences(text, LIMIT)]
    steps = np.diff(np.searchsorted(ends[:-1], found.starts, side="right"), prepend=0) > 0
    edges = [0, *np.flatnonzero(steps).tolist(), len(steps)]
    return tuple(np.cumsum(steps).tolist()), tuple(pairwise(edges))


@lru_cache(maxsize=1 << 16)
def pieces(key: str) -> tuple[str, ...]:
    """Three-letter pieces of a word, its edges marked.

    Examples:
        >>> pieces("lift")
        ('^li', 'lif', 'ift', 'ft$')
    """
    marked = f"^{key}$"
    return tuple(marked[at : at + 3] for at in range(len(marked) - 2))
