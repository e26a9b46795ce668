"""Does a text ask for what is missing, and does it admit that something failed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_REQUEST = re.compile(
    r"[?？؟]|\b(?:please|kindly|could you|can you|would you|let me know|tell me|provide|specify|share|"
    r"clarify|i(?:'ll| will)? need|"
    r"which|what|bitte|teilen sie|nennen sie|geben sie|veuillez|pourriez|indiquez|por favor|podr[ií]as?|"
    r"indique|per favore)\b|请|請",
    re.IGNORECASE,
)
_ADMITTED = re.compile(
    r"\b(?:errors?|fail(?:ed|ure|s|ing)?|could(?: not|n't)|(?:un|not |n't )able|can(?:not|'t| not)|"
    r"did(?: not|n't)|does(?: not|n't)|"
    r"unavailable|unreachable|timed out|timeout|problem|trouble|issue|went wrong|(?:isn't|is not|not|wasn't|was not) "
    r"(?:available|found|possible|working|responding)|no (?:results?|data|answer|luck)|try again|"
    r"unfortunately|sorry|apolog\w+|denied|invalid|"
    r"fehler|fehlgeschlagen|leider|konnte nicht|nicht möglich|erreur|échec|échoué|impossible|"
    r"malheureusement|pas pu|fallo|"
    r"fall[oó]|no (?:pude|puedo|fue posible)|lamentablemente)\b|抱歉|错误|失败|无法",
    re.IGNORECASE,
)
_ASKING: Mapping[str, tuple[str, ...]] = {
    "where": ("city", "location", "place", "address", "country", "destination", "origin", "region", "town"),
    "when": ("date", "time", "day", "month", "year", "start", "end", "deadline", "departure"),
    "who": ("name", "person", "recipient", "user", "customer", "contact"),
    "how many": ("count", "number", "quantity", "amount", "guests", "people", "items", "size"),
    "how much": ("amount", "price", "budget", "sum", "value"),
    "how long": ("duration", "length", "period", "nights", "days", "term"),
}
_FILLERS = "the and for with from that this which should must value name type default optional given used format string"
_COMMON = frozenset(_FILLERS.split())


def request(text: str) -> re.Match[str] | None:
    """Where a text asks its reader for something, if it does."""
    return _REQUEST.search(text)


def admission(text: str) -> re.Match[str] | None:
    """Where a text admits that something did not work, if it does."""
    return _ADMITTED.search(text.replace("’", "'"))


def unasked(text: str, missing: Iterable[Any], tools: Sequence[Mapping[str, Any]]) -> list[str]:
    """Inputs that a text does not ask for, by their names, other words for them, or how their tool describes them.

    Args:
        text: The answer.
        missing: Names of inputs; a list stands for one input under several names.
        tools: Tools on offer, whose descriptions of parameters lend words.

    Examples:
        >>> unasked("Sure! Where are you, and when?", ["city", "date"], ())
        []
        >>> unasked("Which city?", ["city", ["party_size", "guests"]], ())
        ['party_size']
    """
    low = text.lower()
    left = []
    for item in missing:
        names = [name for name in (item if isinstance(item, list | tuple) else [item]) if isinstance(name, str)]
        if names and not any(word in low for name in names for word in _words(name, tools)):
            left.append(names[0])
    return left


def _words(name: str, tools: Sequence[Mapping[str, Any]]) -> set[str]:
    own = _split(name)
    asking = {question for question, kinds in _ASKING.items() if own & set(kinds)}
    described: set[str] = set()
    for tool in tools:
        parameters = tool.get("parameters")
        properties = parameters.get("properties") if isinstance(parameters, Mapping) else None
        about = properties.get(name) if isinstance(properties, Mapping) else None
        text = about.get("description") if isinstance(about, Mapping) else None
        if isinstance(text, str):
            described |= {word for word in _split(text[:200]) if len(word) > 3 and word not in _COMMON}
    return own | asking | described


def _split(name: str) -> set[str]:
    """Words of a name in any spelling: `party_size`, `partySize`, `party size`."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return {word for word in re.findall(r"[^\W_]+", spaced.lower()) if len(word) > 2}
