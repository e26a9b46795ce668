"""Patterns of the wording, and the layer of manners that weighs them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.scorers.boosted import boosted
from assay.scorers.manners import Words
from assay.scorers.passages import indexed
from assay.scorers.support import Reading, read
from assay.scorers.support_features import MANNER, features
from assay.scorers.support_wording import PATTERNS, STRANGE, Worded, worded

PASSAGE = "The clinic opens at seven on weekdays."


def laid(answer: str) -> Reading:
    return read(answer, indexed((PASSAGE,)), "", boosted("groundedness").rarity)


def test_words_of_the_passage_are_masked_and_others_are_kept_apart() -> None:
    patterns = [worded(laid(text).said, laid(text).sentences) for text in ("The clinic opens.", "The weekdays opens.")]
    assert np.array_equal(patterns[0][0].buckets, patterns[1][0].buckets)
    assert len(patterns[0][1].buckets) == 0
    strange = worded(laid("The garden opens.").said, laid("The garden opens.").sentences)
    assert len(strange[1].buckets) == 1
    assert not np.array_equal(strange[0].buckets, patterns[0][0].buckets)


def test_no_pattern_crosses_sentences() -> None:
    both = laid("The clinic opens. It is far!")
    patterns, _ = worded(both.said, both.sentences)
    first, second = (laid(text) for text in ("The clinic opens.", "It is far!"))
    for number, alone in enumerate((first, second)):
        here, _ = worded(alone.said, alone.sentences)
        assert sorted(patterns.buckets[patterns.sentence == number]) == sorted(here.buckets)


@given(st.text(max_size=200))
def test_any_answer_has_patterns_within_the_table(answer: str) -> None:
    reading = laid(answer)
    for found, size in zip(worded(reading.said, reading.sentences), (PATTERNS, STRANGE), strict=True):
        assert len(found.buckets) == len(found.sentence)
        assert not len(found.buckets) or 0 <= found.buckets.min() <= found.buckets.max() < size
        assert not len(found.sentence) or found.sentence.max() < len(reading.sentences)


def test_weights_count_by_rarity_over_the_length() -> None:
    words = Words(rarity=np.array([16, 32, 0], np.uint8), weights=np.array([1.0, 2.0, 9.0]))
    read_of = Worded(np.array([0, 1, 1, 2]), np.array([0, 0, 1, 1]))
    whole, one, two = words.odds(read_of, 2).tolist()
    assert one == pytest.approx((1 * 1 + 2 * 2) / np.sqrt(1 + 4))
    assert two == pytest.approx(2 * 2 / np.sqrt(4))
    assert whole == pytest.approx((1 + 4 + 4) / np.sqrt(1 + 4 + 4))


def test_nothing_read_adds_nothing() -> None:
    words = Words(rarity=np.array([16], np.uint8), weights=np.array([1.0]))
    nothing = np.array([], np.intp)
    assert words.odds(Worded(nothing, nothing), 1).tolist() == [0.0, 0.0]


def test_the_shares_of_the_manners_are_probabilities() -> None:
    model = boosted("groundedness")
    x = np.array([[features(laid(text))[name][0] for name in model.features]
                  for text in ("The clinic opens.", "i love it , too .")])  # fmt: skip
    shares = model.manners.shares(x)
    assert shares.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert shares.min() >= 0
    assert set(model.features) >= MANNER
