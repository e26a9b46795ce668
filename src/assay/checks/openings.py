"""First words of rows, by which forms are told, and beginnings of their texts, to be shown; up to a fixed amount."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.checks.blocks import Block
from assay.checks.word_hashes import mixed
from assay.checks.words import Hashes, Places, Words
from assay.domain.training import TrainingRow

OPENING = 32
"""Words of a turn by which forms are told."""
MOST_OPENINGS = 1 << 19
"""Rows whose openings are held, 256 bytes each; beyond that those of a sample."""
MOST_EXCERPTS = 1 << 26
"""Bytes of texts that are held to be shown; of later rows only the place is told."""
_CUT = 160


class Openings:
    """First words of what is asked and what is answered; those of a sample of the rows where there are too many."""

    def __init__(self, most: int = MOST_OPENINGS) -> None:
        self.halved = 0
        self._most = most
        self._held = 0
        self._parts: list[tuple[Hashes, Places, NDArray[np.uint32], NDArray[np.uint32]]] = []

    def add(self, words: Hashes, begin: int, found: Words, asked: Places, answer: Places) -> None:
        """Take in rows, `begin` the number of the first; turns are -1 where there is none."""
        rows = begin + np.arange(len(words))
        part = mixed(words), rows, _first_words(found, asked), _first_words(found, answer)
        self._parts.append(self._thin(part))
        self._held += len(self._parts[-1][0])
        while self._held > self._most and self.halved < 64:
            self.halved += 1
            self._parts = [self._thin(own) for own in self._parts]
            self._held = sum(len(own[0]) for own in self._parts)

    def _thin(
        self, part: tuple[Hashes, Places, NDArray[np.uint32], NDArray[np.uint32]]
    ) -> tuple[Hashes, Places, NDArray[np.uint32], NDArray[np.uint32]]:
        if not self.halved:
            return part
        stays = part[0] >> np.uint64(64 - self.halved) == 0
        return part[0][stays], part[1][stays], part[2][stays], part[3][stays]

    def told(self) -> tuple[Places, NDArray[np.uint32], NDArray[np.uint32]]:
        """Numbers of rows, and the first words of what they ask and answer, shape (n, 32)."""
        none = np.zeros((0, OPENING), np.uint32)
        _, rows, asked, answers = zip(*self._parts, strict=True) if self._parts else ((), (), (), ())
        return (
            np.concatenate([np.zeros(0, np.int64), *rows]),
            np.concatenate([none, *asked]),
            np.concatenate([none, *answers]),
        )


class Excerpts:
    """Beginnings of what rows ask and answer, to be shown."""

    def __init__(self, most: int = MOST_EXCERPTS) -> None:
        self._left = most
        self._begins: list[int] = []
        self._count = 0
        self._texts: list[bytes] = []

    def add(self, block: Block, user: Places) -> None:
        """Take in rows; `user` is the place of the last user turn in a row's prompt, -1 for none."""
        if self._left > 0:
            made = [_excerpt(row, place) for row, place in zip(block.rows, user.tolist(), strict=True)]
            self._texts.append("\0".join(made).encode("utf-8", "replace"))
            self._begins.append(self._count)
            self._left -= len(self._texts[-1])
        self._count += len(block.rows)

    def of(self, place: int) -> str:
        """The excerpt of a row; empty where none is held."""
        block = int(np.searchsorted(self._begins, place, side="right")) - 1
        own = self._texts[block].decode().split("\0") if block >= 0 else []
        number = place - self._begins[block] if own else 0
        asked, _, said = own[number].partition("\x01") if number < len(own) else ("", "", "")
        asked, said = " ".join(asked.split()), " ".join(said.split())
        return f"{asked} → {said}" if asked and said else asked or said


def _excerpt(row: TrainingRow, user: int) -> str:
    asked = row.prompt[user].content[:_CUT] if user >= 0 else ""
    said = next((turn.content[:_CUT] for turn in row.answers[0] if turn.role == "assistant"), "") if row.answers else ""
    if not asked and not said:
        asked = row.text[:_CUT]
    return f"{asked}\x01{said}" if "\0" not in asked and "\0" not in said else f"{asked}\x01{said}".replace("\0", " ")


def _first_words(found: Words, turn: Places) -> NDArray[np.uint32]:
    """High halves of the hashes of the first words of some turns, 0 where there is none; shape (n, 32)."""
    if not len(found.hashes):
        return np.zeros((len(turn), OPENING), np.uint32)
    places = found.starts[turn][:, None] + np.arange(OPENING)
    there = (places < found.starts[turn + 1][:, None]) & (turn >= 0)[:, None]
    high = (found.hashes[np.minimum(places, len(found.hashes) - 1)] >> np.uint64(32)).astype(np.uint32)
    return np.where(there, high | np.uint32(2), np.uint32(0))
