"""What innocent questions score: the threshold keeps its promise on average, and counts are weighed against chance."""

from __future__ import annotations

import numpy as np
import pytest

from assay.checks.calibration import innocent
from assay.checks.innocent import FEWEST, Nearby, Tail, Threshold
from assay.checks.overlap import Overlap
from assay.checks.rephrased import Rephrased


def scores(count: int, seed: int) -> Nearby:
    return Nearby(scores=np.random.default_rng(seed).exponential(size=count), pairs=np.arange(count))


@pytest.mark.parametrize("share", [1e-3, 1e-4])
def test_thresholds_of_small_sets_let_through_what_they_say_on_average(share: float) -> None:
    beyond = [np.exp(-scores(150, seed).limit(share)) for seed in range(2000)]
    assert 0.3 * share < np.mean(beyond) < 1.1 * share


def test_scores_that_come_twice_are_one_sign() -> None:
    once = scores(150, 1)
    twice = Nearby(scores=once.scores.repeat(2), pairs=once.pairs.repeat(2))
    tails = [one.tail() for one in (Nearby(scores=twice.scores, pairs=np.arange(300)), twice)]
    assert tails[0] is not None and tails[1] is not None
    assert (tails[0].pairs, tails[1].pairs) == (45, 23)
    assert twice.limit(1e-3) >= tails[1].limit(1e-3) > tails[0].limit(1e-3)


def test_too_few_scores_and_equal_ones() -> None:
    assert scores(FEWEST - 1, 2).limit(1e-3) == np.inf and scores(FEWEST - 1, 2).tail() is None
    same = Nearby(scores=np.full(200, 0.5), pairs=np.arange(200))
    assert same.limit(1e-3) == 0.5


def test_the_chance_of_a_count() -> None:
    tail = Tail(start=0.4, share=0.05, scale=0.03, pairs=7)
    limit = tail.limit(1e-3)
    assert tail.chance(limit, taken=1, asked=1) == pytest.approx(1e-3, rel=0.05)
    chances = [tail.chance(limit, taken=taken, asked=300) for taken in (1, 3, 10, 300)]
    assert chances == sorted(chances, reverse=True) and chances[0] > 0.05 > 0.01 > chances[2] > 0
    sure = Tail(start=0.4, share=0.05, scale=0.03, pairs=1000)
    assert sure.chance(sure.limit(1e-3), taken=3, asked=300) < tail.chance(limit, taken=3, asked=300)
    assert Tail(start=0.4, share=0.05, scale=0, pairs=1).chance(0.4, taken=1, asked=1) == pytest.approx(0.05)


def threshold(variants: int = 0) -> Threshold:
    tail = Tail(start=0.4, share=0.05, scale=0.03, pairs=20)
    return Threshold(
        with_numbers=tail.limit(1e-3),
        without=np.inf,
        n_with_numbers=400,
        n_without=0,
        share=1e-3,
        variants=variants,
        items=400,
        tails=(tail, None),
    )


def overlap(code: str, count: int, *, copies: bool = False, verbatim: bool = False) -> tuple[str, str]:
    rows = Overlap()
    for line in range(count):
        rows.add(line, line, {"score": 0.7}, "the same" if copies else str(line))
    if verbatim:
        rows.add(count, 0, {"share": 1.0}, "word for word")
    one = rows.finding(code, "suite", "rows", threshold(), taken=len(rows.texts), asked=300)
    return one.severity, one.message


def test_as_many_rows_as_innocent_ones_may_be_are_no_severe_finding() -> None:
    assert overlap("contamination.rephrased", 1)[0] == "medium"
    assert "innocent rows" in overlap("contamination.rephrased", 1)[1]
    assert overlap("contamination.rephrased", 8) == ("high", "8 rows say items of suite in other words")
    assert overlap("contamination.rephrased", 8, copies=True)[0] == "medium"
    assert overlap("contamination.key", 1)[0] == "medium" and overlap("contamination.key", 8)[0] == "critical"
    assert overlap("contamination.key", 1, verbatim=True)[0] == "critical"
    sealed = Overlap()
    sealed.add(1, 1, {"share": 1.0}, "word for word")
    one = sealed.finding("contamination.verbatim", "suite", "rows", None, taken=0, asked=9)
    assert one.severity == "high" and "chance" not in one.evidence


def test_a_set_of_one_form_expects_variants_of_its_items() -> None:
    assert threshold().chance(taken=8, asked=300) < 0.01 < 0.2 < threshold(12).chance(taken=8, asked=300)
    names = ["Amsel", "Bernd", "Clara", "Doris", "Edgar"]
    form = [f"Where does {name}'s old {who} {name} keep them these days?" for name in names for who in ("aunt", "boss")]
    dice = np.random.default_rng(4)
    limit = innocent(Rephrased([*questions(140, dice), *form])).threshold(1e-3)
    assert (limit.variants, limit.items) == (10, 150)
    copies = questions(140, dice)
    assert innocent(Rephrased([*copies, *copies[:10]])).threshold(1e-3).variants == 0


def questions(count: int, dice: np.random.Generator) -> list[str]:
    """Of common words and rare ones, so that two of them share a rare word now and then."""
    rank = np.minimum(dice.zipf(1.3, (count, 25)), 3000)
    return [" ".join(_word(int(number)) for number in row) for row in rank]


def _word(number: int) -> str:
    return "".join("bdfghklmrt"[int(digit)] for digit in f"{number:04d}")


def test_items_are_held_against_the_others_as_new_questions_are() -> None:
    """Weighed together with the rest, items score lower than new questions do."""
    dice = np.random.default_rng(3)
    own, new = [], []
    for _ in range(8):
        known = Rephrased(questions(140, dice))
        own.append(innocent(known).without.scores.mean())
        new.append(known.nearest(questions(400, dice)).score.mean())
    assert np.mean(own) == pytest.approx(np.mean(new), rel=0.03)
