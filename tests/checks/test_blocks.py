"""Rows in blocks: nothing is lost, places lead back to turns, equal rows share a block."""

from __future__ import annotations

import numpy as np

from assay.checks import blocks as of_rows
from assay.checks.blocks import Block, Takes, Waiting
from assay.checks.encoding import Encoding
from assay.checks.template_tokens import TemplateTokens
from assay.checks.words import hashed
from assay.domain.sample import Message
from assay.domain.training import TrainingRow


def chat(line: int, *texts: str) -> TrainingRow:
    turns = [Message(role=("user", "assistant")[n % 2], content=text) for n, text in enumerate(texts)]
    return TrainingRow(file="a", line=line, shape="chat", prompt=tuple(turns[:-1]), answers=(tuple(turns[-1:]),))


ODD = [
    "",
    "a\0b",
    "\0\0",
    "\ud800 lone",
    "Größe 漢字 🙂",
    "x" * 5000,
    "</s>",
    "\n\nHuman: hi",
    "caf\u00c3\u00a9",
    "\x07",
    "�",
]
ROWS = [chat(n, ODD[n % len(ODD)], ODD[n * 7 % len(ODD)], ODD[n * 5 % len(ODD)]) for n in range(1, 1600)]


def blocks(rows: list[TrainingRow]) -> list[Block]:
    waiting = Waiting()
    return [block for row in rows for block in waiting.add(row)] + list(waiting.rest())


def test_every_row_is_in_one_block_in_order() -> None:
    found = blocks(ROWS)
    assert len(found) > 1
    assert [row for block in found for row in block.rows] == ROWS
    for block in found:
        assert block.bounds.tolist() == [3 * n for n in range(len(block.rows) + 1)]
        assert np.array_equal(block.words.hashes, hashed([turn.content for turn in block.turns]).hashes)


def test_empty_rows_become_blocks_too() -> None:
    assert max(len(block.rows) for block in blocks([chat(n, "", "") for n in range(30_000)])) < of_rows.ROWS // 16


def test_places_lead_back_to_turns() -> None:
    for block in blocks(ROWS):
        for place, turn in enumerate(block.turns):
            end = int(block.ends[place])
            begin = int(block.ends[place - 1]) + 1 if place else 0
            assert block.joined[begin:end] == turn.content.encode("utf-8", "replace")
            if end > begin:
                [(row, same)] = block.turns_at(np.array([begin, end - 1]))
                assert same is turn and turn in (*row.prompt, *row.answers[0])


def test_rows_of_another_file_are_another_block() -> None:
    one, other = blocks(ROWS), blocks([chat(row.line, *(turn.content for turn in row.prompt), "") for row in ROWS])
    assert one[0].rows[0] is not other[0].rows[0] and one[0].turns != other[0].turns


def test_blocks_and_rows_find_the_same() -> None:
    for kind in (TemplateTokens, Encoding):
        by_row, by_block = kind(), kind()
        assert isinstance(by_block, Takes)
        for row in ROWS:
            by_row.add(row)
        for block in blocks(ROWS):
            by_block.take(block)
        assert list(by_row.findings()) == list(by_block.findings()) != []
