"""What questions in the style of a set score that are not in it: each of its items, held against the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.checks.bags import bags
from assay.checks.innocent import Innocent, Nearby
from assay.checks.near import Joined
from assay.checks.rephrased import NUMBERS, Rephrased
from assay.checks.words import Places, Words

VARIANT = 0.2
"""Share of runs of three words in common from which an item is a variant of another: seen in GSM8K, where two pairs of
782 questions tell one story and ask for another unknown of it."""
FOLDS = 20
"""Parts of a set that are held against the rest of it in turn."""
_AT_MOST = 40_000
"""Items of all rests together, with `FEWEST_FOLDS` at least: a large set is weighed in fewer parts."""
FEWEST_FOLDS = 5


def innocent(known: Rephrased) -> Innocent:
    """What same-style questions score.

    Each item is itself a question in the style of the set that is not among the *other* items, so the set calibrates
    itself. A part of the items is held against the rest, whose words are weighed as if the part had never been there:
    weighed together, a word that only two items share would count less, and lead to fewer candidates, than one that a
    new question shares with one item. Left out are variants, items that share a fifth of their runs of three words
    with another item: such a row in the training data is no innocent question.
    """
    count = known.count
    folds = max(min(FOLDS, _AT_MOST // max(count, 1)), FEWEST_FOLDS)
    fold = np.arange(count) % folds
    item, score, numbered = np.full(count, -1), np.zeros(count), np.zeros(count, np.bool_)
    for part in range(folds):
        own, rest = np.flatnonzero(fold == part), np.flatnonzero(fold != part)
        if not len(own) or not len(rest):
            continue
        others = Rephrased(_some(known.read, rest))
        found = others.rephrasing(bags(_some(known.read, own)))
        met = np.flatnonzero(found.item >= 0)
        item[own[met]] = rest[found.item[met]]
        numbered[own[met]] = others.numbered[found.item[met]]
        score[own] = found.score
    single = alone(known.read)
    # copies of an item say nothing of variants: their words are equal
    variant = ~single & (item >= 0) & (score < np.where(numbered, 1 + NUMBERS, 1) - 1e-6)
    place = np.arange(count)
    other = np.where(item < 0, place, item)
    pairs = np.minimum(place, other) * count + np.maximum(place, other)
    with_numbers, without = single & (numbered | (item < 0)), single & ~numbered
    return Innocent(
        with_numbers=Nearby(scores=score[with_numbers], pairs=pairs[with_numbers]),
        without=Nearby(scores=score[without], pairs=pairs[without]),
        variants_with_numbers=score[variant & numbered],
        variants_without=score[variant & ~numbered],
        items=count,
        met=1 - 1 / folds,
    )


def _some(read: Words, texts: Places) -> Words:
    """The words of some texts."""
    counts = read.counts[texts]
    starts = np.concatenate(([0], np.cumsum(counts)))
    places = np.arange(starts[-1]) + np.repeat(read.starts[texts] - starts[:-1], counts)
    return Words(hashes=read.hashes[places], starts=starts, digits=read.digits[places])


def alone(read: Words) -> NDArray[np.bool_]:
    """Items that are no variant of another."""
    joined = Joined()
    joined.add(read)
    pairs = joined.near(VARIANT)
    single: NDArray[np.bool_] = pairs.first == np.arange(len(read.counts))
    single[pairs.first[~single & (pairs.first >= 0)]] = False
    single[pairs.left] = single[pairs.right] = False
    return single
