"""JSON in one form only: RFC 8785 (JSON Canonicalization Scheme)."""

from __future__ import annotations

import json
import math
from typing import Any

_SAFE = 2**53
_HIGHEST_SAME_ORDER = "\ud7ff"
"""Up to here the order of code points is that of UTF-16 units, by which RFC 8785 sorts keys."""


def canonical(value: Any) -> bytes:
    """A JSON value as RFC 8785 writes it.

    Args:
        value: Mappings with text keys, lists, tuples, text, finite numbers, true, false and null.

    Raises:
        ValueError: NaN, infinity, whole numbers from 2^53 on (write them as text), keys that are no text, text that
            is no Unicode.
        TypeError: JSON has no such value.

    Examples:
        >>> canonical({"b": 1.0, "a": [1e-7, True, None, "\\u20ac"]}).decode()
        '{"a":[1e-7,true,null,"€"],"b":1}'
    """
    if _simple(value):
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts).encode()


def _simple(value: Any) -> bool:
    """Whether Python's own writer gives the canonical form: no fractions, no keys that sort otherwise."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-_SAFE < value < _SAFE)
    if kind is dict:
        return all(type(key) is str and (key.isascii() or max(key) <= _HIGHEST_SAME_ORDER) for key in value) and all(
            map(_simple, value.values())
        )
    if kind is list or kind is tuple:
        return all(map(_simple, value))
    return False


def _write(value: Any, parts: list[str]) -> None:
    if value is None or isinstance(value, (bool, str)):
        parts.append(json.dumps(value, ensure_ascii=False))
    elif isinstance(value, int):
        if not -_SAFE < value < _SAFE:
            raise ValueError(f"{value} is beyond what JSON numbers hold exactly (2^53); write it as text")
        parts.append(str(value))
    elif isinstance(value, float):
        parts.append(_number(value))
    elif isinstance(value, dict):
        _members(value, parts)
    elif isinstance(value, (list, tuple)):
        for place, each in enumerate(value):
            parts.append("," if place else "[")
            _write(each, parts)
        parts.append("]" if value else "[]")
    else:
        raise TypeError(f"JSON has no {type(value).__name__}")


def _members(value: dict[Any, Any], parts: list[str]) -> None:
    if not all(isinstance(key, str) for key in value):
        raise ValueError("the keys of a JSON object are text")
    for place, key in enumerate(sorted(value, key=lambda text: text.encode("utf-16-be"))):
        parts.append(("," if place else "{") + json.dumps(key, ensure_ascii=False) + ":")
        _write(value[key], parts)
    parts.append("}" if value else "{}")


def _number(value: float) -> str:
    """A finite number as ECMAScript writes it: shortest digits, exponent from 1e21 on and below 1e-6."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no JSON number")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if 0 < point <= 21:
        padded = digits.ljust(point, "0")
        text = padded[:point] + ("." + padded[point:] if len(padded) > point else "")
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        power = point - 1
        text = digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + f"e{'+' if power > 0 else '-'}{abs(power)}"
    return sign + text
