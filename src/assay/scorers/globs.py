"""Simple patterns of text, matched in time that grows with text times pattern whatever either holds."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SEPARATOR = re.compile(r"[./:\\]|__")


def glob(pattern: str, text: str) -> bool:
    """Whether the whole text fits a pattern: `*` is anything, `?` one character; case does not count.

    Examples:
        >>> glob("read_*", "read_mail"), glob("*@shop.example", "ana@shop.example.org")
        (True, False)
    """
    pattern, text = pattern.casefold(), text.casefold()
    at = place = 0
    star, mark = -1, 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "*":
            star, mark = place, at
            place += 1
        elif place < len(pattern) and pattern[place] in ("?", text[at]):
            at, place = at + 1, place + 1
        elif star >= 0:
            place, mark = star + 1, mark + 1
            at = mark
        else:
            return False
    return all(char == "*" for char in pattern[place:])


def any_glob(patterns: Iterable[str], text: str) -> bool:
    """Whether one of them fits."""
    return any(glob(one, text) for one in patterns)


def any_glob_of_tool(patterns: Iterable[str], name: str) -> bool:
    """Whether a pattern fits the name of a tool, or an ending of it behind a namespace: `.`, `/`, `:`, `\\` or `__`.

    Examples:
        >>> [any_glob_of_tool(["drop_*"], one) for one in ("db.drop_table", "mcp__db__drop_table", "backdrop_x")]
        [True, True, False]
        >>> any_glob_of_tool(["db.drop_*"], "mcp/db.drop_table")
        True
    """
    endings = [name, *(name[found.end() :] for found in _SEPARATOR.finditer(name))]
    return any(glob(pattern, ending) for pattern in patterns for ending in endings if ending)
