"""Words of English text in the form in which phrases are compared: lower case, endings off, near words made one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from assay.scorers.reading import lowered, plain

_TOKEN = re.compile(
    r"\d{4}-\d{2}-\d{2}(?!\d)|\d{1,2}:\d{2}(?!\d)|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
    r"|[^\W\d_]+(?:'[^\W\d_]+)?|[%$€£¥]|[;:,()\u2013\u2014]"
)


def listed(text: str) -> list[str]:
    """The words of a list that is written as one line."""
    return text.split()


_STOP = (
    "a an the of to in on at by for from with as and or than then also too just very quite rather so such our your my"
    " their its his her is are am be been being was were do does did done has had having there here will would shall"
    " should can could may might must per any some yes well please sure within until till up about into it its ok okay"
    " only even still already both each these those that which who whose what let allow permit possible accept accepted"
    " able entitled eligible need required require unfortunately afraid course however"
)
STOP = frozenset(listed(_STOP))
"""Words that carry no topic; what may or must be is told by polarity, not by them."""

_IRREGULAR = {
    "children": "child", "kid": "child", "kids": "child", "people": "person", "bought": "buy", "gave": "give",
    "given": "give", "got": "get", "gotten": "get", "paid": "pay", "sent": "send", "brought": "bring", "took": "take",
    "taken": "take", "left": "leave", "went": "go", "goes": "go", "going": "go", "gone": "go", "kept": "keep",
    "made": "make", "said": "say", "told": "tell", "lost": "lose", "fell": "fall", "fallen": "fall", "ran": "run",
    "apologise": "apolog", "apologize": "apolog", "apologies": "apolog", "apology": "apolog", "closes": "close",
    "closed": "close", "closing": "close", "used": "use", "using": "use",
}  # fmt: skip

_NEAR = (
    "refund reimburse repay",
    "cancel terminate quit",
    "fee charge cost price",
    "buy purchase",
    "employee staff worker",
    "customer client consumer",
    "reply answer response respond",
    "delete erase remove",
    "recover restore",
    "doctor physician gp",
    "exchange swap",
    "replace replacement",
    "free gratis complimentary",
    "start begin",
    "mobile phone telephone",
    "licence license",
    "holiday vacation leave",
    "ill sick illness sickness",
    "shipping delivery",
    "guarantee guaranteed",
    "approval approve consent",
    "luggage baggage suitcase bag",
    "home remote remotely",
    "bill invoice",
    "visit visitor",
)
"""Words that mean the same in the rules of shops, banks, airlines, clinics and offices; our own list."""

_JOINED = {
    ("money", "back"): "refund",
    ("get", "back"): "refund",
    ("got", "back"): "refund",
    ("send", "back"): "return",
    ("sent", "back"): "return",
    ("bring", "back"): "return",
    ("free", "of", "charge"): "free",
    ("free", "of", "cost"): "free",
    ("at", "no", "charge"): "free",
    ("at", "no", "cost"): "free",
    ("at", "no", "extra", "cost"): "free",
    ("without", "charge"): "free",
    ("no", "charge"): "free",
    ("pay", "nothing"): "free",
    ("per", "cent"): "percent",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign as it stands in a text."""

    text: str
    """Lower case."""
    start: int
    """First character."""
    end: int
    """One past the last."""


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """Words, numbers and signs of a text, in order; `'s` is left off, `you've` is two words.

    Examples:
        >>> [token.text for token in tokens("A 30-day notice; $1,200!")]
        ['a', '30', 'day', 'notice', ';', '$', '1,200']
    """
    low = lowered(plain(text))
    for found in _TOKEN.finditer(low, start):
        word, at, end = found.group(), found.start(), found.end()
        head, mark, tail = word.partition("'")
        if not mark or word.endswith("n't"):
            yield Token(word, at, end)
            continue
        yield Token(head, at, at + len(head))
        if tail in ("ve", "re", "ll", "m"):
            yield Token({"ve": "have", "re": "are", "ll": "will", "m": "am"}[tail], at + len(head) + 1, end)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A word without its endings, and near words as one.

    Examples:
        >>> stem("refundable"), stem("reimbursed"), stem("cancellations"), stem("policies")
        ('refund', 'refund', 'cancel', 'polici')
    """
    bare = _bare(word[:40])
    return _CANONICAL.get(bare, bare)


def _bare(word: str) -> str:
    word = _IRREGULAR.get(word, word)
    if len(word) <= 3 or not word.isascii():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ability", "able", "ible", "ation", "ment", "ing", "ed", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and (word[-1] not in "aeiousl" or len(word) > 5):
        word = word[:-1]
    if len(word) > 4 and word.endswith("e"):
        word = word[:-1]
    return word[:-1] + "i" if len(word) > 3 and word.endswith("y") else word


_CANONICAL = {_bare(word): _bare(line.split()[0]) for line in _NEAR for word in line.split()}


def joined(words: list[Token], at: int) -> tuple[str, int] | None:
    """The one word that several stand for at this place (`money back`), and how many they are.

    Examples:
        >>> joined(list(tokens("free of charge")), 0)
        ('free', 3)
    """
    for size in (4, 3, 2):
        if at + size <= len(words):
            found = _JOINED.get(tuple(token.text for token in words[at : at + size]))
            if found:
                return found, size
    return None
