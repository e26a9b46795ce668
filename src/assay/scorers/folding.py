"""A text as a pattern should see it: plain digits, blanks and dashes, nothing invisible; with the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

_BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\u30fc"
_DOTS = "\u3002\uff61\u2024"
_UNSEEN = (
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufe0e\ufe0f\u20e3\ufeff"
)
# The zero of each script with decimal digits of its own (Unicode 15, general category Nd).
_ZEROS = (
    *(0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6),
    *(0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0),
    *(0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0),
    *(0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1FBF0),
)


class Folded(NamedTuple):
    """A text made plain, and where its characters came from."""

    text: str
    """The plain text."""
    places: Sequence[int] | None
    """Place in the original of each character; None when all kept theirs."""

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that a span of the plain text came from."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


@cache
def _plain() -> Mapping[str, str]:
    table = dict.fromkeys(_BLANKS, " ")
    table |= dict.fromkeys(_DASHES, "-")
    table |= dict.fromkeys(_DOTS, ".")
    table |= {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full width
    return table | {chr(zero + digit): str(digit) for zero in _ZEROS for digit in range(10)}


_HIDDEN = frozenset(_UNSEEN)
_ASCII = bytes(range(128))


def _beyond_ascii(text: str) -> str:
    """The characters of a text beyond ASCII; by bytes, as most texts have few."""
    return text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")


def folded(text: str) -> Folded:
    """The text with plain digits, blanks, dashes and dots, without characters that nobody sees.

    Examples:
        >>> folded("\\uff14\\uff12\\u201142").text
        '42-42'
        >>> plain = folded("4\\u200b2")
        >>> plain.text, plain.place(0, 2)
        ('42', (0, 3))
    """
    if text.isascii():
        return Folded(text, None)
    seen, table = set(_beyond_ascii(text)), _plain()
    places = None
    if not _HIDDEN.isdisjoint(seen):
        places = [place for place, char in enumerate(text) if char not in _HIDDEN]
        text = "".join([text[place] for place in places])
    for char in seen & table.keys():  # few of them stand in one text, and `translate` is slow
        text = text.replace(char, table[char])
    return Folded(text, places)
