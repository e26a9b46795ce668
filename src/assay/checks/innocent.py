"""What innocent questions score, and from which score on a text is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc, gammaincinv

from assay.checks.words import Places

Scores = NDArray[np.float64]

FEWEST = 100
"""Same-style questions without which no threshold is set."""
_TAIL = 0.15
"""Share of the scores that is taken for the tail. In parts of 150 of the GSM8K pairs a twentieth, some four pairs,
found 67 % of the rephrases, this 88 %, and let more others through."""
_ENOUGH = 150
"""Scores of a tail; of more than a thousand questions a smaller share holds as many."""
_LEAST_TAIL = 0.05
_LEVELS = (np.arange(400) + 0.5) / 400
"""Levels of equally likely tails, from the flattest to the steepest, that a count is held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The highest of some scores, as an exponential distribution whose scale is known from a few of them.

    Source:
        Peaks over threshold with shape 0: Pickands 1975, "Statistical inference using extreme order statistics".
        Clusters count once: Davison and Smith 1990, "Models for exceedances over high thresholds".

    Examples:
        >>> few, many = (Tail(start=0.4, share=0.05, scale=0.03, pairs=n) for n in (4, 400))
        >>> round(few.limit(0.001), 2), round(many.limit(0.001), 2)
        (0.6, 0.52)
        >>> round(few.chance(0.6, taken=1, asked=1), 4), round(few.chance(0.6, taken=3, asked=300), 3)
        (0.001, 0.032)
    """

    start: float
    """Score where it begins."""
    share: float
    """Share of the questions that lie beyond, as expected of new ones."""
    scale: float
    """Mean excess of those."""
    pairs: int
    """Different pairs of texts behind them: two items that are nearest to each other say the same thing twice."""

    def limit(self, share: float) -> float:
        """Score that at most that share of new questions reaches, averaged over what the scale may really be."""
        over: float = self.pairs * ((self.share / share) ** (1 / self.pairs) - 1)
        return self.start + self.scale * over

    def chance(self, limit: float, *, taken: int, asked: int, more: Scores | float = 0.0) -> float:
        """How likely it is that so many innocent questions or more reach a score.

        Args:
            limit: The score.
            more: Share of questions that reach it and do not belong to the tail; from most to fewest, or one figure.
            taken: Questions that reach it, at least 1.
            asked: Questions in all.
        """
        depth = (limit - self.start) / (self.scale * self.pairs) if self.scale > 0 else 0.0
        steep = gammaincinv(self.pairs, _LEVELS)
        rates = np.minimum(self.share * np.exp(-steep * max(depth, 0.0)) + more, 1)
        return float(bdtrc(taken - 1, asked, rates).mean())


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
    share: float
    """Share of innocent questions that may reach it."""
    variants: int
    """Items that reach it because another tells the same story, or is of the same form."""
    items: int
    """Items in all."""
    tails: tuple[Tail | None, Tail | None]
    """The highest scores behind each; None with too few."""

    @property
    def least(self) -> float:
        """Score below which nothing counts; infinite where nothing does."""
        return min(self.with_numbers, self.without)

    @property
    def expected(self) -> float:
        """Share of innocent questions, variants too, that is taken for items."""
        return self.share + self.variants / max(self.items, 1)

    def chance(self, *, taken: int, asked: int) -> float:
        """How likely it is that so many of some innocent questions or more are taken for items.

        Of a set of one form other questions are variants of its items as often as these are of each other, as far as
        these, two by two, tell how often that is.
        """
        pairs = self.variants / 2
        more = gammaincinv(pairs, 1 - _LEVELS) * 2 / self.items if pairs else 0.0
        both = zip((self.with_numbers, self.without), self.tails, strict=True)
        return max(
            (tail.chance(limit, taken=taken, asked=asked, more=more) for limit, tail in both if tail),
            default=1.0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearby:
    """Scores of same-style questions that are no item, nearest to one kind of item or to none."""

    scores: Scores
    """Shape (n,)."""
    pairs: Places
    """The same number where question and item are one pair of texts, shape (n,)."""

    def tail(self) -> Tail | None:
        """The highest of them, see `_TAIL`; None with fewer than `FEWEST`."""
        count = len(self.scores)
        if count < FEWEST:
            return None
        order = np.argsort(self.scores, kind="stable")
        beyond = order[count - int(max(min(_TAIL, _ENOUGH / count), _LEAST_TAIL) * count) :]
        start = float(self.scores[order[count - len(beyond) - 1]])
        return Tail(
            start=start,
            share=(len(beyond) + 1) / (count + 1),
            scale=float(self.scores[beyond].mean()) - start,
            pairs=len(np.unique(self.pairs[beyond])),
        )

    def limit(self, share: float) -> float:
        """The score that at most that share of new questions exceeds; infinite with too few.

        The larger of the observed quantile and what the tail says: the observed one of a few hundred questions lies
        too low half of the time.
        """
        tail = self.tail()
        if tail is None:
            return float("inf")
        count = len(self.scores)
        observed = float(np.sort(self.scores)[count - 1 - int(share * count + 1e-9)])
        return observed if share >= tail.share else max(observed, tail.limit(share))


@dataclass(frozen=True, slots=True, kw_only=True)
class Innocent:
    """What same-style questions score that are no item."""

    with_numbers: Nearby
    """Those nearest to an item with a number, or to none."""
    without: Nearby
    """Those nearest to an item without, or to none."""
    variants_with_numbers: Scores
    """Of the variants among the items, which are not innocent questions."""
    variants_without: Scores
    items: int
    """Items in all, variants too."""
    met: float
    """Share of the items that each was held against, in (0, 1]; a new question is held against all."""

    def threshold(self, false_alarms: float) -> Threshold:
        """Score that they reach in at most that share of cases; infinite where there are fewer than `FEWEST`."""
        with_numbers, without = (own.limit(false_alarms * self.met) for own in (self.with_numbers, self.without))
        variants = (self.variants_with_numbers > with_numbers).sum() + (self.variants_without > without).sum()
        return Threshold(
            with_numbers=with_numbers,
            without=without,
            n_with_numbers=len(self.with_numbers.scores),
            n_without=len(self.without.scores),
            share=false_alarms,
            variants=int(variants),
            items=self.items,
            tails=(self.with_numbers.tail(), self.without.tail()),
        )
