"""Variety and certainty of synthetic rows beside the others."""

from __future__ import annotations

import hashlib
import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from assay.checks.drawn import Drawn
from assay.checks.synthetic_variety import SyntheticVariety, varied
from assay.checks.variety import nearest, variety
from assay.domain.sample import Message
from assay.domain.training import TrainingRow

WORDS = [
    f"{first}{last}"
    for first in ("ba", "ke", "li", "mo", "nu", "ra", "se", "ti")
    for last in ("don", "mer", "sil", "tan", "vek")
]


def text(chance: random.Random, words: int = 60) -> str:
    said = [chance.choice(WORDS) for _ in range(words)]
    return " ".join(said) + " is what it was."


def rows(texts: list[str], first: int = 1, **told: Any) -> list[TrainingRow]:
    return [
        TrainingRow(
            file="a.jsonl", line=line, shape="chat", prompt=(Message(role="user", content=f"Say it, {line}"),),
            answers=((Message(role="assistant", content=each),),), metadata=told, digest="sha256:" + hashlib.sha256(str(line).encode()).hexdigest(),
        )
        for line, each in enumerate(texts, first)
    ]  # fmt: skip


def found(made: list[str], others: list[str]) -> dict[str, Any]:
    check = SyntheticVariety()
    for each in rows(made, generator="m") + rows(others, first=10_001):
        check.add(each)
    return {one.code.removeprefix("synthetic."): one for one in check.findings()}


def test_rows_that_repeat_themselves_are_less_varied() -> None:
    chance = random.Random(1)
    few = [text(chance) for _ in range(5)]
    told = found([chance.choice(few) for _ in range(150)], [text(chance) for _ in range(150)])
    assert "less_varied" in told
    evidence = told["less_varied"].evidence
    assert evidence["rows_compared"] == 150 and "similarity" in evidence["signs"]
    low, high = evidence["distinct_2"]["interval_95"]
    assert low <= evidence["distinct_2"]["ratio"] <= high < 1


@pytest.mark.parametrize("seed", range(5))
def test_rows_as_varied_as_the_others_are_not(seed: int) -> None:
    chance = random.Random(seed)
    assert found([text(chance) for _ in range(150)], [text(chance) for _ in range(400)]) == {}


def test_few_rows_are_not_compared() -> None:
    chance = random.Random(1)
    assert found([text(chance)] * 99, [text(chance) for _ in range(150)]) == {}
    assert found([text(chance) for _ in range(300)], []) == {}
    assert found([], [text(chance) for _ in range(300)]) == {}


def test_the_size_of_a_set_does_not_decide() -> None:
    chance = random.Random(3)
    many, few = [text(chance) for _ in range(900)], [text(chance) for _ in range(150)]
    assert abs(varied(few, many)["distinct_2"]["ratio"] - 1) < 0.05


def test_rows_that_are_surer_of_themselves() -> None:
    chance = random.Random(1)
    sure = ["There is absolutely no doubt that this is true. " + text(chance) for _ in range(60)]
    told = found(sure + [text(chance) for _ in range(90)], [text(chance) for _ in range(150)])
    assert "overconfident" in told
    assert told["overconfident"].evidence["share_synthetic"] > 0.1


def test_phrases_that_many_synthetic_rows_share() -> None:
    chance = random.Random(1)
    phrase = "I hope that this long explanation helps you further."
    made = [f"{text(chance)} {phrase}" if number % 4 == 0 else text(chance) for number in range(200)]
    told = found(made, [])
    assert told["boilerplate"].evidence["rows"] == 50
    assert told["boilerplate"].evidence["phrase"] in "i hope that this long explanation helps you further"
    assert found([text(chance) for _ in range(200)], []) == {}


def test_the_sample_does_not_depend_on_order() -> None:
    some = rows([str(number) for number in range(500)])
    one, two = Drawn[str](50), Drawn[str](50)
    for each in some:
        one.add(each, lambda each=each: each.answer)  # type: ignore[misc]
    for each in random.Random(1).sample(some, len(some)):
        two.add(each, lambda each=each: each.answer)  # type: ignore[misc]
    assert one.items == two.items and len(one.items) == 50 and one.offered == 500


def test_similarity_is_that_of_each_compared_with_each() -> None:
    chance = random.Random(2)
    said = [[chance.choice("abcde") for _ in range(chance.randrange(8))] for _ in range(40)]
    sets = [set(pairwise(each)) for each in said]
    plain = [
        max((len(one & two) / len(one | two) for place, two in enumerate(sets) if place != at and one | two), default=0)
        for at, one in enumerate(sets)
    ]
    assert np.allclose(nearest(said), plain)


def test_texts_without_words_have_a_variety() -> None:
    assert variety(["", "!!!", "a"], 0).nearest.tolist() == [0, 0, 0]
