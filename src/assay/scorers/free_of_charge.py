"""Ways to say that nothing is to be paid, read as one word: "no fee", "don't have to pay", "costs nothing", "free"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assay.scorers.tokens import CONTENT, JOINT, Tokens
from assay.scorers.wordforms import stem, word_set

_FREE = stem("free")
_PAID = word_set("pay paying payment payments fee fees charge charges charged cost costs")
_FEES = word_set("fee fees charge charges cost costs payment payments")
_KINDS = word_set("admission entrance entry booking service delivery extra additional monthly annual further")
_NOT = word_set("t not never without")
_BETWEEN = word_set("have has had need needs to be are is asked required obliged expected made charge charges any a an")
_GOES_ON = word_set("for anything any to a an when if at")
_SAYS = word_set("charge charges charged cost costs pay at for be there is are has have with")
_NEUTRAL = "be"
"""What stands in the place of a word that was read with others; it joins and denies nothing."""


def unpaid(text: Tokens) -> Tokens:
    """The words with each way to say that nothing is to be paid compared as "free".

    Examples:
        >>> from assay.scorers.tokens import tokens
        >>> read = [unpaid(tokens(said, 99)) for said in ("They don't have to pay.", "No fee.", "It costs nothing.")]
        >>> [[key for key, kind in zip(each.keys, each.kinds) if kind] for each in read]
        [['fre'], ['fre'], ['fre']]
    """
    if _PAID.isdisjoint(text.words):
        return text
    words, keys, kinds = list(text.words), list(text.keys), list(text.kinds)
    for first, last, told in _found(text.words):
        for at in range(first, last):
            words[at], keys[at], kinds[at] = _NEUTRAL, _NEUTRAL, JOINT
        words[told], keys[told], kinds[told] = "free", _FREE, CONTENT
    return replace(text, words=tuple(words), keys=tuple(keys), kinds=tuple(kinds))


def _found(words: tuple[str, ...]) -> Iterator[tuple[int, int, int]]:
    """First word, one past the last, and the place of the word that becomes "free"."""
    for at, word in enumerate(words):
        before, after = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
        if word == "free" and after == "of" and words[at + 2 : at + 3] and words[at + 2] in _FEES:
            yield at, at + 3, at
        elif word == "nothing" and before in ("cost", "costs"):
            yield at - 1, at + 1, at
        elif word in ("pay", "charged", "paying") and (not after or after in _GOES_ON):
            begin = _denied(words, at)
            if begin >= 0:
                yield begin, at + 1, at
        elif word in _FEES:
            begin = at - 2 if before in _KINDS else at - 1
            if begin >= 0 and words[begin] in ("no", "without"):
                begin -= begin > 0 and words[begin - 1] in _SAYS
                yield begin, at + 1, at


def _denied(words: tuple[str, ...], at: int) -> int:
    """Where the denial of a word begins, with what stands between; -1 where it is not denied."""
    place = at - 1
    while place >= 0 and at - place < 6 and words[place] in _BETWEEN:
        place -= 1
    if place < 0 or words[place] not in _NOT:
        return -1
    return place - 1 if words[place] == "t" and place else place
