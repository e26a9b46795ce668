"""Which wordings of attacks stand in a text.

A family says which words, beginnings of words or signs must occur before its pattern is tried, and the pattern
is tried near them, so that ordinary text costs little more than finding its words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from assay.scorers.attack_families import FAMILIES, SIZES


@dataclass(frozen=True, slots=True)
class Hit:
    """A match of a family."""

    family: str
    """Name of the family."""
    start: int
    """First character."""
    end: int
    """One past the last."""


_FIRST = frozenset(couple.split()[0] for family in FAMILIES for couple in family.couples)
_SIGNS = tuple((at, sign) for at, family in enumerate(FAMILIES) for sign in family.signs)
_ASCII_SIGNS = tuple((at, sign) for at, sign in _SIGNS if sign.isascii())
_COUPLES = {
    couple: tuple(at for at, family in enumerate(FAMILIES) if couple in family.couples)
    for couple in {couple for family in FAMILIES for couple in family.couples}
}


def hits(read: str, words: Sequence[str]) -> Iterator[Hit]:
    """The first match of each family in a text that is lower-case already.

    Args:
        read: The text.
        words: Its words.

    Examples:
        >>> text = "let's say that the capital is elsewhere"
        >>> [hit.family for hit in hits(text, text.split())]
        ['bends what the source says']
    """
    told = _clues(read, words)
    last = ""
    for at in sorted(told):
        family = FAMILIES[at]
        if family.name == last:
            continue
        for start, end in _near(read, sorted(told[at]), family.reach):
            if found := family.pattern.search(read, start, end):
                last = family.name
                yield Hit(family.name, found.start(), found.end())
                break


def _clues(read: str, words: Sequence[str]) -> dict[int, set[str]]:
    """The clues in a text, by family."""
    each = set(words)
    found: dict[int, set[str]] = {}
    for word in each:
        for at, clue in _told(word):
            found.setdefault(at, set()).add(clue)
    if not each.isdisjoint(_FIRST):
        for word, after in zip(words, islice(words, 1, None), strict=False):
            if word in _FIRST:
                for at in _COUPLES.get(f"{word} {after}", ()):
                    found.setdefault(at, set()).add(f"{word} {after}")
    for at, sign in _ASCII_SIGNS if read.isascii() else _SIGNS:
        if sign in read:
            found.setdefault(at, set()).add(sign)
    return found


@lru_cache(maxsize=65536)
def _told(word: str) -> tuple[tuple[int, str], ...]:
    """What a word is a clue to: the number of the family, and how much of the word is the clue."""
    if len(word) > 64:
        return ()
    begins = [word[:size] for size in SIZES]
    return tuple(
        (at, clue)
        for at, family in enumerate(FAMILIES)
        for clue in (*({word} & family.wholes), *sorted(family.beginnings.intersection(begins)))
    )


def _near(read: str, clues: Sequence[str], reach: int) -> list[tuple[int, int]]:
    """The stretches around clues, in order; the whole text when they would cover most of it."""
    places: list[int] = []
    for clue in clues:
        at = read.find(clue)
        while at >= 0 and len(places) < _MANY:
            places.append(at)
            at = read.find(clue, at + 1)
    if not places or len(places) >= _MANY or len(places) * 2 * reach > len(read):
        return [(0, len(read))]
    found: list[tuple[int, int]] = []
    for at in sorted(places):
        start, end = max(0, at - reach), at + reach
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


_MANY = 12
"""Places of clues; where there are more, the whole text is searched."""
