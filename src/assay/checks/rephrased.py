"""Which evaluation items texts say in other words: nearest items by rare words, scored by all words and by numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from assay.checks.near import Joined
from assay.checks.words import Hashes, Places, Words, blocks, hashed

Scores = NDArray[np.float64]

COMMON = 0.02
"""Share of the items above which a word does not lead to candidates."""
CANDIDATES = 8
"""Items per text that are scored in full."""
RARE = 24
"""Rarest words of a text that lead to candidates; a longer text costs no more than one of so many words."""
NUMBERS = 0.5
"""Weight of the Jaccard index of the numbers beside the cosine: a paraphrase keeps the numbers, a sibling does not."""
LEAST = 6
"""Words of an item or text below which nothing can be said about its meaning."""
STEM = 6
"""Letters of a word that count, so that receives and received are one."""
FEWEST = 100
"""Same-style questions without which no threshold is set."""
VARIANT = 0.2
"""Share of runs of three words in common from which an item is a variant of another: seen in GSM8K, where two pairs of
782 questions tell one story and ask for another unknown of it."""
_TAIL = 0.05
_NAMES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_SAME = {name: str(value) for value, name in enumerate(_NAMES)} | {
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "seventy": "70",
    "eighty": "80",
    "ninety": "90",
    "hundred": "100",
    "twice": "2",
    "double": "2",
    "thrice": "3",
    "triple": "3",
    "dozen": "12",
}
"""Numbers in words count as the figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """Per text the item that it is most like."""

    item: Places
    """Which; -1 where none shares a rare word, or the text is too short. Shape (n_texts,)."""
    score: Scores
    """Cosine of TF-IDF plus half of the Jaccard index of the numbers, in [0, 1.5]; 0 where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """From which score on a text counts as a rephrased item, by kind of item."""

    with_numbers: float
    """For items that hold a number."""
    without: float
    """For items that hold none, whose score is the cosine alone."""
    n_with_numbers: int
    """Same-style questions behind the first figure."""
    n_without: int
    """Same-style questions behind the second."""


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

    def __init__(self, items: Sequence[str]) -> None:
        parts = [_folded(hashed(block, STEM)) for block in blocks(items)]
        every = np.concatenate([np.zeros(0, np.uint64), *(part.hashes for part in parts)])
        counts = np.concatenate([np.zeros(0, np.int64), *(part.counts for part in parts)])
        self.count = len(counts)
        self._vocabulary, places = np.unique(every, return_inverse=True)
        rows = np.repeat(np.arange(len(counts)), counts)
        pairs, times = np.unique(rows << 32 | places, return_counts=True)
        rows, terms = pairs >> 32, pairs & 0xFFFFFFFF
        often = np.bincount(terms, minlength=len(self._vocabulary))
        self._idf = np.log((1 + self.count) / (1 + often)) + 1
        self._unknown = float(np.log(1 + self.count) + 1)
        self._leads = often <= max(COMMON * self.count, 2)
        numbers = np.concatenate([np.zeros(0, np.bool_), *(part.digits for part in parts)])
        self._number = np.zeros(len(self._vocabulary), np.bool_)
        self._number[places] = numbers
        shape = (self.count, len(self._vocabulary))
        weights = _weights(times) * self._idf[terms]
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
        self._filled = parts

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
        return self._nearest(_folded(hashed(texts, STEM)), but)

    def _nearest(self, found: Words, but: Places | None) -> Nearest:
        vectors, leads, numbers, how_many = self._read(found)
        item = np.full(len(found.counts), -1)
        score = np.zeros(len(found.counts))
        for begin in range(0, len(item), 256):
            part = slice(begin, begin + 256)
            texts, items = self._candidates(leads[part], None if but is None else but[part])
            texts = texts + begin
            values = self._scores(vectors, numbers, how_many, texts, items)
            order = np.lexsort((items, -values, texts))
            texts, items, values = texts[order], items[order], values[order]
            first = np.concatenate(([True], texts[1:] != texts[:-1]))[: len(texts)]
            item[texts[first]], score[texts[first]] = items[first], values[first]
        return Nearest(item=item, score=score)

    def threshold(self, false_alarms: float = 1e-3, others: Sequence[str] = ()) -> Threshold:
        """Score that same-style questions reach in at most that share of cases.

        Each item is itself a question in the style of the set that is not among the *other* items, so the set
        calibrates itself: the scores of all items, each held against the rest, are what innocent questions get.
        Left out are variants, items that share a fifth of their runs of three words with another item: such a row in
        the training data is no innocent question. Beyond what the questions show, their tail is drawn on; with fewer
        than `FEWEST`, nothing is an alarm.

        Args:
            false_alarms: Share of same-style questions that may be taken for a rephrased item, in (0, 1).
            others: More questions in the style of the set that are known not to be in it.
        """
        begin, items, scores = 0, [], []
        alone = self._alone()
        for part in self._filled:
            places = np.arange(begin, begin + len(part.counts))
            found = self._nearest(part, places)
            items.append(found.item[alone[places]])
            scores.append(found.score[alone[places]])
            begin += len(part.counts)
        for block in blocks(others):
            found = self.nearest(block)
            items.append(found.item)
            scores.append(found.score)
        item = np.concatenate([np.zeros(0, np.int64), *items])
        score = np.concatenate([np.zeros(0), *scores])
        numbered = np.zeros(len(item), np.bool_)
        numbered[item >= 0] = self.numbered[item[item >= 0]]
        none = item < 0
        with_numbers, without = score[numbered | none], score[~numbered | none]
        return Threshold(
            with_numbers=_quantile(with_numbers, false_alarms),
            without=_quantile(without, false_alarms),
            n_with_numbers=len(with_numbers),
            n_without=len(without),
        )

    def _alone(self) -> NDArray[np.bool_]:
        """Items that are no variant of another."""
        joined = Joined()
        for part in self._filled:
            joined.add(part)
        pairs = joined.near(VARIANT)
        alone: NDArray[np.bool_] = pairs.first == np.arange(self.count)
        alone[pairs.first[~alone & (pairs.first >= 0)]] = False
        alone[pairs.left] = alone[pairs.right] = False
        return alone

    def alarms(self, found: Nearest, threshold: Threshold) -> NDArray[np.bool_]:
        """Which texts count as rephrased items, shape (n_texts,)."""
        if not self.count:
            return np.zeros(len(found.item), np.bool_)
        limit = np.where(self.numbered[found.item], threshold.with_numbers, threshold.without)
        return np.asarray((found.item >= 0) & (found.score > limit))

    def _read(self, found: Words) -> tuple[csr_array, csr_array, csr_array, Scores]:
        """Per text its weights with norm 1, the rarest of them, its numbers, and how many numbers it has."""
        counts = found.counts
        rows = np.repeat(np.arange(len(counts)), counts)
        terms = np.searchsorted(self._vocabulary, found.hashes)
        terms[terms == len(self._vocabulary)] = 0
        known = self._vocabulary[terms] == found.hashes if len(self._vocabulary) else np.zeros(len(rows), np.bool_)
        key = np.where(known, terms.astype(np.uint64), found.hashes | np.uint64(1 << 63))
        order = np.lexsort((key, rows))
        key, rows, known, digits = key[order], rows[order], known[order], found.digits[order]
        fresh = np.flatnonzero(np.concatenate(([True], (key[1:] != key[:-1]) | (rows[1:] != rows[:-1])))[: len(key)])
        times = np.diff(np.concatenate((fresh, [len(key)])))
        rows, known, digits = rows[fresh], known[fresh], digits[fresh]
        terms = np.where(known, key[fresh], 0).astype(np.int64)
        idf = np.where(known, self._idf[terms], self._unknown) if len(self._idf) else np.full(len(terms), self._unknown)
        weights = _weights(times) * idf
        norms = np.sqrt(np.bincount(rows, weights**2, minlength=len(counts)))
        weights /= norms[rows]
        how_many = np.bincount(rows[digits], minlength=len(counts)).astype(np.float64)
        shape = (len(counts), len(self._vocabulary))
        leading = known & self._leads[terms] & (counts[rows] >= LEAST) if len(self._leads) else known
        return (
            _matrix(rows[known], terms[known], weights[known], shape),
            _rarest(rows[leading], terms[leading], weights[leading], idf[leading], shape),
            _matrix(rows[known & digits], terms[known & digits], np.ones(int((known & digits).sum())), shape),
            how_many,
        )

    def _candidates(self, leads: csr_array, but: Places | None) -> tuple[Places, Places]:
        """(text, item) of the best items by rare words, for a few texts."""
        if not leads.nnz:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        found = leads @ self._to_items
        texts = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
        items, values = found.indices, found.data
        if but is not None:
            other = items != but[texts]
            texts, items, values = texts[other], items[other], values[other]
        return _best(texts, items.astype(np.int64), values, found.shape[0])

    def _scores(self, vectors: csr_array, numbers: csr_array, how_many: Scores, texts: Places, items: Places) -> Scores:
        cosine = vectors[texts].multiply(self._items[items]).sum(axis=1)
        shared = numbers[texts].multiply(self._numbers[items]).sum(axis=1)
        either = how_many[texts] + self._how_many[items] - shared
        # an item without numbers is scored by its words alone: its threshold is its own
        jaccard = np.where(self._how_many[items] > 0, shared / np.maximum(either, 1), 0)
        return np.asarray(cosine + NUMBERS * jaccard)


def _weights(times: Places) -> Scores:
    return 1 + np.log(times)


def _matrix(rows: Places, terms: Places, values: Scores, shape: tuple[int, int]) -> csr_array:
    starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=shape[0]))))
    return csr_array((values, terms, starts), shape=shape)


def _rarest(rows: Places, terms: Places, values: Scores, idf: Scores, shape: tuple[int, int]) -> csr_array:
    """The rarest `RARE` words of each text."""
    order = np.lexsort((terms, -idf, rows))
    rows, terms, values = rows[order], terms[order], values[order]
    first = np.searchsorted(rows, rows)
    kept = np.arange(len(rows)) - first < RARE
    return _matrix(rows[kept], terms[kept], values[kept], shape)


def _best(texts: Places, items: Places, values: Scores, count: int) -> tuple[Places, Places]:
    """The best `CANDIDATES` of each text; texts ascend."""
    bounds = np.searchsorted(texts, np.arange(count + 1))
    kept = []
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if end - begin <= CANDIDATES:
            kept.append(np.arange(begin, end))
        else:
            kept.append(begin + np.argpartition(values[begin:end], -CANDIDATES)[-CANDIDATES:])
    own = np.concatenate([np.zeros(0, np.int64), *kept])
    return texts[own], items[own]


def _folded(found: Words) -> Words:
    """Numbers in words as figures."""
    names, values = _named()
    place = np.searchsorted(names, found.hashes)
    place[place == len(names)] = 0
    named = names[place] == found.hashes
    return Words(hashes=np.where(named, values[place], found.hashes), starts=found.starts, digits=found.digits | named)


@cache
def _named() -> tuple[Hashes, Hashes]:
    names, values = hashed(list(_SAME), STEM).hashes, hashed(list(_SAME.values())).hashes
    order = np.argsort(names)
    return names[order], values[order]


def _quantile(scores: Scores, share: float) -> float:
    """The score that at most that share of such questions exceeds; infinite with too few.

    The larger of the observed quantile and what an exponential tail through the upper twentieth says: the observed
    one of a few hundred questions lies too low half of the time.

    Source:
        Peaks over threshold with shape 0: Pickands 1975, "Statistical inference using extreme order statistics".
    """
    if len(scores) < FEWEST:
        return float("inf")
    ordered = np.sort(scores)
    observed = float(ordered[len(ordered) - 1 - int(share * len(ordered) + 1e-9)])
    if share >= _TAIL:
        return observed
    start = len(ordered) - int(_TAIL * len(ordered))
    over = ordered[start:] - ordered[start - 1]
    return max(observed, float(ordered[start - 1] + over.mean() * np.log(_TAIL / share)))
