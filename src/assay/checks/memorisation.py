"""Rare strings that stand in several otherwise different rows: what a model learns by heart, like a planted canary."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from assay.checks.blocks import Block
from assay.checks.check import Defect, Gathered
from assay.checks.rare_words import WordSample, long_words
from assay.checks.repeat_places import Places
from assay.checks.repeats import Hashes, Known, Repeats, Rows, Seen, grouped
from assay.checks.sights import sight
from assay.checks.strange import SIGNS, strange
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

STRING = Defect(
    code="privacy.repeated_string",
    severity="medium",
    message="rows share a code or number that nobody writes twice by chance, and little else",
    remediation="Look whether it is somebody's number, a key or a canary; keep one row or put another in its place",
)
SEQUENCE = Defect(
    code="privacy.repeated_sequence",
    severity="medium",
    message="rows share a run of words that occur almost nowhere else, and little else",
    remediation=STRING.remediation,
)
LEAST_ROWS = 3
"""Otherwise different rows that make a string repeated."""
MOST_SHARE, MOST_ROWS, MOST_OF_FEW = 0.005, 100, 0.25
"""A string in more rows than the first two allow is a part of the task, no rarity; in small sets than the third."""
_FRAGMENT = 24
"""Characters between two signs that make a run of words worth comparing; shorter ones are anybody's."""
_MOST_FRAGMENTS = 200
_ALIKE = 0.3
"""Share of a row's fragments that stand in another: such rows are versions of one."""
_LOOKED = 30
"""Rows of a string that are compared with each other."""
_MOST_TEXTS, _LONGEST = 100_000, 300
"""Repeated strings whose text is kept, and so much of it."""
_LEAST_RARE, _RARE_SHARE = 4, 0.7
"""Words of a run, of four letters or more, that occur almost only in it."""
_EVEN = 0xFFFFFFFFFFFFFFFE
_CUT = bytes(
    10 if chr(code) in '.!?:;,"()[]{}<>=\n\r\t|*#`' else code + 32 if 65 <= code < 91 else code for code in range(256)
)
_suspect = sight((), SIGNS)


class Memorisation:
    """Codes, numbers and rare runs of words in three or more rows that share little else."""

    def __init__(self) -> None:
        self._repeats = Repeats()
        self._seen, self._whole = Seen(), Known()
        self._texts: dict[int, bytes] = {}
        self._sample = WordSample()
        self._rows = Places()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        self._look([row], frozenset([id(row)]))

    def take(self, block: Block) -> None:
        """Look at the rows of a block."""
        self._look(block.rows, _suspect.places(block))

    def _look(self, rows: Sequence[TrainingRow], suspect: frozenset[int]) -> None:
        told = [_told(row).encode("utf-8", "replace") for row in rows]
        known = self._whole.before(list(map(_key, told))).tolist()
        keys: list[int] = []
        texts: dict[int, bytes] = {}
        for row, data, again in zip(rows, told, known, strict=True):
            if not again:  # else the same row once more
                strings = self._taken(row, data, strange(data) if id(row) in suspect else ())
                keys += strings
                texts |= strings
        for key in self._seen.again(keys):
            if len(self._texts) < _MOST_TEXTS:
                self._texts[key] = texts[key][:_LONGEST]

    def _taken(self, row: TrainingRow, data: bytes, codes: Iterable[bytes]) -> dict[int, bytes]:
        """Takes in a row and the codes in it; gives its strings by their hashes."""
        place = len(self._rows)
        plain = data.translate(_CUT)
        fragments = [part.strip() for part in plain.split(b"\n") if len(part) >= _FRAGMENT][:_MOST_FRAGMENTS]
        strings = {hash(part) & _EVEN: part for part in fragments}  # the last bit tells runs of words from codes
        self._rows.add(row, _key(row.asked.encode("utf-8", "replace")) if row.asked else place, len(strings))
        strings |= {_key(code) | 1: code for code in codes}
        self._repeats.add(place, strings)
        self._sample.add(data, plain)
        return strings

    def findings(self) -> Iterator[Finding]:
        """One finding for strings and one for runs of words in each file."""
        gathered, counts, of_rows = Gathered(), Counter[tuple[str, str]](), defaultdict[int, list[int]](list)
        rare = list(self._rare())
        place = self._rows.places({row for _, rows in rare for row in rows})
        for key, rows in rare:
            for file in {place[row][0] for row in rows}:
                counts[_defect(key).code, file] += 1
            for row in rows:
                of_rows[row].append(key)
        order = {file: number for number, file in enumerate(self._rows.files)}
        for row in sorted(of_rows, key=lambda row: (order[place[row][0]], place[row][1])):
            for key in sorted(of_rows[row], key=lambda key: key & 1):
                shown = _masked(self._texts[key])
                gathered.add(_defect(key), *place[row], shown, shown)
        for finding in gathered.findings():
            told = {"strings": counts[finding.code, finding.where["file"]]}
            if self._repeats.forgotten:
                told["forgotten"] = True
            yield replace(finding, evidence={**finding.evidence, **told})

    def _rare(self) -> Iterator[tuple[int, Sequence[int]]]:
        """Each rare string with its rows."""
        hashes, rows = self._repeats.repeated(2)
        starts, lengths = grouped(hashes)
        count = len(self._rows)
        most = max(MOST_SHARE * count, min(MOST_ROWS, MOST_OF_FEW * count))
        few = (lengths >= LEAST_ROWS) & (lengths <= most)
        standing = {
            key: rows[start : start + length].tolist()
            for key, start, length in zip(
                hashes[starts[few]].tolist(), starts[few].tolist(), lengths[few].tolist(), strict=True
            )
            if key in self._texts and self._unusual(key, length)
        }
        looked = {row for found in standing.values() for row in found[:_LOOKED]}
        shared = _of_rows(looked, hashes, rows)
        asking, size = self._rows.asking(looked)
        usual = self._rows.usual_prompts()
        for key, found in standing.items():
            # Answers to one prompt count once; an instruction that many rows have does not bind them.
            asked = {row if asking[row] in usual else -asking[row]: row for row in found[:_LOOKED]}
            kept = [(shared[row] - self._within(key, shared[row]), size[row]) for row in asked.values()]
            if _apart(kept) >= LEAST_ROWS:
                yield key, found

    def _within(self, key: int, others: set[int]) -> set[int]:
        """Strings that hold this one or that it holds, itself among them: a code and the sentence that tells it."""
        bare = _bare(self._texts[key])
        return {
            other for other in others if (text := _bare(self._texts.get(other, b""))) and (text in bare or bare in text)
        }

    def _unusual(self, key: int, rows: int) -> bool:
        if _is_code(key):
            return True
        words = long_words(self._texts[key])
        if len(words) < _LEAST_RARE:
            return False
        rare = sum(self._sample.almost_only(word, rows) for word in words)
        return rare >= max(_LEAST_RARE, _RARE_SHARE * len(words))


def _key(said: bytes) -> int:
    return hash(said) & 0xFFFFFFFFFFFFFFFF


def _defect(key: int) -> Defect:
    return STRING if _is_code(key) else SEQUENCE


def _is_code(key: int) -> bool:
    return key & 1 == 1


def _told(row: TrainingRow) -> str:
    """What the row says but for its system prompt, which others share on purpose."""
    if not row.prompt or row.prompt[0].role != "system":
        return row.text
    turns = (*row.prompt, *(turn for answer in row.answers for turn in answer))
    return "\n".join([turn.content for turn in turns if turn.role != "system"])


def _of_rows(wanted: set[int], hashes: Hashes, rows: Rows) -> dict[int, set[int]]:
    """The repeated strings of some rows."""
    found: dict[int, set[int]] = {row: set() for row in wanted}
    kept = np.isin(rows, np.array(sorted(wanted), np.uint32))
    for key, row in zip(hashes[kept].tolist(), rows[kept].tolist(), strict=True):
        found[row].add(key)
    return found


def _apart(rows: Sequence[tuple[set[int], int]]) -> int:
    """How many of the rows share little with those before; a row is its repeated strings and the number of all."""
    taken: list[tuple[set[int], int]] = []
    for strings, size in rows:
        if all(len(strings & others) <= max(1, _ALIKE * min(size, other)) for others, other in taken):
            taken.append((strings, size))
        if len(taken) == LEAST_ROWS:
            break
    return len(taken)


def _bare(said: bytes) -> bytes:
    return said.lower().translate(None, b"-_ ")


def _masked(said: bytes) -> str:
    """The first two characters and the length: enough to find it again, too little to tell it."""
    text = said.decode("utf-8", "replace")
    return f"{text[:2]}*** ({len(text)} characters)"
