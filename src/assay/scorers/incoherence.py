"""Is a text an answer at all: nothing but marks, a short run of words over and over, broken characters."""

from __future__ import annotations

import re
from collections.abc import Sequence

READ = 2000
"""Characters looked at."""

_WORD = re.compile(r"\w+")
_MARKS = re.compile(r"[\W_]*\Z")
_SAYS = re.compile(r"[\[\](){}<>=+%$€£✓✔✗✘]|[\u2190-\u2bff\U0001f000-\U0001faff]")
_LONGEST_UNIT = 12
_LEAST = 12  # Fewer words are an emphasis or a chorus ("no, no, no!"), not a loop.
_TURNS = 4


def incoherent(answer: str) -> str:
    """Why a text is no answer, or nothing when it may be one. In doubt it is one.

    Args:
        answer: Without its reasoning and outer blanks, not empty.

    Examples:
        >>> incoherent("the cat sat " * 10)
        'one run of 3 words over and over'
        >>> incoherent("..."), incoherent("Yes."), incoherent("👍")
        ('marks only', '', '')
        >>> incoherent("0 0 0 0 0 0 0 0 0 0 0 0 0 0")
        ''
    """
    head = answer[:READ]
    if _MARKS.match(head) and not _SAYS.search(head):
        return "marks only"
    if head.count("\ufffd") > len(head) / 4:
        return "broken characters"
    words = _WORD.findall(head.lower())
    if len(words) >= _LEAST:
        return _looped(words, "words")
    longest = max(words, key=len, default="")
    return _looped(longest, "characters") if len(longest) >= 4 * _LEAST else ""


def _looped(units: Sequence[str], what: str) -> str:
    """Whether nearly all of it is one short run of units, said again and again."""
    many = len(units)
    if len(set(units)) > _LONGEST_UNIT:
        return ""
    for length in range(1, min(_LONGEST_UNIT, many // _TURNS) + 1):
        same = sum(unit == before for unit, before in zip(units[length:], units, strict=False))
        if same >= 0.9 * (many - length) and any(unit.isalpha() for unit in units[-length:]):
            return f"one run of {length} {what} over and over"
    return ""
