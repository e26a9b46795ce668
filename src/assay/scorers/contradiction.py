"""What a sentence says otherwise than the passage it is nearest to: numbers, names, negation, opposites, verbs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from assay.scorers.alignment import Alignment
from assay.scorers.bound_numbers import exchanged
from assay.scorers.passages import Passages
from assay.scorers.tokens import JOINT, NUMBER, Tokens
from assay.scorers.word_relations import opposites
from assay.scorers.wordforms import DAYS, FEMALE, MALE, MONTHS, NEGATION, QUANTIFIER, stem, word_set

KINDS = ("number", "date", "name", "opposite", "negation", "amount", "gender", "word")
"""Kinds of contradiction, the surest first."""
SURE = frozenset(("number", "date", "name", "opposite", "negation", "gender"))
"""Kinds that people nearly always call unsupported: 105 of 112 such answers in BEGIN, Q2 and FaithDial."""
_MONTHS = frozenset(stem(word) for word in MONTHS)
_DAYS = frozenset(stem(word) for word in DAYS)
_TITLES = word_set("dr mr mrs ms prof st sir lord lady")
_FEW, _LEAST, _NO_STEP = 3, 4, 99  # Steps of amount: from few on, the least, none.
_TURNS = 2  # Words before an opposite in which a negation turns it round.
_NAMED = 0.5  # Weight from which a word without capitals may be a name.


@dataclass(frozen=True, slots=True)
class Conflict:
    """One contradiction."""

    kind: str
    """One of KINDS."""
    said: int
    """Place of the word in the answer's words."""
    there: int
    """Place of what stands there in the passages' words; -1 when nothing does."""


def conflicts(
    said: Tokens, first: int, last: int, passages: Passages, aligned: Alignment, weights: tuple[float, ...]
) -> list[Conflict]:
    """Contradictions of one sentence against its window, in order of the sentence."""
    if aligned.window < 0:
        return []
    start, stop = passages.bounds[aligned.window]
    found = [
        *_numbers(said, first, last, passages, start, stop),
        *(Conflict("number", at, there) for at, there in exchanged(said, first, last, passages)),
        *_swapped(said, passages, aligned, weights, first),
        *_opposites(said, first, last, passages, start, stop),
        *_negated(said, first, last, passages, aligned),
        *_amounts(said, first, last, passages, start, stop),
        *_gender(said, first, last, passages, start, stop),
    ]
    if len(found) < 2:
        return found
    kept: dict[int, Conflict] = {}
    for conflict in sorted(found, key=lambda one: KINDS.index(one.kind)):
        kept.setdefault(conflict.said, conflict)
    return [kept[at] for at in sorted(kept)]


def _numbers(said: Tokens, first: int, last: int, passages: Passages, start: int, stop: int) -> Iterator[Conflict]:
    own = {said.keys[at] for at in range(first, last) if said.kinds[at] == NUMBER}
    if not own:
        return
    whole = passages.tokens
    others = [at for at in range(start, stop) if whole.kinds[at] == NUMBER and whole.keys[at] not in own]
    for at in range(first, last):
        if said.kinds[at] != NUMBER or said.words[at] == "one":
            continue
        key = said.keys[at]
        here = any(start <= place < stop for place in passages.places.get(key, ()))
        if here or not others:
            continue
        unit = said.keys[at + 1] if at + 1 < last else ""
        same = [place for place in others if place + 1 < stop and whole.keys[place + 1] == unit]
        if same or key not in passages.places:
            yield Conflict("number", at, (same or others)[0])


def _swapped(
    said: Tokens, passages: Passages, aligned: Alignment, weights: tuple[float, ...], first: int
) -> Iterator[Conflict]:
    whole = passages.tokens
    for swap in aligned.swaps:
        for order, at in enumerate(swap.said):
            if aligned.match[at - first] >= 0.85 and not swap.held:
                continue
            key = said.keys[at]
            if key in _MONTHS or key in _DAYS:
                same = _MONTHS if key in _MONTHS else _DAYS
                dated = [place for place in swap.there if whole.keys[place] in same]
                if dated:
                    yield Conflict("date", at, dated[0])
                    continue
            if said.kinds[at] == NUMBER:
                continue
            named = [place for place in swap.there if whole.capitals[place] and whole.words[place] not in _TITLES]
            named = [place for place in named if whole.kinds[place] != NUMBER]
            partner = named[min(order, len(named) - 1)] if named else -1
            unlike = aligned.match[at - first] < 0.5
            capital = said.capitals[at] and at != first
            if capital and named and (swap.held or (unlike and weights[at] > _NAMED)):
                yield Conflict("name", at, partner)
            elif swap.held and unlike and whole.kinds[swap.there[0]] != NUMBER:
                yield Conflict("word", at, swap.there[0])


def _opposites(said: Tokens, first: int, last: int, passages: Passages, start: int, stop: int) -> Iterator[Conflict]:
    """Opposites: of a word of the window, or of one anywhere that stands beside the same content word."""
    own = {said.keys[at] for at in range(first, last)}
    for at in range(first, last):
        opposed = opposites(said.keys[at])
        if not opposed:
            continue
        found = [other for other in opposed if other in passages.places and other not in own]
        if found and any(_negates(said, before) for before in range(max(first, at - _TURNS), at)):
            continue  # "not known" is "unknown"
        for other in found:
            here = [place for place in passages.places[other] if start <= place < stop]
            if here and any(
                _negates(passages.tokens, before) for before in range(max(start, here[0] - _TURNS), here[0])
            ):
                continue
            if here and not any(start <= place < stop for place in passages.places.get(said.keys[at], ())):
                yield Conflict("opposite", at, here[0])
            elif _beside(said, at, last, passages, other):
                yield Conflict("opposite", at, passages.places[other][0])


def _beside(said: Tokens, at: int, last: int, passages: Passages, other: str) -> bool:
    """Whether the passages hold the next content word after the opposite, and never after the word itself."""
    after = next((said.keys[place] for place in range(at + 1, last) if said.kinds[place] != JOINT), "")
    return (other, after) in passages.content_pairs and (said.keys[at], after) not in passages.content_pairs


def _negated(said: Tokens, first: int, last: int, passages: Passages, aligned: Alignment) -> Iterator[Conflict]:
    """A negation on one side only, among the words that both sides share."""
    if len(aligned.path) < 2:
        return
    whole = passages.tokens
    for (left, above), (right, below) in pairwise(aligned.path):
        ours = [at for at in range(left + 1, right) if _negates(said, at)]
        theirs = [at for at in range(above + 1, below) if _negates(whole, at)]
        if bool(ours) != bool(theirs) and right - left <= 6 and below - above <= 6:
            yield Conflict("negation", ours[0] if ours else right, theirs[0] if theirs else -1)


def _negates(text: Tokens, at: int) -> bool:
    word = text.words[at]
    return word in NEGATION and (word != "t" or (at > 0 and text.words[at - 1].endswith("n")))


def _amounts(said: Tokens, first: int, last: int, passages: Passages, start: int, stop: int) -> Iterator[Conflict]:
    """More than the passage says ("all" for "some"), or few where it says many; less than it says follows from it."""
    whole = passages.tokens
    theirs = {QUANTIFIER[whole.words[at]]: at for at in range(start, stop) if whole.words[at] in QUANTIFIER}
    for at in range(first, last):
        step = QUANTIFIER.get(said.words[at], _NO_STEP)
        if step > _LEAST or step in theirs or not theirs:
            continue
        against = [other for other in theirs if other <= _LEAST and (step < other or step >= _FEW > other)]
        if against and len(against) == sum(other <= _LEAST for other in theirs):
            yield Conflict("amount", at, theirs[against[0]])


def _gender(said: Tokens, first: int, last: int, passages: Passages, start: int, stop: int) -> Iterator[Conflict]:
    """He where the window says she, and nobody in the passages is he; a pronoun far away may be of someone else."""
    for ours, theirs in ((MALE, FEMALE), (FEMALE, MALE)):
        if any(word in passages.places for word in ours) or not any(word in passages.places for word in theirs):
            continue
        at = next((at for at in range(first, last) if said.words[at] in ours), None)
        if at is not None:
            near = [place for word in theirs for place in passages.places.get(word, ()) if start <= place < stop]
            if near:
                yield Conflict("gender", at, min(near))
