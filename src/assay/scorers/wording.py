"""The words and sentences of an answer with their places, and the phrases found in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assay.domain.score import Span
from assay.domain.trial import Output
from assay.scorers.languages import language
from assay.scorers.reading import answer_start, lowered, plain

READ = 100_000
"""Characters of an answer whose wording is read; an answer is no longer in any honest use."""
SHOWN = 20
"""Most places that a score points at."""
UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Letters of scripts that write no blanks between words, as part of a character class."""

_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+(?:['\-][^\W_{UNSPACED}]+)*")
_END = re.compile(r"(?<=[.!?])[\"')\]*]{0,3}\s+|(?<=[。！？])|\n+")
_ABBREVIATED = re.compile(r"(?:\b(?:e\.g|i\.e|Dr|Mr|Mrs|Ms|Prof|St|vs|approx|et al)|\b[A-Z])\.\s+\Z")
_FENCED = re.compile(r"^```[^\n]*\n.*?(?:^```|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an answer and where it stands."""

    start: int
    """First character in the answer."""
    text: str
    """As written, with typewriter quotation marks."""

    @property
    def end(self) -> int:
        """One past the last character."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Wording:
    """What of an answer is read for its wording, or why nothing is."""

    text: str = ""
    """The answer without its reasoning, quotation marks made plain; every character has its place."""
    start: int = 0
    """Where it starts in the whole output."""
    cause: str = ""
    """Why it cannot be read: `empty`, `reasoning only`, `not English`."""

    def span(self, start: int, end: int, reason: str) -> Span:
        """The place of a piece in the whole output."""
        return Span(start=self.start + start, end=self.start + end, reason=reason)


def wording(output: Output, *, english: bool = False) -> Wording:
    """The text of an answer that is read, its code blocks blanked out.

    Args:
        output: The answer.
        english: Whether an answer in another language has no wording that the caller could read.

    Examples:
        >>> wording(Output(text="<think>hm</think> It’s blue.")).text
        " It's blue."
        >>> wording(Output(text="Das Wetter ist heute sehr schön und die Sonne scheint."), english=True).cause
        'not English'
    """
    start = answer_start(output.text)
    if start is None:
        return Wording(cause="reasoning only")
    text = plain(output.text[start : start + READ])
    if not text.strip():
        return Wording(cause="empty")
    text = _FENCED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    if english and language(text) not in ("en", ""):
        return Wording(cause="not English")
    return Wording(text=text, start=start)


def words(text: str) -> list[Piece]:
    """Words in order; each letter is one in scripts that write no blanks.

    Examples:
        >>> [word.text for word in words("It's 3 o'clock: 時間")]
        ["It's", '3', "o'clock", '時', '間']
    """
    return [Piece(found.start(), found[0]) for found in _WORD.finditer(text)]


def sentences(text: str) -> list[Piece]:
    """Sentences and lines in order, without outer blanks.

    Examples:
        >>> [sentence.text for sentence in sentences("Ask Dr. No. He knows!  Yes")]
        ['Ask Dr. No.', 'He knows!', 'Yes']
    """
    found: list[Piece] = []
    start = 0
    for end in _END.finditer(text):
        if _ABBREVIATED.search(text, max(start, end.end() - 12), end.end()) and not end[0].startswith("\n"):
            continue
        _add(found, text, start, end.end())
        start = end.end()
    _add(found, text, start, len(text))
    return found


def _add(found: list[Piece], text: str, start: int, end: int) -> None:
    body = text[start:end]
    stripped = body.strip()
    if stripped:
        found.append(Piece(start + body.index(stripped[0]), stripped))


def phrases(*alternatives: str) -> re.Pattern[str]:
    """One pattern for phrases in lower case, each at word borders."""
    return re.compile(r"(?<![\w'-])(?:" + "|".join(alternatives) + r")(?![\w'])")


def found(pattern: re.Pattern[str], text: str) -> list[Piece]:
    """Every place where a pattern for lower case occurs in a text."""
    return [Piece(hit.start(), hit[0]) for hit in pattern.finditer(lowered(text))]


def spans(read: Wording, pieces: Iterable[Piece], reason: str) -> tuple[Span, ...]:
    """The first places of pieces, in the whole output."""
    return tuple(read.span(piece.start, piece.end, reason) for piece, _ in zip(pieces, range(SHOWN), strict=False))


def listed(pieces: Sequence[Piece]) -> str:
    """What is counted before it, after a colon; nothing where there is nothing.

    Examples:
        >>> listed(())
        ''
    """
    return f": {quoted(pieces)}" if pieces else ""


def quoted(pieces: Sequence[Piece], most: int = 3) -> str:
    """A few pieces in quotation marks, for an explanation."""
    shown = ", ".join(repr(piece.text[:60]) for piece in pieces[:most])
    return f"{shown} and {len(pieces) - most} more" if len(pieces) > most else shown
