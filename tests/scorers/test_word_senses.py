"""What single words tell: the table, its hashes and its numbers."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

from assay.scorers.word_senses import MANY, SUMMED, senses


def test_the_table_holds_hashes_and_small_numbers_only() -> None:
    folder = resources.files("assay.scorers")
    with (folder / "coefficients" / "word_senses.npz").open("rb") as stream, np.load(stream) as kept:
        assert sorted(kept.files) == ["scales", "steps", "words"]
        assert kept["words"].dtype == np.uint32 and kept["steps"].dtype == np.int8
        assert len(kept["words"]) == len(set(kept["words"].tolist())) == len(kept["steps"])
        assert kept["steps"].shape[1] == len(kept["scales"]) > MANY + 1


@pytest.mark.parametrize("words", [[], ["zzqxv"], ["0", ".", "!"], ["\ud800"]])
def test_unknown_words_tell_nothing(words: list[str]) -> None:
    assert not senses(words).any()


def test_unknown_words_change_nothing() -> None:
    assert senses(["you", "zzqxv", "baker", "."]).tolist() == senses(["you", "baker"]).tolist()


def test_the_order_of_the_words_does_not_count() -> None:
    words = ["you", "are", "a", "kind", "person", "and", "a", "good", "friend"]
    assert senses(words) == pytest.approx(senses(words[::-1]))


def test_ratings_tell_insults_from_praise() -> None:
    insult, praise = senses(["you", "are", "a", "stupid", "moron"]), senses(["you", "are", "a", "kind", "friend"])
    assert insult[0] > praise[0] and insult[1] > praise[1]
    assert insult[2] < praise[2]


def test_words_of_like_meaning_point_the_same_way() -> None:
    def near(first: str, second: str) -> float:
        one, other = senses([first])[SUMMED:], senses([second])[SUMMED:]
        return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))

    assert near("doctor", "physician") > near("doctor", "guitar")
    assert near("river", "stream") > near("river", "sentence")
