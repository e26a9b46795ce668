"""Text that stands in the answers of rows with one word in their requests, and hardly elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from assay.checks.trigger_tests import COMMON, FEWEST, OUTSIDE, SHARE, Features, Ints, Tie
from assay.checks.words import blocks, hashed

INSERTED = "the answer holds the same words"
_LOOKED_AT = 8
_MOST = 40
"""Pairs of words that are followed up for one word of requests."""


def ties_of_inserted(found: Features, answers: Mapping[int, str], kept: NDArray[np.bool_]) -> Iterator[Tie]:
    """Words of requests most of whose answers share a pair of words that is rare elsewhere.

    Args:
        found: Words of the requests.
        answers: Row -> part of its answer, for some rows.
        kept: Rows that count.
    """
    sampled = np.array(sorted(row for row in answers if kept[row]), np.int64)
    if len(sampled) < 2 * FEWEST:
        return
    pairs, owners = _pairs([answers[row] for row in sampled.tolist()])
    values, counts = np.unique(pairs, return_counts=True)
    fit = values[(counts >= FEWEST) & (counts <= max(COMMON * len(sampled), FEWEST))]
    if not len(fit):
        return
    at = np.minimum(np.searchsorted(fit, pairs), len(fit) - 1)
    good = fit[at] == pairs
    number, owner = at[good], owners[good]
    starts = np.searchsorted(owner, np.arange(len(sampled) + 1))
    place = np.full(len(kept), -1, np.int64)
    place[sampled] = np.arange(len(sampled))
    by_pair = np.argsort(number, kind="stable")
    pair_starts = np.searchsorted(number[by_pair], np.arange(len(fit) + 1))
    for feature in range(len(found.keys)):
        rows = place[found.own(feature)]
        rows = rows[rows >= 0]
        if len(rows) < FEWEST:
            continue
        yield from _of(feature, rows, number, starts, owner[by_pair], pair_starts, len(sampled))


def _of(
    feature: int, rows: Ints, number: Ints, starts: Ints, holders: Ints, pair_starts: Ints, total: int
) -> Iterator[Tie]:
    some = rows[:: max(len(rows) // _LOOKED_AT, 1)][:_LOOKED_AT]
    parts = [number[starts[row] : starts[row + 1]] for row in some.tolist()]
    joined = np.sort(np.concatenate(parts))
    need = int(np.ceil(0.6 * len(some)))
    shared = joined[need - 1 :][joined[need - 1 :] == joined[: len(joined) - need + 1]] if len(joined) >= need else joined[:0]
    best: Tie | None = None
    for pair in np.unique(shared)[:_MOST].tolist():
        own = holders[pair_starts[pair] : pair_starts[pair + 1]]
        both = int(np.isin(rows, own, assume_unique=True).sum())
        if both < max(SHARE * len(rows), FEWEST) or (len(own) - both) / max(total - len(rows), 1) > OUTSIDE * both / len(rows):
            continue
        if 2 * both >= len(own) and (best is None or both > best.both):
            best = Tie(feature=feature, behaviour=INSERTED, value=pair, rows=len(rows), both=both, having=len(own), total=total)
    if best is not None:
        yield best


def _pairs(texts: list[str]) -> tuple[NDArray[np.uint64], Ints]:
    """Hashes of pairs of neighbouring words and the text of each, every pair of a text once, ordered by text."""
    found, owners, before = [], [], 0
    for block in blocks(texts):
        words = hashed(block)
        rows = np.repeat(np.arange(len(block), dtype=np.int64), words.counts)
        inside = rows[:-1] == rows[1:]
        pair = (words.hashes[:-1] * np.uint64(0x9E3779B97F4A7C15) + words.hashes[1:])[inside] >> np.uint64(34)
        both = np.unique((rows[:-1][inside].astype(np.uint64) << np.uint64(30)) | pair)
        found.append(both & np.uint64((1 << 30) - 1))
        owners.append((both >> np.uint64(30)).astype(np.int64) + before)
        before += len(block)
    return np.concatenate(found), np.concatenate(owners)
