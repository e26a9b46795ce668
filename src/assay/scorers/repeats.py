"""Where a text says again what it has said: whole sentences, long runs of words, short loops."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assay.scorers.reading import lowered
from assay.scorers.wording import Piece, sentences, words

_GRAM = 8
_LONGEST_LOOP = 8
_TURNS = 4
_LEAST_LOOP = 8
_FEWEST = 8
_SHORTEST = 4
_ITEM = re.compile(r"^[\W_]*(?:\d{1,4}[.):]+|[-*•])?[\W_]*")
_TRAIL = re.compile(r"[\W_]+$")


@dataclass(frozen=True, slots=True)
class Repeats:
    """The part of a text that stood before in it."""

    share: float = 0.0
    """Share of its words."""
    what: str = ""
    """What repeats: sentences, runs, a loop."""
    pieces: tuple[Piece, ...] = ()
    """Where, first occurrences left out."""


def repeats(text: str) -> Repeats:
    """The kind of repeat that holds most of a text's words.

    Examples:
        >>> repeats("I am a bot. I like tea very much. I am a bot. I am a bot.").what
        'sentences'
        >>> repeats("and then we went on and on and on and on and on and on").what
        'a loop'
        >>> repeats("Check whether 7 divides it. Check whether 9 divides it.").share
        0.0
    """
    said = words(text)
    if len(said) < _FEWEST:
        return Repeats()
    lower = [lowered(word.text) for word in said]
    kinds = (("a loop", _loops(lower)), ("runs of words", _runs(lower)))
    found = [Repeats(sum(inside) / len(said), what, _pieces(text, said, inside)) for what, inside in kinds]
    again = _sentences(text)
    found.append(Repeats(sum(len(words(one.text)) for one in again) / len(said), "sentences", tuple(again)))
    return max(found, key=lambda one: one.share)


def _sentences(text: str) -> list[Piece]:
    """Sentences, list items by their text, that stood before; also the last one when it is cut off."""
    seen: set[str] = set()
    again: list[Piece] = []
    every = sentences(text)
    for at, sentence in enumerate(every):
        said = _TRAIL.sub("", _ITEM.sub("", lowered(sentence.text[:1000])))
        if len(said) < _SHORTEST:
            continue
        cut = at == len(every) - 1 and len(said) >= _FEWEST and any(one.startswith(said) for one in seen)
        if said in seen or cut:
            again.append(sentence)
        seen.add(said)
    return again


def _runs(lower: list[str]) -> list[bool]:
    """Which words belong to a run of eight that stood before."""
    inside = [False] * len(lower)
    seen: set[tuple[str, ...]] = set()
    for at in range(len(lower) - _GRAM + 1):
        gram = tuple(lower[at : at + _GRAM])
        if gram in seen:
            inside[at : at + _GRAM] = [True] * _GRAM
        seen.add(gram)
    return inside


def _loops(lower: list[str]) -> list[bool]:
    """Which words belong to one to eight words said four times or more in a row."""
    inside = [False] * len(lower)
    for period in range(1, _LONGEST_LOOP + 1):
        start = period
        for at in range(period, len(lower) + 1):
            if at < len(lower) and lower[at] == lower[at - period]:
                continue
            if at - start >= max((_TURNS - 1) * period, _LEAST_LOOP - period):
                inside[start:at] = [True] * (at - start)
            start = at + 1
    return inside


def _pieces(text: str, said: list[Piece], inside: list[bool]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    start: int | None = None
    for at, hit in enumerate([*inside, False]):
        if hit and start is None:
            start = at
        elif not hit and start is not None:
            pieces.append(Piece(said[start].start, text[said[start].start : said[at - 1].end]))
            start = None
    return tuple(pieces)
