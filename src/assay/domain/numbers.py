"""Numbers as others write them: what is none, or none that can be reckoned with, is left out."""

from __future__ import annotations

import math
from typing import Any

MOST_NS = 2**63 - 1
"""The latest time that databases and arrays hold, in April 2262."""
_MOST_COUNT = 2**53
_LARGEST = 1e100


def finite(given: Any) -> float | None:
    """The number; None for what is none, not a number, infinite, or beyond all measure.

    Examples:
        >>> finite(3), finite(float("nan")), finite(10**400), finite(True), finite("3")
        (3.0, None, None, None, None)
    """
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    try:
        found = float(given)
    except OverflowError:
        return None
    return found if math.isfinite(found) and abs(found) <= _LARGEST else None


def count(given: Any) -> int | None:
    """A number of things, such as tokens; None for what is none, below zero, or beyond all counting.

    Examples:
        >>> count(3), count(2.0), count(-1), count(float("inf")), count(10**400)
        (3, 2, None, None, None)
    """
    found = finite(given)
    return int(found) if found is not None and 0 <= found <= _MOST_COUNT else None
