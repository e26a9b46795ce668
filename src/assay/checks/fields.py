"""Which fields of interest metadata have: told from all their keys at once, as rows of a file mostly have the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_REMEMBERED = 4096
_MOST = 64
"""Keys beyond which an object is no row of a table, and is not remembered."""


class Fields:
    """Those of some keys that metadata have, in the order in which they are listed here.

    Examples:
        >>> there = Fields(("flag", "model", "source"))
        >>> there({"source": "forum", "id": 7, "flag": True}), there({})
        (('flag', 'source'), ())
    """

    def __init__(self, wanted: Iterable[str]) -> None:
        self._wanted = tuple(dict.fromkeys(wanted))
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def __call__(self, told: Mapping[str, Any]) -> tuple[str, ...]:
        """The keys that are there."""
        every = tuple(told)
        found = self._known.get(every)
        if found is None:
            found = tuple([key for key in self._wanted if key in told])
            if len(every) <= _MOST:
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[every] = found
        return found
