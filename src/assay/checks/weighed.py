"""Texts as vectors of the words that some items have, and which of these words lead to candidates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from assay.checks.bags import Scores
from assay.checks.words import Places

CANDIDATES = 8
"""Items per text that are scored in full."""
RARE = 24
"""Rarest words of a text that lead to candidates; a longer text costs no more than one of so many words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Texts by the weights of one set of items."""

    vectors: csr_array
    """Weights of the words that the items have too; with the others they have norm 1."""
    leads: csr_array
    """The rarest of them."""
    numbers: csr_array
    """1 for each number that the items have too."""
    how_many: Scores
    """Numbers of each text."""
    rest: Scores
    """Norm of the words that do not lead."""
    all_lead: NDArray[np.bool_]
    """Whether all rare words lead, so that all others are common ones."""


def matrix(rows: Places, terms: Places, values: Scores, shape: tuple[int, int]) -> csr_array:
    """Values by row and term; rows ascend."""
    starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=shape[0]))))
    return csr_array((values, terms, starts), shape=shape)


def rarest(rows: Places, terms: Places, idf: Scores, count: int) -> Places:
    """Places of the rarest `RARE` words of each text."""
    many = (np.bincount(rows, minlength=count) > RARE)[rows]
    rest = np.flatnonzero(many)
    order = rest[np.lexsort((terms[rest], -idf[terms[rest]], rows[rest]))]
    own = rows[order]
    kept = ~many
    kept[order[np.arange(len(own)) - np.searchsorted(own, own) < RARE]] = True
    return np.flatnonzero(kept)


def best(texts: Places, items: Places, values: Scores, count: int) -> tuple[Places, Places]:
    """The best `CANDIDATES` of each text; texts ascend."""
    bounds = np.searchsorted(texts, np.arange(count + 1))
    many = np.diff(bounds) > CANDIDATES
    kept = [np.flatnonzero(~many[texts])]
    for begin, end in zip(bounds[:-1][many].tolist(), bounds[1:][many].tolist(), strict=True):
        kept.append(begin + np.argpartition(values[begin:end], -CANDIDATES)[-CANDIDATES:])
    own = np.concatenate(kept)
    return texts[own], items[own]
