from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from assay.domain.errors import EvidenceError
from assay.domain.watched import Segment
from assay.watch.corrected import Corrected, corrected
from assay.watch.drawing import chances, label_place, question

SMALL = (("route", "small"),)


@dataclass(frozen=True, kw_only=True)
class Sums:
    metric: str = "refusal"
    segment: Segment = ()
    n: float = 0.0
    unscored: float = 0.0
    w: float = 0.0
    wx: float = 0.0
    ww: float = 0.0
    wwx: float = 0.0
    wwxx: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Drawn:
    value: float
    chance: float
    share: float = 1.0
    round: int = 1
    segments: Sequence[Segment] = ((),)
    words: Mapping[str, float | None] = field(default_factory=dict)


def sums(count: int, yes: int) -> Sums:
    return Sums(n=count, w=count, wx=yes, ww=count, wwx=yes, wwxx=yes)


def told(drawn: Sequence[Drawn], count: int = 5000, yes: int = 500) -> Corrected:
    return corrected("refusal", {(): sums(count, yes)}, drawn)[0]


def queue(count: int, chance: float = 0.02, missed: float = 0.2, seed: int = 1) -> list[Drawn]:
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        value = float(rng.random() < 0.1)
        made.append(Drawn(value=value, chance=chance, words={"Ana": max(value, float(rng.random() < missed))}))
    return made


def test_too_few_labels_say_how_many_are_needed() -> None:
    found = told([*queue(12), *[Drawn(value=0.0, chance=0.02)] * 8])
    assert (found.labels, found.needed, found.waiting) == (12, 18, 8)
    assert math.isnan(found.value) and found.own == 0.1
    assert told([]).needed == 30
    assert not told(queue(30)).needed


def test_labels_of_unequal_weight_are_worth_less() -> None:
    heavy = [Drawn(value=0.0, chance=0.001, words={"Ana": 0.0})] * 3
    found = told([*queue(40), *heavy])
    assert found.needed > 30 and math.isnan(found.value)


def test_unsure_words_are_left_out_and_counted() -> None:
    found = told([*queue(40), *[Drawn(value=1.0, chance=0.02, words={"Ana": None})] * 5])
    assert (found.labels, found.unsure, found.waiting) == (40, 5, 0)
    both = told([*queue(40), Drawn(value=1.0, chance=0.02, words={"Ana": None, "Bo": 1.0})])
    assert (both.labels, both.unsure) == (41, 0)


def test_people_who_differ_count_as_their_share() -> None:
    drawn = queue(60)
    split = [replace(one, words={"Ana": 1.0, "Bo": 0.0}) for one in drawn]
    found = told(split, yes=0)
    assert (found.twice, found.disputed) == (60, 60)
    assert found.value == pytest.approx(0.5, abs=0.02)
    assert (found.missed, found.wrong) == (0, 0)


def test_a_draw_that_is_not_finished_stands_for_its_own_round() -> None:
    """Old traffic is labelled whole, of the new, where all is refused, one in ten: neither counts for the other."""
    old = [Drawn(value=0.0, chance=0.1, round=1, words={"Ana": 0.0})] * 100
    new = [Drawn(value=0.0, chance=0.1, round=2, words={"Ana": 1.0} if at % 2 == 0 else {}) for at in range(100)]
    found = told([*old, *new], count=2000, yes=0)
    assert found.value == pytest.approx(0.5, abs=0.01)
    assert found.low < 0.5 < found.high


def test_cohorts_have_a_rate_where_they_have_labels() -> None:
    large = queue(40)
    small = [replace(one, segments=((), SMALL), chance=0.9, words={"Ana": 1.0}) for one in queue(35, seed=2)]
    found = corrected("refusal", {(): sums(5000, 500), SMALL: sums(39, 4)}, [*large, *small])
    assert [one.segment for one in found] == [(), SMALL]
    assert found[1].low > 0.6 and found[0].high < 0.6
    assert not [one for one in corrected("refusal", {(): sums(5000, 500), SMALL: sums(39, 4)}, large) if one.segment]


def test_agreement_is_that_of_traffic() -> None:
    agreed = [Drawn(value=0.0, chance=0.01, words={"Ana": 0.0})] * 40
    wrong = [Drawn(value=1.0, chance=1.0, words={"Ana": 0.0})] * 40
    found = told([*agreed, *wrong])
    assert found.agree == pytest.approx(0.99, abs=0.001)
    assert (found.wrong, found.missed) == (40, 0)


def test_chances_give_the_number_that_is_wanted_and_forget_no_kind() -> None:
    counts = {"huge": 100_000, "large": 5_000, "small": 40, "one": 1}
    found = chances(counts, 200)
    assert sum(counts[kind] * chance for kind, chance in found.items()) == pytest.approx(200, rel=1e-6)
    assert found["one"] == 1.0 and found["small"] * 40 >= 25
    assert min(found.values()) >= 0.9 * 0.5 * 200 / 105_041, "no label weighs much more than twice the usual"
    assert chances({"few": 10}, 50) == {"few": 1.0}
    assert chances({}, 5) == {}
    with pytest.raises(EvidenceError, match="at least 1"):
        chances({"few": 10}, 0)


def test_places_are_spread_and_depend_on_the_metric_alone() -> None:
    ids = [f"{at:032x}" for at in range(4000)]
    places = [label_place(one, "refusal", 1) for one in ids]
    assert abs(sum(one < 0.1 for one in places) / 4000 - 0.1) < 0.02
    assert places != [label_place(one, "toxicity", 1) for one in ids]
    assert places != [label_place(one, "refusal", 2) for one in ids]


def test_every_rate_has_something_to_say_yes_or_no_to() -> None:
    assert question("refusal").startswith("The answer refuses")
    assert question("groundedness").startswith("What the answer claims")
    assert question("step_forbidden") == "This is so: step_forbidden."
