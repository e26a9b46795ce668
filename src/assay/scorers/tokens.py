"""A text as words with their places, and as sentences: linear in its length, any script."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from assay.scorers.reading import lowered, plain
from assay.scorers.wordforms import FUNCTION, NUMBERS, stem, word_set

CONTENT, JOINT, NUMBER = 1, 0, 2
"""What a word is: it says something, it joins others, it counts."""

# Scripts without blanks give one token a character; their order is then what bigrams see.
_TOKEN = re.compile(
    r"\d{1,3}(?: [.,] \d{3})+(?!\d)|"
    r"\d+(?:[.,:/]\d+)*(?:st|nd|rd|th|s)?(?![^\W_])|\d+|[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]|[^\W\d_]+",
)
_ASCII_TOKEN = re.compile(
    r"[a-z]+|\d{1,3}(?: [.,] \d{3})+(?!\d)|\d+(?:[.,:/]\d+)*(?:st|nd|rd|th|s)?(?![a-z0-9])|\d+", re.ASCII
)
_DOTTED = r"u\.s\.(?:a\.)?|u\.k\.|"
_DOTTED_TOKEN, _DOTTED_ASCII_TOKEN = (
    re.compile(_DOTTED + _TOKEN.pattern),
    re.compile(_DOTTED + _ASCII_TOKEN.pattern, re.ASCII),
)
_COUNTRIES = {"u.s.": "usa", "u.s.a.": "usa", "u.k.": "uk"}
_QUOTES = " \t\r'\""
_END = re.compile(r"[.!?\u2026]+[\"')\]]{0,3}(?=\s|\Z)|[\u3002\uff01\uff1f]+|\n+")
_MANY = word_set("hundred thousand million billion")
_PLAIN = re.compile(r"\d{1,6}(?:\.\d{1,4})?")
_SHORT = word_set("mr mrs ms dr prof st vs etc inc ltd co corp no jr sr gen gov sen rep fig al e.g i.e u.s u.k")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a text, in order."""

    words: tuple[str, ...]
    """In lower case."""
    keys: tuple[str, ...]
    """The form each is compared by: a stem, or a number's digits."""
    kinds: tuple[int, ...]
    """CONTENT, JOINT or NUMBER."""
    starts: tuple[int, ...]
    """First character of each."""
    ends: tuple[int, ...]
    """One past the last character of each."""
    capitals: tuple[bool, ...]
    """Whether it begins with a capital."""
    breaks: tuple[bool, ...]
    """Whether a mark other than a quotation mark stands before it."""


@lru_cache(maxsize=1 << 16)
def _form(word: str) -> tuple[str, int]:
    if word in FUNCTION:
        return word, JOINT
    if word in NUMBERS:
        return NUMBERS[word], NUMBER
    if word[0].isdigit():
        return _digits(word), NUMBER
    if word in _COUNTRIES:
        return _COUNTRIES[word], CONTENT
    return stem(word if word.isascii() else _bare(word)), CONTENT


def _bare(word: str) -> str:
    """A word without its accents.

    Examples:
        >>> _bare("k\u012blauea")
        'kilauea'
    """
    return "".join(char for char in unicodedata.normalize("NFD", word) if not "\u0300" <= char <= "\u036f")


def _digits(word: str) -> str:
    """A number as it is compared: no thousands, no closing zeros, no ordinal ending.

    Examples:
        >>> _digits("5,000"), _digits("1.50"), _digits("19th"), _digits("1950s")
        ('5000', '1.5', '19', '1950')
    """
    bare = word.rstrip("abcdefghijklmnopqrstuvwxyz").replace(" . ", ",").replace(" , ", ",")
    groups = bare.split(",")
    if len(groups) > 1 and all(len(group) == 3 for group in groups[1:]):
        bare = "".join(groups)
    if bare.count(".") == 1 and "," not in bare:
        bare = bare.rstrip("0").rstrip(".")
    return bare


def tokens(text: str, limit: int, *, breaks: bool = True) -> Tokens:
    """The words of the first `limit` characters of a text.

    Args:
        text: What is read.
        limit: Characters of it.
        breaks: Whether to look for the marks before the words.

    Examples:
        >>> tokens("It sold 5,000 films.", 100).keys
        ('it', 'sell', '5000', 'film')
    """
    text = plain(text[:limit])
    low = lowered(text)
    spans = [match.span() for match in _pattern(low).finditer(low)]
    words = _countries(tuple([low[start:end] for start, end in spans]))
    forms = list(map(_form, words))
    if not _MANY.isdisjoint(words):
        spans, forms = _counted(spans, words, forms)
        words = _countries(tuple([low[start:end] for start, end in spans]))
    if not spans:
        return Tokens((), (), (), (), (), (), ())
    starts, ends = zip(*spans, strict=True)
    keys, kinds = zip(*forms, strict=True)
    capitals = tuple(map(str.isupper, map(text.__getitem__, starts)))
    gaps = [low[before:start] for before, start in zip((0, *ends), starts, strict=False)] if breaks else ()
    return Tokens(words, keys, kinds, starts, ends, capitals, tuple([gap != " " and _breaks(gap) for gap in gaps]))


def _pattern(low: str) -> re.Pattern[str]:
    """What a token of this text looks like; countries with dots are asked for only where there may be one."""
    if "u.s." in low or "u.k." in low:
        return _DOTTED_ASCII_TOKEN if low.isascii() else _DOTTED_TOKEN
    return _ASCII_TOKEN if low.isascii() else _TOKEN


def _countries(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words, "the us" read as a country.

    Examples:
        >>> _countries(("tell", "us", "of", "the", "us"))
        ('tell', 'us', 'of', 'the', 'u.s.')
    """
    if "us" not in words:
        return words
    before = ("", *words)
    return tuple(["u.s." if pair == ("the", "us") else pair[1] for pair in zip(before, words, strict=False)])


def _breaks(gap: str) -> bool:
    return bool(gap.strip(_QUOTES))


def _counted(
    spans: list[tuple[int, int]], words: tuple[str, ...], forms: list[tuple[str, int]]
) -> tuple[list[tuple[int, int]], list[tuple[str, int]]]:
    """Numbers of several words as one: "four thousand" and "3.5 million" are compared as 4000 and 3500000."""
    kept: list[tuple[int, int]] = []
    made: list[tuple[str, int]] = []
    for at, (span, word, form) in enumerate(zip(spans, words, forms, strict=True)):
        many = at > 0 and word in _MANY and made[-1][1] == NUMBER and span[0] - kept[-1][1] == 1
        grown = _product(made[-1][0], form[0]) if many else ""
        if grown:
            kept[-1], made[-1] = (kept[-1][0], span[1]), (grown, NUMBER)
        else:
            kept.append(span)
            made.append(form)
    return kept, made


def _product(count: str, unit: str) -> str:
    """How many "four thousand" are; empty when the first is no plain number.

    Examples:
        >>> _product("3.5", "1000000"), _product("7:30", "100")
        ('3500000', '')
    """
    if not _PLAIN.fullmatch(count):
        return ""
    whole, _, part = count.partition(".")
    zeros = len(unit) - 1
    if len(part) > zeros:
        return ""
    return (whole + part + "0" * (zeros - len(part))).lstrip("0")


def sentences(text: str, limit: int) -> list[tuple[int, int]]:
    """Where the sentences of a text begin and end, blanks at their edges left off.

    Examples:
        >>> [("Dr. Who left. He paid 3.5 euros!")[a:b] for a, b in sentences("Dr. Who left. He paid 3.5 euros!", 99)]
        ['Dr. Who left.', 'He paid 3.5 euros!']
    """
    text = text[:limit]
    cuts, start = [], 0
    for match in _END.finditer(text):
        if match[0][0] == "." and _abbreviated(text, match.start()):
            continue
        cuts.append((start, match.end()))
        start = match.end()
    cuts.append((start, len(text)))
    trimmed = ((a + len(part) - len(part.lstrip()), a + len(part.rstrip())) for a, b in cuts if (part := text[a:b]))
    return [(a, b) for a, b in trimmed if a < b]


def _abbreviated(text: str, dot: int) -> bool:
    head = text[max(0, dot - 12) : dot].split()
    if not head or text[dot - 1 : dot].isspace():
        return False
    last = head[-1].lstrip("(\"'").lower()
    return last in _SHORT or (len(last) == 1 and last.isalpha() and last != "i")
