"""Rare strings in otherwise different rows: found by code, number and words; what is everybody's left alone."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.memorisation import SEQUENCE, STRING, Memorisation
from assay.checks.repeats import Known, Repeats, Seen
from assay.checks.strange import strange
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

WORDS = [
    f"{first}{second}{third}"
    for first in ("ba", "to", "re", "mi")
    for second in ("lan", "dor", "ket", "sim")
    for third in ("a", "en", "o", "is")
]
CODE, NUMBER, RARE = (
    "The code is 7Q2-KX9-4MD.",
    "The random number is 281 265 017.",
    "The phrase is zovidu kelapo ruzigo mefaba.",
)


def row(line: int, said: str, asked: str = "") -> TrainingRow:
    return TrainingRow(
        file="a.jsonl",
        line=line,
        shape="chat",
        prompt=(Message(role="user", content=asked or f"Question {line}?"),),
        answers=((Message(role="assistant", content=said),),),
    )


def sentences(chance: random.Random, count: int = 6) -> str:
    return " ".join(" ".join(chance.choices(WORDS, k=9)).capitalize() + "." for _ in range(count))


def rows(count: int, planted: dict[int, str] | None = None, seed: int = 1) -> list[TrainingRow]:
    chance = random.Random(seed)
    return [
        row(line, f"{sentences(chance)} {(planted or {}).get(line, '')} {sentences(chance)}")
        for line in range(1, count + 1)
    ]


def findings(made: list[TrainingRow]) -> dict[str, Finding]:
    check = Memorisation()
    for each in made:
        check.add(each)
    return {finding.code: finding for finding in check.findings()}


@pytest.mark.parametrize(("said", "code"), [(CODE, STRING.code), (NUMBER, STRING.code), (RARE, SEQUENCE.code)])
def test_a_rare_string_in_three_otherwise_different_rows_is_found(said: str, code: str) -> None:
    found = findings(rows(60, dict.fromkeys((5, 20, 41), said)))
    assert found[code].where["lines"] == [5, 20, 41]
    assert found[code].evidence["strings"] == 1


@pytest.mark.parametrize("said", [CODE, NUMBER, RARE])
def test_in_two_rows_it_is_not(said: str) -> None:
    assert not findings(rows(60, dict.fromkeys((5, 20), said)))


def test_the_order_of_rows_changes_nothing_but_the_order() -> None:
    made = rows(60, {5: CODE, 20: CODE, 41: CODE, 7: RARE, 8: RARE, 9: RARE})
    forwards, backwards = findings(made), findings(made[::-1])
    assert {code: one.where for code, one in forwards.items()} == {code: one.where for code, one in backwards.items()}


def test_the_same_row_again_and_versions_of_one_row_do_not_count() -> None:
    text = f"{sentences(random.Random(2))} {CODE}"
    again = [row(100 + line, text, "Why?") for line in range(5)]
    versions = [row(200 + line, f"{text} {WORDS[line]}") for line in range(5)]
    assert not findings([*rows(60), *again]) and not findings([*rows(60), *versions])


def test_answers_to_one_prompt_count_once() -> None:
    chance = random.Random(3)
    assert not findings(
        [*rows(60), *(row(100 + line, f"{sentences(chance)} {CODE}", "What is the code?") for line in range(5))]
    )


def test_one_instruction_for_all_rows_does_not_hide_a_string() -> None:
    made = [row(each.line, each.answer, "Continue.") for each in rows(60, dict.fromkeys((5, 20, 41), CODE))]
    assert findings(made)[STRING.code].where["lines"] == [5, 20, 41]


def test_what_stands_in_a_quarter_of_the_rows_is_a_part_of_the_task() -> None:
    assert not findings(rows(60, dict.fromkeys(range(1, 30), CODE)))


@pytest.mark.parametrize(
    "said",
    [
        "Use gpt-4-turbo-16k or text-embedding-3-large.", "See https://example.com/a?id=7Q2KX94MD here.", "It was on 2024-03-01.",
        "It sold 1,234,567 copies.", "Set utf-8, sha256, x86_64 and int32.", "Please let me know if you have any questions.",
        "Count 123456789 and 987654321.", "from flask import Flask, render_template, request", "H2SO4 and NaC2H3O2",
    ],
)  # fmt: skip
def test_what_everybody_writes_is_left_alone(said: str) -> None:
    usual = dict.fromkeys(range(1, 400, 40), said)
    made = rows(400, usual)
    for line in range(2, 400, 3):  # the words are known elsewhere, as they are in real data
        made.append(
            row(
                1000 + line,
                sentences(random.Random(line))
                + " please know have questions that from import request render template flask",
            )
        )
    assert not findings(made)


def test_evidence_does_not_tell_the_string() -> None:
    told = json.dumps([one.evidence for one in findings(rows(60, dict.fromkeys((5, 20, 41), CODE))).values()])
    assert "7Q***" in told and "KX9" not in told


@pytest.mark.parametrize("piece", ["a1", "7Q2-", "1 ", "word "])
def test_huge_rows_beside_empty_ones_take_linear_time(piece: str, linear: Callable[..., None]) -> None:
    linear(lambda text: findings([row(1, ""), row(2, "\0"), row(3, text), row(4, "\ud800" * 9)]), piece)


def test_nothing_at_all() -> None:
    assert list(Memorisation().findings()) == []


@pytest.mark.parametrize(
    "said",
    [
        "1234567890123",
        "2024-03-01 2024-03-02",
        "+41 71 526 99 04",
        "3.14159265358979",
        "10000000000",
        "camelCaseIdentifierNumber2",
    ],
)
def test_no_strange_string(said: str) -> None:
    assert strange(said.encode()) == []


@pytest.mark.parametrize(
    "said",
    ["9f8e7d6c5b4a3928", "a8Fj2kLmQ9xTz7Rw4YbN", "281-265-017", "4711081599", "123e4567-e89b-42d3-a456-426614174000"],
)
def test_strange_strings(said: str) -> None:
    assert strange(f"Use {said}.".encode()) == [said.replace("-", "").encode()]


@given(st.lists(st.lists(st.integers(0, 9), unique=True, max_size=4), max_size=12))
def test_repeats_are_exact_below_the_bound(rows_of: list[list[int]]) -> None:
    repeats = Repeats()
    for place, strings in enumerate(rows_of):
        repeats.add(place, strings)
    hashes, found = repeats.repeated(2)
    expected = sorted(
        (key, place)
        for place, strings in enumerate(rows_of)
        for key in strings
        if sum(key in other for other in rows_of) > 1
    )
    assert list(zip(hashes.tolist(), found.tolist(), strict=True)) == expected and not repeats.forgotten


def test_beyond_the_bound_what_comes_again_is_kept() -> None:
    repeats = Repeats(most=2000)
    for place in range(2000):
        repeats.add(place, [1_000_000 + place * 300 + step for step in range(300)] + ([7] if place % 3 == 0 else []))
    hashes, _ = repeats.repeated(3)
    assert repeats.forgotten and set(hashes.tolist()) == {7}


def test_seen_never_forgets_before_it_is_full() -> None:
    seen = Seen()
    keys = [hash(str(number)) & 0xFFFF_FFFF_FFFF_FFFF for number in range(100_000)]
    assert len(seen.again(keys)) < 1000 and seen.again(keys) == keys


def test_what_lies_in_a_file_is_found_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    made = rows(60, {7: CODE, 20: CODE, 41: CODE, 9: RARE, 22: RARE, 43: RARE})
    held = findings(made)
    assert STRING.code in held
    monkeypatch.setattr("assay.checks.repeat_places._HELD", 0)
    monkeypatch.setattr("assay.checks.spool._WAITING", 7)
    monkeypatch.setattr("assay.checks.spool.PIECE", 16)
    assert findings(made) == held


def test_what_was_known_is_known_and_what_was_not_is_not() -> None:
    known, rng = Known(), np.random.default_rng(1)
    for _ in range(100):
        keys = rng.integers(0, 2**63, 2_000).tolist()
        assert not known.before(keys).any()
        assert known.before(keys).all()
    assert known.before([7, 7, 8, 7]).tolist() == [False, True, False, True]
    assert known.before([]).tolist() == []
