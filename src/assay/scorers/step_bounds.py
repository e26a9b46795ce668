"""What a call's arguments may be: values, ranges, patterns, folders and hosts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from assay.domain.step_policy import Bound
from assay.scorers.globs import any_glob, glob
from assay.scorers.step_breach import shown

_MOST = 1000
"""Items of a list that are held against a bound."""
_WEB = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s\"'<>]{1,2000}", re.IGNORECASE)
_MAIL = re.compile(r"[^\s\"'<>,;:()@]{1,64}@([\w.-]{1,253})")


def values(arguments: Mapping[str, Any], path: str) -> Iterator[Any]:
    """The values at a place: of a list each item; none where nothing is there.

    Examples:
        >>> [*values({"to": [{"mail": "a"}, {"mail": "b"}]}, "to.mail")]
        ['a', 'b']
    """
    held: list[Any] = [arguments]
    for part in path.split("."):
        held = [one[part] for one in _items(held) if isinstance(one, Mapping) and part in one]
    yield from _items(held)


def _items(held: list[Any]) -> list[Any]:
    return [item for one in held for item in (one[:_MOST] if isinstance(one, list | tuple) else [one])]


def faults(bound: Bound, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with an argument: what was seen, and what was expected.

    Examples:
        >>> [*faults(Bound(argument="amount", max=500), {"amount": 900})]
        [('amount 900', 'at most 500')]
    """
    found = [one for one in values(arguments, bound.argument) if one is not None]
    if not found:
        if bound.required:
            yield f"no {bound.argument}", f"an argument {bound.argument}"
        return
    for value in found:
        fault = next((expected for test in _TESTS if (expected := test(bound, value))), "")
        if fault:
            yield f"{bound.argument} {shown(value)}", fault
            return


def _range(bound: Bound, value: Any) -> str:
    if bound.min is None and bound.max is None:
        return ""
    number = _number(value)
    if number is None:
        return "a number"
    if bound.min is not None and not number >= bound.min:
        return f"at least {bound.min:g}"
    return f"at most {bound.max:g}" if bound.max is not None and not number <= bound.max else ""


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(str(value).replace("_", "x"))
    except ValueError:
        return None


def _allowed(bound: Bound, value: Any) -> str:
    """A text that is written as an allowed number is that number; `true` is not 1."""
    if not bound.one_of:
        return ""
    same = any(one == value and isinstance(one, bool) == isinstance(value, bool) for one in bound.one_of)
    return "" if same or str(value) in map(str, bound.one_of) else f"one of {shown(', '.join(map(str, bound.one_of)))}"


def _patterns(bound: Bound, value: Any) -> str:
    text = str(value)
    if bound.globs and not any_glob(bound.globs, text):
        return f"a text like {shown(' or '.join(bound.globs))}"
    wrong = next((one for one in bound.not_globs if glob(one, text)), None)
    return f"no text like {wrong}" if wrong is not None else ""


def _folder(bound: Bound, value: Any) -> str:
    if not bound.under:
        return ""
    path = unquote(str(value)).replace("\\", "/").removeprefix("file://")
    real = posixpath.normpath(path)
    folders = [posixpath.normpath(one) for one in bound.under]
    inside = any(real == one or real.startswith(one.rstrip("/") + "/") or _relative(one, real) for one in folders)
    return "" if inside and "\0" not in path else f"a path under {shown(' or '.join(bound.under))}"


def _relative(folder: str, real: str) -> bool:
    """The folder `.` holds all that does not leave it."""
    return folder == "." and not real.startswith(("/", "../", "~")) and real != ".."


def _hosts(bound: Bound, value: Any) -> str:
    if not bound.hosts:
        return ""
    text = str(value)
    seen = [*hosts(text)]
    wanted = f"an address at {shown(' or '.join(bound.hosts))}"
    if not seen:
        return wanted
    wrong = next((one for one in seen if not any_glob(bound.hosts, one)), None)
    return f"{wanted}, not {shown(wrong)}" if wrong is not None else ""


def hosts(text: str) -> Iterator[str]:
    """The hosts of all web and mail addresses in a text; a bare name is one.

    Examples:
        >>> [*hosts("https://shop.example@evil.example/a")], [*hosts("ana@shop.example, b@evil.example")]
        (['evil.example'], ['shop.example', 'evil.example'])
    """
    plain = text
    for found in _WEB.finditer(text):
        try:
            yield (urlsplit(found.group().replace("\\", "/")).hostname or "").rstrip(".")
        except ValueError:
            yield found.group()
        plain = plain.replace(found.group(), " ")
    yield from (found[1].rstrip(".").lower() for found in _MAIL.finditer(plain))
    bare = plain.strip()
    if bare and "@" not in bare and re.fullmatch(r"[\w.-]{1,253}(?::\d{1,5})?(?:/\S{0,2000})?", bare):
        yield bare.partition("/")[0].partition(":")[0].lower()


def _length(bound: Bound, value: Any) -> str:
    long = bound.longest is not None and len(str(value)) > bound.longest
    return f"at most {bound.longest} characters, not {len(str(value))}" if long else ""


_TESTS: tuple[Callable[[Bound, Any], str], ...] = (_range, _allowed, _patterns, _folder, _hosts, _length)
