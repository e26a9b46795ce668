"""The beginning of a JSON text that was cut off: what is known of its value already."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]

_BLANK = re.compile(r"[ \t\r\n]*")
_DEEPEST = 200
"""Levels of nesting that are read; deeper texts are known as far as that."""
_decode = json.JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True)
class Beginning:
    """A value of which only the first part is there."""

    value: Any
    """All that is complete; containers that were still open hold what they held so far."""
    unfinished: frozenset[Path]
    """Paths of the containers that were still open."""
    twice: str = ""
    """A key that stands twice in one object; that cannot be mended by going on."""

    def may_become(self, part: Any, whole: Any, path: Path) -> bool:
        """Whether a part of the value, at this path, could still grow into `whole`."""
        if path not in self.unfinished:
            return bool(part == whole)
        if isinstance(part, dict) and isinstance(whole, dict):
            return all(key in whole and self.may_become(part[key], whole[key], (*path, key)) for key in part)
        if isinstance(part, list) and isinstance(whole, list):
            return len(part) <= len(whole) and all(
                self.may_become(one, other, (*path, at))
                for at, (one, other) in enumerate(zip(part, whole, strict=False))
            )
        return False


def beginning(text: str) -> Beginning | None:
    """What a cut JSON text says so far; None when it does not begin with an object or an array.

    The last member counts only when it is complete: a number at the very end may have had more digits. Reading
    stops where the text stops being JSON, which is the caller's to find out.

    Examples:
        >>> found = beginning('{"a": 1, "b": [true, "cut o')
        >>> found.value, sorted(found.unfinished)
        ({'a': 1, 'b': [True]}, [(), ('b',)])
        >>> beginning('{"a": 1, "a": 2').twice
        'a'
    """
    at = _skipped(text, 0)
    if text[at : at + 1] not in ("{", "["):
        return None
    whole: Any = {} if text[at] == "{" else []
    open_: list[tuple[Any, Path]] = [(whole, ())]
    at += 1
    while open_:
        container, path = open_[-1]
        at = _skipped(text, at)
        sign = text[at : at + 1]
        if sign == ",":
            at += 1
            continue
        if sign in ("]", "}"):
            open_.pop()
            at += 1
            continue
        key: str | int = len(container)
        if isinstance(container, dict):
            named = _key(text, at)
            if named is None:
                break
            key, at = named
            if key in container:
                return Beginning(whole, frozenset(path for _, path in open_), str(key))
        if text[at : at + 1] in ("{", "["):
            if len(open_) >= _DEEPEST:
                break
            inner: Any = {} if text[at] == "{" else []
            _put(container, key, inner)
            open_.append((inner, (*path, key)))
            at += 1
            continue
        scalar = _scalar(text, at)
        if scalar is None:
            break
        _put(container, key, scalar[0])
        at = scalar[1]
    return Beginning(whole, frozenset(path for _, path in open_))


def _skipped(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _key(text: str, at: int) -> tuple[str, int] | None:
    """A key and where its value begins; None when it is not all there."""
    scalar = _scalar(text, at)
    if scalar is None or not isinstance(scalar[0], str):
        return None
    at = _skipped(text, scalar[1])
    return (scalar[0], _skipped(text, at + 1)) if text[at : at + 1] == ":" else None


def _scalar(text: str, at: int) -> tuple[Any, int] | None:
    if text[at : at + 1] in ("{", "[", ""):
        return None
    try:
        value, end = _decode(text, at)
    except ValueError:
        return None
    cut = end == len(text) and isinstance(value, (int, float)) and not isinstance(value, bool)
    return None if cut else (value, end)


def _put(container: Any, key: str | int, value: Any) -> None:
    if isinstance(container, dict):
        container[key] = value
    else:
        container.append(value)
