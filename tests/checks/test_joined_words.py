"""Turns whose words are joined by capitals."""

from __future__ import annotations

import numpy as np
import pytest

from assay.checks.blocks import Block
from assay.checks.joined_words import FEWEST, apart, joined
from assay.domain.sample import Message


def block(*texts: str) -> Block:
    turns = [Message(role="user", content=text) for text in texts]
    return Block(rows=(), turns=turns, bounds=np.zeros(1, np.int64))


def test_turns_with_enough_seams() -> None:
    few, enough = "aB" * (FEWEST - 1), "aB " * FEWEST
    assert joined(block("", "plain text", few, enough, "ABC DEF", "é" + enough, "\0" + "x9Y" * FEWEST)) == [3, 5, 6]
    assert joined(block()) == joined(block("")) == []


def test_seams_do_not_run_over_turns() -> None:
    assert joined(block(*["a", "B"] * 20)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("iPhone", "i Phone"),
        ("HTTPServer", "HTTP Server"),
        ("sells12Loaves", "sells 12 Loaves"),
        ("ABC", "ABC"),
    ],
)
def test_apart(text: str, expected: str) -> None:
    assert apart(text) == expected
