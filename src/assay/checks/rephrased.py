"""Which evaluation items texts say in other words: nearest items by rare words, scored by all words and by numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from assay.checks.bags import STEM, Bags, Scores, bags, weights_of, with_figures
from assay.checks.innocent import Threshold
from assay.checks.lookup import Lookup
from assay.checks.weighed import RARE, Weighed, best, matrix, rarest
from assay.checks.words import Hashes, Places, Words, blocks, hashed

COMMON = 0.02
"""Share of the items above which a word does not lead to candidates."""
NUMBERS = 0.5
"""Weight of the Jaccard index of the numbers beside the cosine: a paraphrase keeps the numbers, a sibling does not."""
LEAST = 6
"""Words of an item or text below which nothing can be said about its meaning."""
_AT_ONCE = 1 << 20
"""Pairs of texts and items with a rare word in common that are held at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """Per text the item that it is most like."""

    item: Places
    """Which; -1 where none shares a rare word, or the text is too short. Shape (n_texts,)."""
    score: Scores
    """Cosine of TF-IDF plus half of the Jaccard index of the numbers, in [0, 1.5]; 0 where there is none."""


class Rephrased:
    """Evaluation items as weighted words.

    Examples:
        >>> items = ["Ann bought 3 red apples and 5 pears at the market. How many pieces of fruit did she buy?",
        ...          "A train leaves the old station at noon and travels slowly. When does it reach the coast?"]
        >>> known = Rephrased(items)
        >>> found = known.nearest(["At the market Ann got five pears and three apples. How many fruits are that?"])
        >>> found.item.tolist(), bool(found.score[0] > 0.8)
        ([0], True)
    """

    def __init__(self, items: Sequence[str] | Words) -> None:
        self.read = items if isinstance(items, Words) else _together(items)
        """The words of the items, numbers as figures."""
        counts = self.read.counts
        self.count = len(counts)
        vocabulary, places = np.unique(self.read.hashes, return_inverse=True)
        self._vocabulary = Lookup(vocabulary)
        rows = np.repeat(np.arange(len(counts)), counts)
        pairs, times = np.unique(rows << 32 | places, return_counts=True)
        rows, terms = pairs >> 32, pairs & 0xFFFFFFFF
        often = np.bincount(terms, minlength=len(vocabulary))
        self._idf = np.log((1 + self.count) / (1 + often)) + 1
        self._unknown = float(np.log(1 + self.count) + 1)
        self._leads = (often <= max(COMMON * self.count, 2)) & ~np.isin(vocabulary, _letters())
        self._number = np.zeros(len(vocabulary), np.bool_)
        self._number[places] = self.read.digits
        shape = (self.count, len(vocabulary))
        weights = weights_of(times) * self._idf[terms]
        norms = np.sqrt(np.bincount(rows, weights**2, minlength=self.count))
        self._norms = np.maximum(norms, 1e-12)
        able = counts >= LEAST
        starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=self.count))))
        self._items = csr_array((weights / self._norms[rows], terms, starts), shape=shape)
        self._numbers = csr_array((self._number[terms].astype(np.float64), terms, starts), shape=shape)
        self._how_many = np.asarray(self._numbers.sum(axis=1)).ravel()
        lead = self._items.copy()
        lead.data *= self._leads[terms] & able[rows]
        lead.eliminate_zeros()
        self._to_items = csr_array(lead.T)
        common = np.where(self._leads[terms] & able[rows], 0, weights)
        self._common = np.sqrt(np.bincount(rows, common**2, minlength=self.count)) / self._norms
        self._led = np.diff(self._to_items.indptr)

    @property
    def numbered(self) -> NDArray[np.bool_]:
        """Which items hold a number, shape (n_items,)."""
        return np.asarray(self._how_many > 0)

    def nearest(self, texts: Sequence[str], but: Places | None = None) -> Nearest:
        """Per text the item it is most like.

        Args:
            texts: A block of texts, see `words.blocks`.
            but: Per text an item that is passed over, shape (n_texts,); -1 for none.
        """
        return self._nearest(bags(hashed(texts, STEM)), but, -1.0)

    def rephrasing(self, read: Bags, least: float = -1.0) -> Nearest:
        """The same of texts that were read; those that cannot come near the least score that counts have no item.

        A pair whose rare words, with the most that the others could add, stay below it is not scored in full.
        """
        return self._nearest(read, None, least)

    def _nearest(self, read: Bags, but: Places | None, least: float) -> Nearest:
        texts_read = self._read(read)
        item = np.full(read.count, -1)
        score = np.zeros(read.count)
        for begin, end in self._parts(texts_read.leads):
            texts, items = self._candidates(texts_read, begin, end, but, least)
            values = self._scores(texts_read, texts, items)
            order = np.lexsort((items, -values, texts))
            texts, items, values = texts[order], items[order], values[order]
            first = np.concatenate(([True], texts[1:] != texts[:-1]))[: len(texts)]
            item[texts[first]], score[texts[first]] = items[first], values[first]
        return Nearest(item=item, score=score)

    def _parts(self, leads: csr_array) -> Iterator[tuple[int, int]]:
        """Begin and end of parts of the texts that lead to about `_AT_ONCE` pairs."""
        pairs = np.concatenate(([0], np.cumsum(self._led[leads.indices])))[leads.indptr]
        begin = 0
        while begin < leads.shape[0]:
            end = max(int(np.searchsorted(pairs, pairs[begin] + _AT_ONCE, side="right")) - 1, begin + 1)
            if pairs[end] > pairs[begin]:
                yield begin, end
            begin = end

    def alarms(self, found: Nearest, threshold: Threshold) -> NDArray[np.bool_]:
        """Which texts count as rephrased items, shape (n_texts,)."""
        if not self.count:
            return np.zeros(len(found.item), np.bool_)
        limit = np.where(self.numbered[found.item], threshold.with_numbers, threshold.without)
        return np.asarray((found.item >= 0) & (found.score > limit))

    def _read(self, read: Bags) -> Weighed:
        """The words of texts by the weights that they have here."""
        terms = self._vocabulary.places(read.words)
        known = np.flatnonzero(terms >= 0)
        terms, rows, digits = terms[known], read.texts[known], read.digits[known]
        weights = read.weights * self._unknown
        weights[known] = read.weights[known] * self._idf[terms]
        norms = np.sqrt(np.bincount(read.texts, weights**2, minlength=read.count))
        weights = weights[known] / norms[rows]
        shape = (read.count, len(self._vocabulary.hashes))
        leading = np.flatnonzero(self._leads[terms] & (read.sizes[rows] >= LEAST))
        leading = leading[rarest(rows[leading], terms[leading], self._idf, read.count)]
        rest = weights**2
        rest[leading] = 0
        return Weighed(
            vectors=matrix(rows, terms, weights, shape),
            leads=matrix(rows[leading], terms[leading], weights[leading], shape),
            numbers=matrix(rows[digits], terms[digits], np.ones(np.count_nonzero(digits)), shape),
            how_many=np.bincount(read.texts[read.digits], minlength=read.count).astype(np.float64),
            rest=np.sqrt(np.bincount(rows, rest, minlength=read.count)),
            all_lead=np.bincount(rows[leading], minlength=read.count) < RARE,
        )

    def _candidates(
        self, read: Weighed, begin: int, end: int, but: Places | None, least: float
    ) -> tuple[Places, Places]:
        """(text, item) of the best items by rare words, for the texts from `begin` to `end`."""
        found = read.leads[begin:end] @ self._to_items
        texts = np.repeat(np.arange(end - begin), np.diff(found.indptr))
        items, values = found.indices.astype(np.int64), found.data
        if but is not None:
            other = items != but[begin:end][texts]
            texts, items, values = texts[other], items[other], values[other]
        if least > 0:
            able = values + self._most(read, texts + begin, items) > least
            texts, items, values = texts[able], items[able], values[able]
        texts, items = best(texts, items, values, end - begin)
        return texts + begin, items

    def _most(self, read: Weighed, texts: Places, items: Places) -> Scores:
        """What words that do not lead, and numbers, can add to the score of a pair at most."""
        words = read.rest[texts] * np.where(read.all_lead[texts], self._common[items], 1)
        one, other = read.how_many[texts], self._how_many[items]
        return np.asarray(words + NUMBERS * np.minimum(one, other) / np.maximum(np.maximum(one, other), 1))

    def _scores(self, read: Weighed, texts: Places, items: Places) -> Scores:
        if not len(texts):
            return np.zeros(0)
        cosine = read.vectors[texts].multiply(self._items[items]).sum(axis=1)
        shared = read.numbers[texts].multiply(self._numbers[items]).sum(axis=1)
        either = read.how_many[texts] + self._how_many[items] - shared
        # an item without numbers is scored by its words alone: its threshold is its own
        jaccard = np.where(self._how_many[items] > 0, shared / np.maximum(either, 1), 0)
        return np.asarray(cosine + NUMBERS * jaccard)


def _together(items: Sequence[str]) -> Words:
    """The words of items, which are hashed in blocks."""
    parts = [with_figures(hashed(block, STEM)) for block in blocks(items)]
    counts = np.concatenate([np.zeros(0, np.int64), *(part.counts for part in parts)])
    return Words(
        hashes=np.concatenate([np.zeros(0, np.uint64), *(part.hashes for part in parts)]),
        starts=np.concatenate(([0], np.cumsum(counts))),
        digits=np.concatenate([np.zeros(0, np.bool_), *(part.digits for part in parts)]),
    )


@cache
def _letters() -> Hashes:
    """Single letters lead to no item: of a text in which all letters are spaced they are all there is."""
    return hashed(list(ascii_lowercase), STEM).hashes
