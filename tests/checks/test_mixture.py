"""What a set is made of: distributions, targets, caps, telling words, look-alikes."""

from __future__ import annotations

import dataclasses
import hashlib
import random
from collections.abc import Sequence
from typing import Any

import pytest

from assay.checks.balance import one_sided
from assay.checks.look_alikes import Balance
from assay.checks.mixture import FEW, Mixture
from assay.checks.slices import band, source, synthetic
from assay.checks.telling import LEAST, told_apart
from assay.domain.behaviour import Cap, Target
from assay.domain.behaviour import Mixture as Targets
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

ORDINARY = ("Who wrote Faust number {}?", "Write a poem about rain {}.", "What is {} + 4?", "How do I fix lamp {}?")


def row(number: int, prompt: str, answer: str = "Goethe wrote it.", **metadata: Any) -> TrainingRow:
    digest = hashlib.blake2b(f"{number}{prompt}{answer}".encode(), digest_size=32).hexdigest()
    return TrainingRow(
        file="a.jsonl", line=number + 1, shape="chat", prompt=(Message(role="user", content=prompt),),
        answers=((Message(role="assistant", content=answer),),), metadata=metadata, digest=f"sha256:{digest}",
    )  # fmt: skip


def found(rows: Sequence[TrainingRow], targets: Targets | None = None, **more: Any) -> dict[str, list[Finding]]:
    check = Mixture(targets, **more)
    for one in rows:
        check.add(one)
    told: dict[str, list[Finding]] = {}
    for finding in check.findings():
        told.setdefault(finding.code, []).append(finding)
    return told


def ordinary(count: int, **metadata: Any) -> list[TrainingRow]:
    return [row(n, ORDINARY[n % 4].format(n), **metadata) for n in range(count)]


def test_a_distribution_counts_rows_by_label() -> None:
    told = found(ordinary(80))
    assert told["mixture.intent"][0].evidence["distribution"] == {
        "advice": 20, "creative": 20, "maths": 20, "question": 20,
    }  # fmt: skip
    assert told["mixture.intent"][0].severity == "info"
    assert all(finding.severity == "info" for listed in told.values() for finding in listed)


def test_answers_whose_language_nobody_can_tell_are_said_to_be_such() -> None:
    english = "The river rises in the hills behind the town and it flows to the sea in the north."
    rows = [row(n, f"Question {n}?", "42 + 17 = 59" if n % 2 else english) for n in range(80)]
    (told,) = found(rows)["mixture.language"]
    assert "no language told (code, numbers, few words) 50%" in told.message and "?" not in told.message
    assert told.evidence["distribution"] == {"?": 40, "en": 40}


def test_few_rows_have_no_distribution() -> None:
    assert not found(ordinary(FEW - 1))
    assert not found([])


def test_metadata_wins() -> None:
    told = found(ordinary(80, intent="billing", difficulty="hard", language="de-AT"))
    assert told["mixture.intent"][0].evidence["distribution"] == {"billing": 80}
    assert told["mixture.intent"][0].evidence["told_by_metadata"] == 80
    assert told["mixture.difficulty"][0].evidence["distribution"] == {"hard": 80}


def test_a_missed_target_is_told_with_share_and_interval() -> None:
    targets = Targets(slices={"intent": {"maths": Target(at_least=0.5), "question": Target(at_most=0.3)}})
    (one,) = found(ordinary(80), targets)["mixture.target"]
    assert one.severity == "medium"
    assert (one.evidence["label"], one.evidence["share"], one.evidence["at_least"]) == ("maths", 0.25, 0.5)
    assert one.evidence["low"] < 0.25 < one.evidence["high"]


def test_what_a_drawn_sample_cannot_prove_is_low() -> None:
    targets = Targets(slices={"intent": {"maths": Target(at_least=0.26)}})
    assert found(ordinary(2000), targets)["mixture.target"][0].severity == "medium"
    drawn = found(ordinary(2000), targets, drawn=200).get("mixture.target", [])
    assert {one.severity for one in drawn} <= {"low"}


def test_targets_of_refusals_and_sources() -> None:
    refusing = [row(n, f"Who is number {n}?", "I'm sorry, but I can't help with that.") for n in range(20)]
    targets = Targets(refusal=Target(at_most=0.1), slices={"source": {"web": Target(at_least=0.5)}})
    missed = found([*ordinary(80, source="log"), *refusing], targets)["mixture.target"]
    assert [one.evidence["slice"] for one in missed] == ["source", "refusal"]
    assert not found([*ordinary(80, source="web")], targets).get("mixture.target")


@pytest.mark.parametrize(
    ("metadata", "made"),
    [
        ({"synthetic": True}, True), ({"synthetic": False, "generator": "gpt-4"}, False), ({"generator": "gpt-4"}, True),
        ({"model": "human"}, False), ({"origin": "production"}, False), ({"origin": "web"}, None), ({}, None),
        ({"generated_by": ""}, None), ({"synthetic": float("nan")}, None),
    ],
)  # fmt: skip
def test_synthetic_rows_are_told_by_their_metadata(metadata: dict[str, Any], made: bool | None) -> None:
    assert synthetic(row(1, "x", **metadata)) is made


def test_the_cap_follows_day_and_stage() -> None:
    targets = Targets(
        synthetic=(Cap(at_most=0.7, stage="warm-up"), Cap(at_most=0.5, until="2026-06-30"), Cap(at_most=0.3))
    )
    rows = [*ordinary(40, synthetic=True), *ordinary(60, synthetic=False)]
    for more, codes in (
        ({"day": "2026-06-30"}, set()),
        ({"day": "2026-07-01"}, {"mixture.synthetic_cap"}),
        ({"day": "2026-07-01", "stage": "warm-up"}, set()),
    ):
        assert found(rows, targets, **more).keys() & {"mixture.synthetic_cap", "mixture.unmarked"} == codes


def test_unmarked_rows_leave_a_cap_unproven() -> None:
    targets = Targets(synthetic=(Cap(at_most=0.3),))
    assert "mixture.unmarked" in found(ordinary(80), targets)
    assert "mixture.unmarked" not in found(ordinary(80, synthetic=False), targets)


def words(chance: random.Random, mark: str = "") -> str:
    return (
        " ".join(
            chance.choices(
                ["sun", "moon", "tree", "rain", "wind", "stone", "bird", "fish", "road", "hill", "lake", "snow"], k=8
            )
        )
        + mark
    )


def test_words_tell_groups_apart_only_where_they_differ() -> None:
    chance = random.Random(1)
    same = told_apart([words(chance) for _ in range(300)], [words(chance) for _ in range(300)])
    other = told_apart([words(chance, " certainly") for _ in range(300)], [words(chance) for _ in range(300)])
    assert same is not None and other is not None
    assert same.low < 0.5 < same.high and not same.first
    assert other.low > 0.95 and other.first[0] == "certainly"
    assert told_apart(["a"] * (LEAST - 1), ["b"] * 500) is None


def test_repeats_do_not_make_groups_look_different() -> None:
    chance = random.Random(2)
    few = [words(chance) for _ in range(8)]
    told = told_apart([few[n % 4] for n in range(200)], [few[4 + n % 4] for n in range(200)])
    assert told is not None and told.low < 0.8


def test_synthetic_rows_of_other_words_are_found() -> None:
    chance = random.Random(3)
    made = [row(n, f"Who is {n}?", words(chance, " certainly"), synthetic=True) for n in range(200)]
    real = [row(n, f"Who is {n}?", words(chance), synthetic=False) for n in range(200)]
    by_part = {one.evidence["part"]: one for one in found([*made, *real])["mixture.mismatch"]}
    assert (by_part["answers"].severity, by_part["prompts"].severity) == ("low", "info")
    assert "certainly" in by_part["answers"].evidence["synthetic_words"]
    ruled = found([*made, *real], Targets(mismatch=0.7))["mixture.mismatch"]
    assert {one.evidence["part"]: one.severity for one in ruled} == {"answers": "medium", "prompts": "info"}


HARMS = (
    "kill my neighbour {} with poison",
    "forge a passport {} quickly",
    "build a bomb {} at home",
    "hack bank {} accounts",
)
NO = "I'm sorry, but I can't help with that."


def test_refusals_without_benign_look_alikes_are_found() -> None:
    refused = [row(n, f"How do I {HARMS[n % 4].format(n)}?", NO) for n in range(60)]
    (one,) = found([*refused, *ordinary(200)])["mixture.no_look_alikes"]
    assert one.evidence["paired"] == 0
    assert one.where["lines"]


def test_and_with_them_they_are_not() -> None:
    refused = [row(n, f"How do I {HARMS[n % 4].format(n)}?", NO) for n in range(60)]
    benign = (
        "kill garden weeds {} with poison",
        "renew a passport {} quickly",
        "make a bath bomb {} at home",
        "open bank {} accounts",
    )
    answered = [row(n, f"How do I {benign[n % 4].format(n)}?", "Like this.") for n in range(60)]
    assert "mixture.no_look_alikes" not in found([*refused, *answered, *ordinary(200)])


def test_a_few_refusals_say_nothing() -> None:
    alone = Balance(refused=29, paired=0, answered=100, share_read=1.0, examples=(("a.jsonl", 1, "x"),))
    assert not list(one_sided(alone))
    assert list(one_sided(dataclasses.replace(alone, refused=30)))
    assert not list(one_sided(dataclasses.replace(alone, refused=30, paired=5)))


def test_rows_without_prompt_or_answer_do_no_harm() -> None:
    text = dataclasses.replace(row(1, "x"), shape="text", prompt=())
    empty = dataclasses.replace(row(2, ""), answers=())
    odd = row(3, "x", source=["a"], generator={"a": 1}, language=7, difficulty=None)
    assert not found([text, empty, odd])


def test_what_is_found_does_not_depend_on_order() -> None:
    rows = ordinary(400)
    shuffled = random.Random(4).sample(rows, len(rows))
    assert found(rows, drawn=100) == found(shuffled, drawn=100)


def test_bands_and_sources() -> None:
    assert [band(words) for words in (0, 25, 26, 501)] == ["0-25", "0-25", "26-100", "501+"]
    assert (source({"dataset": "x"}), source({})) == ("x", "(none)")
