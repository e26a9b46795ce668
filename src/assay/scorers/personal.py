"""Personal data and secrets in a text: where, what, how surely. Knows no samples and no answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType

from assay.scorers.credentials import assigned, bearers, blocks, connections, keys
from assay.scorers.finding import Found, apart
from assay.scorers.folding import folded
from assay.scorers.identity import lettered, numbers
from assay.scorers.labelled import labelled
from assay.scorers.online import hardware, ips, mails, spelled, web
from assay.scorers.payment import cards, ibans
from assay.scorers.phones import phone
from assay.scorers.postal import addresses

# Patterns begin with what is rare (a digit, a sign) and look back from there: so they skip prose quickly.
_DIGIT = re.compile("[0-9]")
_BETWEEN = re.compile(r" [/-] |  +")
RUN = re.compile(r"[0-9](?:[ .()/-]{0,3}[0-9]){5,40}")
"""Digits with little between them, in which cards, numbers of states and telephones are looked for."""

FLOOR = 0.5
"""Finds below this are more often something else."""


def _runs(text: str, low: str) -> Iterator[Found]:
    """Cards, numbers of states and phones, in runs of digits and what may stand between."""
    for match in RUN.finditer(text):
        start, end = opened(text, match.start()), match.end()
        yield from cards(text, low, start, end)
        yield from numbers(text, low, start, end)
        for first, last in _parts(text, start, end):
            yield from phone(text, low, first, last)


FAMILIES: Mapping[str, Callable[[str, str], Iterator[Found]]] = MappingProxyType(
    {
        "mail": mails,
        "spelled": spelled,
        "web": web,
        "ip": ips,
        "hardware": hardware,
        "key": keys,
        "block": blocks,
        "connection": connections,
        "assigned": assigned,
        "bearer": bearers,
        "labelled": labelled,
        "address": addresses,
        "iban": ibans,
        "lettered": lettered,
        "run": _runs,
    }
)
"""What looks for what, by name; each is given the plain text and the same in lower case."""
WITH_DIGITS = frozenset({"ip", "labelled", "address", "iban", "lettered", "run"})
"""Families whose values all hold a digit."""


def found(text: str, floor: float = FLOOR, may: Callable[[str, str], Collection[str]] | None = None) -> list[Found]:
    """Personal data and secrets, in order of place, none over another.

    Args:
        text: Any text; digits of other scripts and invisible characters hide nothing.
        floor: Least confidence of what is given.
        may: Tells of a plain text, and the same in lower case, which families of `FAMILIES` may find something
            in it; the others are not asked. Without it all are.

    Examples:
        >>> [(find.type, find.start) for find in found("Mail ana@posteo.de or call +41 71 526 99 04.")]
        [('email', 5), ('phone', 27)]
        >>> found("In 2019 it sold 1,234,567 copies (ISBN 978-0-306-40615-7).")
        []
    """
    plain = folded(text)
    low = lowered(plain.text)
    families = _all(plain.text) if may is None else may(plain.text, low)
    if not families:
        return []
    looks = (look for family, look in FAMILIES.items() if family in families)
    finds = apart(find for look in looks for find in look(plain.text, low))
    return [
        find._replace(start=start, end=end)
        for find in finds
        if find.confidence >= floor
        for start, end in [plain.place(find.start, find.end)]
    ]


def lowered(text: str) -> str:
    """The text in lower case, as long as before: a few letters grow when made small; then only ASCII is made small."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(char.lower() if char.isascii() else char for char in text)


def _all(text: str) -> Collection[str]:
    return FAMILIES if _DIGIT.search(text) else FAMILIES.keys() - WITH_DIGITS


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A run, or its parts where wide gaps or many digits say that several numbers stand in it."""
    for match in _BETWEEN.finditer(text, start, end):
        if sum(map(str.isdigit, text[start : match.start()])) >= 7 <= sum(map(str.isdigit, text[match.end() : end])):
            yield start, match.start()
            start = match.end()
    yield start, end


def opened(text: str, start: int) -> int:
    """Where a run begins when a plus sign or a bracket opens it."""
    while start and text[start - 1] in "+(":
        start -= 1
        if text[start] == "+" and text[start - 1 : start] != "(":
            break
    return start
