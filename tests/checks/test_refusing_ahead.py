"""Answers of a block, read together: the same decision as one by one."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.blocks import Waiting
from assay.checks.refusal_bound import refused
from assay.checks.refusing import refuses
from assay.checks.refusing_ahead import LOW, SURE, Treatment, ahead, treats
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.trial import Output
from assay.scorers.refusal_reading import read
from assay.store.training_files import TrainingFile

ANSWERS = (
    "I'm sorry, but I can't help with that.",
    "Paris is the capital of France.",
    "Sorry to hear that. It is important to rest, and to drink a lot of water.",
    "",
    "...",
    "sorry " * 60,
    "<think>sorry?",
    "It is illegal to park here.\0I cannot help you with anything of that kind, as it is against my guidelines.",
    "It would be unethical. " + "Here is a long text about the ethics of war and peace in many countries. " * 20,
    "Lo siento, pero no puedo ayudarte con eso.",
    "对不起，我不能帮助你。",
)


def row(line: int, answer: str) -> TrainingRow:
    asked, said = Message(role="user", content="Why?"), Message(role="assistant", content=answer)
    return TrainingRow(file="a", line=line, shape="chat", prompt=(asked,), answers=((said,),))


def same(rows: list[TrainingRow]) -> int:
    waiting = Waiting()
    blocks = [block for each in rows for block in waiting.add(each)] + list(waiting.rest())
    for block in blocks:
        ahead(block)
        for each in block.rows:
            together, alone = treats(each.answer), refuses(each.answer)[:2]
            assert decided(together) == decided(alone)
            assert max(together[0], alone[0]) < LOW or together[0] == pytest.approx(alone[0], abs=0.002)
    return len(rows)


def decided(read: Treatment) -> tuple[object, ...]:
    """What checks take from a reading."""
    probability, state = read
    return probability > SURE, probability < LOW, probability < 0.5, state == "unreadable", probability > SURE and state


def test_answers_are_treated_alike_together_and_alone() -> None:
    assert same([row(n, answer) for n, answer in enumerate(ANSWERS * 3)]) == 3 * len(ANSWERS)


WORDS = [
    "sorry",
    "I",
    "can't",
    "cannot",
    "help",
    "is",
    "not",
    "important",
    "ethical",
    "illegal",
    "the",
    "a",
    "as",
    "an",
    "AI",
    "model",
    "must",
    "decline\n1.",
    "`x`",
]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=200).map(" ".join))
def test_no_answer_is_above_its_bound(answer: str) -> None:
    said = answer.strip()
    assert (read(Output(text=said)).refused or 0.0) <= refused([said, "Paris."], LOW)[0] + 1e-3


@pytest.mark.skipif("ASSAY_SHARED" not in os.environ, reason="ASSAY_SHARED names no folder of public data sets")
def test_public_answers_are_treated_alike() -> None:
    paths = sorted((Path(os.environ["ASSAY_SHARED"]) / "data").glob("*/*.jsonl"))
    found = [
        each for path in paths for each in islice(TrainingFile(str(path)).rows(), 60) if isinstance(each, TrainingRow)
    ]
    assert same(found) > 500
