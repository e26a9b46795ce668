"""When two spellings are one value: blanks, dashes, case and calling codes do not count."""

from __future__ import annotations

import re

from assay.scorers.finding import Found
from assay.scorers.folding import folded

_SIGNS = re.compile(r"[\W_]+")


def squeezed(text: str) -> str:
    """Letters and digits alone, in lower case.

    Examples:
        >>> squeezed("DE89 3704-0044")
        'de8937040044'
    """
    return _SIGNS.sub("", folded(text).text.lower())


def value(find: Found, text: str) -> str:
    """What a find says, however it is spaced and punctuated: the same in all its spellings.

    Examples:
        >>> value(Found(0, 16, "phone", 0.9), "+41 71 526 99 04") == value(Found(0, 12, "phone", 0.9), "071 526 9904")
        True
    """
    said = squeezed(text[find.start : find.end])
    if find.type == "phone":  # +41 71 526 .. and 071 526 .. are one number
        digits = re.sub(r"\D", "", said.partition("x")[0])
        return digits[-8:] if len(digits) > 8 else digits
    return said
