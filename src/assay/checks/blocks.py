"""Rows in blocks: the turns of some rows as one list, and their words, hashed once for all checks that read words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import is_
from typing import Protocol, runtime_checkable

import numpy as np

from assay.checks.words import Places, Words, hashed
from assay.domain.sample import Message
from assay.domain.training import TrainingRow

ROWS = 1 << 20
"""Characters of the rows of a block: enough that a step for the whole block costs its rows next to nothing."""
_TURN = 16
"""What a turn counts beside its characters, so that empty ones make a block too."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some rows, turn by turn: of each row the prompt, then all its answers."""

    rows: Sequence[TrainingRow]
    """The rows."""
    turns: Sequence[Message]
    """The turns of all rows."""
    bounds: Places
    """Place of each row's first turn, and at the end the number of turns; shape (n_rows + 1,)."""

    @cached_property
    def joined(self) -> bytes:
        """All turns in UTF-8, with a zero byte after each; what UTF-8 cannot say is a question mark."""
        return b"\0".join([*[turn.content.encode("utf-8", "replace") for turn in self.turns], b""])

    @cached_property
    def ends(self) -> Places:
        """Where in `joined` each turn ends, shape (n_turns,)."""
        zeros = np.flatnonzero(np.frombuffer(self.joined, np.uint8) == 0)
        if len(zeros) == len(self.turns):
            return zeros
        return np.cumsum([len(turn.content.encode("utf-8", "replace")) + 1 for turn in self.turns]) - 1

    @cached_property
    def row_ends(self) -> list[int]:
        """Where in `joined` each row ends; a row without a turn ends where the one before it does."""
        last = self.bounds[1:] - 1
        return np.where(last < 0, -1, self.ends[last]).tolist() if len(self.turns) else [-1] * len(self.rows)

    def turns_at(self, places: Places) -> Iterator[tuple[TrainingRow, Message]]:
        """Rows and turns that hold these places of `joined`, each turn once, in order."""
        for turn in np.unique(np.searchsorted(self.ends, places)).tolist():
            if turn < len(self.turns):
                yield self.rows[int(np.searchsorted(self.bounds, turn, side="right")) - 1], self.turns[turn]

    @cached_property
    def words(self) -> Words:
        """Words of each turn."""
        return hashed([turn.content for turn in self.turns])


class Adds(Protocol):
    """Something that looks at rows one by one."""

    def add(self, row: TrainingRow) -> object:
        """Look at a row."""


@runtime_checkable
class Takes(Protocol):
    """Something that may be given whole blocks in place of rows; what it does with many turns at once is quicker."""

    def take(self, block: Block) -> object:
        """Look at the rows of a block."""


def taker(check: Adds) -> Callable[[Block], object]:
    """How a check is given a block: as it is, or row by row.

    One check looks at all rows of a block before the next one does: what it needs then stays in the processor's
    cache, and all checks together take half the time.
    """
    if isinstance(check, Takes):
        return check.take

    def each(block: Block) -> None:
        for row in block.rows:
            check.add(row)

    return each


class Waiting:
    """Rows until they are a block; checks that are fed with the same rows are given the same blocks.

    Examples:
        >>> one, other = Waiting(), Waiting()
        >>> row = TrainingRow(file="a.jsonl", line=1, shape="chat", prompt=(Message(role="user", content="x" * ROWS),))
        >>> [block] = one.add(row)
        >>> list(other.add(row)) == [block]
        True
    """

    def __init__(self) -> None:
        self._rows: list[TrainingRow] = []
        self._size = 0

    def add(self, row: TrainingRow) -> Iterator[Block]:
        """The block that ends with this row, if one does."""
        self._rows.append(row)
        size = 1
        for turn in row.prompt:
            size += len(turn.content) + _TURN
        for answer in row.answers:
            for turn in answer:
                size += len(turn.content) + _TURN
        self._size += size
        return self.rest() if self._size >= ROWS else iter(())

    def rest(self) -> Iterator[Block]:
        """The block of the rows that still wait, if some do."""
        rows, self._rows, self._size = self._rows, [], 0
        if rows:
            yield _block(rows)


_last: list[Block] = []


def _block(rows: list[TrainingRow]) -> Block:
    if _last and len(_last[0].rows) == len(rows) and all(map(is_, _last[0].rows, rows)):
        return _last[0]
    turns = [turns_of(row) for row in rows]
    made = Block(
        rows=rows,
        turns=[turn for own in turns for turn in own],
        bounds=np.cumsum([0, *map(len, turns)], dtype=np.int64),
    )
    _last[:] = [made]
    return made


def turns_of(row: TrainingRow) -> list[Message]:
    """All turns of a row: the prompt, then its answers."""
    found = list(row.prompt)
    for answer in row.answers:
        found += answer
    return found
