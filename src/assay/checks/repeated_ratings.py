"""Rows that judge the same two answers again: how far their raters, or the same rater later, agree."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from assay.checks.rater_words import agreement_finding
from assay.checks.sides import answer_key, prompt_key, said
from assay.checks.verdicts import rater_of
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

_MOST_RATERS = 1000
_MOST_A_PAIR = 50
_MASK = (1 << 63) - 1


class Repeated:
    """Keeps a few numbers for each row that names its rater."""

    def __init__(self) -> None:
        self._pair, self._prompt, self._choice = array("q"), array("q"), array("b")
        self._files: dict[str, int] = {}
        self._file = array("i")

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if row.shape != "preference" or not rater_of(row):
            return
        better, worse = (answer_key(said(answer)) for answer in row.answers[:2])
        prompt = prompt_key(row)
        self._prompt.append(prompt)
        self._pair.append((min(better, worse) * 3 + max(better, worse) + prompt) & _MASK)
        self._choice.append(better < worse)
        self._file.append(self._files.setdefault(row.file, len(self._files)))

    def findings(self) -> Iterator[Finding]:
        """Agreement for each file that judges pairs more than once."""
        names, pairs = list(self._files), np.array(self._pair, np.int64)
        for number, file in enumerate(names):
            own = np.flatnonzero(np.array(self._file, np.int32) == number)
            _, place, count = np.unique(pairs[own], return_inverse=True, return_counts=True)
            again = own[count[place] > 1]
            if len(again):
                yield self._told(file, again)

    def _told(self, file: str, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Finding:
        items: defaultdict[int, list[str | None]] = defaultdict(list)
        prompts: dict[int, int] = {}
        for row in rows:
            said_so_far = items[self._pair[row]]
            prompts[self._pair[row]] = self._prompt[row]
            if len(said_so_far) < _MOST_A_PAIR:
                said_so_far.append("the one" if self._choice[row] else "the other")
        many = max(map(len, items.values()))
        table = [[*each, *[None] * (many - len(each))] for each in items.values()]
        return agreement_finding(file, "rows", table, list(prompts.values()), "judgements of a pair", many)
