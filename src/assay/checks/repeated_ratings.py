"""Rows that judge the same two answers again: how far their raters, or the same rater later, agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from assay.checks.by_file import ByFile
from assay.checks.equals import AT_ONCE, changes, ranges, sorted_by
from assay.checks.rater_words import agreement_finding
from assay.checks.sides import answer_key, prompt_key, said
from assay.checks.spool import Spool
from assay.checks.verdicts import rater_of
from assay.checks.words import Hashes, Places
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

_MOST_A_PAIR = 50
MOST_PAIRS = 20_000
"""Pairs of a file whose judgements are read, those with the smallest hashes: limits of .007 around a half."""
_MASK = (1 << 63) - 1
_HELD = 1 << 24


class Repeated:
    """Keeps a few numbers for each row that names its rater, beyond a limit in a file."""

    def __init__(self) -> None:
        self._rows = ByFile(Spool(_HELD), pair="u8", prompt="u8", choice="?")

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if row.shape != "preference" or not rater_of(row):
            return
        better, worse = (answer_key(said(answer)) for answer in row.answers[:2])
        prompt = prompt_key(row)
        pair = (min(better, worse) * 3 + max(better, worse) + prompt) & _MASK
        self._rows.add(row.file, pair << 1 | 1, prompt, better < worse)

    def findings(self) -> Iterator[Finding]:
        """Agreement for each file that judges pairs more than once."""
        for file, count in self._rows.counts().items():
            again, pairs = self._again(file, count)
            if len(again):
                yield self._told(file, again, pairs)

    def _again(self, file: str, count: int) -> tuple[Places, int]:
        """Rows of pairs that are judged again, of `MOST_PAIRS` of them at most, and how many pairs there are."""
        found, pairs = [np.zeros(0, np.int64)], 0
        for [(values, places)] in ranges(count, lambda: self._rows.parts(file, "pair"), at_once=AT_ONCE):
            rows, own = _several(values, places)
            found.append(rows[own < MOST_PAIRS - pairs])
            pairs += int(own[-1]) + 1 if len(own) else 0
        return np.sort(np.concatenate(found)), pairs

    def _told(self, file: str, rows: Places, pairs: int) -> Finding:
        items: defaultdict[int, list[str | None]] = defaultdict(list)
        prompts: dict[int, int] = {}
        columns = (self._rows.at(name, rows).tolist() for name in ("pair", "prompt", "choice"))
        for pair, prompt, choice in zip(*columns, strict=True):
            prompts[pair] = prompt
            if len(items[pair]) < _MOST_A_PAIR:
                items[pair].append("the one" if choice else "the other")
        many = max(map(len, items.values()))
        told = [[*each, *[None] * (many - len(each))] for each in items.values()]
        made = agreement_finding(file, "rows", told, list(prompts.values()), "judgements of a pair", many)
        return replace(made, evidence={**made.evidence, "pairs_judged_again": pairs, "pairs_read": len(items)})


def _several(values: Hashes, places: Places) -> tuple[Places, Places]:
    """Rows whose number others have too, and the number of their group, groups by ascending numbers."""
    order = sorted_by(values)
    begins = changes(values[order])
    group = np.cumsum(begins) - 1
    several = np.bincount(group, minlength=1) > 1
    kept = several[group] if len(group) else np.zeros(0, np.bool_)
    return places[order][kept], (np.cumsum(several) - 1)[group[kept]]
