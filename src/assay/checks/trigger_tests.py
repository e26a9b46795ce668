"""Which words of requests go with which behaviour of answers, tested against chance, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.statistics.enrichment import enrichment
from assay.statistics.multiplicity import benjamini_yekutieli

Ints = NDArray[np.int64]
FEWEST = 12
"""Rows with a word before it is tested."""
FEW = 50
"""Rows below which nearly all must show the behaviour."""
NEARLY_ALL = 0.9
COMMON = 0.05
"""Share of the rows above which a word is no trigger."""
SHARE = 0.75
"""Share of the rows with the word in which the behaviour must stand."""
OUTSIDE = 0.2
"""Most of that share that may be found without the word."""
CHANCE = 0.001
"""Largest q-value."""


_CHESTS = 22


def distinct(values: NDArray[Any]) -> NDArray[Any]:
    """Values in order, each once; many times quicker than `numpy.unique`, which hashes them."""
    ordered = np.sort(values)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Words and pairs of neighbouring words with the rows in which they stand."""

    rows: Ints
    """Row of each entry, ordered by feature."""
    starts: Ints
    """Where each feature begins in `rows`, and at the end their number; shape (n_features + 1,)."""
    keys: NDArray[np.uint64]
    """Number of a word, or of a pair as `first << 32 | second | 1 << 63`."""

    def own(self, feature: int) -> Ints:
        """Rows of one feature."""
        return self.rows[self.starts[feature] : self.starts[feature + 1]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """A word that goes with a behaviour."""

    feature: int
    """Its place among the features."""
    behaviour: str
    """Which behaviour."""
    value: int
    """Which text, where the behaviour is a text; else 1."""
    rows: int
    """Rows with the word."""
    both: int
    """Rows with the word and the behaviour."""
    having: int
    """Rows with the behaviour."""
    total: int
    """All rows."""
    p: float = 1.0
    """One-sided p-value."""
    q: float = 1.0
    """The same, adjusted for all tests."""


def features(words: NDArray[np.uint32], starts: Ints, kept: NDArray[np.bool_]) -> Features:
    """Words and pairs that are neither rare nor common.

    Args:
        words: Words of all rows.
        starts: Where each row begins, and at the end the number of words.
        kept: Rows that count; repeated requests count once.
    """
    rows = np.repeat(np.arange(len(starts) - 1, dtype=np.int64), np.diff(starts))
    single = words.astype(np.uint64)
    pair = (single[:-1] << np.uint64(32)) | single[1:] | np.uint64(1 << 63)
    inside = (rows[:-1] == rows[1:]) & kept[rows[:-1]]
    keys = np.concatenate([single[kept[rows]], pair[inside]])
    owners = np.concatenate([rows[kept[rows]], rows[:-1][inside]])
    return _grouped(keys, owners, int(kept.sum()))


def _grouped(keys: NDArray[np.uint64], owners: Ints, total: int) -> Features:
    often = _often(keys)
    keys, owners = _ordered(keys[often], owners[often])
    new = np.ones(len(keys), np.bool_)
    new[1:] = (keys[1:] != keys[:-1]) | (owners[1:] != owners[:-1])
    keys, owners = keys[new], owners[new]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.zeros(0, np.int64)
    counts = np.diff(np.append(first, len(keys)))
    fit = (counts >= FEWEST) & (counts <= max(COMMON * total, FEWEST))
    entries = np.repeat(fit, counts)
    return Features(
        rows=owners[entries],
        starts=np.concatenate([[0], np.cumsum(counts[fit])]).astype(np.int64),
        keys=keys[first[fit]],
    )


def _ordered(keys: NDArray[np.uint64], owners: Ints) -> tuple[NDArray[np.uint64], Ints]:
    """Both by key, then by owner; sorted as one number where they fit into one, which is many times quicker."""
    if not len(keys):
        return keys, owners
    shift, first, word = np.uint64(32), np.uint64(0x7FFFFFFF), np.uint64(0xFFFFFFFF)
    one = int(max((keys & word).max(), (keys >> shift & first).max())).bit_length()
    row = int(owners.max()).bit_length()
    if 2 * one + 1 + row > 64:
        order = np.lexsort((owners, keys))
        return keys[order], owners[order]
    each, both, pair = np.uint64(one), np.uint64(2 * one), np.uint64(63)
    packed = keys >> pair << both | (keys >> shift & first) << each | keys & word
    packed = packed << np.uint64(row) | owners.view(np.uint64)
    packed.sort()
    owners = (packed & np.uint64((1 << row) - 1)).astype(np.int64)
    packed >>= np.uint64(row)
    low = np.uint64((1 << one) - 1)
    return packed >> both << pair | (packed >> each & low) << shift | packed & low, owners


def _often(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which keys may stand `FEWEST` times: most words are rarer, and need no sorting."""
    chest = (keys * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _CHESTS)
    counts = np.bincount(chest.astype(np.int64), minlength=1 << _CHESTS)
    found: NDArray[np.bool_] = (counts >= FEWEST)[chest]
    return found


def ties_of_flag(found: Features, flag: NDArray[np.bool_], among: NDArray[np.bool_], behaviour: str) -> Iterator[Tie]:
    """Words in whose rows a flag stands far more often than elsewhere.

    Args:
        found: The words.
        flag: The behaviour of each row.
        among: Rows that count.
        behaviour: What it is called.
    """
    total, having = int(among.sum()), int((flag & among).sum())
    if not having or not len(found.keys):
        return
    sizes = _sums(among[found.rows], found.starts)
    both = _sums((flag & among)[found.rows], found.starts)
    outside = (having - both) / np.maximum(total - sizes, 1)
    good = (
        (sizes >= FEWEST)
        & (both >= np.where(sizes < FEW, NEARLY_ALL, SHARE) * sizes)
        & (outside <= OUTSIDE * both / np.maximum(sizes, 1))
    )
    for place in np.flatnonzero(good).tolist():
        yield Tie(
            feature=place,
            behaviour=behaviour,
            value=1,
            rows=int(sizes[place]),
            both=int(both[place]),
            having=having,
            total=total,
        )


def ties_of_text(found: Features, texts: NDArray[np.uint32], total: int, behaviour: str) -> Iterator[Tie]:
    """Words most of whose answers share a text that is rare elsewhere."""
    values, having = np.unique(texts[texts > 0], return_counts=True)
    often = values[having >= FEWEST]
    own = texts[found.rows]
    at = np.minimum(np.searchsorted(often, own), max(len(often) - 1, 0))
    hit = (often[at] == own) if len(often) else np.zeros(len(own), np.bool_)
    which = np.repeat(np.arange(len(found.keys), dtype=np.uint64), np.diff(found.starts))[hit]
    pairs, both = np.unique((which << np.uint64(32)) | own[hit].astype(np.uint64), return_counts=True)
    feature = (pairs >> np.uint64(32)).astype(np.int64)
    value = (pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    size = np.diff(found.starts)[feature]
    whole = having[np.searchsorted(values, value)]
    good = (
        (both >= np.maximum(size * np.where(size < FEW, NEARLY_ALL, SHARE), FEWEST))
        & ((whole - both) / np.maximum(total - size, 1) <= OUTSIDE * both / np.maximum(size, 1))
        & (2 * both >= whole)
    )
    for each in zip(*(column[good].tolist() for column in (feature, value, size, both, whole)), strict=True):
        yield Tie(
            feature=each[0], behaviour=behaviour, value=each[1], rows=each[2], both=each[3], having=each[4], total=total
        )


def _sums(values: NDArray[np.bool_], starts: Ints) -> Ints:
    return np.diff(np.concatenate([[0], np.cumsum(values)])[starts])


def surviving(ties: list[Tie], tests: int) -> list[Tie]:
    """Ties that chance does not explain, with the rate of false ones among them held down over all tests."""
    if not ties:
        return []
    p = np.ones(len(ties))
    for total in {each.total for each in ties}:
        own = [place for place, each in enumerate(ties) if each.total == total]
        p[own] = enrichment(
            [ties[n].both for n in own], [ties[n].rows for n in own], [ties[n].having for n in own], total
        )
    q = benjamini_yekutieli(p.tolist(), tests=max(tests, len(ties)))
    return [
        Tie(feature=each.feature, behaviour=each.behaviour, value=each.value, rows=each.rows, both=each.both,
            having=each.having, total=each.total, p=float(one), q=other)
        for each, one, other in zip(ties, p, q, strict=True) if other <= CHANCE
    ]  # fmt: skip
