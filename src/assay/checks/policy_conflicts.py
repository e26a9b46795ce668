"""One request, two policies: prompts that are equal or nearly so, refused in one row and answered in another."""

from __future__ import annotations

import zlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.checks.categories import about, named
from assay.checks.check import MOST_LINES, Defect, numbered
from assay.checks.content_words import contents
from assay.checks.opposed import Pairs, Sets, pairs
from assay.checks.refusing import refuses
from assay.checks.words import BLOCK, Hashes, Places
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

NEAR = 0.8
"""Share of content words in common from which two prompts ask the same."""
DIFFERENT = 4
"""Content words that two prompts may differ in, so that one long template around two questions is not one question."""
TELLING = 8
"""Content words below which one word more is taken for another request: "in a game", "repeat", "overstate"."""
RARE = 0.6
"""The share in common with rarer words weighing more."""
SURE = 0.8
"""Probability of a refusal from which a row refuses; below the rest to 1, it answers."""
FEWEST = 3
"""Content words without which only equal prompts are compared."""
_READ = 2000
_SHOWN = 200
_EXCERPT = 90
_EXAMPLES = 10
_BLOCK = 20_000
_MOST_CATEGORIES = 1000
_REMEDY = (
    "Read the pairs side by side, decide what the model should do, and mend the row that does otherwise; some pairs "
    "differ in the one word that matters, so remove none unread"
)

_SAME = Defect(
    code="policy.same_prompt_conflict",
    severity="medium",
    message="rows refuse or answer a prompt that another row treats the other way",
    remediation=_REMEDY,
)
_NEAR = Defect(
    code="policy.conflict",
    severity="medium",
    message="rows refuse or answer nearly the prompt that another row treats the other way",
    remediation=_REMEDY,
)


@dataclass(frozen=True, slots=True)
class _Read:
    """What is taken of one row."""

    request: str
    refused: bool
    group: int
    file: int
    line: int
    category: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """A row that refuses, one that answers, and how like their prompts are."""

    refused: int
    """Number of the row that refuses, for `PolicyConflicts.place`."""
    answered: int
    """Number of the row that answers."""
    similarity: float
    """Share of content words in common."""


class PolicyConflicts:
    """Rows of which one refuses what another answers.

    Holds of each row a hash, the hashes of at most 24 content words and the beginning of the request, about 150 bytes.
    """

    def __init__(self) -> None:
        self._waiting: list[_Read] = []
        self._size = 0
        self._kept = _Kept()
        self._files: dict[str, int] = {}
        self._categories: dict[str, int] = {"": 0}

    def add(self, row: TrainingRow) -> None:
        """Look at a row; those that neither surely refuse nor surely answer are passed over."""
        request = "\n".join(turn.content for turn in row.prompt if turn.role == "user")
        if not request.strip() or not row.answers or (row.shape == "rated" and row.ratings and row.ratings[0] <= 0):
            return
        answer = row.answer
        probability, state, _ = refuses(answer)
        refused = probability > SURE and state == "full"
        if state == "unreadable" or not (refused or probability < 1 - SURE):
            return
        number = len(self._kept.line) + len(self._waiting)
        if refused:
            self._kept.said[number] = (request[-_READ:][:_SHOWN], answer.strip()[:_SHOWN])
        self._waiting.append(self._read(row, request[-_READ:], refused))
        self._size += min(len(request), _READ)
        if self._size >= BLOCK:
            self._flush()

    def conflicts(self) -> tuple[list[Conflict], list[Conflict], bool]:
        """Conflicts of equal prompts, of nearly equal ones, and whether some of these were left out."""
        self._flush()
        return self._kept.equal(), *self._kept.near()

    def place(self, row: int) -> tuple[str, int]:
        """File and line of a row of a conflict."""
        return list(self._files)[self._kept.file[row]], self._kept.line[row]

    def findings(self) -> Iterator[Finding]:
        """One finding for equal and one for nearly equal prompts."""
        equal, near, cut = self.conflicts()
        told = _Told(self._kept, list(self._files), list(self._categories))
        yield from told.findings(_SAME, equal)
        yield from told.findings(_NEAR, near, cut)

    def _read(self, row: TrainingRow, request: str, refused: bool) -> _Read:
        before = "\0".join((*(turn.content for turn in row.prompt if turn.role == "system"), *row.context))
        category = named(row.metadata)
        if category not in self._categories and len(self._categories) >= _MOST_CATEGORIES:
            category = ""
        return _Read(
            request=request,
            refused=refused,
            group=zlib.crc32(before.encode("utf-8", "replace")) if before else 0,
            file=self._files.setdefault(row.file, len(self._files)),
            line=row.line,
            category=self._categories.setdefault(category, len(self._categories)),
        )

    def _flush(self) -> None:
        if self._waiting:
            self._kept.take(self._waiting)
        self._waiting, self._size = [], 0


class _Kept:
    """What is remembered of rows."""

    def __init__(self) -> None:
        self.refused, self.how, self.file, self.category = array("b"), array("b"), array("H"), array("H")
        self.line, self.digest, self.total = array("Q"), array("Q"), array("L")
        self.words, self.starts = array("I"), array("Q", [0])
        self.texts, self.ends = bytearray(), array("Q", [0])
        self.said: dict[int, tuple[str, str]] = {}

    def take(self, rows: Sequence[_Read]) -> None:
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


def _varied(conflicts: Sequence[Conflict]) -> list[Conflict]:
    """A few conflicts, none with a row of another."""
    seen: set[int] = set()
    found: list[Conflict] = []
    for one in conflicts:
        if len(found) < _EXAMPLES and not seen & {one.refused, one.answered}:
            found.append(one)
            seen |= {one.refused, one.answered}
    return found


class _Told:
    """Conflicts put into words."""

    def __init__(self, kept: _Kept, files: Sequence[str], categories: Sequence[str]) -> None:
        self._kept, self._files, self._categories = kept, files, categories

    def findings(self, kind: Defect, conflicts: Sequence[Conflict], cut: bool = False) -> Iterator[Finding]:
        """One finding for each file with such rows."""
        by_file: dict[int, list[Conflict]] = defaultdict(list)
        for one in conflicts:
            for file in {self._kept.file[one.refused], self._kept.file[one.answered]}:
                by_file[file].append(one)
        for file, own in by_file.items():
            rows = {row for one in own for row in (one.refused, one.answered) if self._kept.file[row] == file}
            lines = sorted(self._kept.line[row] for row in rows)
            evidence: dict[str, Any] = {"rows": len(lines), "pairs": len(own), "kinds": self._counted(own)}
            evidence["examples"] = [self._shown(one) for one in _varied(own)]
            if len(lines) > MOST_LINES:
                evidence["lines_left_out"] = len(lines) - MOST_LINES
            if cut:
                evidence["not_compared"] = "prompts that share only very common words, too many to compare"
            yield Finding(
                code=kind.code,
                severity=kind.severity,
                message=numbered(len(lines), kind.message),
                where={"file": self._files[file], "lines": lines[:MOST_LINES]},
                evidence=evidence,
                remediation=kind.remediation,
            )

    def _counted(self, conflicts: Sequence[Conflict]) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for row in {one.refused for one in conflicts[:MOST_LINES]}:
            counts[self._categories[self._kept.category[row]] or about(self._kept.text(row))] += 1
        return dict(counts.most_common(50))

    def _shown(self, one: Conflict) -> dict[str, Any]:
        return {
            "refused": self._place(one.refused),
            "answered": self._place(one.answered),
            "similarity": round(one.similarity, 2),
            "refused_prompt": self._kept.text(one.refused),
            "answered_prompt": self._kept.text(one.answered),
            "refusal": self._kept.said[one.refused][1],
        }

    def _place(self, row: int) -> str:
        return f"{self._files[self._kept.file[row]]}:{self._kept.line[row]}"
