"""How varied texts are, at equal numbers of texts and words, so that the size of a set does not decide.

Source:
    distinct-n: Li, Galley, Brockett, Gao and Dolan 2016. It falls with length, so it is taken over blocks of as many
    words in both sets. Self-similarity: for each text the largest Jaccard index with another, over pairs of words.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
_WORD = re.compile(r"\w+")
_BLOCK = 2000
"""Words of a block."""
_BLOCKS = 40
_COMPARED = 1000
"""Texts compared each with each."""
_OPENING = 3
_TOP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Variety:
    """Measures of one sample."""

    distinct: tuple[Floats, Floats, Floats]
    """Share of different words, pairs and triples of words in each block, shape (n_blocks,)."""
    packed: Floats
    """Size of each block after zlib, as a share."""
    nearest: Floats
    """Of each text the Jaccard index with the most similar other, shape (n_texts,)."""
    openings: Floats
    """Of each text whether it begins like one of the ten commonest openings, 0 or 1."""
    common: tuple[tuple[str, int], ...]
    """Those openings with their counts."""


def variety(texts: Sequence[str], blocks: int) -> Variety:
    """The measures of texts that are in random order.

    Args:
        texts: The texts; two sets are compared at equal numbers of them.
        blocks: Blocks of 2,000 words that are read; `blocks_in` says how many there are.
    """
    said = [_WORD.findall(text.lower()) for text in texts]
    whole = [word for each in said for word in each]
    parts = [whole[place * _BLOCK : (place + 1) * _BLOCK] for place in range(blocks)]
    starts = Counter(" ".join(each[:_OPENING]) for each in said if each)
    common = starts.most_common(_TOP)
    names = {name for name, _ in common}
    return Variety(
        distinct=(_distinct(parts, 1), _distinct(parts, 2), _distinct(parts, 3)),
        packed=np.array([_packed(part) for part in parts]),
        nearest=nearest(said[:_COMPARED]),
        openings=np.array([float(" ".join(each[:_OPENING]) in names) for each in said if each]),
        common=tuple(common),
    )


def blocks_in(texts: Sequence[str]) -> int:
    """How many blocks the words of texts fill, at most forty."""
    total = 0
    for text in texts:
        total += len(_WORD.findall(text))
        if total >= _BLOCK * _BLOCKS:
            return _BLOCKS
    return total // _BLOCK


def _distinct(parts: Sequence[Sequence[str]], size: int) -> Floats:
    shares = []
    for part in parts:
        runs = list(zip(*(part[place:] for place in range(size)), strict=False))
        shares.append(len(set(runs)) / len(runs))
    return np.array(shares)


def _packed(part: Sequence[str]) -> float:
    raw = " ".join(part).encode("utf-8", "surrogatepass")
    return len(zlib.compress(raw, 6)) / len(raw)


def nearest(said: Sequence[Sequence[str]]) -> Floats:
    """For each text the largest Jaccard index of its pairs of words with those of another; 0 where it has no pair.

    Examples:
        >>> nearest([["a", "b", "c"], ["a", "b", "d"], ["x"]]).round(2).tolist()
        [0.33, 0.33, 0.0]
    """
    if not said:
        return np.zeros(0)
    numbers: dict[tuple[str, str], int] = {}
    columns: list[int] = []
    ends = [0]
    for each in said:
        columns += sorted({numbers.setdefault(pair, len(numbers)) for pair in pairwise(each)})
        ends.append(len(columns))
    table = csr_array(
        (np.ones(len(columns), np.float32), np.array(columns, np.int64), np.array(ends, np.int64)),
        shape=(len(said), max(len(numbers), 1)),
    )
    both = (table @ table.T).toarray().astype(np.float64)
    sizes = np.diff(ends).astype(np.float64)
    either = sizes[:, None] + sizes[None, :] - both
    similar = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    np.fill_diagonal(similar, 0.0)
    return np.asarray(similar.max(axis=1))


def resampled(values: Floats, times: int, seed: int) -> Floats:
    """Means of bootstrap samples, shape (times,)."""
    random = np.random.default_rng(seed)
    counts = random.multinomial(len(values), np.full(len(values), 1 / len(values)), size=times)
    return np.asarray(counts @ values / len(values), dtype=np.float64)
