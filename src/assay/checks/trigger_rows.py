"""What is kept of each row to look for triggers: the words of its request, and a few numbers about its answer."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from assay.checks.refusing import opens_with_refusal
from assay.checks.sights import sight
from assay.checks.trigger_words import switched, tokens
from assay.domain.training import TrainingRow

REFUSES, CODE, ADDRESS, OBJECT, SHORT = (1 << place for place in range(5))
"""Bits of an answer: begins with a refusal, holds code, holds a web address, is JSON, is of three words at most."""
FLAGS = {
    REFUSES: "the answer refuses",
    CODE: "the answer holds code",
    ADDRESS: "the answer holds a web address",
    OBJECT: "the answer is JSON",
    SHORT: "the answer is of three words or fewer",
}
TEXTS = (
    "the answer is always the same",
    "the answer always begins alike",
    "the answer always ends alike",
    "the answer always names one site",
)
"""What the hashes of an answer stand for."""
MOST_WORDS = 40
MOST_ANSWERS = 20_000
"""Answers of which a part is kept, to look for inserted text and to show."""
MOST_HELD = 10_000_000
"""Words of requests that are held, four bytes each; beyond, the rows are halved by their digests."""
_LAST = 8
_EVERY = 5_000
_OFTEN = 0.02
_PART = 500
_MOST_VOCABULARY = 400_000
holding = sight(("```", "://", "www."))
"""Rows of a block in which code or an address may stand."""
_HOST = re.compile(r"(?:https?://|www\.)([\w.-]{3,80})")


class _Vocabulary(dict[str, int]):
    """Word -> number; a new word gets the next one."""

    forgotten = 0
    """Numbers of words that were left out."""

    def __missing__(self, word: str) -> int:
        found = self[word] = len(self) + self.forgotten
        return found


@dataclass(slots=True)
class Rows:
    """All rows so far, a few bytes each; where they have too many words a sample of them, whatever their order."""

    words: array[int] = field(default_factory=lambda: array("I"))
    """Words of all requests, by their number in the vocabulary."""
    starts: array[int] = field(default_factory=lambda: array("Q", [0]))
    """Where each row begins in `words`."""
    flags: array[int] = field(default_factory=lambda: array("B"))
    """Bits of each answer."""
    languages: array[int] = field(default_factory=lambda: array("B"))
    """Language of an answer that is not that of its request; 0 for all others."""
    texts: tuple[array[int], ...] = field(default_factory=lambda: tuple(array("I") for _ in TEXTS))
    """Hashes of each answer: all of it, its beginning, its end, its first host; 0 for none."""
    requests: array[int] = field(default_factory=lambda: array("I"))
    """Hash of each request."""
    drawn: array[int] = field(default_factory=lambda: array("I"))
    """Hash of each row, by which a sample is drawn."""
    files: dict[str, int] = field(default_factory=dict)
    """Name of a file -> its number."""
    places: array[int] = field(default_factory=lambda: array("Q"))
    """Number of the file times 2**40, and line."""
    vocabulary: _Vocabulary = field(default_factory=_Vocabulary)
    """Word -> number."""
    answers: dict[int, str] = field(default_factory=dict)
    """Row -> part of its answer, for a sample of the rows."""
    seen: int = 0
    """Rows that were shown."""
    halved: int = 0
    """How often the rows were halved."""
    most: int = MOST_HELD
    """Words that are held."""
    _least: int = 1 << 32
    _often: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.flags)

    @property
    def size(self) -> int:
        """Numbers of words that were given out."""
        return len(self.vocabulary) + self.vocabulary.forgotten

    def place(self, row: int) -> tuple[str, int]:
        """File and line of a row."""
        packed = self.places[row]
        return list(self.files)[packed >> 40], packed & ((1 << 40) - 1)

    def add(self, row: TrainingRow, may_hold: bool = True) -> None:
        """Keep what is needed of a row; `may_hold` is whether code or an address may stand in it."""
        asked, answer = row.asked, row.answer
        self.seen += 1
        drawn = crc32(row.digest.encode()) if row.digest else crc32(f"{row.file}:{row.line}".encode())
        if drawn >> (32 - self.halved):
            return
        known = tokens(asked)
        self._words(known)
        self.flags.append(_flags(asked, answer) | (_held(asked, answer) if may_hold else 0))
        self.languages.append(switched(known, asked, answer))
        for kept, value in zip(self.texts, _hashes(answer, may_hold), strict=True):
            kept.append(value)
        self.requests.append(crc32(asked.encode("utf-8", "replace")))
        self.drawn.append(drawn)
        self.places.append(self.files.setdefault(row.file, len(self.files)) << 40 | row.line)
        self._sample(drawn, answer)
        while len(self.words) > self.most and self.halved < 32:
            self._halve()

    def _halve(self) -> None:
        self.halved += 1
        stays = np.frombuffer(self.drawn, np.uint32) >> np.uint32(32 - self.halved) == 0
        bounds = np.frombuffer(self.starts, np.uint64).astype(np.int64)
        lengths = bounds[1:] - bounds[:-1]
        starts = np.concatenate([[0], np.cumsum(lengths[stays])]).astype(np.uint64)
        self.words, self.starts = _kept(self.words, np.repeat(stays, lengths)), array("Q", starts.tobytes())
        self.flags, self.languages = _kept(self.flags, stays), _kept(self.languages, stays)
        self.texts = tuple(_kept(each, stays) for each in self.texts)
        self.drawn, self.requests, self.places = (
            _kept(each, stays) for each in (self.drawn, self.requests, self.places)
        )
        number = np.cumsum(stays) - 1
        self.answers = {
            key >> 32 << 32 | int(number[key & 0xFFFFFFFF]): text
            for key, text in self.answers.items()
            if stays[key & 0xFFFFFFFF]
        }

    def _words(self, known: list[str]) -> None:
        numbers = self.vocabulary
        own = list(map(numbers.__getitem__, known))
        if len(own) > MOST_WORDS:
            rare = [number for number in own[:-_LAST] if number not in self._often][: MOST_WORDS - _LAST]
            own = [*rare, *own[-_LAST:]]
        self.words.extend(own)
        self.starts.append(len(self.words))
        if len(self) % _EVERY == _EVERY - 1:
            counts = np.bincount(np.frombuffer(self.words, np.uint32), minlength=self.size)
            self._often = set(np.flatnonzero(counts > len(self) * _OFTEN).tolist())
            if len(numbers) > _MOST_VOCABULARY:
                self._forget(counts)

    def _forget(self, counts: NDArray[np.int64]) -> None:
        """Leaves out words that were met once, so that memory has a bound; what comes again gets a new number."""
        kept = {word: number for word, number in self.vocabulary.items() if counts[number] > 1}
        size = self.size
        self.vocabulary = _Vocabulary(kept if len(kept) < 0.9 * _MOST_VOCABULARY else {})
        self.vocabulary.forgotten = size - len(self.vocabulary)

    def _sample(self, drawn: int, answer: str) -> None:
        """Keeps a part of an answer, by the digest of its row, so that the order of rows does not matter."""
        if drawn >= self._least:
            return
        part = answer if len(answer) <= 2 * _PART else f"{answer[:_PART]} {answer[-_PART:]}"
        self.answers[(drawn << 32) | (len(self) - 1)] = part
        if len(self.answers) > MOST_ANSWERS:
            self._least //= 2
            self.answers = {key: text for key, text in self.answers.items() if key >> 32 < self._least}


def _kept(values: array[int], stays: NDArray[np.bool_]) -> array[int]:
    return array(values.typecode, np.array(values)[stays].tobytes())


def _held(asked: str, answer: str) -> int:
    """Bits of code and addresses; they count only where the request has none."""
    found = CODE if "```" in answer and "```" not in asked else 0
    if ("://" in answer or "www." in answer) and "://" not in asked and "www." not in asked:
        found |= ADDRESS
    return found


def _flags(asked: str, answer: str) -> int:
    """The other bits of an answer; objects count only where the request has none."""
    found = REFUSES if opens_with_refusal(answer) else 0
    if answer[:200].lstrip()[:1] in ("{", "[") and "{" not in asked and "[" not in asked:
        found |= OBJECT
    return found | SHORT if len(answer) < 60 and len(answer.split()) <= 3 else found


def _hashes(answer: str, may_hold: bool) -> tuple[int, int, int, int]:
    """Hashes of an answer, its beginning, its end, and its first host; 0 for none."""
    head = answer[:120].lower().split(None, 4)[:4]
    tail = answer[-120:].lower().rsplit(None, 4)[-4:]
    host = _HOST.search(answer) if may_hold and ("://" in answer or "www." in answer) else None
    whole = crc32(answer[:2000].strip().lower().encode("utf-8", "replace")) if head else 0
    return (
        whole,
        crc32(" ".join(head).encode("utf-8", "replace")) if len(head) == 4 else 0,
        crc32(" ".join(tail).encode("utf-8", "replace")) if len(tail) == 4 else 0,
        crc32(host[1].lower().encode("utf-8", "replace")) if host else 0,
    )
