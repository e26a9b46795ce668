"""Times as logs have them: dates, seconds, milliseconds, nanoseconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from assay.domain.numbers import MOST_NS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanoseconds(given: Any) -> int | None:
    """Nanoseconds since 1970 of an ISO date or a number; None for anything else, and for years that no clock shows.

    A number below 1e11 is seconds, below 1e14 milliseconds, below 1e17 microseconds. A date without a zone is UTC.

    Examples:
        >>> nanoseconds("2026-11-27T10:00:00Z") == nanoseconds(1795773600) == nanoseconds(1795773600000)
        True
        >>> nanoseconds("soon") is None
        True
    """
    if isinstance(given, bool):
        return None
    if isinstance(given, int | float):
        return _number(given)
    if not isinstance(given, str):
        return None
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        return None
    since = (found if found.tzinfo else found.replace(tzinfo=UTC)) - _EPOCH
    told = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
    return told if abs(told) <= MOST_NS else None


def _number(given: int | float) -> int | None:
    if not 0 < given < MOST_NS:
        return None
    for below, unit in ((1e11, 10**9), (1e14, 10**6), (1e17, 10**3)):
        if given < below:
            return int(given) * unit + round((given - int(given)) * unit)
    return int(given)
