"""JSON of training data: decoded strictly, with repeated keys told, arrays element by element."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import IO, Any

import msgspec

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*("|\\?\Z)|[\[\]{}]', re.DOTALL)
_REST_OF_TEXT = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*("|\\?\Z)', re.DOTALL)
_BETWEEN = re.compile(rb'[\s,]*([^\s,"\[\]{}]+)')
"""What stands between two elements and is none of them: a number, null, or no JSON at all."""
_PART = 1 << 20


class NotJson(Exception):
    """Bytes that are not one JSON value.

    Attributes:
        cause: `not_json`, `not_utf8`, `too_deep`, `half_line` or `unreadable`.
    """

    def __init__(self, cause: str, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause


def decoded(content: bytes) -> tuple[Any, bool]:
    """The value, and whether some object in it has a key twice (the last one counts).

    Raises:
        NotJson: It is none.
    """
    try:
        value = msgspec.json.decode(content)
        return value, not _as_many(content, value) and _repeats(content)
    except UnicodeDecodeError as error:
        raise NotJson("not_utf8", str(error)) from error
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise NotJson("not_json", str(error)) from error
    except RecursionError as error:
        raise NotJson("too_deep", "nested too deeply") from error


def _as_many(content: bytes, value: Any) -> bool:
    """Whether there are as many keys in the bytes as in the value; a blank before a colon looks like one too few."""
    kept = _keys(value)
    written = content.count(b'":')
    return written == kept or written - content.count(b'\\":') == kept


def _keys(value: Any) -> int:
    """How many keys all objects in a value have."""
    if type(value) is dict:
        count, inside = len(value), value.values()
    elif type(value) is list:
        count, inside = 0, value  # type: ignore[assignment]
    else:
        return 0
    for each in inside:
        kind = type(each)
        if kind is list:
            count += _keys(each)
        elif kind is dict:
            flat = len(each)
            for inner in each.values():
                if type(inner) is dict or type(inner) is list:
                    flat = _keys(each)
                    break
            count += flat
    return count


def _repeats(content: bytes) -> bool:
    """Whether a key stands twice, told exactly and slowly."""
    found = False

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found
        kept = dict(members)
        found = found or len(kept) != len(members)
        return kept

    json.loads(content, object_pairs_hook=pairs)
    return found


def elements(stream: IO[bytes], longest: int) -> Iterator[bytes | None]:
    """The elements of a JSON array, one after another; None for one of more than `longest` bytes.

    The stream stands before the opening bracket. Memory is that of one element.

    Raises:
        NotJson: The array does not end, or something follows its end.
    """
    scan = _Scan(longest)
    while part := stream.read(_PART):
        yield from scan.fed(part)
        if scan.done:
            break
    else:
        raise NotJson("half_line", "the array does not end")
    rest = scan.rest
    while not rest.strip() and (part := stream.read(_PART)):
        rest = part
    if rest.strip():
        raise NotJson("unreadable", "something follows the end of the array and was not read; write JSON Lines")


class _Scan:
    """Where one element ends and the next begins, part by part."""

    def __init__(self, longest: int) -> None:
        self.done = False
        self._longest = longest
        self._buffer = b""
        self._place = 0
        self._begin = -1  # of the element at hand; -1 between two
        self._depth = 0
        self._long = False
        self._in_text = False

    def fed(self, part: bytes) -> Iterator[bytes | None]:
        """The elements that end in this part."""
        self._buffer += part
        if self._in_text:
            self._leave_text()
        while not self._in_text and not self.done:
            word = _BETWEEN.match(self._buffer, self._place) if self._depth == 1 and self._begin < 0 else None
            if word is not None:
                self._place = word.start(1)
                if word.end() == len(self._buffer) and word.end() - word.start(1) <= self._longest:
                    break  # it may go on in the next part
                self._place = word.end()
                yield word.group(1)
                continue
            match = _TOKEN.search(self._buffer, self._place)
            if match is None:
                self._place = len(self._buffer)
                break
            token = match.group()
            if token[:1] == b'"' and match.group(1) != b'"':
                self._place = match.start()
                self._in_text = self._long
                break
            if self._took(token, match.start(), match.end()):
                yield None if self._long else self._buffer[self._begin : match.end()]
                self._begin, self._long = -1, False
        self._forget()

    @property
    def rest(self) -> bytes:
        """What was fed beyond the end of the array."""
        return self._buffer[self._place :]

    def _took(self, token: bytes, start: int, end: int) -> bool:
        """Whether an element ends with this token."""
        if self._depth == 1 and self._begin < 0 and token not in (b"]", b"}"):
            self._begin = start
        self._depth += 1 if token in (b"[", b"{") else -1 if token in (b"]", b"}") else 0
        self._place = end
        self.done = self._depth <= 0
        return self._depth == 1 and self._begin >= 0

    def _leave_text(self) -> None:
        match = _REST_OF_TEXT.match(self._buffer)
        assert match is not None
        self._in_text = match.group(1) != b'"'
        self._place = match.start(1) if self._in_text else match.end()

    def _forget(self) -> None:
        """Drops the bytes that are no longer needed."""
        if self._begin >= 0 and len(self._buffer) - self._begin > self._longest:
            self._long = True
        if self._long and not self._in_text and self._buffer[self._place : self._place + 1] == b'"':
            self._in_text, self._place = True, self._place + 1
            self._leave_text_from(self._place)
        keep = self._begin if self._begin >= 0 and not self._long else self._place
        self._buffer, self._place = self._buffer[keep:], self._place - keep
        self._begin = 0 if self._begin >= 0 else -1

    def _leave_text_from(self, place: int) -> None:
        match = _REST_OF_TEXT.match(self._buffer, place)
        assert match is not None
        self._place = match.start(1)
