"""Rare strings that stand in several otherwise different rows: what a model learns by heart, like a planted canary."""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assay.checks.check import Defect, Gathered
from assay.checks.repeats import Repeats, Seen
from assay.checks.strange import strange
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

STRING = Defect(
    code="privacy.repeated_string",
    severity="medium",
    message="rows share a code or number that nobody writes twice by chance, and little else",
    remediation="Look whether it is somebody's number, a key or a planted canary; keep one row or put another in its place",
)
SEQUENCE = Defect(
    code="privacy.repeated_sequence",
    severity="medium",
    message="rows share a run of words that occur almost nowhere else, and little else",
    remediation=STRING.remediation,
)
LEAST_ROWS = 3
"""Otherwise different rows that make a string repeated."""
MOST_SHARE, MOST_ROWS = 0.005, 100
"""A string in more rows than both is a part of the task, no rarity."""
_FRAGMENT = 24
"""Characters between two signs that make a run of words worth comparing; shorter ones are anybody's."""
_MOST_FRAGMENTS = 200
_ALIKE = 0.3
"""Share of a row's fragments that stand in another: such rows are versions of one."""
_LOOKED = 30
"""Rows of a string that are compared with each other."""
_MOST_TEXTS = 50_000
_LEAST_RARE, _RARE_SHARE = 4, 0.7
"""Words of a run, of four letters or more, that occur almost only in it."""
_ELSEWHERE = 1.25
"""A word in at most so many rows for each row of its run occurs almost only in it."""
_SAMPLE = 8_192
"""Rows whose words are counted, at least half of it where there are so many."""
_WORD = re.compile(rb"[a-z]{4,30}(?![a-z])")
_CUT = bytes(
    10 if chr(code) in '.!?:;,"()[]{}<>=\n\r\t|*#`' else code + 32 if 65 <= code < 91 else code for code in range(256)
)


class Memorisation:
    """Codes, numbers and rare runs of words in three or more rows that share little else."""

    def __init__(self) -> None:
        self._repeats = Repeats()
        self._seen, self._whole = Seen(), Seen()
        self._texts: dict[int, bytes] = {}
        self._strange: set[int] = set()
        self._sample = _Sample()
        self._files: dict[str, int] = {}
        self._file, self._line, self._asked = array("L"), array("Q"), array("Q")

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        data = row.text.encode("utf-8", "replace")
        if self._whole.add(_key(data)):
            return  # the same row again
        place = len(self._line)
        self._file.append(self._files.setdefault(row.file, len(self._files)))
        self._line.append(row.line)
        self._asked.append(hash(row.asked) & 0xFFFFFFFFFFFFFFFF if row.asked else place)
        plain = data.translate(_CUT)
        fragments = [part.strip() for part in plain.split(b"\n") if len(part) >= _FRAGMENT][:_MOST_FRAGMENTS]
        strings = {_key(part): part for part in fragments}
        codes = {_key(b"\0" + code): code for code in strange(data)}
        self._strange.update(codes)
        self._repeats.add(place, [*strings, *codes])
        self._sample.add(data, plain)
        for key, said in (strings | codes).items():
            if self._seen.add(key) and len(self._texts) < _MOST_TEXTS:
                self._texts[key] = said

    def findings(self) -> Iterator[Finding]:
        """One finding for strings and one for runs of words in each file."""
        gathered, counts = Gathered(), Counter[tuple[str, str]]()
        names = list(self._files)
        for key, rows in self._rare():
            said = self._texts[key]
            defect = STRING if key in self._strange else SEQUENCE
            for file in {names[self._file[row]] for row in rows}:
                counts[defect.code, file] += 1
            for row in rows:
                gathered.add(defect, names[self._file[row]], self._line[row], _masked(said), _masked(said))
        for finding in gathered.findings():
            lines = sorted(finding.where["lines"])
            told = {"strings": counts[finding.code, finding.where["file"]]}
            if self._repeats.forgotten:
                told["forgotten"] = True
            yield replace(
                finding, where={**finding.where, "lines": lines}, evidence={**finding.evidence, **told}
            )

    def _rare(self) -> Iterator[tuple[int, Sequence[int]]]:
        """Each rare string with its rows."""
        hashes, rows = self._repeats.repeated(2)
        standing: dict[int, list[int]] = defaultdict(list)
        for key, row in zip(hashes.tolist(), rows.tolist(), strict=True):
            standing[key].append(row)
        most = max(MOST_ROWS, int(MOST_SHARE * len(self._line)))
        candidates = [
            key
            for key, found in standing.items()
            if LEAST_ROWS <= len(found) <= most and key in self._texts and self._unusual(key, len(found))
        ]
        wanted = {row for key in candidates for row in standing[key][:_LOOKED]}
        shared: dict[int, set[int]] = defaultdict(set)
        for key, found in standing.items():
            for row in found:
                if row in wanted:
                    shared[row].add(key)
        for key in candidates:
            asked = {self._asked[row]: row for row in standing[key][:_LOOKED]}  # answers to one prompt count once
            if _apart([shared[row] - {key} for row in asked.values()]) >= LEAST_ROWS:
                yield key, standing[key]

    def _unusual(self, key: int, rows: int) -> bool:
        if key in self._strange:
            return True
        words = set(_WORD.findall(self._texts[key]))
        if len(words) < _LEAST_RARE:
            return False
        rare = sum(self._sample.rows_with(word) <= _ELSEWHERE * rows for word in words)
        return rare >= max(_LEAST_RARE, _RARE_SHARE * len(words))


class _Sample:
    """In how many rows a word stands, from a sample of rows that does not depend on their order."""

    def __init__(self) -> None:
        self._levels: dict[int, tuple[list[int], Counter[bytes]]] = {}
        self._lowest = 0

    def add(self, data: bytes, plain: bytes) -> None:
        """Count a row's words if the row is in the sample."""
        key = _key(data) >> 8
        level = (key & -key).bit_length() if key else 64
        if level < self._lowest:
            return
        size, words = self._levels.setdefault(level, ([0], Counter()))
        size[0] += 1
        words.update(set(_WORD.findall(plain[:20_000])))
        if sum(rows[0] for rows, _ in self._levels.values()) > _SAMPLE:
            self._levels.pop(min(self._levels), None)
            self._lowest = min(self._levels)

    def rows_with(self, word: bytes) -> float:
        """Estimated number of rows with the word, less one that may be the row itself."""
        found = sum(words[word] for _, words in self._levels.values())
        scale = 2.0 ** max(0, self._lowest - 1)
        return max(0, found - 1) * scale if scale > 1 else found


def _key(said: bytes) -> int:
    return hash(said) & 0xFFFFFFFFFFFFFFFF


def _apart(rows: Sequence[set[int]]) -> int:
    """How many of the rows share little with those before, of their repeated strings."""
    taken: list[set[int]] = []
    for row in rows:
        if all(len(row & other) <= _ALIKE * max(1, min(len(row), len(other))) for other in taken):
            taken.append(row)
        if len(taken) == LEAST_ROWS:
            break
    return len(taken)


def _masked(said: bytes) -> str:
    """The first two characters and the length: enough to find it again, too little to tell it."""
    text = said.decode("utf-8", "replace")
    return f"{text[:2]}*** ({len(text)} characters)"
