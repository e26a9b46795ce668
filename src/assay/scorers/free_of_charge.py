"""Ways to say that nothing is to be paid, read as one word: "no fee", "don't have to pay", "costs nothing", "free"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assay.scorers.tokens import CONTENT, JOINT, NUMBER, Tokens
from assay.scorers.wordforms import DAYS, FUNCTION, NEGATION, stem, word_set

FREE = stem("free")
"""The key that stands for all of them."""
_PAID = word_set("pay charged fee fees charge charges cost costs")
_FEES = word_set("fee fees charge charges cost costs")
_ENTRY = word_set("admission entrance entry")
_OBLIGED = (("have", "to"), ("need", "to"))
_SAYS = word_set("charge charges cost costs pay at for be there is are has have with")
_DAYS = frozenset({*DAYS, *(day + "s" for day in DAYS)})
_OWNERS = word_set("the a an your their its our any this these")
_HINDERS = NEGATION | word_set("if unless whether when until only who whose")
_STOPS = frozenset(".;!)\n")
_MARKS = _STOPS | frozenset(",?")
_FAR = 24  # Words before a phrase in which its clause begins.
_THINGS = 2  # Words that may say for what nothing is paid.
_NEUTRAL = "be"
"""What stands in the place of a word that was read with others; it joins and denies nothing."""


def unpaid(text: Tokens, written: str) -> Tokens:
    """The words with each way to say that nothing is to be paid compared as "free".

    Only a phrase that closes its clause is read, or one that goes on with "for" and a thing, or with "on" and a day;
    nothing in its clause may deny it once more or say when it holds.

    Args:
        text: Words of a text.
        written: That text.

    Examples:
        >>> from assay.scorers.tokens import tokens
        >>> said = ("They don't have to pay.", "No fee for parking.", "It costs nothing.", "No fee is refunded.")
        >>> read = [unpaid(tokens(each, 99), each) for each in said]
        >>> [[key for key, kind in zip(each.keys, each.kinds) if kind] for each in read]
        [['fre'], ['fre', 'park'], ['fre'], ['fee', 'refund']]
    """
    if _PAID.isdisjoint(text.words):
        return text
    words, keys, kinds = list(text.words), list(text.keys), list(text.kinds)
    for first, told in _found(text.words):
        end = told + 3 if text.words[told] == "free" else told + 1
        if text.words[told] != "free" and (not _closes(text, end, written) or _hindered(text, first, written)):
            continue
        for at in range(first, end):
            if words[at] not in _ENTRY:
                words[at], keys[at], kinds[at] = _NEUTRAL, _NEUTRAL, JOINT
        words[told], keys[told], kinds[told] = "free", FREE, CONTENT
    return replace(text, words=tuple(words), keys=tuple(keys), kinds=tuple(kinds))


def _found(words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """First word of each phrase, and the place of the word that becomes "free"."""
    for at, word in enumerate(words):
        before = words[at - 1] if at else ""
        if word == "free" and words[at + 1 : at + 2] == ("of",) and words[at + 2 : at + 3] and words[at + 2] in _FEES:
            yield at, at
        elif word == "nothing" and before in ("cost", "costs"):
            yield at - 1, at
        elif word == "pay" and words[max(at - 2, 0) : at] in _OBLIGED:
            denied = words[max(at - 4, 0) : at - 2]
            if denied in (("don", "t"), ("doesn", "t"), ("do", "not"), ("does", "not")):
                yield at - 4, at
        elif word == "charged" and words[max(at - 2, 0) : at] in (("are", "not"), ("is", "not"), ("aren", "t")):
            if words[at + 1 : at + 2] == ("for",):
                yield at - 2, at
        elif word in _FEES:
            begin = at - 2 if before in _ENTRY else at - 1
            if begin >= 0 and words[begin] in ("no", "without"):
                yield begin - (begin > 0 and words[begin - 1] in _SAYS), at


def _closes(text: Tokens, at: int, written: str) -> bool:
    """Whether the clause ends before this word, or goes on to its end with "for" and a thing, "on" and a day."""
    words, size = text.words, len(text.words)
    if at < size and words[at] == "for" and _mark(text, at, written) == "":
        at += 1
        at += at < size and words[at] in _OWNERS
        begin = at
        while at < size and at - begin < _THINGS and (at == begin or _mark(text, at, written) == ""):
            if words[at] in FUNCTION or text.kinds[at] == NUMBER:
                break
            at += 1
        if at == begin:
            return False
    if at + 1 < size and words[at] == "on" and words[at + 1] in _DAYS and _mark(text, at, written) == "":
        at += 2
    if at >= size:
        return "?" not in written[text.ends[-1] :]
    mark = _mark(text, at, written)
    return mark in _STOPS or (mark == "," and words[at] in ("and", "so"))


def _mark(text: Tokens, at: int, written: str) -> str:
    """The first mark between a word and the one before it; empty where only blanks are, "-" for any other sign."""
    gap = written[text.ends[at - 1] : text.starts[at]]
    return next((sign for sign in gap if sign in _MARKS), "" if gap.isspace() else "-")


def _hindered(text: Tokens, first: int, written: str) -> bool:
    """Whether the words before it in its clause deny it, or say when or for whom alone it holds."""
    for at in range(first - 1, max(first - _FAR, 0) - 1, -1):
        if _mark(text, at + 1, written) in _STOPS:
            return False
        if text.words[at] in _HINDERS:
            return True
    return False
