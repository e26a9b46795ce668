"""Where an answer cites: markers like [1] or (doc 2), named sources, and quotations."""

from __future__ import annotations

import re
from dataclasses import dataclass

_KIND = r"(?:doc(?:ument)?|sources?|passages?|ref(?:erence)?s?|context)"
_NUMBERS = r"\d{1,3}(?: ?[,;\u2013-] ?\d{1,3}){0,20}"
_MARK = re.compile(
    rf"\[\^?(?:{_KIND}\.? ?#?:? ?)?({_NUMBERS})\]|\({_KIND}\.? ?#?:? ?({_NUMBERS})\)"
    rf"|\u3010({_NUMBERS})[^\u3011\n]{{0,20}}\u3011",
    re.IGNORECASE,
)
_NAMED = re.compile(r"[\[(](?:source|sources|see|ref|reference)s? ?: ?([^\])\n]{2,120})[\])]", re.IGNORECASE)
_QUOTE = re.compile('["\u201c\u201e\u00ab]([^"\u201c\u201d\u201e\u00ab\u00bb\n]{12,600})["\u201d\u201c\u00bb]')
_BULLET = re.compile(r"^[ \t]*(?:[-*\u2022]|\d{1,2}[.)])[ \t]", re.MULTILINE)
_MOST = 50  # Numbers that a range like [1-900] is taken for.


@dataclass(frozen=True, slots=True)
class Citation:
    """One place that cites."""

    start: int
    """First character of the marker or quotation."""
    end: int
    """One past its last."""
    numbers: tuple[int, ...] = ()
    """Passages it names by number."""
    name: str = ""
    """Source it names by name."""


def citations(text: str) -> list[Citation]:
    """Markers and named sources of a text, in order.

    Examples:
        >>> [(one.numbers, one.name) for one in citations("So [1, 3]; and (doc 2). Also (Source: House rules).")]
        [((1, 3), ''), ((2,), ''), ((), 'House rules')]
    """
    found = [
        Citation(match.start(), match.end(), numbers=_expanded(match[1] or match[2] or match[3]))
        for match in _MARK.finditer(text)
    ]
    found += [
        Citation(match.start(), match.end(), name=match[1].strip())
        for match in _NAMED.finditer(text)
        if not match[1].strip().isdigit()
    ]
    return sorted(found, key=lambda one: one.start)


def quotations(text: str) -> list[tuple[int, int]]:
    """Places of quoted text of three words and more, quotation marks left off.

    Examples:
        >>> [text[a:b] for text in ['It says "the shop opens at nine" here.'] for a, b in quotations(text)]
        ['the shop opens at nine']
    """
    return [match.span(1) for match in _QUOTE.finditer(text) if match[1].count(" ") >= 2]


def unmarked(text: str) -> str:
    """The text with blanks in place of markers, named sources and list numbers: they are no part of what is claimed.

    Examples:
        >>> unmarked("1. It has two doors [3].")
        '   It has two doors    .'
    """
    bracketed = any(mark in text for mark in "[(\u3010")
    for pattern in (_MARK, _NAMED, _BULLET) if bracketed else (_BULLET,):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return text


def _expanded(numbers: str) -> tuple[int, ...]:
    found: list[int] = []
    for part in re.split("[,;]", numbers):
        first, _, last = part.replace("\u2013", "-").partition("-")
        low, high = int(first), int(last or first)
        found += range(low, min(high, low + _MOST) + 1)
    return tuple(dict.fromkeys(found))
