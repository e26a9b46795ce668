"""What is remembered of requests that were refused or answered, and which of them contradict each other."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.checks.content_words import contents
from assay.checks.opposed import Pairs, Sets, pairs
from assay.checks.words import Hashes, Places

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
_EXCERPT = 90


@dataclass(frozen=True, slots=True)
class Request:
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


class Requests:
    """What is remembered of rows."""

    def __init__(self) -> None:
        self.refused, self.how, self.file, self.category = array("b"), array("b"), array("L"), array("H")
        self.line, self.digest, self.total = array("Q"), array("Q"), array("L")
        self.words, self.starts = array("I"), array("Q", [0])
        self.texts, self.ends = bytearray(), array("Q", [0])
        self.said: dict[int, tuple[str, str]] = {}

    def take(self, rows: Sequence[Request]) -> None:
        """Take in some rows."""
        found = contents([row.request for row in rows])
        group = np.array([row.group for row in rows], np.uint32)
        # Rows under other system prompts or passages share no word: there the policy may rightly differ.
        self.words.extend((found.hashes ^ np.repeat(group, found.kept)).tolist())
        self.starts.extend((self.starts[-1] + np.cumsum(found.kept)).tolist())
        self.digest.extend(np.where(found.digests, found.digests ^ group, 0).tolist())
        self.total.extend(found.counts.tolist())
        self.how.extend(found.how.tolist())
        for row in rows:
            self.refused.append(row.refused)
            self.file.append(row.file)
            self.line.append(row.line)
            self.category.append(row.category)
            self.texts += row.request[:_EXCERPT].encode("utf-8", "replace")
            self.ends.append(len(self.texts))

    def text(self, row: int) -> str:
        """The beginning of a request."""
        if row in self.said:
            return self.said[row][0]
        return self.texts[self.ends[row] : self.ends[row + 1]].decode("utf-8", "replace")

    def equal(self) -> list[Conflict]:
        """Rows with equal prompts and opposite decisions: each with the first of the other side."""
        digest, refused = np.array(self.digest, np.uint64), np.array(self.refused, np.bool_)
        both = np.intersect1d(digest[refused], digest[~refused])
        rows = np.flatnonzero(np.isin(digest, both[both != 0]))
        sides: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for row, value in zip(rows.tolist(), digest[rows].tolist(), strict=True):
            sides[value][0 if refused[row] else 1].append(row)
        found: list[Conflict] = []
        for one, two in sides.values():
            found += (Conflict(row, two[0], 1.0) for row in one)
            found += (Conflict(one[0], row, 1.0) for row in two[1:])
        return found

    def near(self) -> tuple[list[Conflict], bool]:
        """Rows with nearly equal prompts and opposite decisions, most alike first; and whether some were left out."""
        refused, total = np.array(self.refused, np.bool_), np.array(self.total, np.int64)
        able = (total >= FEWEST) & _first(np.array(self.digest, np.uint64), refused)
        few, many = np.flatnonzero(able & refused), np.flatnonzero(able & ~refused)
        told: list[Conflict] = []
        cut = False
        for begin in range(0, len(many) if len(few) else 0, _BLOCK):
            block = many[begin : begin + _BLOCK]
            found = pairs(self._sets(few), self._sets(block), NEAR)
            one, two = few[found.few], block[found.many]
            alike = self._alike(one, two, found)
            values = (part[alike].tolist() for part in (one, two, found.similarity))
            told += [Conflict(*each) for each in zip(*values, strict=True)]
            cut |= found.cut
        return sorted(told, key=lambda one: (-one.similarity, one.refused, one.answered)), cut

    def _alike(self, one: Places, two: Places, found: Pairs) -> NDArray[np.bool_]:
        """Which pairs ask the same: equal ones aside, as those are told apart."""
        total, digest, how = np.array(self.total, np.int64), np.array(self.digest, np.uint64), np.array(self.how)
        least, most = np.minimum(total[one], total[two]), np.maximum(total[one], total[two])
        different = (1 - found.similarity) * (least + most) / (1 + found.similarity)
        added = (least < most) & (found.similarity * most >= least - 1e-9)
        found_alike: NDArray[np.bool_] = (
            (digest[one] != digest[two])
            & (how[one] == how[two])
            & (found.weighed >= RARE)
            & (least >= NEAR * most)
            & (different < DIFFERENT + 0.5)
            & (~added | (least >= TELLING))
        )
        return found_alike

    def _sets(self, rows: NDArray[np.int64]) -> Sets:
        starts, words = np.array(self.starts, np.int64), np.array(self.words, np.uint32)
        counts = (starts[1:] - starts[:-1])[rows]
        ends = np.cumsum(counts)
        places = np.arange(int(counts.sum())) - np.repeat(ends - counts, counts) + np.repeat(starts[rows], counts)
        return Sets(items=words[places], starts=np.concatenate(([0], ends)).astype(np.int64))


def _first(digest: Hashes, refused: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The first row of each prompt and side: copies of one prompt are not compared each with each."""
    key = digest ^ np.where(refused, np.uint64(0), np.uint64(0x9E3779B97F4A7C15))
    order = np.argsort(key, kind="stable")
    found = np.zeros(len(digest), np.bool_)
    found[order] = np.concatenate(([True], key[order][1:] != key[order][:-1])) if len(digest) else found
    return found
