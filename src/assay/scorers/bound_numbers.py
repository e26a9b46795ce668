"""Numbers that an answer gives to something else than its passages do: A costs 5 and B costs 9, not the other way."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from assay.scorers.passages import Passages
from assay.scorers.tokens import JOINT, NUMBER, Tokens

_PARTS = frozenset({"and", "or", "but", "while", "whereas", "whilst"})
_MARKS = frozenset(".,;:!?\n()")
_MOST = 12
"""Numbers of one unit that are compared; of a table of more nothing is said."""
_AROUND = 80
"""Words on either side of a number in which others are looked for."""
_FAR = 24
"""Words before a number in which its clause begins."""


def exchanged(said: Tokens, first: int, last: int, passages: Passages) -> Iterator[tuple[int, int]]:
    """Numbers of a sentence that belong to something else in the passages, each with the place of the one that does.

    A number is another's when the words before it are those that the passages put before another number of the same
    unit, and none of those that tell its own place from that one, nor any further word. Where the passages put
    nothing before one of the numbers ("5 euros for A and 9 for B"), nothing is said.

    Args:
        said: Words of the answer.
        first: First word of the sentence.
        last: One past its last.
        passages: What it must rest on.
    """
    if len(passages.numbers) < 2:
        return
    for at in range(first, last):
        if said.kinds[at] == NUMBER and (own := passages.places.get(said.keys[at])) and len(own) <= _MOST:
            other = _owner(said, at, first, passages, own)
            if other >= 0:
                yield at, other


def _owner(said: Tokens, at: int, first: int, passages: Passages, own: list[int]) -> int:
    """Place of the number that the words before this one belong to; -1 where they are its own, or nothing tells."""
    there, kind = passages.tokens, _kind(said, at)
    if not kind:
        return -1
    begin, end = (bisect_left(passages.numbers, place) for place in (own[0] - _AROUND, own[-1] + _AROUND))
    alike = [place for place in passages.numbers[begin:end][: 4 * _MOST] if _kind(there, place) == kind]
    own = [place for place in own if place in alike]
    others = [place for place in alike if there.keys[place] != said.keys[at]]
    if not own or not others or len(alike) > _MOST:
        return -1
    held = [_before(there, place, passages.text) for place in own]
    theirs = [_before(there, place, passages.text) for place in others]
    if not all(held) or not all(theirs):
        return -1
    mine, ours = _before(said, at, "", first), frozenset().union(*held)
    for place, words in zip(others, theirs, strict=True):
        if not ours <= words and mine <= ours | words and (words - ours) & mine and not (ours - words) & mine:
            return place
    return -1


def _kind(text: Tokens, at: int) -> str:
    """What a number counts: the word after it, hours of the day, or a year; empty where that is not to be seen."""
    after = at + 1
    if (
        ":" in text.keys[at]
        or text.words[after : after + 1] in (("am",), ("pm",))
        or text.words[after + 1 : after + 2] == ("m",)
    ):
        return "time"
    if after < len(text.keys) and text.kinds[after] not in (NUMBER, JOINT) and text.starts[after] - text.ends[at] < 2:
        return text.keys[after]
    key = text.keys[at]
    return "year" if len(key) == 4 and key.isdecimal() and "1000" <= key <= "2100" else ""


def _before(text: Tokens, at: int, written: str, first: int = 0) -> frozenset[str]:
    """Keys of the content words, and single capitals, before a number in its clause.

    The clause begins at a mark, a joining word or another number; of an answer, whose text is not given, at what was
    noted as a break.
    """
    found: set[str] = set()
    for place in range(at - 1, max(first, at - _FAR) - 1, -1):
        gap = written[text.ends[place] : text.starts[place + 1]]
        broken = place + 1 < at and (not _MARKS.isdisjoint(gap) if written else text.breaks[place + 1])
        if broken or text.kinds[place] == NUMBER or text.words[place] in _PARTS:
            break
        lone = len(text.words[place]) == 1 and text.capitals[place]
        if lone or text.kinds[place] != JOINT:
            found.add(text.words[place] if lone else text.keys[place])
    return frozenset(found)
