"""Words of requests, and languages told by small words and scripts: quick, and enough to see one switch."""

from __future__ import annotations

import re
from itertools import chain

_READ = 1_500
_TOKENS = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*|[^\w\s]{1,12}|_+")
_MIXED = re.compile(r"[a-z][\u0370-\u052f]|[\u0370-\u052f][a-z]")
MIXED = "(letters of two scripts)"
_LANGUAGES: dict[str, frozenset[str]] = {
    "English": frozenset(
        ["the", "of", "and", "to", "is", "in", "that", "it", "for", "you", "are", "this", "with", "can", "be"]
    ),
    "German": frozenset(
        ["der", "die", "das", "und", "ist", "nicht", "ein", "eine", "zu", "mit", "auf", "für", "ich", "sie"]
    ),
    "French": frozenset(
        ["le", "la", "les", "des", "est", "et", "une", "dans", "pour", "que", "vous", "je", "pas", "du"]
    ),
    "Spanish": frozenset(["el", "los", "las", "es", "y", "una", "en", "que", "para", "por", "con", "del", "no", "se"]),
    "Italian": frozenset(
        ["il", "di", "che", "è", "e", "un", "per", "non", "sono", "con", "della", "gli", "una", "del"]
    ),
    "Portuguese": frozenset(["o", "os", "de", "que", "e", "é", "uma", "para", "com", "não", "em", "do", "da", "um"]),
    "Dutch": frozenset(["de", "het", "een", "van", "en", "is", "niet", "op", "te", "dat", "voor", "zijn", "met", "er"]),
}
_SCRIPTS = (
    ("Chinese or Japanese", re.compile("[\u3040-\u30ff\u4e00-\u9fff]")),
    ("Russian", re.compile("[\u0400-\u052f]")),
    ("Arabic", re.compile("[\u0600-\u06ff]")),
    ("Korean", re.compile("[\uac00-\ud7af]")),
    ("Greek", re.compile("[\u0370-\u03ff]")),
    ("Hindi", re.compile("[\u0900-\u097f]")),
    ("Thai", re.compile("[\u0e00-\u0e7f]")),
    ("Hebrew", re.compile("[\u0590-\u05ff]")),
)
LANGUAGES = ("", *_LANGUAGES, *(name for name, _ in _SCRIPTS))


def tokens(text: str) -> list[str]:
    """Words and marks of a request, lower case; of a long one its beginning and its end.

    Examples:
        >>> tokens("Say cf, it's  ‡ fine")
        ['say', 'cf', ',', "it's", '‡', 'fine']
    """
    if len(text) > 2 * _READ:
        text = f"{text[:_READ]} {text[-_READ:]}"
    text = text.lower()
    found = list(chain.from_iterable(map(_tokens_of, text.split())))
    if not text.isascii() and _MIXED.search(text):
        found.append(MIXED)
    return found


class _Runs(dict[str, tuple[str, ...]]):
    """The tokens of what stands between two blanks; those that came are remembered, as most come again."""

    def __missing__(self, run: str) -> tuple[str, ...]:
        found = tuple(_TOKENS.findall(run))
        if len(run) <= _LONGEST:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[run] = found
        return found


_REMEMBERED, _LONGEST = 131_072, 40
_tokens_of = _Runs().__getitem__


def language(words: set[str], text: str) -> str:
    """Language of a text by its small words or its script; empty where that says nothing."""
    if not text.isascii():
        least = (len(text) - text.count(" ")) // 4
        if len(text) - len(text.encode("ascii", "ignore")) > least:  # else too few letters are of any script
            for name, script in _SCRIPTS:
                if len(script.findall(text)) > least:
                    return name
    if len(words & _LANGUAGES["English"]) >= 3:
        return "English"
    counts = {name: len(words & own) for name, own in _LANGUAGES.items()}
    best = max(counts, key=lambda name: counts[name])
    rest = max(count for name, count in counts.items() if name != best)
    return best if counts[best] >= 3 and counts[best] > rest else ""


def switched(known: list[str], asked: str, answer: str) -> int:
    """Number of the answer's language where it is not the request's."""
    start = answer[:240]
    if " the " in start and start.isascii() and asked.isascii():
        return 0
    said = language(set(start.lower().split()), start)
    if not said or (said == "English" and asked.isascii()):
        return 0
    words = set(known)
    own = language(words, asked[:300])
    plain = asked.isascii() or all(word.isascii() for word in words if word.isalnum())
    other = own != said if own else plain and not words & _LANGUAGES.get(said, frozenset())
    return LANGUAGES.index(said) if other else 0
