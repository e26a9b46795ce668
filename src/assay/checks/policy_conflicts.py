"""One request, two policies: prompts that are equal or nearly so, refused in one row and answered in another."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from assay.checks.blocks import Block
from assay.checks.categories import counted_as, named
from assay.checks.check import MOST_LINES, Defect, located
from assay.checks.conflicting import Conflict, Request, Requests
from assay.checks.refusing_ahead import LOW, SURE, ahead, treats
from assay.checks.words import BLOCK
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

_READ = 2000
_SHOWN = 200
_EXAMPLES = 10
_MOST_CATEGORIES = 1000
_MOST_SAID = 50_000
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


class PolicyConflicts:
    """Rows of which one refuses what another answers.

    Keeps of each row a hash, the hashes of at most 24 content words and the beginning of the request, about 150 bytes;
    beyond a limit they lie in a file.
    """

    def __init__(self) -> None:
        self._waiting: list[Request] = []
        self._size = 0
        self._kept = Requests()
        self._files: dict[str, int] = {}
        self._categories: dict[str, int] = {"": 0}

    def take(self, block: Block) -> None:
        """Look at the rows of a block."""
        ahead(block)
        for row in block.rows:
            self.add(row)

    def add(self, row: TrainingRow) -> None:
        """Look at a row; those that neither surely refuse nor surely answer are passed over."""
        request = "\n".join([turn.content for turn in row.prompt if turn.role == "user"])
        if not request.strip() or not row.answers or (row.shape == "rated" and row.ratings and row.ratings[0] <= 0):
            return
        answer = row.answer
        probability, state = treats(answer)
        refused = probability > SURE and state == "full"
        if state == "unreadable" or not (refused or probability < LOW):
            return
        number = len(self._kept) + len(self._waiting)
        if refused and len(self._kept.said) < _MOST_SAID:
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
        file, line, _ = self._kept.places[row]
        return list(self._files)[file], line

    def findings(self) -> Iterator[Finding]:
        """One finding for equal and one for nearly equal prompts."""
        equal, near, cut = self.conflicts()
        told = _Told(self._kept, list(self._files), list(self._categories))
        yield from told.findings(_SAME, equal)
        yield from told.findings(_NEAR, near, cut)

    def _read(self, row: TrainingRow, request: str, refused: bool) -> Request:
        before = "\0".join((*(turn.content for turn in row.prompt if turn.role == "system"), *row.context))
        category = named(row.metadata)
        if category not in self._categories and len(self._categories) >= _MOST_CATEGORIES:
            category = ""
        return Request(
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

    def __init__(self, kept: Requests, files: Sequence[str], categories: Sequence[str]) -> None:
        self._kept, self._files, self._categories = kept, files, categories

    def findings(self, kind: Defect, conflicts: Sequence[Conflict], cut: bool = False) -> Iterator[Finding]:
        """One finding for each file with such rows."""
        by_file: dict[int, list[Conflict]] = defaultdict(list)
        for one in conflicts:
            for file in {self._kept.places[one.refused][0], self._kept.places[one.answered][0]}:
                by_file[file].append(one)
        for file, own in by_file.items():
            rows = {row for one in own for row in (one.refused, one.answered) if self._kept.places[row][0] == file}
            lines = sorted(self._kept.places[row][1] for row in rows)
            evidence: dict[str, Any] = {"pairs": len(own), "kinds": self._counted(own)}
            evidence["examples"] = [self._shown(one) for one in _varied(own)]
            if cut:
                evidence["not_compared"] = "prompts that share only very common words, too many to compare"
            yield located(kind, self._files[file], lines, evidence)

    def _counted(self, conflicts: Sequence[Conflict]) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for row in {one.refused for one in conflicts[:MOST_LINES]}:
            counts[counted_as(self._categories[self._kept.places[row][2]], self._kept.text(row))] += 1
        return dict(counts.most_common(50))

    def _shown(self, one: Conflict) -> dict[str, Any]:
        return {
            "refused": self._place(one.refused),
            "answered": self._place(one.answered),
            "similarity": round(one.similarity, 2),
            "refused_prompt": self._kept.text(one.refused),
            "answered_prompt": self._kept.text(one.answered),
            "refusal": self._kept.said.get(one.refused, ("", ""))[1],
        }

    def _place(self, row: int) -> str:
        file, line, _ = self._kept.places[row]
        return f"{self._files[file]}:{line}"
