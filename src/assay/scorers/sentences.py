"""Sentences as stems with their polarity: which words are affirmed, denied, or only asked about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from assay.scorers.quantities import Quantity, placed
from assay.scorers.stems import STOP, Token, joined, listed, stem, tokens

_END = re.compile(r"[.!?]+(?=[\s\"')\]*]|$)|[\n\r]+|;")
_DENIES = frozenset(
    listed(
        "not never cannot nobody nothing unable impossible unavailable ineligible prohibit prohibits"
        " prohibited forbid forbids forbidden ban bans banned refuse refuses decline declines deny denies"
        " denied exclude excludes excluded reject rejects rejected disallow disallowed disallows false untrue"
        " incorrect wrong misunderstanding myth hardly nonrefundable"
    )
)
"""Words that deny the whole clause."""
_DENIES_AFTER = {"no": 12, "without": 4, "neither": 12, "nor": 12, "none": 12, "non": 1, "zero": 2, "instead": 5}
"""Words that deny only what follows them, and how far."""
_BREAKS = frozenset(
    listed("but however although though while whereas unless except if whether because which who until when where")
)
"""Words that open a clause of their own."""
_ASKS = frozenset({"if", "whether", "unless"})
"""Words whose clause is supposed, not said."""
_SUBJECTS = frozenset(listed("you we i it they he she this that please so then and or"))
_VERBS = frozenset(
    listed(
        "can cannot must may will would should is are isn't aren't can't won't has have gets get cost costs end ends"
        " include includes start starts require requires allow allows need needs pay pays receive receives"
    )
)
"""Words that open a clause of their own behind `and`."""
_EMPTY = (
    "not only", "not just", "no later than", "not later than", "no more than", "not more than", "no less than",
    "no fewer than", "no longer than", "no problem", "no worries", "no doubt", "no matter", "no questions asked",
    "not hesitate", "don't hesitate", "don't worry", "not worry", "nothing more", "nothing else", "never mind",
    "no need to worry",
)  # fmt: skip
"""Turns of phrase that hold a denying word and deny nothing."""
_EMPTY_STARTS: dict[str, list[tuple[str, ...]]] = {}
for _phrase in _EMPTY:
    _EMPTY_STARTS.setdefault(_phrase.split()[0], []).append(tuple(_phrase.split()))


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence."""

    stem: str
    """Its stem; of a quantity its value and unit."""
    start: int
    """First character."""
    end: int
    """One past the last."""
    content: bool
    """Whether it carries a topic."""
    quantity: Quantity | None = None
    """The quantity that it is."""
    denied: bool = False
    """Whether it stands under an odd number of denials."""
    supposed: bool = False
    """Whether it stands in a question or a condition."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a text."""

    start: int
    """First character."""
    end: int
    """One past the last."""
    words: tuple[Word, ...]
    """Its words in order."""


def sentences(text: str, start: int = 0) -> Iterator[Sentence]:
    """Sentences of a text; lines and semicolons end one too.

    Not those of `reading.sentences`, on purpose: what one clause denies must not reach the next, so semicolons cut,
    and nothing is cut for length, since half a sentence may lack its denial. Ends come without their blanks, and a
    sentence without words is none.

    Examples:
        >>> first, second = sentences("We do not refund sale items. Ask us!")
        >>> [word.stem for word in first.words if word.content and word.denied]
        ['we', 'refund', 'sale', 'item']
    """
    for begin, stop, asked in _cut(text, start):
        words = _words(text, begin, stop, asked)
        if words:
            yield Sentence(words[0].start, max(stop, words[-1].end), words)


def _cut(text: str, start: int) -> Iterator[tuple[int, int, bool]]:
    begin = start
    for found in _END.finditer(text, start):
        yield begin, found.start(), "?" in found.group()
        begin = found.end()
    yield begin, len(text), False


def _words(text: str, begin: int, stop: int, asked: bool) -> tuple[Word, ...]:
    found = [replace(token, start=token.start + begin, end=token.end + begin) for token in tokens(text[begin:stop])]
    if not found:
        return ()
    denied, supposed = _polarity(found)
    taken = {at: (quantity, end) for quantity, at, end in placed(found)}
    words: list[Word] = []
    at = 0
    while at < len(found):
        token = found[at]
        mark, doubt = denied[at], supposed[at] or asked
        one = joined(found, at)
        end = at + 1
        if at in taken:
            quantity, end = taken[at]
            name = f"{quantity.value:g} {quantity.unit if quantity.kind not in ('count', 'number') else ''}"
            words.append(Word(name, token.start, found[end - 1].end, True, quantity, mark, doubt))
        elif one is not None:
            end = at + one[1]
            words.append(Word(stem(one[0]), token.start, found[end - 1].end, True, None, mark, doubt))
        elif token.text[0].isalpha():
            content = token.text not in STOP and not _denying(token.text)
            words.append(Word(stem(token.text), token.start, token.end, content, None, mark, doubt))
        at = end
    return tuple(words)


def _denying(word: str) -> bool:
    return word in _DENIES or word in _DENIES_AFTER or word.endswith("n't")


def _polarity(words: Sequence[Token]) -> tuple[list[bool], list[bool]]:
    """Per token: denied an odd number of times, and supposed."""
    change = [0] * (len(words) + 1)  # how the number of denials changes at a token; summing up is linear
    supposed = [False] * len(words)
    for begin, stop in _clauses(words):
        empty = _emptied(words, begin, stop)
        hypothetical = words[begin].text in _ASKS
        for at in range(begin, stop):
            text = words[at].text
            supposed[at] = supposed[at] or hypothetical
            if at in empty or not _denying(text) or _joined_here(words, at):
                continue
            if text == "no" and at + 1 < len(words) and words[at + 1].text in (",", "you", "we", "our", "i"):
                continue  # "No, ..." answers a question; the sentence after it denies by itself
            first, last = (at + 1, min(stop, at + 1 + _DENIES_AFTER[text])) if text in _DENIES_AFTER else (begin, stop)
            if text in _DENIES_AFTER:
                last = next((place for place in range(first, last) if words[place].text == ","), last)
            change[first] += 1
            change[last] -= 1
    return [count % 2 == 1 for count in accumulate(change[:-1])], supposed


def _joined_here(words: Sequence[Token], at: int) -> bool:
    """Whether a denying word is part of a turn that stands for one word: `at no charge`."""
    return any(
        (one := joined(list(words[begin : begin + 4]), 0)) is not None and begin + one[1] > at
        for begin in range(max(0, at - 2), at + 1)
    )


def _clauses(words: Sequence[Token]) -> Iterator[tuple[int, int]]:
    begin = 0
    for at, word in enumerate(words):
        if at == begin:
            continue
        before = words[at - 1].text
        opened = words[begin].text in _ASKS and before == ","
        opened = opened or word.text in _BREAKS or before in (":", "\u2013", "\u2014")
        if opened or (before == "," and word.text in _SUBJECTS) or (before == "and" and word.text in _VERBS):
            yield begin, at
            begin = at
    yield begin, len(words)


def _emptied(words: Sequence[Token], begin: int, stop: int) -> set[int]:
    out: set[int] = set()
    for at in range(begin, stop):
        for phrase in _EMPTY_STARTS.get(words[at].text, ()):
            if tuple(word.text for word in words[at : at + len(phrase)]) == phrase:
                out.update(range(at, at + len(phrase)))
    return out


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase in the form in which it is looked for."""

    text: str
    """As written."""
    stems: tuple[str, ...]
    """Stems that must stand close together, in any order."""
    denied: frozenset[str]
    """Those that the phrase itself denies: `not legal advice`."""


def phrase(text: str) -> Phrase:
    """A phrase as written in a policy.

    Examples:
        >>> phrase("refund within 90 days").stems
        ('refund', '2160 hour')
    """
    words = [word for sentence in sentences(text) for word in sentence.words]
    kept = [word for word in words if word.content] or words
    return Phrase(text, tuple(dict.fromkeys(word.stem for word in kept)), frozenset(w.stem for w in kept if w.denied))


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where the words of a phrase stand close together."""

    start: int
    """First character."""
    end: int
    """One past the last."""
    affirmed: bool
    """Whether it says what the phrase says, neither denied nor only asked or supposed."""


def hits(wanted: Phrase, sentence: Sentence) -> Iterator[Hit]:
    """Where a phrase stands in a sentence: all its stems in a window of twice their number and four words.

    Examples:
        >>> said = next(sentences("A refund is not possible within ninety days."))
        >>> [hit.affirmed for hit in hits(phrase("refund within 90 days"), said)]
        [False]
    """
    need = set(wanted.stems)
    if not need:
        return
    width = 2 * len(need) + 4
    last: dict[str, int] = {}
    done = -1
    for at, word in enumerate(sentence.words):
        if word.stem not in need:
            continue
        last[word.stem] = at
        first = min(last.values())
        if len(last) < len(need) or at - first >= width or first <= done:
            continue
        done = at
        found = [sentence.words[place] for place in last.values()]
        affirmed = all(w.denied == (w.stem in wanted.denied) for w in found) and not any(w.supposed for w in found)
        yield Hit(sentence.words[first].start, word.end, affirmed)
