"""Personal data and secrets in a text: where, what, how surely. Knows no samples and no answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.scorers.credentials import credentials
from assay.scorers.finding import Found, apart
from assay.scorers.folding import folded
from assay.scorers.identity import lettered, numbers
from assay.scorers.labelled import labelled
from assay.scorers.online import online
from assay.scorers.payment import cards, ibans
from assay.scorers.phones import phone
from assay.scorers.postal import addresses

_RUN = re.compile(r"(?:\(?\+)?\(?\d(?:[ .()/-]{0,3}\d){5,40}")
_CAPITALS = re.compile(r"[A-Z]{5}[A-Z0-9]\d{2}", re.IGNORECASE)

FLOOR = 0.5
"""Finds below this are more often something else."""


def found(text: str, floor: float = FLOOR) -> list[Found]:
    """Personal data and secrets, in order of place, none over another.

    Args:
        text: Any text; digits of other scripts and invisible characters hide nothing.
        floor: Least confidence of what is given.

    Examples:
        >>> [(find.type, find.start) for find in found("Mail ana@posteo.de or call +41 71 526 99 04.")]
        [('email', 5), ('phone', 26)]
        >>> found("In 2019 it sold 1,234,567 copies (ISBN 978-0-306-40615-7).")
        []
    """
    plain = folded(text)
    finds = apart(_candidates(plain.text))
    return [
        find._replace(start=start, end=end)
        for find in finds
        if find.confidence >= floor
        for start, end in [plain.place(find.start, find.end)]
    ]


def _candidates(text: str) -> Iterator[Found]:
    low = text.lower()
    if len(low) != len(text):  # a few letters grow when made small; then only ASCII is made small
        low = "".join(char.lower() if char.isascii() else char for char in text)
    yield from online(text, low)
    yield from credentials(text, low)
    yield from labelled(text, low)
    yield from addresses(text, low)
    yield from ibans(text)
    if _CAPITALS.search(text):
        yield from lettered(text)
    runs = [match.span() for match in _RUN.finditer(text)]
    if runs:
        yield from cards(text)
    for start, end in runs:
        yield from numbers(text, low, start, end)
        yield from phone(text, low, start, end)
