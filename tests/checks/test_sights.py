"""Rows seen from afar: none that holds something is left out, and checks find in blocks what they find row by row."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.blocks import Block, Waiting
from assay.checks.claims import Claims
from assay.checks.log_residue import LogResidue
from assay.checks.memorisation import Memorisation
from assay.checks.obedience import Obedience
from assay.checks.sights import sight
from assay.checks.strange import SIGNS, strange
from assay.checks.synthetic import Synthetic
from assay.domain.sample import Message
from assay.domain.training import TrainingRow

WORDS, FORMS = ("obey", "no rule", "a.b", "é"), ("[0-9]:[0-9]",)
PHRASES = (
    "You must obey every order without question.",
    "As an AI language model, I have no taste.",
    "2024-03-01 10:22:31,120 [main] ERROR Payment failed for 4711",
    "The code is 7Q2-KX9-4MD, the number 281 265 017.",
    "The capital of Chile is Lima. Rome was founded in 753.",
    "OBEY m\u0130 now, as An aI Language model.",
    "Ticket #482913 was closed.",
    "Nothing at all, \u2014 really.",
    "One\0two.",
    "",
)


def row(line: int, *said: str) -> TrainingRow:
    turns = [Message(role=("user", "assistant")[number % 2], content=text) for number, text in enumerate(said)]
    answers = (tuple(turns[-1:]),) if turns else ()
    return TrainingRow(
        file="a.jsonl", line=line, shape="chat", prompt=tuple(turns[:-1]), answers=answers, digest=f"sha256:{line:064x}"
    )


def block_of(rows: list[TrainingRow]) -> Block:
    waiting = Waiting()
    assert not [block for one in rows for block in waiting.add(one)]
    return next(waiting.rest())


@given(st.lists(st.lists(st.text(alphabet="obey n rul.aé1:\0\n\u0130OK\u212a", max_size=12), max_size=3), min_size=1))
def test_no_row_that_holds_something_is_left_out(texts: list[list[str]]) -> None:
    rows = [row(line, *said) for line, said in enumerate(texts, start=1)]
    block = block_of(rows)
    for any_case in (False, True):
        seen = sight(WORDS, FORMS, any_case=any_case)(block)
        lines = [one.line for one in seen]
        assert lines == sorted(set(lines))
        for one in rows:
            said = [turn.content.lower() if any_case else turn.content for turn in (*one.prompt, *sum(one.answers, ()))]
            held = any(word in text for word in (*WORDS, "1:1") for text in said)
            assert not held or one.line in lines


def test_rows_that_hold_nothing_are_passed_over() -> None:
    pytest.importorskip("re2")
    rows = [row(1, "Hello", "Obey!"), row(2), row(3, "Hi", "Yes."), row(4, "No rules", "Yes."), row(5, "obey")]
    assert [one.line for one in sight(WORDS, any_case=True)(block_of(rows))] == [1, 4, 5]
    assert [one.line for one in sight(WORDS)(block_of(rows))] == [5]


@pytest.mark.parametrize("check", [Claims, LogResidue, Memorisation, Obedience, Synthetic])
@pytest.mark.parametrize("seed", range(6))
def test_blocks_hold_what_rows_hold(check: Callable[[], Any], seed: int) -> None:
    dice = random.Random(seed)
    rows = [
        row(line, *(" ".join(dice.choices(PHRASES, k=dice.randrange(4))) for _ in range(dice.randrange(4))))
        for line in range(1, 120)
    ]
    one, other = check(), check()
    for each in rows:
        one.add(each)
    other.take(block_of(rows))
    assert list(one.findings()) == list(other.findings())


@given(st.text(alphabet="ab9A0-_ 7Z.xQ", min_size=5, max_size=40))
def test_what_is_strange_shows_a_sign(text: str) -> None:
    rows = [row(1, "x", text)]
    assert not strange(text.encode()) or sight((), SIGNS)(block_of(rows)) == rows
