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
from assay.checks.equals import AT_ONCE
from assay.checks.near import Joined
from assay.checks.openings import Excerpts, Openings
from assay.checks.spool import Column, Spool
from assay.checks.word_hashes import mixed
from assay.checks.words import Hashes, Places, Words, digests, powers, spread
from assay.domain.training import TrainingRow

MOST_ROWS = 20_000_000
"""Rows that are remembered, 67 bytes each; later ones are counted and not compared."""
_MARKS = bytes(code for code in range(1, 256) if code not in b"+-/=<>^%&|~$\\")
"""What is left out of a text so that marks stay which change what is said though no word differs: 5+3 is not 5-3."""
_SPLIT = re.compile(r"(?:^|[^a-z])(train|test|dev|valid|validation|eval|holdout)(?:[^a-z]|$)")
_STEP = 0xD6E8FEB86659FD93
_KINDS = {
    "key": "u8",  # words and marks; 0 without a word
    "prompt": "u8",
    "answer": "u8",
    "whole": "u8",
    "line": "u8",
    "length": "u4",
    "file": "u4",
    "split": "u2",
    "chat": "?",  # a conversation with an answer
    "long": "?",  # whose answer has words enough to be told from a yes
}
FEWEST_WORDS = 5
"""Words of an answer from which many rows with it are a finding."""


class Remembered:
    """Columns of what is remembered, a place for each row; beyond a limit they lie in a file.

    Runs of words, openings and excerpts are kept up to a fixed amount.

    Attributes:
        count: Rows that are remembered.
        left_out: Rows beyond `most`, which are not compared.
        joined: Their runs of words.
        columns: By name; `words` is the digest of all words of a row, 0 for none.
        before: Hashes of the beginnings of conversations.
        before_row: The row of each.
    """

    def __init__(self, most: int = MOST_ROWS, spool: Spool | None = None, at_once: int = AT_ONCE) -> None:
        spool = spool or Spool()
        self.count = 0
        self.left_out = 0
        self._most = most
        self.at_once = at_once
        self.joined = Joined(spool=spool, at_once=at_once)
        self.columns = {name: Column(spool, kind) for name, kind in _KINDS.items()} | {"words": self.joined.words}
        self.before, self.before_row = Column(spool, "u8"), Column(spool, "u4")
        self.files: dict[str, int] = {}
        self.splits: dict[str, int] = {"": 0}
        self.openings = Openings()
        self.excerpts = Excerpts()

    def take(self, block: Block) -> None:
        """Take in some rows.

        Raises:
            RunFailed: The temporary file cannot be written.
        """
        if self.count >= self._most:
            self.left_out += len(block.rows)
            return
        rows, found, bounds = block.rows, block.words, block.bounds
        whole = Words(hashes=found.hashes, starts=found.starts[bounds], digits=found.digits)
        own: dict[str, NDArray[Any]] = {"length": whole.counts}
        words = self.joined.add(whole)
        asked = np.array([len(row.prompt) for row in rows])
        said = np.array([len(row.answers[0]) if row.answers else 0 for row in rows])
        own |= self._chains(words, block, asked, said)
        own["line"] = np.array([row.line for row in rows], np.uint64)
        own["file"] = np.array([self.files.setdefault(row.file, len(self.files)) for row in rows])
        own["split"] = np.array([self.splits.setdefault(_split(row), len(self.splits)) for row in rows])
        able = np.array([row.shape in ("chat", "rated") for row in rows])
        own["chat"] = able & (asked > 0) & (said > 0)
        user = np.array([_last_user(row) for row in rows])
        begins = bounds[:-1]
        answer = np.where((asked > 0) & (said > 0), begins + asked, -1)
        counts = np.append(found.counts, 0)  # -1 is then a turn without a word
        own["long"] = counts[answer] >= FEWEST_WORDS
        self.openings.add(words, self.count, found, np.where(user >= 0, begins + user, -1), answer)
        self.excerpts.add(block, user)
        for name, values in own.items():
            self.columns[name].extend(values)
        self.count += len(rows)

    def _chains(self, words: Hashes, block: Block, asked: Places, said: Places) -> dict[str, NDArray[Any]]:
        """Hashes over turns in order: of prompts, answers, whole conversations, and what comes before each answer."""
        values, marks, assistant = _turn_values(block, digests(block.words))
        begins = block.bounds[:-1]
        chain = _Chain(values)
        marked = _Chain(marks).over(begins, block.bounds[1:])
        many = np.maximum(asked + said - 1, 0)
        ends, row = spread(begins + 1, many), np.repeat(np.arange(len(begins)), many)
        # a conversation may end where an assistant has spoken, or inside the answer
        kept = (ends > (begins + asked)[row]) | assistant[ends - 1]
        ends, row = ends[kept], row[kept]
        self.before.extend(chain.over(begins[row], ends))
        self.before_row.extend((row + self.count).astype(np.uint32))
        return {
            "prompt": chain.over(begins, begins + asked),
            "answer": chain.over(begins + asked, begins + asked + said),
            "whole": chain.over(begins, begins + asked + said),
            "key": np.where(words == 0, np.uint64(0), words ^ mixed(marked)),
        }

    def at(self, name: str, places: Places) -> NDArray[Any]:
        """What a column holds of some rows."""
        return self.columns[name].at(places)


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
