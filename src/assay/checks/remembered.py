"""What is remembered of rows so that repetitions can be told at the end: hashes and places, not texts."""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.checks.blocks import Block
from assay.checks.near import Joined
from assay.checks.openings import Excerpts, Openings
from assay.checks.word_hashes import mixed
from assay.checks.words import Hashes, Places, Words, digests, powers, spread
from assay.domain.training import TrainingRow

MOST_ROWS = 20_000_000
"""Rows that are remembered, 62 bytes each; later ones are counted and not compared."""
_MARKS = bytes(code for code in range(1, 256) if code not in b"+-/=<>^%&|~$\\")
"""What is left out of a text so that marks stay which change what is said though no word differs: 5+3 is not 5-3."""
_SPLIT = re.compile(r"(?:^|[^a-z])(train|test|dev|valid|validation|eval|holdout)(?:[^a-z]|$)")
_STEP = 0xD6E8FEB86659FD93
_COLUMNS = np.dtype(
    [
        ("key", "u8"),  # words and marks; 0 without a word
        ("words", "u8"),
        ("prompt", "u8"),
        ("answer", "u8"),
        ("whole", "u8"),
        ("line", "u8"),
        ("length", "u4"),
        ("file", "u4"),
        ("split", "u2"),
        ("chat", "?"),  # a conversation with an answer
        ("long", "?"),  # whose answer has words enough to be told from a yes
    ]
)
_PIECE = 1 << 19
FEWEST_WORDS = 5
"""Words of an answer from which many rows with it are a finding."""


class Remembered:
    """Columns of what is remembered, a place for each row: 62 bytes a row, 8 of its digest, 12 for each earlier answer.

    Runs of words, openings and excerpts are held up to a fixed amount.

    Attributes:
        left_out: Rows beyond `most`, which are not compared.
    """

    def __init__(self, most: int = MOST_ROWS) -> None:
        self.left_out = 0
        self._most = most
        self.joined = Joined()
        self.files: dict[str, int] = {}
        self.splits: dict[str, int] = {"": 0}
        self.openings = Openings()
        self.excerpts = Excerpts()
        self._count = 0
        self._filled = 0
        self._columns: list[NDArray[np.void]] = []
        self._before: list[Hashes] = []
        self._before_row: list[NDArray[np.uint32]] = []

    def take(self, block: Block) -> None:
        """Take in some rows."""
        if self._count >= self._most:
            self.left_out += len(block.rows)
            return
        rows, found, bounds = block.rows, block.words, block.bounds
        whole = Words(hashes=found.hashes, starts=found.starts[bounds], digits=found.digits)
        own = np.zeros(len(rows), _COLUMNS)
        own["words"] = self.joined.add(whole)
        own["length"] = whole.counts
        asked = np.array([len(row.prompt) for row in rows])
        said = np.array([len(row.answers[0]) if row.answers else 0 for row in rows])
        self._chains(own, block, asked, said)
        own["line"] = [row.line for row in rows]
        own["file"] = [self.files.setdefault(row.file, len(self.files)) for row in rows]
        own["split"] = [self.splits.setdefault(_split(row), len(self.splits)) for row in rows]
        able = np.array([row.shape in ("chat", "rated") for row in rows])
        own["chat"] = able & (asked > 0) & (said > 0)
        user = np.array([_last_user(row) for row in rows])
        begins = bounds[:-1]
        answer = np.where((asked > 0) & (said > 0), begins + asked, -1)
        if len(block.turns):
            own["long"] = (answer >= 0) & (found.counts[answer] >= FEWEST_WORDS)
        self.openings.add(own["words"], self._count, found, np.where(user >= 0, begins + user, -1), answer)
        self.excerpts.add(block, user)
        self._put(own)
        self._count += len(rows)

    def _chains(self, own: NDArray[np.void], block: Block, asked: Places, said: Places) -> None:
        """Hashes over turns in order: of prompts, answers, whole conversations, and what comes before each answer."""
        values, marks, assistant = _turn_values(block, digests(block.words))
        begins = block.bounds[:-1]
        chain = _Chain(values)
        own["prompt"] = chain.over(begins, begins + asked)
        own["answer"] = chain.over(begins + asked, begins + asked + said)
        own["whole"] = chain.over(begins, begins + asked + said)
        marked = _Chain(marks).over(begins, block.bounds[1:])
        own["key"] = np.where(own["words"] == 0, 0, own["words"] ^ mixed(marked))
        many = np.maximum(asked + said - 1, 0)
        ends, row = spread(begins + 1, many), np.repeat(np.arange(len(begins)), many)
        # a conversation may end where an assistant has spoken, or inside the answer
        kept = (ends > (begins + asked)[row]) | assistant[ends - 1]
        ends, row = ends[kept], row[kept]
        self._before.append(chain.over(begins[row], ends))
        self._before_row.append((row + self._count).astype(np.uint32))

    def _put(self, own: NDArray[np.void]) -> None:
        """Adds rows in pieces that are large enough to go back to the system when they are given up."""
        while len(own):
            filled = self._filled % _PIECE
            if not filled:
                self._columns.append(np.zeros(_PIECE, _COLUMNS))
            some = own[: _PIECE - filled]
            self._columns[-1][filled : filled + len(some)] = some
            self._filled += len(some)
            own = own[len(some) :]

    def columns(self) -> NDArray[np.void]:
        """All columns, by the order of rows."""
        if self._columns and self._filled % _PIECE:
            self._columns[-1] = self._columns[-1][: self._filled % _PIECE]
        return _joined(self._columns, _COLUMNS)

    def before(self) -> tuple[Hashes, NDArray[np.uint32]]:
        """Hashes of the beginnings of conversations, and the row of each."""
        self._before = [_joined(self._before, np.dtype(np.uint64))]
        self._before_row = [_joined(self._before_row, np.dtype(np.uint32))]
        return self._before[0], self._before_row[0]


def _joined(parts: list[NDArray[Any]], kind: np.dtype[Any]) -> NDArray[Any]:
    """All parts as one, each given up when it is copied."""
    found = np.empty(sum(map(len, parts)), kind)
    begin = 0
    for place, part in enumerate(parts):
        found[begin : begin + len(part)] = part
        begin += len(part)
        parts[place] = part[:0].copy()
    return found


class _Chain:
    """Polynomials over runs of values, modulo 2^64."""

    def __init__(self, values: Hashes) -> None:
        self._up, down = powers(len(values) + 1, _STEP)
        self._sums = np.zeros(len(values) + 1, np.uint64)
        np.cumsum(values * down[: len(values)], out=self._sums[1:])

    def over(self, begins: Places, ends: Places) -> Hashes:
        """Of the values from begin to end; 0 where there are none."""
        return (self._sums[ends] - self._sums[begins]) * self._up[np.maximum(ends - 1, 0)]


def _turn_values(block: Block, own: Hashes) -> tuple[Hashes, Hashes, NDArray[np.bool_]]:
    """Of each turn a number over role and words, one over its marks, and whether an assistant says it.

    A turn without a word counts by its characters.
    """
    turns, marks = block.turns, _marks(block)
    roles = [_role(turn.role) for turn in turns]
    salt = np.array([zlib.crc32(own, role) for own, role in zip(marks, roles, strict=True)], np.uint64)
    values = own ^ salt
    for place in np.flatnonzero(own == 0).tolist():
        said = turns[place].content.strip().encode("utf-8", "replace")
        values[place] = zlib.crc32(said, roles[place]) if said else roles[place] + 1
    marked = np.array([zlib.crc32(own) + 1 for own in marks], np.uint64)
    return values, marked, np.array(roles, np.int64) == _role("assistant")


@lru_cache(maxsize=256)
def _role(name: str) -> int:
    return zlib.crc32(f"{name}\0".encode("utf-8", "replace"))


def _marks(block: Block) -> list[bytes]:
    """Of each turn the marks that change what is said."""
    found = block.joined.translate(None, _MARKS).split(b"\0")[:-1]
    if len(found) == len(block.turns):
        return found
    return [turn.content.encode("utf-8", "replace").translate(None, _MARKS + b"\0") for turn in block.turns]


def _last_user(row: TrainingRow) -> int:
    prompt = row.prompt
    place = len(prompt) - 1
    while place >= 0 and prompt[place].role != "user":
        place -= 1
    return place


def _split(row: TrainingRow) -> str:
    named = row.metadata.get("split")
    return _split_named(named if isinstance(named, str) else row.file)


@lru_cache(maxsize=64)
def _split_named(name: str) -> str:
    found = _SPLIT.search(PurePath(name).name.lower())
    return found[1] if found else ""
