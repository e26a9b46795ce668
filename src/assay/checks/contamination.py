"""Rows that hold evaluation items: word for word, in other words, or with the expected answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.checks.check import numbered
from assay.checks.rephrased import Rephrased
from assay.checks.verbatim import SHARE, SIZE, Verbatim
from assay.checks.words import BLOCK, hashed, words
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding, Severity

FALSE_ALARMS = 1e-3
"""Share of same-style questions that may be taken for a rephrased item."""
_MOST_LINES = 10_000
_EXAMPLES = 5
_CUT = 400
_KEY_WORDS = 3
"""Words from which an expected answer inside a longer one is no accident."""
_PARAGRAPHS = re.compile(r"\n\s*\n")
_ANSWER = re.compile(r"####\s*(.+)\s*$")
"""Where the answer of a worked solution stands by convention, as in GSM8K."""
_SEVERITY: Mapping[str, Severity] = {
    "contamination.verbatim": "high",
    "contamination.rephrased": "high",
    "contamination.key": "critical",
}
_MESSAGE = {
    "contamination.verbatim": "rows hold items of {suite} word for word",
    "contamination.rephrased": "rows say items of {suite} in other words",
    "contamination.key": "rows hold items of {suite} with the expected answer",
}
_REMEDY = {
    "contamination.verbatim": "Take these rows out, or leave the items out of the suite: their score is memory",
    "contamination.rephrased": "Read the pairs side by side; take out the rows that ask the same, or the items",
    "contamination.key": "Take these rows out before training; a suite whose answers were trained on measures nothing",
}


CODES = (*_SEVERITY, "contamination.uncalibrated")
"""Codes of its findings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One evaluation set."""

    name: str
    """File it came from."""
    verbatim: Verbatim
    """Its items word for word."""
    lines: Sequence[int] = ()
    """Line of each item; empty for a sealed set."""
    texts: Sequence[str] = ()
    """What each item asks; empty for a sealed set."""
    keys: Sequence[str] = ()
    """Expected answer of each item, empty where there is none; empty for a sealed set."""
    rephrased: Rephrased | None = None
    """Its items in other words; None for a sealed set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """A part of a row that is compared."""

    row: TrainingRow
    text: str
    asked: bool
    """Whether it may be a rephrased question: a user turn, or a paragraph of plain text."""


@dataclass(slots=True)
class _Hits:
    lines: set[int] = field(default_factory=set)
    items: set[int] = field(default_factory=set)
    examples: list[dict[str, Any]] = field(default_factory=list)


class Contamination:
    """Holds evaluation sets and takes rows one by one; remembers lines and a few examples only.

    Args:
        against: Rows of the evaluation sets: each file is a suite, the last user turn of a row its item, the answer
            what is expected.
        sealed: By name, what `Verbatim.sealed` wrote of sets whose texts must not be here; found word for word only.
        share: Share of an item's runs of 13 words that a row must hold.
        false_alarms: Share of same-style questions that may be taken for a rephrased item.

    Raises:
        EvidenceError: A sealed set is not what `Verbatim.sealed` wrote.

    Examples:
        >>> from assay.domain.sample import Message
        >>> asked = "Which planet of our solar system is the largest one, and how many moons has it got in all?"
        >>> def row(file, text):
        ...     return TrainingRow(file=file, line=1, shape="chat", prompt=(Message(role="user", content=text),))
        >>> check = Contamination([row("quiz.jsonl", asked)])
        >>> check.add(row("train.jsonl", "A quiz: " + asked.upper()))
        >>> [(one.code, one.evidence["suite"]) for one in check.findings()]
        [('contamination.uncalibrated', 'quiz.jsonl'), ('contamination.verbatim', 'quiz.jsonl')]
    """

    def __init__(
        self,
        against: Sequence[TrainingRow] = (),
        *,
        sealed: Mapping[str, bytes] | None = None,
        share: float = SHARE,
        false_alarms: float = FALSE_ALARMS,
    ) -> None:
        self._share = share
        self._false_alarms = false_alarms
        self.suites = [*_suites(against), *(_sealed(name, data) for name, data in (sealed or {}).items())]
        """The evaluation sets."""
        self._thresholds = [
            None if suite.rephrased is None else suite.rephrased.threshold(false_alarms) for suite in self.suites
        ]
        self._found: dict[tuple[str, str, str], _Hits] = {}
        self._waiting: list[_Unit] = []
        self._size = 0

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        for unit in _units(row):
            self._waiting.append(unit)
            self._size += len(unit.text)
        if self._size >= BLOCK:
            self._flush()

    def findings(self) -> Iterator[Finding]:
        """One finding per kind, suite and file; before them the suites whose rephrased items cannot be told apart."""
        self._flush()
        yield from self._uncalibrated()
        for (code, suite, file), hits in self._found.items():
            lines = sorted(hits.lines)
            yield Finding(
                code=code,
                severity=_SEVERITY[code],
                message=numbered(len(lines), _MESSAGE[code].format(suite=suite)),
                where={"file": file, "lines": lines[:_MOST_LINES]},
                evidence={
                    "rows": len(lines),
                    "suite": suite,
                    "items": len(hits.items),
                    "item_lines": sorted(hits.items)[:_MOST_LINES],
                    "examples": hits.examples,
                },
                remediation=_REMEDY[code],
            )

    def _uncalibrated(self) -> Iterator[Finding]:
        for suite, limit in zip(self.suites, self._thresholds, strict=True):
            if limit is None or min(limit.with_numbers, limit.without) < np.inf:
                continue
            yield Finding(
                code="contamination.uncalibrated",
                severity="info",
                message=f"rephrased items of {suite.name} were not looked for: too few items that stand alone",
                where={"file": suite.name, "lines": []},
                evidence={"suite": suite.name, "items": len(suite.lines), "n": limit.n_with_numbers + limit.n_without},
                remediation="Read the findings of verbatim items; a set of one form cannot be told from its own style",
            )

    def _flush(self) -> None:
        units, self._waiting, self._size = self._waiting, [], 0
        if not units:
            return
        found = hashed([unit.text for unit in units])
        asked = [place for place, unit in enumerate(units) if unit.asked]
        questions = [units[place].text for place in asked]
        for suite, limit in zip(self.suites, self._thresholds, strict=True):
            hits = suite.verbatim.hits(found, self._share)
            seen = set()
            for text, item, share in zip(hits.text.tolist(), hits.item.tolist(), hits.share.tolist(), strict=True):
                self._hit("contamination.verbatim", suite, units[text], item, share=round(share, 3))
                seen.add(text)
            if suite.rephrased is None or limit is None or not asked:
                continue
            near = suite.rephrased.nearest(questions)
            for place in np.flatnonzero(suite.rephrased.alarms(near, limit)).tolist():
                if asked[place] not in seen:
                    self._hit(
                        "contamination.rephrased",
                        suite,
                        units[asked[place]],
                        int(near.item[place]),
                        score=round(float(near.score[place]), 3),
                    )

    def _hit(self, code: str, suite: Suite, unit: _Unit, item: int, **evidence: float) -> None:
        self._note(code, suite, unit, item, **evidence)
        if suite.keys and suite.keys[item] and _given(suite.keys[item], unit.row):
            self._note("contamination.key", suite, unit, item, key=suite.keys[item][:_CUT], **evidence)

    def _note(self, code: str, suite: Suite, unit: _Unit, item: int, **evidence: Any) -> None:
        hits = self._found.setdefault((code, suite.name, unit.row.file), _Hits())
        fresh = unit.row.line not in hits.lines
        hits.lines.add(unit.row.line)
        hits.items.add(suite.lines[item] if suite.lines else item)
        if fresh and len(hits.examples) < _EXAMPLES:
            example = {"line": unit.row.line, "text": unit.text[:_CUT]}
            if suite.texts:
                example |= {"item_line": suite.lines[item], "item": suite.texts[item][:_CUT]}
            hits.examples.append(example | evidence)


def seal(rows: Sequence[TrainingRow]) -> bytes:
    """An evaluation set as hashes, for a file that may lie beside the training data."""
    return Verbatim([_item(row) for row in rows]).sealed()


def _suites(against: Sequence[TrainingRow]) -> Iterator[Suite]:
    files: dict[str, list[TrainingRow]] = {}
    for row in against:
        files.setdefault(row.file, []).append(row)
    for name, rows in files.items():
        texts = [_item(row) for row in rows]
        yield Suite(
            name=name,
            lines=[row.line for row in rows],
            texts=texts,
            keys=[row.answer if row.prompt else "" for row in rows],
            verbatim=Verbatim(texts),
            rephrased=Rephrased(texts),
        )


def _sealed(name: str, data: bytes) -> Suite:
    return Suite(name=name, verbatim=Verbatim.unsealed(data))


def _item(row: TrainingRow) -> str:
    return row.asked or row.text


def _units(row: TrainingRow) -> Iterator[_Unit]:
    if not row.prompt:
        for part in _PARAGRAPHS.split(row.text):
            yield _Unit(row=row, text=part, asked=True)
        if "\n" in row.text.strip():
            yield _Unit(row=row, text=row.text, asked=False)
        return
    for turn in row.prompt:
        yield _Unit(row=row, text=turn.content, asked=turn.role == "user")
    for answer in row.answers:
        for turn in answer:
            yield _Unit(row=row, text=turn.content, asked=turn.role == "user")


def _given(key: str, row: TrainingRow) -> bool:
    """Whether what is learned from the row holds an expected answer: a long one anywhere, a short one as its end."""
    said = words(row.answer if row.prompt else row.text)
    last = _ANSWER.search(key)
    forms = [words(key), words(last[1]) if last else []]
    return any(own and _holds(said, own) for own in forms)


def _holds(said: Sequence[str], key: Sequence[str]) -> bool:
    if said[-len(key) :] == key or (len(said) <= SIZE and said[: len(key)] == key):
        return True
    return len(key) >= _KEY_WORDS and f" {' '.join(key)} " in f" {' '.join(said)} "
