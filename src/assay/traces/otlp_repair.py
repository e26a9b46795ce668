"""Requests with texts that are none: halves of characters and bytes of no encoding become U+FFFD, and are counted.

One such text would else cost a whole batch of spans: exporters do not send again what was answered 400.
"""

from __future__ import annotations

import re
from typing import Any

_MARK = "\N{REPLACEMENT CHARACTER}"
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""A pair of halves, one half alone (the group), or any other escape, so that a backslash before `u` is not mistaken."""
_DEEPEST = 100
"""Messages within messages, as protobuf's own limit."""


def mended_json(body: bytes) -> tuple[bytes, int]:
    r"""The text of a request that can be read, and how many characters were replaced.

    Examples:
        >>> mended_json(b'["a\\ud800b", "\\ud83d\\ude00", "\\\\ud800"]')
        (b'["a\\ufffdb", "\\ud83d\\ude00", "\\\\ud800"]', 1)
    """
    count = 0

    def half(found: re.Match[bytes]) -> bytes:
        nonlocal count
        if found[1] is None:
            return found[0]
        count += 1
        return b"\\ufffd"

    text, wrong = _text(body)
    return _ESCAPE.sub(half, text), count + wrong


def mended_protobuf(body: bytes, kind: Any) -> tuple[bytes, int]:
    """The bytes of a message that can be read, and how many characters were replaced.

    Args:
        body: The message.
        kind: Its descriptor.

    Raises:
        ValueError: It is damaged otherwise.

    Source:
        Encoding of Protocol Buffers: tags of field number and wire type, lengths before texts and messages.
    """
    return _message(memoryview(body), kind, 0)


def _message(body: memoryview, kind: Any, depth: int) -> tuple[bytes, int]:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    parts: list[bytes] = []
    at = count = 0
    while at < len(body):
        begin = at
        tag, at = _number(body, at)
        if tag & 7 != 2:
            at = _skipped(body, at, tag & 7)
            parts.append(bytes(body[begin:at]))
            continue
        head = bytes(body[begin:at])
        size, at = _number(body, at)
        if at + size > len(body):
            raise ValueError("ends before its end")
        held, wrong = _field(body[at : at + size], kind.fields_by_number.get(tag >> 3), depth)
        at, count = at + size, count + wrong
        parts += (head, _varint(len(held)), held)
    return b"".join(parts), count


def _field(body: memoryview, field: Any, depth: int) -> tuple[bytes, int]:
    if field is not None and field.type == field.TYPE_STRING:
        return _text(bytes(body))
    if field is not None and field.type == field.TYPE_MESSAGE:
        return _message(body, field.message_type, depth + 1)
    return bytes(body), 0


def _text(given: bytes) -> tuple[bytes, int]:
    try:
        given.decode()
    except UnicodeDecodeError:
        found = given.decode("utf-8", "replace")
        return found.encode(), found.count(_MARK) - given.count(_MARK.encode())
    return given, 0


def _number(body: memoryview, at: int) -> tuple[int, int]:
    found = 0
    for place in range(10):
        if at + place >= len(body):
            break
        byte = body[at + place]
        found |= (byte & 127) << 7 * place
        if byte < 128:
            return found, at + place + 1
    raise ValueError("a number without an end")


def _varint(number: int) -> bytes:
    made = bytearray()
    while number > 127:
        made.append(number & 127 | 128)
        number >>= 7
    return bytes((*made, number))


def _skipped(body: memoryview, at: int, wire: int) -> int:
    """The place behind a value that is no text and no message."""
    if wire == 0:
        return _number(body, at)[1]
    size = {1: 8, 5: 4}.get(wire)
    if size is None or at + size > len(body):
        raise ValueError("a value of no known form")
    return at + size
