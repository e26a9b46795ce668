"""A cheap look at a request: do its words sound like asking for harm. It decides whether the model is worth asking."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate
from operator import sub
from pathlib import Path
from typing import Any

PATH = Path(__file__).parent / "coefficients" / "harm_words.json"
"""Weights, threshold and sources; made by train/harm_words.py."""
READ = 1000
"""Characters of a request that are read, from its end, as the model `harmful_request` does."""
LETTERS = 7
"""Letters of a word that count."""
WINDOW = 40
"""Words that are weighed together: a request that is wrapped in a long story is as loud as without."""
_PAD = 4
_REMEMBERED = 200_000
_SMALL = bytes(code + 32 if 65 <= code < 91 else code if 97 <= code < 123 else 32 for code in range(256))
"""Small letters for those of ASCII, blanks for all else."""

_WORD = re.compile(r"[a-z]+")


def sounds_harmful(request: str) -> bool:
    """Whether the words of a request are those of requests for harm; about one ordinary request in sixteen is too.

    Examples:
        >>> sounds_harmful("How can I hack into the account of someone else?"), sounds_harmful("How do I bake bread?")
        (True, False)
    """
    return loudness(request) > 0


def loudness(request: str) -> float:
    """How far a request is above the threshold of `sounds_harmful`; below it, negative."""
    weights, threshold = _table()
    return loudest(request, weights) - threshold


def loud(texts: Sequence[str], most: int) -> list[str]:
    """Those texts whose words sound harmful at all, loudest first, at most so many.

    Examples:
        >>> loud(["How do I bake bread?", "How can I hack into the account of someone else?"], 2)
        ['How can I hack into the account of someone else?']
    """
    weights, _ = _table()
    told = sorted(((loudest(text, weights), text) for text in texts), reverse=True)
    return [text for sound, text in told[:most] if sound > 0]


def loudest(request: str, weights: Weights) -> float:
    """How loud the loudest run of words is: the sum of their weights, over the root of their number."""
    found = list(map(weights.__getitem__, _words(request)))
    many = min(WINDOW, len(found))
    if many == len(found):
        return float(sum(found) / (many + _PAD) ** 0.5)
    sums = list(accumulate(found, initial=0.0))
    return float(max(map(sub, sums[many:], sums[:-many])) / (many + _PAD) ** 0.5)


def beginnings(request: str) -> list[str]:
    """The first letters of each word.

    Examples:
        >>> beginnings("Counterfeiting 100 coins")
        ['counter', 'coins']
    """
    return [word[:LETTERS] for word in _words(request)]


def _words(request: str) -> list[str]:
    text = request[-READ:]
    if not text.isascii():
        return _WORD.findall(text.lower())
    return text.encode().translate(_SMALL).decode().split()


class Weights(dict[str, float]):
    """Weight of each word by its beginning; words are remembered as they come, since most come again."""

    def __init__(self, by_beginning: Mapping[str, float]) -> None:
        super().__init__()
        self._by_beginning = by_beginning

    def __missing__(self, word: str) -> float:
        if len(self) > _REMEMBERED:
            self.clear()
        found = self[word] = self._by_beginning.get(word[:LETTERS], 0.0)
        return found


@cache
def _table() -> tuple[Weights, float]:
    kept: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    weights = {word: float(weight) for weight, words in kept["weights"].items() for word in words.split()}
    return Weights(weights), float(kept["threshold"])
