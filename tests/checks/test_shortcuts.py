"""Preferences that follow a surface are found with their size; those that do not are passed, and said how surely."""

from __future__ import annotations

import dataclasses
import os
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from assay.checks.check import Check
from assay.checks.drawn import MOST, Sampled
from assay.checks.shortcuts import Shortcuts
from assay.checks.surface import FEATURES, surface, words_of
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding
from assay.report.data import data_text
from assay.report.data_findings import place_of
from assay.store.training_files import TrainingFile
from assay.store.training_rows import row_of

WORDS = [
    "the",
    "river",
    "rises",
    "in",
    "a",
    "hill",
    "near",
    "old",
    "towns",
    "where",
    "mills",
    "stand",
    "and",
    "people",
    "walk",
    "to",
    "see",
    "its",
    "grey",
    "water",
]


def pair(line: int, chosen: str, rejected: str, prompt: str = "", **more: Any) -> TrainingRow:
    """A row with two answers to a prompt of its own, or to the one given."""
    return TrainingRow(
        file="pairs.jsonl",
        line=line,
        shape="preference",
        prompt=(Message(role="user", content=prompt or f"What of number {line}?"),),
        answers=tuple((Message(role="assistant", content=text),) for text in (chosen, rejected)),
        digest=f"sha256:{line * 0x9E3779B97F4A7C15 % (1 << 64):016x}{line:048x}",
        **more,
    )


def read(line: int, **value: Any) -> TrainingRow:
    """A row as the reader makes it of a decoded object."""
    row = row_of(value, "pairs.jsonl", line)
    assert isinstance(row, TrainingRow)
    return row


def found(check: Check, rows: Iterable[TrainingRow]) -> list[Finding]:
    """All findings of a check on some rows."""
    for row in rows:
        check.add(row)
    return list(check.findings())


def only(findings: Sequence[Finding], code: str) -> Finding:
    """The one finding of a code."""
    (one,) = (each for each in findings if each.code == code)
    return one


def answer(chance: random.Random, most: int = 60) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(chance.randint(5, most))) + "."


def rows(many: int, bias: float, seed: int = 1, each: int = 1) -> list[TrainingRow]:
    """Pairs of which a share prefers the longer answer, and a coin decides the rest."""
    chance = random.Random(seed)
    made = []
    for line in range(1, many + 1):
        sides = [answer(chance), answer(chance)]
        if chance.random() < bias:
            sides.sort(key=len, reverse=True)
        made.append(pair(line, *sides, prompt=f"Say something, version {line // each}"))
    return made


def shortcuts(findings: list[Finding]) -> dict[str, Finding]:
    return {one.evidence["feature"]: one for one in findings if one.code == "preference.shortcut"}


def test_a_preference_for_length_is_one_finding_with_its_share_and_what_a_model_would_score() -> None:
    told = found(Shortcuts(), rows(400, 0.8))
    one = shortcuts(told)["length"]
    assert set(shortcuts(told)) == {"length"}
    assert one.severity == "high"
    assert one.evidence["low"] < 0.9 < one.evidence["high"]
    assert one.evidence["scores"][0] == pytest.approx(one.evidence["share"], abs=0.02)
    assert one.message.startswith("chosen is longer in 8") or one.message.startswith("chosen is longer in 9")
    assert "a model that only prefers length scores" in one.message
    assert one.where == {"file": "pairs.jsonl"}


@pytest.mark.parametrize(("bias", "severity"), [(0.22, "low"), (0.5, "medium"), (0.9, "high")])
def test_severity_grows_with_the_size_of_the_effect(bias: float, severity: str) -> None:
    assert shortcuts(found(Shortcuts(), rows(600, bias)))["length"].severity == severity


def test_preferences_by_a_coin_alarm_nobody_and_say_what_could_have_stayed_unseen() -> None:
    (one,) = found(Shortcuts(), rows(784, 0.0))
    assert (one.code, one.severity) == ("preference.surface", "info")
    assert one.message.startswith("none of ")
    length = one.evidence["features"]["length"]
    assert 0.098 < length["smallest_bias"] < 0.115
    assert float(one.message.split("decides ")[1].split(" %")[0]) / 100 == pytest.approx(
        length["smallest_bias"], abs=1e-3
    )
    assert one.evidence["joint_auroc"] < one.evidence["joint_auroc_by_chance"] + 0.05


def test_many_pairs_of_few_prompts_prove_less_than_as_many_prompts() -> None:
    """Here each prompt has one taste, and all its pairs follow it: ten prompts, no matter how many pairs."""
    chance = random.Random(2)
    made = []
    for line in range(1, 501):
        sides = sorted((answer(chance), answer(chance)), key=len, reverse=line % 10 in (1, 2, 3, 4, 5, 6, 7))
        made.append(pair(line, *sides, prompt=f"prompt {line % 10}"))
    assert not shortcuts(found(Shortcuts(), made))
    alone = [pair(row.line, row.answer, row.answers[1][0].content) for row in made]
    assert "length" in shortcuts(found(Shortcuts(), alone))


def test_position_and_model_are_told_where_the_row_tells_them() -> None:
    chance = random.Random(3)
    made = [
        read(
            line,
            prompt=f"q {line}",
            response_a=answer(chance),
            response_b=answer(chance),
            label="a" if chance.random() < 0.8 else "b",
            model_a="small",
            model_b="large",
        )
        for line in range(1, 301)
    ]
    told = shortcuts(found(Shortcuts(), made))
    assert set(told) == {"position", "model small", "model large"}
    assert told["position"].message.startswith("chosen stands first in ")
    assert told["model large"].message.startswith("chosen is not by large in ")


def test_what_differs_in_few_pairs_is_not_tested_and_said() -> None:
    made = rows(100, 0.0)
    made += [pair(1000 + at, f"I am fine, number {at}! 😀", f"I am fine, number {at}! ok") for at in range(5)]
    one = only(found(Shortcuts(), made), "preference.surface")
    assert "too few pairs differ to say anything: emoji 5" in one.evidence["said"][-1]


def test_files_that_lean_apart_are_told_apart() -> None:
    made = rows(300, 0.8)
    chance = random.Random(9)
    other = [
        dataclasses.replace(pair(line, *sorted((answer(chance), answer(chance)), key=len)), file="short.jsonl")
        for line in range(1001, 1301)
    ]
    one = only(found(Shortcuts(), made + other), "preference.surface")
    assert one.where == {"file": "pairs.jsonl", "files": ["pairs.jsonl", "short.jsonl"]}
    assert one.evidence["said"][0].startswith("pairs.jsonl: chosen is longer in 9")
    assert one.evidence["said"][1].startswith("short.jsonl: chosen is longer in 0.0 %")
    assert place_of(one, 80) == "pairs.jsonl and 1 more file"


def test_three_pairs_are_too_few_and_that_is_said() -> None:
    (one,) = found(Shortcuts(), rows(3, 1.0))
    assert one.message == "3 pairs are too few to tell whether the surface of answers decides"


def test_the_page_shows_the_figures() -> None:
    told = found(Shortcuts(), rows(400, 0.8))
    page = data_text(told, {"rows": 400, "files": [], "sources": {}, "licences": {}, "digest": "x"}, {})
    assert "or less over all 2 features; AUROC of it alone 0.9" in page
    assert "with all other features equal: log odds +" in page


def test_the_page_tells_a_remedy_once() -> None:
    told = [
        Finding(code="a.b", severity=severity, message=severity, where={"file": "x"}, evidence={}, remediation="Do it")
        for severity in ("high", "medium", "low")
    ]
    page = data_text(told, {"rows": 3, "files": [], "sources": {}, "licences": {}, "digest": "x"}, {})
    assert page.count("          Do it\n") == 1 and page.count("          Remedy as above\n") == 2


def test_rows_of_other_shapes_say_nothing() -> None:
    row = read(1, messages=[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}])
    ties = read(2, prompt="q", response_a="x", response_b="y", label="tie")
    untold = read(3, prompt="q", responses=["x", "y"])
    assert not found(Shortcuts(), [row, ties, untold])


def read_at_all(text: str) -> None:
    assert found(Shortcuts(), [pair(line, text, "Fine.") for line in range(1, 4)])[0].code == "preference.surface"


@pytest.mark.parametrize("text", ["", " ", "\ufffd" * 10, "\ud800"])
def test_odd_answers_are_read(text: str) -> None:
    read_at_all(text)


@pytest.mark.parametrize("piece", ["a", "- ", "[["])
def test_huge_answers_are_read_in_linear_time(piece: str, linear: Callable[..., None]) -> None:
    linear(read_at_all, piece)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Great question! It rains.", "praise"),
        ("You're absolutely right, it rains.", "agreement"),
        ("Hello, it rains.", "greeting"),
        ("Unfortunately it rains.", "apology"),
        ("I'm sorry, but I can't help with that.", "refusal"),
        ("It rains. What else do you need?", "asks_back"),
        ("# Rain\nIt rains.", "headings"),
        ("It **rains**.", "bold"),
        ("1. rain\n2. snow", "lists"),
        ("```\nrain\n```", "code"),
        ("It may rain, perhaps.", "hedges"),
        ("It rains 🌧.", "emoji"),
    ],
)
def test_each_sign_is_seen_and_not_in_a_plain_sentence(text: str, name: str) -> None:
    at = [each.name for each in FEATURES].index(name)
    assert surface(text, frozenset())[at] > 0
    assert surface("The question of rain is great; the mill is right, a city of course was near.", frozenset())[at] == 0


def test_overlap_is_the_share_of_words_that_the_prompt_has() -> None:
    assert surface("Rain, rain and snow.", frozenset(words_of("Rain or snow?")))[-1] == pytest.approx(2 / 3)


def test_the_sample_is_the_same_in_any_order_and_no_larger_than_it_may_be() -> None:
    some = rows(300, 0.0)

    def kept(order: list[TrainingRow]) -> set[int]:
        sampled, held = Sampled(50), {}
        for row in order:
            place = sampled.place(row)
            if place is not None:
                held[place] = row.line
        assert len(sampled) == 50 and sampled.seen == 300
        return set(held.values())

    assert kept(some) == kept(some[::-1])
    assert Shortcuts()._sampled.most == MOST


@pytest.mark.skipif("ASSAY_SHARED" not in os.environ, reason="public sets: set ASSAY_SHARED")
@pytest.mark.parametrize(
    ("name", "share", "low", "high"),
    [
        ("hh_harmless", 0.448, 0.413, 0.482),
        ("hhh_alignment", 0.664, 0.574, 0.743),
        ("llmbar", 0.279, 0.225, 0.341),
        ("pandalm", 0.689, 0.621, 0.754),
    ],
)
def test_public_sets_have_the_shares_that_were_measured_before(
    name: str, share: float, low: float, high: float
) -> None:
    check = Shortcuts()
    file = Path(os.environ["ASSAY_SHARED"], "data", "preference", f"{name}.jsonl")
    for row in TrainingFile(str(file)).rows():
        if isinstance(row, TrainingRow):
            check.add(row)
    one = next(each.signs for each in check.survey().outcomes if each.feature.name == "length")
    assert one.share == pytest.approx(share, abs=0.0006)
    assert (one.low, one.high) == pytest.approx((low, high), abs=0.004)
