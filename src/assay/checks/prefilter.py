"""Which families of personal data may stand in a text: one pass over it, so that most rules are never asked.

What is said here is necessary for a find at the usual floor, never enough: with and without it the finds are the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from functools import cache

from assay.scorers.credentials import ASSIGNING, CALLED, GIVEN, KEYS
from assay.scorers.labelled import LABELS
from assay.scorers.personal import FAMILIES, FLOOR, RUN, WITH_DIGITS, opened
from assay.scorers.phones import BEHIND, LABEL, STRONG, WEAK
from assay.scorers.postal import AT_HOME, GERMANIC, KINDS, ROMANCE_HEADS

Prefilter = Callable[[str, str], Collection[str]]
"""(plain text, the same in lower case) -> names of families."""

_LEFT_OUT = frozenset({"web"})
"""Web addresses are no defect; they are looked for only where they may cover another find."""
_ALL = FAMILIES.keys() - _LEFT_OUT
_NO_DIGIT = _ALL - WITH_DIGITS
_LABELS = tuple(label for label in LABELS if label.confidence >= FLOOR)
_KELVIN, _LONG_S = "\u212a", "\u017f"
"""Not ASCII, but small or in patterns without case they are."""


def prefilter() -> tuple[str, Prefilter]:
    """The quickest prefilter there is, and its engine: `re2` where google-re2 is installed, else `stdlib`."""
    sets = _re2_sets()
    if not sets:
        return "stdlib", by_signs
    in_words, in_digits, address, named = sets

    def by_set(text: str, low: str) -> Collection[str]:
        if not text.isascii() and (_KELVIN in text or _LONG_S in text):
            return _ALL
        data = low.encode("utf-8", "replace")
        found = in_words(data) | in_digits(data)
        if "digit" not in found:
            return found - _WITH_DIGIT
        if "home" in found:
            found |= address(data)
        if "digits" not in found:
            found -= _RUNS
        elif "run" not in found and named(data) and _announced(low, named):
            found |= _RUNS
        return found - _CONDITIONS

    return "re2", by_set


def _announced(low: str, named: Callable[[bytes], Set[str]]) -> bool:
    """Whether a word of telephones stands so near to a run of digits that it may announce it."""
    for run in RUN.finditer(low):
        near = low[max(opened(low, run.start()) - _BEFORE, 0) : run.end() + _BEHIND]
        if named(near.encode("utf-8", "replace")):
            return True
    return False


_BEFORE, _BEHIND = 56, 32
"""Characters before and behind a run in which `phones.phone` looks for words, and some more."""
_RUNS = frozenset({"run"})
_CONDITIONS = frozenset({"", "digit", "digits", "home", "named"})
"""Not families, but what some of them need besides."""
_WITH_DIGIT = _CONDITIONS | {"labelled"}


def _either(words: Collection[str]) -> str:
    return "|".join(re.escape(word) for word in words)


def patterns() -> Mapping[str, tuple[str, ...]]:
    """For each family or condition, patterns; one fits every text with a find. Lower case, no look-arounds."""
    kinds, heads = KINDS.lower(), _either(ROMANCE_HEADS)
    return {
        "digit": ("[0-9]",),
        "digits": (rf"[0-9](?:{_GAP}[0-9]){{5}}",),
        "home": (_either(AT_HOME),),
        "named": (
            *(_bounded(form.pattern) for form in (STRONG, WEAK)),
            rf"{_bounded(LABEL)}[+(]*[0-9]",
            r"[0-9][^a-z0-9]{0,3}" + BEHIND.replace(r"\b", ""),
            r"[0-9][^a-z0-9]{0,2}(?:x|ext(?:\.|ension)?)[^a-z0-9]?[0-9]",
        ),
        "mail": (r"[^\s]@[^\s]",),
        "spelled": (r"[\[({] ?at ?[\])}]",),
        "ip": (r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]",),
        "hardware": (
            r"[0-9a-f][:-][0-9a-f]{2}[:-][0-9a-f]{2}[:-][0-9a-f]{2}[:-][0-9a-f]",
            r"[0-9a-f]\.[0-9a-f]{4}\.[0-9a-f]",
            r":[0-9a-f]{0,4}:[0-9a-f]{0,4}:|[0-9a-f]{3}::|::[0-9a-f]{3}|:[0-9a-f]{1,4}::",
        ),
        "key": tuple(rf"(?:\A|[^a-z0-9_]){_key(hint, form.pattern)}" for hint, _, form in KEYS),
        "block": ("-----begin",),
        "connection": (r"://[^\s/@]*:[^\s/@]+@",),
        "assigned": (f"(?:{CALLED}){GIVEN}",),
        "bearer": (r"(?:bearer|basic) [a-z0-9+/_.=-]{8}",),
        "labelled": tuple(_seen(label.form.pattern) for label in _LABELS),
        "address": (
            rf"(?:\A|[^a-z0-9_.,/$-])[0-9]{{1,5}}[a-z]? (?:[^\s]+ ){{1,4}}(?:{kinds})(?:\z|[^a-z0-9_'])",
            rf"(?:{GERMANIC}) [0-9]",
            r"(?:(?:live[sd]?|living|resid[a-z]{2,5}) at|moved to|wohn[a-z]{1,3} in der|address(?: is|:))"
            r" (?:[^\s]+ ){0,4}[0-9]",
            r"(?:box|postfach|apartado(?: de correos)?) [0-9]",
            rf"(?:\A|[^a-z0-9_])(?:{heads})(?:[^\s]+ ){{0,6}}[^\s]*[0-9\x{{80}}-\x{{10ffff}}]",
            rf"[0-9](?: ?(?:bis|ter))?,? (?:{heads})",
        ),
        "iban": (r"[a-z]{2}[0-9]{2}[ -]?[a-z0-9]{4}",),
        "lettered": (r"[a-z]{2}[0-9]{2}[a-z][0-9]{2}[a-z][0-9]{3}[a-z]", r"[a-z]{5}[0-9]{4}[a-z]"),
        "run": (
            # cards and numbers of states
            r"(?:\A|[^a-z0-9_.+/])[0-9](?:[ +-]?[0-9]){8}",
            r"756[. -]?[0-9]{4}[. -]?[0-9]{4}|[0-9]{3}\.[0-9]{3}\.[0-9]{3}-",
            r"[0-9]{7}-?[a-z]|[a-z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[a-d]",
            # telephones that no word announces; the others have `digits` and are `named`
            rf"\+\(*[0-9](?:{_GAP}[0-9]){{6}}",
            rf"(?:\A|[^a-z0-9_.$#=<>%^&~@])\(*0(?:{_GAP}[0-9]){{6}}",
            r"\([0-9]{2,5}\)[ -]?[0-9]{2}|[0-9]{3}[ .-][0-9]{3}[ .-][0-9]{4}|1[3-9][0-9]{9}",
        ),
    }


_GAP = "[ .()/-]{0,3}"


def _bounded(pattern: str) -> str:
    """A pattern of `words` that takes the characters around in place of looking at them; a number may follow."""
    return pattern.replace(r"(?<![^\W_])", r"(?:\A|[^a-z0-9])").replace(r"(?![^\W_])", r"(?:\z|[^a-z])")


def _seen(pattern: str) -> str:
    """A pattern without what looks around: it fits wherever the pattern does."""
    return re.sub(r"\(\?<?[=!][^()]*\)|\\b", "", pattern)


def _key(hint: str, form: str) -> str:
    """What a key begins with, and so much of its body that words do not."""
    starts = hint.lower()
    if hint in ("_live_", "_test_"):
        return rf"[sr]k{starts}[a-z0-9]{{8}}"
    if hint == "_v1_":
        return r"do[opr]_v1_[a-f0-9]{8}"
    if hint == ":AA":
        return r"[0-9]{8,10}:aa"
    if hint == "sk-":  # its body may hold words
        return r"sk-[\pL\pN_-]{8}"
    return re.escape(starts) + (r"[a-z0-9]{8}" if hint in ("AKIA", "ASIA", "dapi", "hf_", "npm_") else "")


_TOGETHER = (
    ("mail", "spelled", "key", "block", "connection", "assigned", "bearer", "hardware", "labelled", "home"),
    ("digit", "digits", "ip", "run", "iban", "lettered"),
    ("address",),
    ("named",),
)
"""Families that share an automaton; all in one would make a state for each mixture of finds, of which each is slow."""


@cache
def _re2_sets() -> tuple[Callable[[bytes], Set[str]], ...]:
    """What says which of some families may stand in a text, for each of `_TOGETHER`; none without google-re2."""
    try:
        import re2
    except ImportError:
        return ()
    options = re2.Options()
    options.max_mem = 64 << 20
    options.log_errors = False
    listed, found = patterns(), []
    for together in _TOGETHER:
        made, families = re2.Set.SearchSet(options), [""]
        made.Add(r"(?s)\A.")
        for family in together:
            for pattern in listed[family]:
                made.Add(pattern)
                families.append(family)
        made.Compile()
        found.append(_told(made.Match, families))
    return tuple(found)


def _told(match: Callable[[bytes], Sequence[int] | None], families: Sequence[str]) -> Callable[[bytes], Set[str]]:
    def told(data: bytes) -> Set[str]:
        hits = match(data)
        if hits and len(hits) > 1:
            return {families[hit] for hit in hits if hit}
        return _NONE if hits or not data else _GAVE_UP  # the first pattern fits every text: the engine gave up

    return told


_NONE: frozenset[str] = frozenset()
_GAVE_UP = _ALL | {"digit"}
_SHAPE = bytes(48 if 48 <= code < 58 else 97 if code >= 128 or chr(code).isalpha() else code for code in range(256))
_JOINED = bytes(97 if code >= 128 or chr(code).isalnum() or chr(code) in "_-" else code for code in range(256))
_RUN = re.compile(rb"0(?:[ .()/-]{0,3}0){5}")
_IP = re.compile(rb"0\.0{1,3}\.0{1,3}\.0")
_HARDWARE = (b"aa:aa:aa:aa:aa:aa", b"aa-aa-aa-aa-aa-aa", b"aaaa.aaaa.aaaa", b"::")
_SHORTEST_KEY = b"a" * 15
"""Every key holds so many letters, digits, lines and dashes in a row, but for those that begin as below."""
_BROKEN_KEYS = ("accountkey=", "whsec_", "eyj")
_ASSIGNING_ASCII = tuple(word for word in ASSIGNING if word.isascii())


def by_signs(text: str, low: str) -> Collection[str]:
    """Families by shapes of digits and letters and by substrings, with the standard library alone."""
    data = text.encode("utf-8", "replace")
    shape = data.translate(_SHAPE)
    found = set(_in_words(text, low, data, shape))
    if b"0" not in shape:
        return found
    if _holds(low, AT_HOME):
        found.add("address")
    if _IP.search(shape):
        found.add("ip")
    if shape.count(b"0") >= 6 and _RUN.search(shape):
        found.add("run")
    if b"aa00" in shape:
        found.add("iban")
    if b"aaaaa0000a" in shape or b"aaaaaa00a00a000a" in shape:
        found.add("lettered")
    if _labelled(low):
        found.add("labelled")
    return found


def _in_words(text: str, low: str, data: bytes, shape: bytes) -> Collection[str]:
    """Families whose values need no digit."""
    found = []
    if "@" in text:
        found += ["mail", "connection"]
    if "[" in text or "(" in text or "{" in text:
        found.append("spelled")
    if "-----BEGIN" in text:
        found.append("block")
    if "bearer " in low or "basic " in low:
        found.append("bearer")
    if _holds(low, _ASSIGNING_ASCII if low.isascii() else ASSIGNING):
        found.append("assigned")
    if _SHORTEST_KEY in data.translate(_JOINED) or _holds(low, _BROKEN_KEYS):
        found.append("key")
    if b":" in shape or b"-" in shape or b"." in shape:
        plain = shape.replace(b"0", b"a")
        if any(sign in plain for sign in _HARDWARE) or plain.count(b":") >= 7:
            found.append("hardware")
    return found


def _holds(low: str, words: Iterable[str]) -> bool:
    """Whether one of the words stands in the text; a loop, as a generator costs half as much again."""
    for word in words:  # noqa: SIM110
        if word in low:
            return True
    return False


def _labelled(low: str) -> bool:
    """Whether a word stands in the text that may announce a value."""
    if not low.isascii():
        return _holds(low, _HINTS)
    words = low.encode().translate(_LETTERS).split()
    if _BEGINNINGS.isdisjoint([word[:4] for word in words]):
        return False
    return any(word.startswith(_ANNOUNCING) for word in words if word[:4] in _BEGINNINGS)


_HINTS = tuple(sorted({hint for label in _LABELS for hint in label.hints}))
_LETTERS = bytes(code if 97 <= code < 123 else 32 for code in range(256))
_ANNOUNCING = tuple(
    word.encode()
    for word in (
        *("born", "birth", "dob", "o", "geburts", "naissance", "nacimiento", "nascit", "nascim", "passport"),
        *("reisepass", "passeport", "pasaporte", "passaporto", "licen", "permis", "dl", "account", "acct", "konto"),
        *("sort", "routing", "medical", "mrn", "patient", "health", "medicare", "insurance", "policy", "tax"),
        *("steuer", "tin", "national", "identity", "id", "personalausweis", "zip", "postal", "postcode", "post"),
        *("plz", "postleitzahl", "plate", "kennzeichen", "plaque", "vin", "vehicle", "imei"),
    )
)
"""How a word of each label begins; its sign may be a single letter, as in d.o.b."""
_BEGINNINGS = frozenset(
    form
    for word in _ANNOUNCING
    for form in ([word[:4]] if len(word) > 3 else [word, *(word + bytes([code]) for code in range(97, 123))])
    if len(word) > 2 or form == word
)
