"""Pairs across two sides, held against comparing each with each."""

from __future__ import annotations

import random

import numpy as np
import pytest

from assay.checks import opposed
from assay.checks.opposed import Sets, pairs


def families(dice: random.Random) -> list[frozenset[int]]:
    return [frozenset(dice.choices(range(13), k=dice.randrange(10))) for _ in range(dice.randrange(13))]


def sets(members: list[frozenset[int]]) -> Sets:
    return Sets(
        items=np.array([value for one in members for value in sorted(one)], np.uint32),
        starts=np.concatenate(([0], np.cumsum([len(one) for one in members]))).astype(np.int64),
    )


def brute(few: list[frozenset[int]], many: list[frozenset[int]], threshold: float) -> dict[tuple[int, int], float]:
    return {
        (one, two): len(left & right) / len(left | right)
        for one, left in enumerate(few)
        for two, right in enumerate(many)
        if left and right and len(left & right) >= threshold * len(left | right) - 1e-9
    }


@pytest.mark.parametrize("seed", range(100))
def test_all_pairs_and_no_other(seed: int) -> None:
    dice = random.Random(seed)
    few, many, threshold = families(dice), families(dice), dice.choice([0.3, 0.5, 0.8, 1.0])
    found = pairs(sets(few), sets(many), threshold)
    told = dict(zip(zip(found.few.tolist(), found.many.tolist(), strict=True), found.similarity.tolist(), strict=True))
    assert told == pytest.approx(brute(few, many, threshold))
    assert not found.cut
    assert ((found.weighed > 0) & (found.weighed <= 1 + 1e-9)).all()


def test_rare_words_weigh_more() -> None:
    few = [frozenset({1, 2, 3, 4, 5})]
    many = [frozenset({1, 2, 3, 4, 9}), *[frozenset({1, 2, 3, 4, 20 + at}) for at in range(50)]]
    found = pairs(sets(few), sets(many), 0.6)
    assert found.similarity[0] == pytest.approx(4 / 6)
    assert found.weighed[0] < 0.1


def test_too_many_candidates_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opposed, "MOST_CANDIDATES", 10)
    same = [frozenset({1, 2, 3})] * 5
    assert pairs(sets(same), sets(same), 0.8).cut
