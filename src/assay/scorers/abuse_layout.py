"""How a text is laid out: length, case, stops, marks, slang and persons. It tells a comment from a page and a reply."""

from __future__ import annotations

import math
import re
import string
from functools import lru_cache

READ = 600
"""Characters that are read: of a text its first, of what it answers its last."""
_CAPITALS, _DIGITS = string.ascii_uppercase.encode(), string.digits.encode()
_LISTED = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s", re.MULTILINE)
_WORDS = (
    ("slang", "u ur r n ya yo tho cuz idk tbh ppl pls plz nah bro bruh dude lol lmao lmfao haha omg wtf yeah"),
    ("slang", "gonna wanna gotta"),
    ("bare", "dont im ive cant wont isnt thats youre didnt doesnt hes theyre whats aint"),
    ("self", "i i'm i've i'd i'll me my"),
    ("you", "you your you're yours"),
    ("others", "he she they him her them his their"),
)  # fmt: skip
_OF = {word: kind for kind, words in _WORDS for word in words.split()}
_MARKS = ("@", "#", '"', "'", "’", "\n", "\n\n", "(", ":", ";", "  ")
NAMES = (
    *("length", "words", "words a sentence", "letters a word", "capitals", "digits", "commas"),
    *("begins small", "begins large", "ends with .", "ends with !", "ends with ?", "ends with a letter"),
    *("links", "curly quotes", "dashes", "list", "dots", "stop after a blank", "small i", "one sentence"),
    *(f"holds {mark!r}" for mark in _MARKS),
    *("exclamations", "questions", "shouted words", "slang", "bare", "self", "you", "others"),
)
_MOST = 2.0
"""No number is larger than about this, whatever the text."""
_NOTHING = (0.0,) * len(NAMES)
BOTH = 2 * len(NAMES) + 2
"""Numbers of a text and of what it answers together."""


def layout(text: str, asked: str = "") -> tuple[float, ...]:
    """`NAMES` of a text, those of what it answers, whether it answers anything, and how long that is.

    Examples:
        >>> told = dict(zip(NAMES, layout("u r WRONG here!!"), strict=False))
        >>> [float(told[name]) for name in ("begins small", "ends with !", "slang", "self")]
        [1.0, 1.0, 1.0, 0.0]
    """
    text, asked = text.strip(), asked.strip()
    before = _before(asked[-READ:]) if asked else _NOTHING
    return (*_laid(text[:READ], len(text), text[-1:]), *before, float(bool(asked)), math.log1p(len(asked)) / 6)


@lru_cache(maxsize=256)
def _before(asked: str) -> tuple[float, ...]:
    """What is answered; the same prompt is answered many times."""
    return _laid(asked, len(asked), asked[-1:])


def _laid(read: str, length: int, last: str) -> tuple[float, ...]:
    words = read.split()
    many, size = max(len(words), 1), len(read) + 1
    sentences = max(sum(map(read.count, ".!?")), 1)
    raw = read.encode("utf-8", "replace")
    capitals, digits = (len(raw) - len(raw.translate(None, some)) for some in (_CAPITALS, _DIGITS))
    kinds = list(filter(None, map(_OF.get, read.lower().split())))
    shouted = sum(map(str.isupper, words)) - words.count("I") - words.count("A")
    return (
        *(math.log1p(length) / 6, math.log1p(many) / 4, min(many / sentences / 20, _MOST), min(size / many / 6, _MOST)),
        *(4 * capitals / size, min(10 * digits / size, _MOST)),
        min(10 * read.count(",") / many, _MOST),
        *(read[:1].islower(), read[:1].isupper(), last == ".", last == "!", last == "?", last.isalpha()),
        *("http" in read or "www." in read, "“" in read or "”" in read, "—" in read or "–" in read or "--" in read),
        *("\n" in read and _LISTED.search(read) is not None, ".." in read or "…" in read),
        *(" ." in read or " ," in read or " !" in read or " ?" in read, " i " in read, sentences == 1),
        *[mark in read for mark in _MARKS],
        *(min(read.count("!") / 3, 1.0), min(read.count("?") / 3, 1.0), min(shouted / 3, 1.0)),
        *(min(kinds.count("slang") / 2, 1.0), min(kinds.count("bare"), 1)),
        *[min(10 * kinds.count(person) / many, _MOST) for person in ("self", "you", "others")],
    )
