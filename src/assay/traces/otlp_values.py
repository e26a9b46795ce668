"""Ids and sizes of OTLP: what may be kept, and under which cause the rest is counted."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from assay.domain.numbers import MOST_NS

LARGEST_TEXT = 64 * 1024
"""Characters of one attribute that are kept; the rest is cut, and the span says so."""
MOST_ATTRIBUTES = 512
"""Attributes of one span that are kept."""
CUT = "assay.cut"
"""Attribute that lists what was cut."""
_TRACE, _SPAN = 32, 16
_DIGITS = frozenset("0123456789abcdef")


def id_of(given: str, digits: int) -> str:
    """An id in lower case; empty when it has another length, other characters, or is all zeros.

    Examples:
        >>> id_of("00F067AA0BA902B7", 16), id_of("00f0", 16), id_of("0" * 16, 16)
        ('00f067aa0ba902b7', '', '')
    """
    low = given.lower()
    return low if len(low) == digits and _DIGITS.issuperset(low) and low.strip("0") else ""


def ids(trace: str, span: str, rejected: Counter[str]) -> tuple[str, str] | None:
    """Ids of a span in lower case; None, and the cause counted, when one of them is none."""
    held = id_of(trace, _TRACE)
    if not held:
        rejected["trace_id"] += 1
        return None
    own = id_of(span, _SPAN)
    if not own:
        rejected["span_id"] += 1
        return None
    return held, own


def times(start: int | str, end: int | str, rejected: Counter[str]) -> tuple[int, int] | None:
    """Begin and end of a span; None, and the cause counted, when one is no time that can be kept."""
    try:
        found = int(start), int(end)
    except ValueError:
        found = (-1, -1)
    if not all(0 <= one <= MOST_NS for one in found):
        rejected["time"] += 1
        return None
    return found


def parent_of(given: str) -> str:
    """Id of the parent; empty when there is none, or none of the right form."""
    return id_of(given, _SPAN)


def kept(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Attributes as a mapping, what is too long cut and said; keys are interned, for few of them come often."""
    found = {sys.intern(key): value for key, value in pairs[:MOST_ATTRIBUTES]}
    cut = [key for key, value in found.items() if isinstance(value, str) and len(value) > LARGEST_TEXT]
    for key in cut:
        found[key] = found[key][:LARGEST_TEXT]
    if cut or len(pairs) > MOST_ATTRIBUTES:
        found[CUT] = [*cut, *([f"{len(pairs) - MOST_ATTRIBUTES} attributes"] if len(pairs) > MOST_ATTRIBUTES else [])]
    return found
