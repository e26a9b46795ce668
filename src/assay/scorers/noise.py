"""How much of a text is no text: control characters, wrong encodings, strings of letters that no word has."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assay.scorers.wording import UNSPACED, Piece

_READ = 50_000
_FEWEST = 4
_KINDS = {
    "characters that cannot be shown": re.compile(
        "[\ufffd\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ud800-\udfff]+"
    ),
    "text in the wrong encoding": re.compile(
        "(?:\u00c3[\u0080-\u00bf\u0192\u00a0-\u00bf]|\u00e2\u20ac[\u0080-\u00bf\u0153\u2122\u02dc\u201c\u009d\u00a6]?|"
        "\u00c2[\u00a0-\u00bf])+"
    ),
}
_TOKEN = re.compile(rf"[^\s{UNSPACED}]+")
_ADDRESS = re.compile(r"https?:|www\.|[/\\@]")
_VOWELS = re.compile(r"[aeiouyäöüáéíóúàèìòùâêîôûãõ]")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}")
_LATIN = re.compile(r"[a-z]")
_OTHER = re.compile("[\u0370-\u03ff\u0400-\u052f\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u10a0-\u10ff]")
_SYMBOLS = re.compile(r"[^\w\s\u00a0-\U0010ffff]{6,}")
_RULES = re.compile(r"[-=_*~#|+.:`]+")


@dataclass(frozen=True, slots=True)
class Noise:
    """What of a text is no text."""

    share: float = 0.0
    """Share of its characters, blanks aside."""
    what: str = ""
    """The kind that weighs most."""
    pieces: tuple[Piece, ...] = ()
    """Where."""


def noise(text: str) -> Noise:
    """The part of a text that is no text, in the first 50,000 characters.

    Examples:
        >>> round(noise("The caf\\ufffd\\ufffd is open").share, 2)
        0.14
        >>> noise("Stretch your legs, then sit.").share
        0.0
    """
    text = text[:_READ]
    total = sum(map(len, text.split()))
    pieces = {kind: [Piece(hit.start(), hit[0]) for hit in pattern.finditer(text)] for kind, pattern in _KINDS.items()}
    pieces["strings that are no words"] = [
        Piece(hit.start(), hit[0]) for hit in _TOKEN.finditer(text) if _gibberish(hit[0])
    ]
    weights = {kind: sum(len(piece.text) for piece in found) for kind, found in pieces.items()}
    if not total or not any(weights.values()):
        return Noise()
    kind = max(weights, key=lambda name: weights[name])
    return Noise(min(1.0, sum(weights.values()) / total), kind, tuple(pieces[kind]))


def _gibberish(token: str) -> bool:
    """Whether a run without blanks can be no word, address or number of any kind."""
    if len(token) < _FEWEST or len(token) > 500 or _ADDRESS.search(token):
        return False
    lower = token.lower()
    if _LATIN.search(lower) and _OTHER.search(lower):
        return True
    if _SYMBOLS.search(token) and not _RULES.fullmatch(token):
        return True
    if not lower.isalpha() or not lower.isascii():
        return False
    return bool(_CONSONANTS.search(lower)) or (len(lower) > 5 and not token.isupper() and not _VOWELS.search(lower))
