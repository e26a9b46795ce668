"""How an answer is worded once what the passages hold is masked: hashed patterns and strange words."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assay.scorers.sentence_counts import KNOWN
from assay.scorers.support import Sentence
from assay.scorers.tokens import JOINT, Tokens

PATTERNS, STRANGE = 1 << 16, 1 << 14
"""Buckets of the patterns, and of the words that are not there."""
_ORDERS = 3
_MIX = np.uint32(0x9E3779B1)  # 2**32 / golden ratio: neighbouring hashes land far apart (Knuth 1998, 6.4)
_STEP = np.uint32(0x01000193)  # FNV prime
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Worded:
    """N-grams of one kind, sentence by sentence."""

    buckets: Places
    """Bucket of each n-gram."""
    sentence: Places
    """Sentence of each, by its place among those that were read."""


def worded(said: Tokens, sentences: Sequence[Sentence]) -> tuple[Worded, Worded]:
    """The patterns of some sentences, and the words in them that are not there.

    A pattern is one to three neighbours, each of them a joint ("i", "of"), a content word that the passages
    hold, one that they do not, a mark, or an edge of the sentence: "i love #", "it was ? in #".
    """
    marks: list[int] = []
    owner: list[int] = []
    strange: list[int] = []
    strange_owner: list[int] = []
    for number, sentence in enumerate(sentences):
        begin = len(marks)
        marks.append(_BEGIN)
        for at, match in enumerate(sentence.laid.match, start=sentence.first):
            if at > sentence.first and said.breaks[at]:
                marks.append(_BREAK)
            if said.kinds[at] == JOINT:
                marks.append(_mark(said.words[at], match > 0))
            elif match >= KNOWN:
                marks.append(_HELD)
            else:
                marks.append(_STRANGE)
                strange.append(_mark(said.keys[at], False))
                strange_owner.append(number)
        marks.append(_ASKED if sentence.counts["questions"] else _END)
        owner += [number] * (len(marks) - begin)
    return _patterns(np.array(marks, np.uint32), np.array(owner, np.intp)), Worded(
        _placed(np.array(strange, np.uint32), STRANGE), np.array(strange_owner, np.intp)
    )


@lru_cache(maxsize=1 << 16)
def _mark(word: str, there: bool) -> int:
    return zlib.crc32(f"{word[:64]}{'' if there else '~'}".encode("utf-8", "surrogatepass"))


_BEGIN, _END, _ASKED, _BREAK, _HELD, _STRANGE = (_mark(mark, True) for mark in ("<", ".", "?.", ",", "#", "?"))


def _patterns(single: NDArray[np.uint32], owner: Places) -> Worded:
    """All runs of one to three marks that stay within a sentence; a run is hashed from the one shorter."""
    found, owners = [single], [owner]
    run = single
    for order in range(2, _ORDERS + 1):
        run = (run[:-1] * _STEP) ^ single[order - 1 :]
        inside = owner[: len(run)] == owner[order - 1 :]
        found.append((run ^ np.uint32(order))[inside])
        owners.append(owner[: len(run)][inside])
    return Worded(_placed(np.concatenate(found), PATTERNS), np.concatenate(owners))


def _placed(hashes: NDArray[np.uint32], size: int) -> Places:
    mixed = (hashes ^ (hashes >> np.uint32(15))) * _MIX
    return (mixed >> np.uint32(32 - (size.bit_length() - 1))).astype(np.intp)
