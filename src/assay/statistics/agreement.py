"""How far raters agree on words: in percent, and beyond what chance would give."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from assay.domain.errors import EvidenceError
from assay.statistics.roots import Floats

Ratings = Sequence[Sequence[Hashable | None]]
"""One row per item, one entry per rater; None where a rater said nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The usual coefficients side by side, since each answers another question."""

    n: int
    """Items that at least two raters judged."""
    percent: float | None
    """Share of agreeing pairs of raters, averaged over items; None without an item."""
    kappa: float | None
    """Cohen's kappa; None unless there are two raters, and where each has one word for all."""
    ac1: float | None
    """Gwet's AC1, which common words do not mislead; None with a single word, when chance is not defined."""
    ac1_low: float | None
    """Lower end of its 95 % interval."""
    ac1_high: float | None
    """Upper end."""
    alpha: float | None
    """Krippendorff's alpha for words; None where all said one word."""
    prevalence: tuple[tuple[str, float], ...]
    """Share of each word among all that was said: kappa is low where one word rules."""


def agreement(ratings: Ratings) -> Agreement:
    """All coefficients of some ratings.

    Args:
        ratings: Shape (items, raters); None where a rater said nothing.

    Raises:
        EvidenceError: Rows differ in length, or there are fewer than two raters.

    Source:
        See each coefficient.

    Examples:
        >>> found = agreement([["yes", "yes"], ["yes", "no"], ["no", "no"], ["no", "no"]])
        >>> found.n, found.percent, found.kappa, round(found.ac1, 3), round(found.alpha, 3)
        (4, 0.75, 0.5, 0.529, 0.533)
    """
    counts, words = counted(ratings)
    pairable = counts[counts.sum(axis=1) >= 2]
    ac1 = gwet_ac1(ratings)
    low, high = _ac1_interval(counts, ac1)
    said = counts.sum(axis=0)
    total = float(said.sum())
    two = len(ratings) > 0 and len(ratings[0]) == 2
    return Agreement(
        n=len(pairable),
        percent=percent_agreement(ratings),
        kappa=cohen_kappa(ratings) if two else None,
        ac1=ac1,
        ac1_low=low,
        ac1_high=high,
        alpha=krippendorff_alpha(ratings),
        prevalence=tuple((str(word), float(count) / total) for word, count in zip(words, said, strict=True)),
    )


def percent_agreement(ratings: Ratings) -> float | None:
    """Share of agreeing pairs of raters, averaged over the items that two or more judged; None without one.

    Source:
        Fleiss 1971 for more than two raters. Golden values: tests/golden/agreement.json.

    Examples:
        >>> percent_agreement([["a", "a"], ["a", "b"]])
        0.5
    """
    counts, _ = counted(ratings)
    each = _pairwise(counts[counts.sum(axis=1) >= 2])
    return float(each.mean()) if len(each) else None


def cohen_kappa(ratings: Ratings) -> float | None:
    """Agreement of two raters beyond that of two who draw their words at their own rates.

    Returns:
        1 for agreement throughout, 0 for chance; None where chance alone would agree throughout.

    Raises:
        EvidenceError: There are not two raters.

    Source:
        Cohen 1960. Golden values: tests/golden/agreement.json.

    Examples:
        >>> cohen_kappa([[1, 1], [1, 1], [1, 0], [0, 0]])
        0.5
        >>> cohen_kappa([[1, 1], [1, 1]]) is None
        True
    """
    if any(len(row) != 2 for row in ratings):
        raise EvidenceError("Cohen's kappa compares two raters; for more there are AC1 and alpha")
    both = [(left, right) for left, right in ratings if left is not None and right is not None]
    if not both:
        return None
    n = len(both)
    words = {word for pair in both for word in pair}
    chance = sum(sum(a == word for a, _ in both) * sum(b == word for _, b in both) for word in words) / n**2
    return None if chance >= 1.0 else (sum(a == b for a, b in both) / n - chance) / (1.0 - chance)


def gwet_ac1(ratings: Ratings) -> float | None:
    """Agreement beyond chance, where chance is held to be highest when all words are equally common.

    Unlike kappa it does not fall to nothing when one word is rare and the raters agree on nearly all.

    Returns:
        1 for agreement throughout, 0 for chance; None when only one word was said.

    Source:
        Gwet 2008. Golden values: tests/golden/agreement.json.

    Examples:
        >>> round(gwet_ac1([["no", "no"]] * 18 + [["yes", "no"], ["no", "yes"]]), 3)
        0.89
    """
    counts, words = counted(ratings)
    each = _pairwise(counts[counts.sum(axis=1) >= 2])
    if len(words) < 2 or not len(each):
        return None
    chance = _ac1_chance(counts)
    return float((each.mean() - chance) / (1.0 - chance))


def krippendorff_alpha(ratings: Ratings) -> float | None:
    """One minus observed over expected disagreement, for words; any number of raters, gaps allowed.

    Returns:
        1 for agreement throughout, 0 for chance; None where all that can be paired is one word.

    Source:
        Krippendorff 2011, nominal difference. Golden values: tests/golden/agreement.json.

    Examples:
        >>> krippendorff_alpha([["a", "a"], ["b", "b"], [None, "a"]])
        1.0
    """
    counts, _ = counted(ratings)
    pairable = counts[counts.sum(axis=1) >= 2]
    sizes, said = pairable.sum(axis=1), pairable.sum(axis=0)
    total = float(said.sum())
    expected = total**2 - float(said @ said)
    if expected <= 0:
        return None
    observed = float(((sizes**2 - (pairable**2).sum(axis=1)) / (sizes - 1.0)).sum())
    return 1.0 - (total - 1.0) * observed / expected


def counted(ratings: Ratings) -> tuple[Floats, list[Hashable]]:
    """How often each word was said of each item, shape (items, words), and the words.

    Source:
        Counting.

    Examples:
        >>> counted([["a", "b"], ["b", None]])[0].tolist()
        [[1.0, 1.0], [0.0, 1.0]]
    """
    widths = {len(row) for row in ratings}
    if len(widths) > 1 or min(widths, default=2) < 2:
        raise EvidenceError(f"ratings: rows of {sorted(widths)} entries; expected one for each of two or more raters")
    words = sorted({word for row in ratings for word in row if word is not None}, key=str)
    place = {word: at for at, word in enumerate(words)}
    counts = np.zeros((len(ratings), len(words)))
    for at, row in enumerate(ratings):
        for word in row:
            if word is not None:
                counts[at, place[word]] += 1.0
    return counts, words


def _pairwise(counts: Floats) -> Floats:
    """Share of agreeing pairs of raters per item."""
    sizes = counts.sum(axis=1)
    return np.asarray(((counts**2).sum(axis=1) - sizes) / (sizes * (sizes - 1.0)))


def _ac1_chance(counts: Floats) -> float:
    rated = counts[counts.sum(axis=1) >= 1]
    shares = (rated / rated.sum(axis=1, keepdims=True)).mean(axis=0)
    return float((shares * (1.0 - shares)).sum() / (counts.shape[1] - 1.0))


def _ac1_interval(counts: Floats, ac1: float | None) -> tuple[float | None, float | None]:
    """95 % limits from the spread of the items' own coefficients (Gwet 2008)."""
    rated = counts[counts.sum(axis=1) >= 1]
    n = len(rated)
    if ac1 is None or n < 2:
        return None, None
    sizes = rated.sum(axis=1)
    chance = _ac1_chance(counts)
    shares = (rated / sizes[:, None]).mean(axis=0)
    pairable = sizes >= 2
    each = np.zeros(n)
    each[pairable] = (_pairwise(rated[pairable]) - chance) / (1.0 - chance) * n / float(pairable.sum())
    by_chance = ((rated / sizes[:, None]) * (1.0 - shares)).sum(axis=1) / (counts.shape[1] - 1.0)
    pull = each - 2.0 * (1.0 - ac1) * (by_chance - chance) / (1.0 - chance)
    error = math.sqrt(float(((pull - ac1) ** 2).sum()) / (n * (n - 1.0)))
    half = float(stdtrit(n - 1, 0.975)) * error
    return max(-1.0, ac1 - half), min(1.0, ac1 + half)
