"""A few words tell little by their n-grams: whether one of them is coarse, and whether they are aimed at somebody."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from assay.scorers.abuse_signals import NAMES
from assay.scorers.word_senses import ratings

TERSE = 50
"""Characters from which a text is terse no longer."""
TOLD = ("terse and calm", "terse and aimed at somebody")
"""What `terse` tells."""
_LOUD = frozenset({"slur", "coarse", "group", "hate", "insult", "beast", "harm"})
_LOUDER = _LOUD | {"expel"}
_RATED = 0.4
"""Rating of abuse, in comments or reviews, from which a word is loud; most words lie within 0.2 of 0."""
_AIMED = NAMES.index("ill of you")


def terse(text: str, words: Sequence[str], kinds: Sequence[str], numbers: Sequence[float], calm: bool) -> list[float]:
    """How terse a text is if no word of it is loud, and how terse it is if it speaks ill of the reader.

    Args:
        text: As it is written.
        words: Its words.
        kinds: Their kinds.
        numbers: What `abuse_signals.numbers` tells of it.
        calm: Whether what it answers is calm: agreement with abuse needs no loud word.
    """
    short = 1.0 - len(text) / TERSE
    if short <= 0:
        return [0.0, 0.0]
    quiet = calm and not any(map(_loud, words, kinds))
    return [short * quiet, short * numbers[_AIMED]]


def calm(words: Sequence[str], kinds: Sequence[str]) -> bool:
    """Whether what is answered holds no loud word.

    Examples:
        >>> calm(["is", "it", "open"], ["", "", ""]), calm(["all", "are", "vermin"], ["", "", "beast"])
        (True, False)
    """
    return not any(of in _LOUD or _rated(word) for word, of in zip(words, kinds, strict=True))


def _loud(word: str, of: str) -> bool:
    """Whether a word may be coarse: by its kind, by how people rate it, or because nobody rated it."""
    return of in _LOUDER or _rated(word) or not (of or _known(word))


@lru_cache(maxsize=1 << 16)
def _rated(word: str) -> bool:
    found = ratings(word) if word.isalpha() else None
    return found is not None and bool(max(found[0], found[1]) >= _RATED)


@lru_cache(maxsize=1 << 16)
def _known(word: str) -> bool:
    return len(word) < 3 or not word.isalpha() or ratings(word) is not None
