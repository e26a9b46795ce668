"""Claims that rows repeat, and claims of rows that contradict each other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from assay.checks.arithmetic import marked_as_bad
from assay.checks.blocks import Block
from assay.checks.check import MOST_LINES, Defect, located
from assay.checks.stated_facts import READ, Fact, final, stated, stating
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
_CLAIMS_A_ROW = 12
_FACT_FEWEST = 3
_FACT_MAJORITY = 0.6


@dataclass(slots=True)
class _Value:
    """Rows that give one value."""

    said: str
    rows: dict[tuple[str, int], None] = field(default_factory=dict)


class Claims:
    """Claims that many rows share, and values that differ for one question or fact.

    Contradicting are rows with the same turns before the answer whose marked end (`#### 12`, `The answer is 12`,
    yes or no to a closed question) differs, and sentences of a form that allows one value ("X was founded in 1901",
    "The capital of X is Y") that differ from what at least three rows and most rows say. Of a tie all rows are named.
    After 50,000 rows sentences are read in a quarter of the rows; how answers end is read in all.
    """

    def __init__(self) -> None:
        self._first: dict[bytes, tuple[str, str, int]] = {}
        self._facts: dict[bytes, tuple[str, dict[str, _Value]]] = {}
        self._rows = 0
        self._read = 0
        self._buckets = bytearray(_BUCKETS)
        self._texts: dict[int, tuple[str, dict[int, tuple[str, int]]]] = {}

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        self._look(row, may_state=True)

    def take(self, block: Block) -> None:
        """Look at the rows of a block."""
        may_state = set(map(id, stating(block)))
        for row in block.rows:
            self._look(row, id(row) in may_state)

    def _look(self, row: TrainingRow, may_state: bool) -> None:
        self._rows += 1
        answer = row.answer
        if not answer or marked_as_bad(row):
            return
        if row.shape != "text" and row.asked:
            fact = final(row.asked, answer)
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
                return
            if len(self._facts) >= _MOST_REPEATED:
                return
            value, file, line = first
            known = self._facts[place] = (key[:200], {value: _Value(value, {(file, line): None})})
        held = known[1].setdefault(fact.value, _Value(fact.said[:200]))
        if len(held.rows) < _MOST_ROWS:
            held.rows[row.file, row.line] = None

    def _sentences(self, row: TrainingRow, answer: str) -> None:
        asked = hash(row.asked) if row.shape != "text" else row.line
        for said in answer[:READ].replace("\n", ". ").split(". ", _CLAIMS_A_ROW)[:_CLAIMS_A_ROW]:
            if not 40 <= len(said) <= 300:
                continue
            key = hash(said)
            place = key % _BUCKETS
            if self._buckets[place] < _SEEN:
                self._buckets[place] += 1
            elif key in self._texts or (len(self._texts) < _MOST_TEXTS and _TELLS.search(said)):
                holders = self._texts.setdefault(key, (said, {}))[1]
                if len(holders) < MOST_LINES:
                    holders.setdefault(asked, (row.file, row.line))

    def findings(self) -> Iterator[Finding]:
        """One finding for each defect and file."""
        yield from _by_file(CONTRADICTING, list(self._contradictions()), self._rows)
        least = max(_FEWEST, _SHARE * self._read) - _SEEN
        often = [
            (said, holders)
            for said, holders in self._texts.values()
            if len(holders) >= least and claims_something(said) and not _OF_THE_TALK.match(said)
        ]
        told = [
            ({"claim": said[:300], "rows": len(holders) + _SEEN}, list(holders.values()))
            for said, holders in sorted(often, key=lambda one: (-len(one[1]), one[0]))
        ]
        yield from _by_file(REPEATED, told, self._read)

    def _contradictions(self) -> Iterator[tuple[dict[str, Any], list[tuple[str, int]]]]:
        for key, values in self._facts.values():
            if len(values) < 2:
                continue
            kind, _, about = key.partition("\x00")
            ordered = sorted(values.items(), key=lambda one: (-len(one[1].rows), one[0]))
            most, total = len(ordered[0][1].rows), sum(len(value.rows) for value in values.values())
            if kind == "fact" and (most < _FACT_FEWEST or most < _FACT_MAJORITY * total):
                continue
            tied = len(ordered[1][1].rows) == most
            rows = [row for _, value in (ordered if tied else ordered[1:]) for row in value.rows]
            given = [{"value": name, "rows": len(one.rows), "said": one.said} for name, one in ordered[:6]]
            yield {"about": about.rstrip("\x00")[:200], "values": given}, rows


_Told = tuple[dict[str, Any], list[tuple[str, int]]]


def _by_file(defect: Defect, told: Sequence[_Told], rows_read: int) -> Iterator[Finding]:
    """Findings of each file, the groups with most rows as examples."""
    files: dict[str, list[_Told]] = {}
    for evidence, rows in told:
        for file in {file: None for file, _ in rows}:
            files.setdefault(file, []).append((evidence, rows))
    for file, groups in files.items():
        lines = sorted({line for _, rows in groups for name, line in rows if name == file})
        examples = [_example(evidence, rows, file) for evidence, rows in groups[:_EXAMPLES]]
        yield located(defect, file, lines, {"rows_read": rows_read, "groups": len(groups), "examples": examples})


def _example(evidence: dict[str, Any], rows: Sequence[tuple[str, int]], file: str) -> dict[str, Any]:
    line = next(line for name, line in rows if name == file)
    if "claim" in evidence:
        return {"line": line, "text": evidence["claim"], "rows": evidence["rows"]}
    said = ", ".join(f"{each['value']} ({each['rows']})" for each in evidence["values"])
    return {"line": line, "text": f"{said}: {evidence['about']}", "values": evidence["values"]}
