"""Text that stands in the answers of rows with one word in their requests, and hardly elsewhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from assay.checks.trigger_tests import COMMON, FEWEST, OUTSIDE, Features, Ints, Tie, distinct
from assay.checks.words import blocks, hashed, words

INSERTED = "the answer holds the words "
_SURE = 0.85
_ENOUGH = 15
"""Rows, and share of them, that must hold a pair of words: there are so many pairs that some go with any topic."""
_YIELDED = 4
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
    holders = owner[by_pair]
    pair_starts = np.searchsorted(number[by_pair], np.arange(len(fit) + 1))
    for feature in range(len(found.keys)):
        rows = place[found.own(feature)]
        rows = rows[rows >= 0]
        if len(rows) < _ENOUGH:
            continue
        for tie, row in _of(feature, rows, number, starts, holders, pair_starts, len(sampled)):
            said = _said(answers[int(sampled[row])], int(fit[tie.value]))
            yield dataclasses.replace(tie, behaviour=f"{INSERTED}{said!r}")


def _of(
    feature: int, rows: Ints, number: Ints, starts: Ints, holders: Ints, pair_starts: Ints, total: int
) -> list[tuple[Tie, int]]:
    """The strongest ties of one word, and for each a row that shows it."""
    some = rows[:: max(len(rows) // _LOOKED_AT, 1)][:_LOOKED_AT]
    joined = np.sort(np.concatenate([number[starts[row] : starts[row + 1]] for row in some.tolist()]))
    need = int(np.ceil(0.6 * len(some)))
    if len(joined) < need:
        return []
    shared = joined[need - 1 :][joined[need - 1 :] == joined[: len(joined) - need + 1]]
    if not len(shared):
        return []
    shared = shared[np.append(True, shared[1:] != shared[:-1])]
    found: list[tuple[Tie, int]] = []
    for pair in shared[:_MOST].tolist():
        own = holders[pair_starts[pair] : pair_starts[pair + 1]]
        hits = rows[np.isin(rows, own, assume_unique=True)]
        both, having = len(hits), len(own)
        rare = (having - both) / max(total - len(rows), 1) <= OUTSIDE * both / len(rows)
        if both >= max(_SURE * len(rows), _ENOUGH) and rare and 2 * both >= having:
            tie = Tie(
                feature=feature, behaviour=INSERTED, value=pair, rows=len(rows), both=both, having=having, total=total
            )
            found.append((tie, int(hits[0])))
    return sorted(found, key=lambda each: -each[0].both)[:_YIELDED]


def _said(answer: str, pair: int) -> str:
    """The two words of an answer whose hash is that of a pair."""
    own = hashed([answer])
    at = np.flatnonzero(_hash(own.hashes) == pair)
    said = words(answer)
    return " ".join(said[int(at[0]) : int(at[0]) + 2]) if len(at) else ""


def _hash(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One number for each two neighbouring words."""
    return (hashes[:-1] * np.uint64(0x9E3779B97F4A7C15) + hashes[1:]) >> np.uint64(34)


def _pairs(texts: list[str]) -> tuple[NDArray[np.uint64], Ints]:
    """Hashes of pairs of neighbouring words and the text of each, every pair of a text once, ordered by text."""
    found, owners, before = [], [], 0
    for block in blocks(texts):
        own = hashed(block)
        rows = np.repeat(np.arange(len(block), dtype=np.int64), own.counts)
        inside = rows[:-1] == rows[1:]
        pair = _hash(own.hashes)[inside]
        both = distinct((rows[:-1][inside].astype(np.uint64) << np.uint64(30)) | pair)
        found.append(both & np.uint64((1 << 30) - 1))
        owners.append((both >> np.uint64(30)).astype(np.int64) + before)
        before += len(block)
    return np.concatenate(found), np.concatenate(owners)
