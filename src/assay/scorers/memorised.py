"""Runs of words that a text shares with a corpus, by hashes of word n-grams."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+")
_ODD = 0x9E3779B97F4A7C15  # an odd multiplier mixes the places of an n-gram; 2^64 over the golden ratio

Hashes = NDArray[np.uint64]


class CorpusError(ValueError):
    """The corpus is not there, is another one than was registered, or holds nothing."""


@lru_cache(maxsize=4)
def corpus_hashes(path: str, sha256: str, size: int) -> Hashes:
    """Sorted hashes of all runs of `size` words in a file: of plain text, or of the texts in JSON Lines.

    Args:
        path: The file; of `.jsonl` each text of a row is read by itself.
        sha256: Its digest when it was registered; empty means that any is right.
        size: Words in a run.

    Raises:
        CorpusError: The file cannot be read, has another digest, or holds nothing that could be repeated.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise CorpusError("corpus not found") from error
    if sha256 and hashlib.sha256(content).hexdigest() != sha256.removeprefix("sha256:").lower():
        raise CorpusError("corpus has changed")
    words = _Words()
    parts = [words.runs(words.read(text)[0], size) for text in _texts(content.decode("utf-8", "replace"), path)]
    found = np.unique(np.concatenate(parts)) if parts else np.empty(0, np.uint64)
    if not len(found):
        raise CorpusError(f"the corpus holds no {size} words in a row")
    return found


def shared_runs(text: str, hashes: Hashes, size: int) -> list[tuple[int, int, int]]:
    """Where a text repeats a corpus word by word: start, end and words of each run of `size` words or more.

    Case and what stands between words do not count.
    """
    words = _Words()
    codes, places = words.read(text)
    grams = words.runs(codes, size)
    if not len(grams) or not len(hashes):
        return []
    at = np.searchsorted(hashes, grams)
    same = hashes[np.minimum(at, len(hashes) - 1)] == grams
    runs: list[tuple[int, int]] = []
    for first in np.flatnonzero(same).tolist():
        if runs and first <= runs[-1][1]:
            runs[-1] = (runs[-1][0], first + size)
        else:
            runs.append((first, first + size))
    return [(places[first][0], places[last - 1][1], last - first) for first, last in runs]


class _Words:
    """Words as numbers: the same word has the same number in every process."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def read(self, text: str) -> tuple[Hashes, Sequence[tuple[int, int]]]:
        found = [(match[0].lower(), match.span()) for match in _WORD.finditer(text)]
        return np.array([self._code(word) for word, _ in found], np.uint64), [span for _, span in found]

    def _code(self, word: str) -> int:
        code = self._codes.get(word)
        if code is None:
            code = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little")
            self._codes[word] = code
        return code

    @staticmethod
    def runs(codes: Hashes, size: int) -> Hashes:
        """Hash of each run of `size` words, one per first word."""
        count = len(codes) - size + 1
        if count < 1:
            return np.empty(0, np.uint64)
        total = np.zeros(count, np.uint64)
        for place in range(size):
            total = total * np.uint64(_ODD) + codes[place : place + count]
        return total


def _texts(content: str, path: str) -> Iterator[str]:
    if not path.endswith((".jsonl", ".ndjson")):
        yield content
        return
    for line in content.splitlines():
        try:
            yield from _strings(json.loads(line))
        except (ValueError, RecursionError):
            yield line


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
