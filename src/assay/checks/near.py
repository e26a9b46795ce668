"""Pairs of texts that share most of their runs of three words: all of them, without comparing each with each.

Source:
    Prefix filter: Chaudhuri, Ganti and Kaushik 2006, "A primitive operator for similarity joins in data cleaning".
    Positional filter: Xiao, Wang, Lin and Yu 2008, "Efficient similarity joins for near duplicate detection".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.checks.equals import AT_ONCE, changes, ranges
from assay.checks.linked import Ends, Links, Neighbours
from assay.checks.near_pairs import NAMED, pairs_of
from assay.checks.run_sets import MOST, Kept, Sets
from assay.checks.spool import Column, Marks, Spool
from assay.checks.words import Hashes, Places, Words, blocks, digests, hashed, shingles

LARGE = 1000
"""A group of texts with one rare run in common above which only those not linked yet are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Texts that are near each other, similarity being the Jaccard index of their sets of runs of three words."""

    left: Places
    """Of each pair the earlier text, ascending; of texts with the same words in order only the first is in pairs."""
    right: Places
    """And the later one, with other words."""
    similarity: NDArray[np.float64]
    """Of each pair."""
    complete: bool
    """False when families of more than `LARGE` texts, or of fewer where there are more than `NAMED` pairs, were linked
    without naming each pair; groups are the same."""
    up_to: int = 0
    """Where more than about `NAMED` pairs were found: texts with one rare run in common up to which every pair is
    named; larger groups are linked. 0 where there were fewer."""
    one_in: int = 1
    """Of how many texts one was compared, equal ones aside; above 1 when there were too many."""

    def leads(self) -> tuple[Places, Places]:
        """The texts in any pair, ascending, and of each the first that it is linked with, through others too."""
        ends = Ends(self.left, self.right)
        links = Links(len(ends.involved))
        links.join(ends.number(self.left), ends.number(self.right))
        return ends.involved, ends.involved[links.of(np.arange(len(ends.involved)))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Near(Pairs):
    """The same, and which texts are equal."""

    first: Places
    """Per text the first text with the same words in the same order; -1 for a text without a word."""

    @property
    def cluster(self) -> Places:
        """Per text the first text of those it is linked with, through others too; -1 for a text without a word."""
        lead = np.arange(len(self.first))
        involved, leads = self.leads()
        lead[involved] = leads
        return np.where(self.first < 0, -1, lead[self.first])


class Joined:
    """Takes texts as they come and then finds the pairs; keeps eight bytes per word and 13 per text, not the texts.

    Beyond `most` runs of words only a sample of the texts is compared (`Pairs.one_in`); equal ones are found in all.

    Attributes:
        words: Digest of each text; 0 for one without a word.

    Examples:
        >>> joined = Joined()
        >>> _ = joined.add(hashed(["one two three four five", "One, two, three, four, six!", "else"]))
        >>> found = joined.near(0.5)
        >>> found.left.tolist(), found.right.tolist(), found.similarity.tolist()
        ([0], [1], [0.5])
    """

    def __init__(
        self,
        large: int = LARGE,
        most: int = MOST,
        spool: Spool | None = None,
        at_once: int = AT_ONCE,
        named: int = NAMED,
    ) -> None:
        self._spool = spool or Spool()
        self.words = Column(self._spool, "u8")
        self._kept = Kept(most, self._spool)
        self._large, self._named = large, named
        self._at_once = at_once

    def add(self, found: Words) -> Hashes:
        """Take in some texts; gives their digests."""
        self._kept.add(*shingles(found))
        own = digests(found)
        self.words.extend(own)
        return own

    def near(self, threshold: float) -> Near:
        """All pairs of texts at least so similar, and which texts are equal; once, as `pairs`."""
        found = self.pairs(threshold)
        return Near(
            left=found.left, right=found.right, similarity=found.similarity, complete=found.complete,
            up_to=found.up_to, one_in=found.one_in, first=_first(self.words.between(0, len(self.words))),
        )  # fmt: skip

    def pairs(self, threshold: float) -> Pairs:
        """All pairs of texts at least so similar; once, since what was held is given up on the way.

        Exact but for collisions: two different runs count as one with a chance of about 2^-40 per pair of runs in a
        million texts, less in fewer.

        Args:
            threshold: Jaccard index from which two texts are near, in (0, 1].
        """
        number, sizes = self._numbers()
        sets = Sets(self._kept.ranges(number, max(len(sizes) - 1, 0)), sizes, threshold)
        texts = _places(number, sets.texts)
        left, right, similarity, complete, up_to = pairs_of(sets, threshold, self._large, self._named)
        return Pairs(
            left=texts[left],
            right=texts[right],
            similarity=similarity,
            complete=complete,
            up_to=up_to,
            one_in=1 << self._kept.halved,
        )

    def _numbers(self) -> tuple[Column, NDArray[np.int32]]:
        """Numbers of the texts that are compared, -1 for others; and how many runs each has."""
        count = len(self.words)
        firsts = Marks(count)
        for [(values, places)] in ranges(count, self.words.parts, at_once=self._at_once):
            order = np.argsort(values, kind="stable")
            firsts.put(places[order[changes(values[order])]])
        number, sizes, known = Column(self._spool, "i4"), [np.zeros(0, np.int32)], 0
        for begin, part in self.words.parts():
            end = begin + len(part)
            own = self._kept.sizes(begin, end)
            there = firsts.between(begin, end) & (own > 0)
            number.extend(np.where(there, known + np.cumsum(there) - 1, -1))
            sizes.append(own[there])
            known += len(sizes[-1])
        return number, np.concatenate(sizes)


def near(texts: Iterable[str], threshold: float) -> Near:
    """All pairs of texts at least so similar."""
    joined = Joined()
    for block in blocks(texts):
        joined.add(hashed(block))
    return joined.near(threshold)


def keep(found: Near, worth: Any) -> NDArray[np.bool_]:
    """Which texts to keep so that none is near another and each that goes is near one that stays, shape (n_texts,).

    Texts without a word stay: they are another finding.

    Args:
        found: The pairs.
        worth: What decides between equals, more is better, shape (n_texts,); ties go by place.
    """
    kept: NDArray[np.bool_] = (found.first == np.arange(len(found.first))) | (found.first < 0)
    kept[gone(found, lambda places: np.asarray(worth)[places])] = False
    return kept


def gone(found: Pairs, worth: Callable[[Places], Any]) -> Places:
    """Which texts of pairs to give up so that none is near another and each that goes is near one that stays.

    Those with most neighbours stay first.

    Args:
        found: The pairs.
        worth: What decides between equals, more is better, of some texts; ties go by place.

    Returns:
        Places of texts, ascending.
    """
    ends = Ends(found.left, found.right)
    involved = ends.involved
    some = Neighbours(len(involved), ends.number(found.left), ends.number(found.right))
    goes = np.zeros(len(involved), np.bool_)
    for one in np.lexsort((involved, -np.asarray(worth(involved)), -some.many)):
        if not goes[one]:
            for own in some.of(one):
                goes[own] = True
    return np.asarray(involved[goes], np.int64)


def _places(number: Column, wanted: Places) -> Places:
    """Where some numbers stand in a column of ascending ones and -1."""
    found = [np.zeros(0, np.int64)]
    for begin, part in number.parts():
        there = np.flatnonzero(part >= 0)
        if len(there):
            low, high = np.searchsorted(wanted, [part[there[0]], part[there[-1]] + 1])
            found.append(begin + there[wanted[low:high] - part[there[0]]])
    return np.concatenate(found)


def _first(own: Hashes) -> Places:
    """Per text the first with an equal hash; -1 where the hash is 0."""
    order = np.argsort(own, kind="stable")
    fresh = np.concatenate(([True], own[order][1:] != own[order][:-1]))[: len(own)]
    found = np.empty(len(own), np.int64)
    found[order] = order[np.maximum.accumulate(np.where(fresh, np.arange(len(own)), 0))] if len(own) else order
    return np.where(own == 0, -1, found)
