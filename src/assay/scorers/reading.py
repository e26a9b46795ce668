"""What of an answer is read: reasoning left off, quotation marks and blanks made plain."""

from __future__ import annotations

import re
import unicodedata

_PLAIN = tuple(
    {
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "´": "'",
        "`": "'",
        "′": "'",
        "＇": "'",
        "“": '"',
        "”": '"',
        "\u00a0": " ",
        "\u202f": " ",
    }.items()
)
_EDGES = " \t\r\n.,;:!?\"'*_`()[]{}<>$"
_THINK = re.compile(r"\s*<(think|thinking|reasoning)>", re.IGNORECASE)


def answer_start(text: str) -> int | None:
    """Where the answer begins: after a leading block of reasoning; None when that block never ends.

    Examples:
        >>> answer_start("<think>sorry?</think>Yes")
        21
        >>> answer_start("<think>still at it") is None
        True
    """
    if not text[:64].lstrip().startswith("<"):
        return 0
    opened = _THINK.match(text)
    if opened is None:
        return 0
    closing = f"</{opened.group(1)}>"
    found = text.find(closing, opened.end())
    return None if found < 0 else found + len(closing)


def plain(text: str) -> str:
    """The text with typewriter quotation marks and blanks; every character stays at its place."""
    if not text.isascii():
        for char, written in _PLAIN:  # `translate` asks for each character
            text = text.replace(char, written)
    return text


def lowered(text: str) -> str:
    """Lower case, every character at its place."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def normalised(text: str) -> str:
    """The form in which two short answers are compared: case, blanks, width and outer punctuation do not count.

    Examples:
        >>> normalised("  The  ANSWER. ") == normalised("the answer")
        True
    """
    folded = unicodedata.normalize("NFKC", plain(text)).casefold()
    return " ".join(folded.split()).strip(_EDGES)


_BREAK = re.compile(r"(?<=[.!?])[\"')\]]{0,3}\s+|\n+|(?<=[。！？])")
_LONGEST = 400  # Text without a full stop is cut here, so that a span stays readable.


def sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence or line; nothing but blanks lies between them.

    For places that are shown: closing quotation marks stay with their sentence, other scripts end theirs too, and a
    long one is cut. `sentences.sentences` reads what a sentence affirms and denies, and cuts otherwise.

    Examples:
        >>> [text[a:b] for text in ["No. I can't!\\nSorry"] for a, b in sentences(text)]
        ['No.', "I can't!", 'Sorry']
    """
    found: list[tuple[int, int]] = []
    begin = 0
    for cut in [*_BREAK.finditer(text), None]:
        end, after = (cut.start(), cut.end()) if cut else (len(text), len(text))
        found += [(at, min(at + _LONGEST, end)) for at in range(begin, end, _LONGEST) if text[at:end].strip()]
        begin = after
    return found
