"""Claims that rows repeat, and claims of rows that contradict each other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from assay.checks.arithmetic import marked_as_bad
from assay.checks.blocks import Block
from assay.checks.check import Defect, located
from assay.checks.stated_facts import READ, Fact, final, marking, stated, stating
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding
from assay.scorers.overconfidence import claims_something

CONTRADICTING = Defect(
    code="synthetic.contradicting_claims",
    severity="medium",
    message="rows give another value for the same question or fact than most rows that give one",
    remediation="Look the fact up and take the wrong rows out; where each may be right, make the questions differ",
)
REPEATED = Defect(
    code="synthetic.repeated_claim",
    severity="low",
    message="rows state a sentence with a number or a name that many other answers state too",
    remediation="Look the sentence up: repeated often it is learned as sure, right or wrong; drop most of its rows",
)
SAMPLED = Defect(
    code="synthetic.claims_sampled",
    severity="info",
    message="rows hold more facts and sentences than are compared",
    remediation="Check parts of the data by themselves, if every fact and every sentence must be compared",
)
_ALL = 50_000
_QUARTER = frozenset("0123")
"""Of rows after the first 50,000, those whose digest begins so are read for sentences: a random quarter of them."""
_EXAMPLES = 20
_TELLS = re.compile(r"\d|[a-z,;] [A-Z][a-z]{2}")
_OF_THE_TALK = re.compile(
    r"\W*(?:i|we|you|let|please|sorry|thank|as an?|this is (?:a|an) (?:question|task)|step|here"
    r"|to (?:determine|find|solve|check)"
    r"|[\w ]{1,20}:)(?!\w)|.{0,60}\b(?:i'?m|i am|i can|i do|we can|we need|your (?:question|request))\b",
    re.IGNORECASE,
)
"""Sentences about the answer or its writer, which state nothing of the world."""
_BUCKETS = 1 << 23
"""Counters by hash, a byte each: only a sentence that was seen five times is kept."""
_SEEN = 5
_FEWEST = 10
_SHARE = 0.002
_MOST_TEXTS = 20_000
_MOST_FACTS = 500_000
_MOST_REPEATED = 50_000
_MOST_ROWS = 1000
MOST_HELD = 500_000
"""Values and rows of facts that are held, and as many rows of sentences: some 100 bytes each."""
_CLAIMS_A_ROW = 12
_FACT_FEWEST = 3
_FACT_MAJORITY = 0.6


@dataclass(slots=True)
class _Value:
    """Rows that give one value: the first, and how many."""

    said: str
    count: int = 0
    last: tuple[str, int] = ("", -1)
    rows: list[tuple[str, int]] = field(default_factory=list)

    def add(self, row: tuple[str, int], *, held: bool) -> bool:
        """Count a row, once; says whether its place was kept, which it may be where there is room for it."""
        if row == self.last:
            return False
        self.count, self.last = self.count + 1, row
        if held and len(self.rows) < _MOST_ROWS:
            self.rows.append(row)
            return True
        return False


class Claims:
    """Claims that many rows share, and values that differ for one question or fact.

    Contradicting are rows with the same turns before the answer whose marked end (`#### 12`, `The answer is 12`,
    yes or no to a closed question) differs, and sentences of a form that allows one value ("X was founded in 1901",
    "The capital of X is Y") that differ from what at least three rows and most rows say. Of a tie all rows are named.
    After 50,000 rows sentences are read in a quarter of the rows; how answers end is read in all. Where there are too
    many facts the later ones are counted and not compared; of the rows with one sentence every second is held, then
    again every second, by what they ask.
    """

    def __init__(self, most: int = MOST_HELD) -> None:
        self._first: dict[bytes, tuple[str, str, int]] = {}
        self._facts: dict[bytes, tuple[str, dict[str, _Value]]] = {}
        self._rows = 0
        self._read = 0
        self._buckets = bytearray(_BUCKETS)
        self._texts: dict[int, tuple[str, dict[int, tuple[str, int]]]] = {}
        self._file = ""
        self._most = most
        self._held = self._holders = self._halved = self._left_out = 0

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        self._look(row, may_state=True, may_mark=True)

    def take(self, block: Block) -> None:
        """Look at the rows of a block."""
        may_state, may_mark = stating.places(block), marking.places(block)
        for row in block.rows:
            self._look(row, id(row) in may_state, id(row) in may_mark)

    def _look(self, row: TrainingRow, may_state: bool, may_mark: bool) -> None:
        self._rows += 1
        self._file = self._file or row.file
        answer = row.answer
        if not answer or marked_as_bad(row):
            return
        if row.shape != "text" and row.asked:
            fact = final(row.asked, answer, may_mark)
            if fact is not None:
                before = "\x00".join(turn.content for turn in row.prompt[:-1])
                self._take(row, fact, f"answer\x00{fact.key}\x00{before}")
        if self._rows > _ALL and row.digest[7:8] not in _QUARTER:
            return
        self._read += 1
        for fact in stated(answer) if may_state else ():
            self._take(row, fact, "fact\x00" + fact.key)
        self._sentences(row, answer)

    def _take(self, row: TrainingRow, fact: Fact, key: str) -> None:
        place = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        known = self._facts.get(place)
        if known is None:
            first = self._first.get(place)
            if first is None:
                if len(self._first) < _MOST_FACTS:
                    self._first[place] = (fact.value, row.file, row.line)
                else:
                    self._left_out += 1
                return
            if len(self._facts) >= _MOST_REPEATED:
                self._left_out += 1
                return
            value, file, line = first
            known = self._facts[place] = (key[:200], {value: _Value(value)})
            self._held += 1 + known[1][value].add((file, line), held=True)
        held = known[1].get(fact.value)
        if held is None:
            if self._held >= self._most:
                self._left_out += 1
                return
            self._held += 1
            held = known[1][fact.value] = _Value(fact.said[:200])
        self._held += held.add((row.file, row.line), held=self._held < self._most)

    def _sentences(self, row: TrainingRow, answer: str) -> None:
        for said in answer[:READ].replace("\n", ". ").split(". ", _CLAIMS_A_ROW)[:_CLAIMS_A_ROW]:
            if not 40 <= len(said) <= 300:
                continue
            key = hash(said)
            place = key % _BUCKETS
            if self._buckets[place] < _SEEN:
                self._buckets[place] += 1
            elif key in self._texts or (len(self._texts) < _MOST_TEXTS and _TELLS.search(said)):
                self._hold(self._texts.setdefault(key, (said, {}))[1], row)

    def _hold(self, holders: dict[int, tuple[str, int]], row: TrainingRow) -> None:
        """Keep the place of a row with a sentence, one for each question."""
        asked = crc32((row.asked if row.shape != "text" else str(row.line)).encode("utf-8", "replace"))
        if asked in holders or asked >> (32 - self._halved):
            return
        holders[asked] = (row.file, row.line)
        self._holders += 1
        while self._holders > self._most and self._halved < 32:
            self._halved += 1
            for _, each in self._texts.values():
                for gone in [number for number in each if number >> (32 - self._halved)]:
                    del each[gone]
            self._holders = sum(len(each) for _, each in self._texts.values())

    def findings(self) -> Iterator[Finding]:
        """One finding for each defect and file."""
        yield from _by_file(CONTRADICTING, list(self._contradictions()), self._rows)
        one_in = 1 << self._halved
        least = (max(_FEWEST, _SHARE * self._read) - _SEEN) / one_in
        often = [
            (said, holders)
            for said, holders in self._texts.values()
            if len(holders) >= least and claims_something(said) and not _OF_THE_TALK.match(said)
        ]
        told = [
            ({"claim": said[:300], "rows": len(holders) * one_in + _SEEN}, list(holders.values()), 0)
            for said, holders in sorted(often, key=lambda one: (-len(one[1]), one[0]))
        ]
        yield from _by_file(REPEATED, told, self._read)
        if self._left_out or self._halved or len(self._texts) >= _MOST_TEXTS:
            yield self._sampled()

    def _sampled(self) -> Finding:
        held = {"facts_left_out": self._left_out, "sentences_one_in": 1 << self._halved}
        return Finding(
            code=SAMPLED.code,
            severity=SAMPLED.severity,
            message=f"{self._left_out:,} values of facts beyond the first were not compared; {len(self._texts):,} "
            f"repeated sentences were held, rows of one in {1 << self._halved:,} questions",
            where={"file": self._file, "lines": []},
            evidence={"rows": 0, **held, "sentences_held": len(self._texts)},
            remediation=SAMPLED.remediation,
        )

    def _contradictions(self) -> Iterator[_Told]:
        for key, values in self._facts.values():
            if len(values) < 2:
                continue
            kind, _, about = key.partition("\x00")
            ordered = sorted(values.items(), key=lambda one: (-one[1].count, one[0]))
            most, total = ordered[0][1].count, sum(value.count for value in values.values())
            if kind == "fact" and (most < _FACT_FEWEST or most < _FACT_MAJORITY * total):
                continue
            told = ordered if ordered[1][1].count == most else ordered[1:]
            rows = [row for _, value in told for row in value.rows]
            given = [{"value": name, "rows": one.count, "said": one.said} for name, one in ordered[:6]]
            left = sum(value.count for _, value in told) - len(rows)
            yield {"about": about.rstrip("\x00")[:200], "values": given}, rows, left


_Told = tuple[dict[str, Any], list[tuple[str, int]], int]
"""What is said of rows, those that are known by their place, and how many more there are."""


def _by_file(defect: Defect, told: Sequence[_Told], rows_read: int) -> Iterator[Finding]:
    """Findings of each file, the groups with most rows as examples."""
    files: dict[str, list[_Told]] = {}
    for one in told:
        for file in {file: None for file, _ in one[1]}:
            files.setdefault(file, []).append(one)
    for file, groups in files.items():
        lines = sorted({line for _, rows, _ in groups for name, line in rows if name == file})
        evidence: dict[str, Any] = {"rows_read": rows_read, "groups": len(groups)}
        if left := sum(more for _, _, more in groups):
            evidence["rows_not_listed"] = left
        examples = [_example(about, rows, file) for about, rows, _ in groups[:_EXAMPLES]]
        yield located(defect, file, lines, {**evidence, "examples": examples})


def _example(evidence: dict[str, Any], rows: Sequence[tuple[str, int]], file: str) -> dict[str, Any]:
    line = next(line for name, line in rows if name == file)
    if "claim" in evidence:
        return {"line": line, "text": evidence["claim"], "rows": evidence["rows"]}
    said = ", ".join(f"{each['value']} ({each['rows']})" for each in evidence["values"])
    return {"line": line, "text": f"{said}: {evidence['about']}", "values": evidence["values"]}
