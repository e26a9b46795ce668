"""What is remembered of requests that were refused or answered, and which of them contradict each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay.checks.content_words import contents
from assay.checks.equals import AT_ONCE, changes, ranges, sorted_by
from assay.checks.opposed import Pairs, Sets, pairs
from assay.checks.spool import Column, Marks, Spool
from assay.checks.words import Hashes, Places, spread

NEAR = 0.8
"""Share of content words in common from which two prompts ask the same."""
DIFFERENT = 4
"""Content words that two prompts may differ in, so that one long template around two questions is not one question."""
TELLING = 8
"""Content words below which one word more is taken for another request: "in a game", "repeat", "overstate"."""
RARE = 0.6
"""The share in common with rarer words weighing more."""
FEWEST = 3
"""Content words without which only equal prompts are compared."""
_BLOCK = 20_000
_FEW = 1 << 18
"""Refused prompts that are held against answered ones together; how rare a word is goes by these."""
_EXCERPT = 90
_HELD = 1 << 26


class Request(NamedTuple):
    """What is taken of one row."""

    request: str
    """What the user said, its end."""
    refused: bool
    """Whether the row refuses it; else it answers."""
    group: int
    """A number from the system prompt and the passages."""
    file: int
    """Number of its file."""
    line: int
    """Its line."""
    category: int
    """Number of its category."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A row that refuses, one that answers, and how like their prompts are."""

    refused: int
    """Number of the row that refuses, for `PolicyConflicts.place`."""
    answered: int
    """Number of the row that answers."""
    similarity: float
    """Share of content words in common."""


_KINDS = {
    "refused": "?",
    "how": "?",
    "file": "u4",
    "category": "u2",
    "line": "u8",
    "digest": "u8",
    "total": "u4",
    "words": "u8",  # where its words begin
    "text": "u8",  # where its text begins
}


class Requests:
    """What is remembered of rows; beyond a limit it lies in a file.

    Attributes:
        said: Of some rows that refuse the request and the answer.
        places: Of rows of conflicts that were asked for the file, the line and the category.
    """

    def __init__(self) -> None:
        spool = Spool(_HELD)
        self._columns = {name: Column(spool, kind) for name, kind in _KINDS.items()}
        self._words, self._texts = Column(spool, "u4"), Column(spool, "u1")
        self.said: dict[int, tuple[str, str]] = {}
        self.places: dict[int, tuple[int, int, int]] = {}

    def __len__(self) -> int:
        return len(self._columns["line"])

    def take(self, rows: Sequence[Request]) -> None:
        """Take in some rows."""
        found = contents([row.request for row in rows])
        group = np.array([row.group for row in rows], np.uint32)
        texts = [row.request[:_EXCERPT].encode("utf-8", "replace") for row in rows]
        lengths = np.array([len(text) for text in texts])
        own = {
            "refused": [row.refused for row in rows],
            "how": found.how,
            "file": [row.file for row in rows],
            "category": [row.category for row in rows],
            "line": [row.line for row in rows],
            "digest": np.where(found.digests, found.digests ^ group, np.uint64(0)),
            "total": found.counts,
            "words": len(self._words) + np.cumsum(found.kept) - found.kept,
            "text": len(self._texts) + np.cumsum(lengths) - lengths,
        }
        # Rows under other system prompts or passages share no word: there the policy may rightly differ.
        self._words.extend(found.hashes ^ np.repeat(group, found.kept))
        self._texts.extend(np.frombuffer(b"".join(texts), np.uint8))
        for name, values in own.items():
            self._columns[name].extend(values)

    def text(self, row: int) -> str:
        """The beginning of a request."""
        if row in self.said:
            return self.said[row][0]
        [begin], [end] = self._bounds("text", self._texts, np.array([row]))
        return bytes(self._texts.between(int(begin), int(end))).decode("utf-8", "replace")

    def equal(self) -> list[Conflict]:
        """Rows with equal prompts and opposite decisions: each with the first of the other side."""
        some = [np.zeros(0, np.int64)]
        for [(digest, rows)] in ranges(len(self), self._columns["digest"].parts, at_once=AT_ONCE):
            refused = self._at("refused", rows)
            both = np.intersect1d(digest[refused], digest[~refused])
            some.append(rows[np.isin(digest, both)])
        rows = np.sort(np.concatenate(some))
        sides: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        told = (each.tolist() for each in (rows, self._at("digest", rows), self._at("refused", rows)))
        for row, value, refuses in zip(*told, strict=True):
            sides[value][0 if refuses else 1].append(row)
        found: list[Conflict] = []
        for one, two in sides.values():
            found += (Conflict(row, two[0], 1.0) for row in one)
            found += (Conflict(one[0], row, 1.0) for row in two[1:])
        return self._placed(found)

    def near(self) -> tuple[list[Conflict], bool]:
        """Rows with nearly equal prompts and opposite decisions, most alike first; and whether some were left out."""
        able = self._firsts()
        told: list[Conflict] = []
        cut = False
        for few in _blocks(self._able(able, refused=True), _FEW):
            against = self._sets(few)
            for block in _blocks(self._able(able, refused=False), _BLOCK):
                found = pairs(against, self._sets(block), NEAR)
                one, two = few[found.few], block[found.many]
                alike = self._alike(one, two, found)
                values = (part[alike].tolist() for part in (one, two, found.similarity))
                told += [Conflict(*each) for each in zip(*values, strict=True)]
                cut |= found.cut
        return self._placed(sorted(told, key=lambda one: (-one.similarity, one.refused, one.answered))), cut

    def _alike(self, one: Places, two: Places, found: Pairs) -> NDArray[np.bool_]:
        """Which pairs ask the same: equal ones aside, as those are told apart."""
        total = [self._at("total", rows).astype(np.int64) for rows in (one, two)]
        least, most = np.minimum(*total), np.maximum(*total)
        different = (1 - found.similarity) * (least + most) / (1 + found.similarity)
        added = (least < most) & (found.similarity * most >= least - 1e-9)
        found_alike: NDArray[np.bool_] = (
            (self._at("digest", one) != self._at("digest", two))
            & (self._at("how", one) == self._at("how", two))
            & (found.weighed >= RARE)
            & (least >= NEAR * most)
            & (different < DIFFERENT + 0.5)
            & (~added | (least >= TELLING))
        )
        return found_alike

    def _firsts(self) -> Marks:
        """The first row of each prompt and side: copies of one prompt are not compared each with each."""
        marks = Marks(len(self))

        def scan() -> Iterator[tuple[int, Hashes]]:
            parts = (self._columns[name].parts() for name in ("digest", "refused"))
            for (begin, digest), (_, refused) in zip(*parts, strict=True):
                yield begin, digest ^ np.where(refused, np.uint64(0), _SIDE) | np.uint64(1)

        for [(values, rows)] in ranges(len(self), scan, at_once=AT_ONCE):
            order = sorted_by(values)
            marks.put(rows[order[changes(values[order])]])
        return marks

    def _able(self, firsts: Marks, *, refused: bool) -> Iterator[Places]:
        """Rows of one side that are compared, some at a time."""
        parts = (self._columns[name].parts() for name in ("total", "refused"))
        for (begin, total), (_, refuses) in zip(*parts, strict=True):
            own = (total >= FEWEST) & (refuses == refused) & firsts.between(begin, begin + len(total))
            yield begin + np.flatnonzero(own)

    def _sets(self, rows: Places) -> Sets:
        begins, ends = self._bounds("words", self._words, rows)
        counts = ends - begins
        return Sets(items=self._words.at(spread(begins, counts)), starts=np.concatenate(([0], np.cumsum(counts))))

    def _bounds(self, name: str, of: Column, rows: Places) -> tuple[Places, Places]:
        """Where something of rows begins and ends."""
        last = rows == len(self) - 1
        ends = self._at(name, np.where(last, rows, rows + 1)).astype(np.int64)
        return self._at(name, rows).astype(np.int64), np.where(last, len(of), ends)

    def _placed(self, conflicts: list[Conflict]) -> list[Conflict]:
        rows = np.unique([row for one in conflicts for row in (one.refused, one.answered)]).astype(np.int64)
        told = (self._at(name, rows).tolist() for name in ("file", "line", "category"))
        self.places |= dict(zip(rows.tolist(), zip(*told, strict=True), strict=True))
        return conflicts

    def _at(self, name: str, rows: Places) -> NDArray[Any]:
        return self._columns[name].at(rows)


_SIDE = np.uint64(0x9E3779B97F4A7C15)


def _blocks(parts: Iterator[Places], size: int) -> Iterator[Places]:
    """The same rows, so many at a time."""
    left = np.zeros(0, np.int64)
    for rows in parts:
        left = np.concatenate([left, rows])
        while len(left) >= size:
            yield left[:size]
            left = left[size:]
    if len(left):
        yield left
