"""Whether one of many words stands in a text: one pass over it where google-re2 is installed, else word by word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

Holds = Callable[[str], bool]
Search = Callable[[str], re.Match[str] | None]
_FLAGS = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE}
_END = re.compile(r"(?<!\\)\$")
_PARTS = re.compile(r"\\.|\[\^?|.", re.DOTALL)
_WIDE = (r"\w", r"\d", r"\s")
_BEYOND = r"\x0b\x1c-\x1f\x{80}-\x{10ffff}"
_ODD_BLANKS = r"[\x0b\x1c-\x1f]"


def holds(words: Iterable[str], patterns: Iterable[str] = ()) -> Holds:
    """A function that says whether a text holds one of the words, as they are written, or fits one of the patterns.

    Should the engine give up, it says yes: so a yes is to be looked at closely, and only a no is final.

    Args:
        words: Parts of texts; blanks, marks and case count.
        patterns: Regular expressions without look-arounds and back references.

    Examples:
        >>> found = holds(["obey", "no rule"], ["[0-9]:[0-9]"])
        >>> found("no rules"), found("at 5:30"), found("at five")
        (True, True, False)
    """
    words, patterns = tuple(words), tuple(patterns)
    made = _automaton(words, patterns)
    if made is not None:
        return made
    forms = [re.compile(pattern) for pattern in patterns]

    def one_by_one(text: str) -> bool:
        for word in words:  # not any(): it takes half as long again
            if word in text:
                return True
        return any(form.search(text) for form in forms)

    return one_by_one


def may_hold(words: Iterable[str], patterns: Iterable[str] = ()) -> Holds:
    """The same where google-re2 is installed, and yes to all where it is not; for those who look closely in few steps.

    Examples:
        >>> may_hold(["obey"])("obey me")
        True
    """
    return _automaton(tuple(words), tuple(patterns)) or (lambda text: True)


def quick(form: re.Pattern[str]) -> Search:
    """The search of a pattern, with a quick no first, where google-re2 is installed and can read the pattern.

    Examples:
        >>> search = quick(re.compile(r"\\bobey(?:s|ing)?\\b", re.IGNORECASE))
        >>> search("You must OBEY me.")[0], search("obeyed")
        ('OBEY', None)
    """
    may = _may_fit([form])
    return form.search if may is None else lambda text: form.search(text) if may(text) else None


def may_fit(*forms: re.Pattern[str]) -> Holds:
    """A function that says whether one of the patterns may fit somewhere; yes to all where google-re2 is missing.

    Both engines read patterns alike but for letters, digits and blanks beyond ASCII, which are told apart here.
    """
    return _may_fit(forms) or (lambda text: True)


def _may_fit(forms: Sequence[re.Pattern[str]]) -> Holds | None:
    plain = _automaton((), (*map(_for_ascii, forms), _ODD_BLANKS))
    wide = _automaton((), tuple(map(_for_all, forms)))
    if plain is None or wide is None:
        return None
    return lambda text: plain(text) if text.isascii() else wide(text)


def _for_ascii(form: re.Pattern[str]) -> str:
    """A pattern for the automaton that fits every ASCII text that it fits, but for those with odd blanks."""
    flags = "".join(name for name, flag in _FLAGS.items() if form.flags & flag)
    told = _END.sub(r"\\n?$", form.pattern)
    return f"(?{flags}:{told})" if flags else told


def _for_all(form: re.Pattern[str]) -> str:
    """The same for all texts: what the automaton takes for letters, digits and blanks of ASCII is widened."""
    parts: list[str] = []
    inside = negated = False
    for part in _PARTS.findall(_for_ascii(form)):
        if part in _WIDE and not (inside and negated):
            part = f"{part}{_BEYOND}" if inside else f"[{part}{_BEYOND}]"
        elif part == r"\b" and not inside:
            part = ""
        elif not inside and part.startswith("["):
            inside, negated = True, part == "[^"
        elif inside and part == "]":
            inside = False
        parts.append(part)
    return "".join(parts)


def _automaton(words: tuple[str, ...], patterns: tuple[str, ...]) -> Holds | None:
    """The same by one automaton over the bytes of a text; None without google-re2."""
    try:
        import re2
    except ImportError:
        return None
    options = re2.Options()
    options.max_mem = 16 << 20
    options.log_errors = False
    made = re2.Set.SearchSet(options)
    made.Add(r"(?s)\A.")
    try:
        made.Add("|".join([*map(re.escape, words), *(f"(?:{pattern})" for pattern in patterns)]))
        made.Compile()
    except re2.error:  # it looks around, or is too large
        return None
    match = made.Match

    def at_once(text: str) -> bool:
        hits = match(text.encode("utf-8", "replace"))
        return len(hits) > 1 if hits else text != ""  # the first fits every text: without it the engine gave up

    return at_once
