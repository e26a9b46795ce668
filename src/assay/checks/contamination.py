"""Rows that hold evaluation items: word for word, in other words, or with the expected answer."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.checks.bags import STEM, bags
from assay.checks.blocks import Block, Waiting, turns_of
from assay.checks.joined_words import apart, joined
from assay.checks.overlap import KEY, REPHRASED, VERBATIM, Overlap
from assay.checks.suites import Known, Suite, given, item_text, suites_of, thresholds
from assay.checks.verbatim import SHARE, Verbatim
from assay.checks.words import BLOCK, hashed
from assay.domain.errors import EvidenceError
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

FALSE_ALARMS = 1e-3
"""Share of same-style questions that may be taken for a rephrased item; several suites share it."""
_CUT = 400
_QUESTIONS = 4096
"""Questions that are compared at once, for which fewer rows than that wait."""
_PARAGRAPHS = re.compile(r"\n\s*\n")


HITS = (VERBATIM, REPHRASED, KEY)
"""Codes of findings that an item of an evaluation set stands in the data."""
UNCALIBRATED = "contamination.uncalibrated"
"""Code of the finding that items of a suite were not looked for in other words."""
CODES = (*HITS, UNCALIBRATED)
"""Codes of its findings."""


@dataclass(slots=True)
class _Questions:
    """Texts that may be rephrased items, until there are enough of them."""

    texts: list[str] = field(default_factory=list)
    rows: list[TrainingRow] = field(default_factory=list)
    met: set[tuple[int, int]] = field(default_factory=set)
    """(question, suite) of those that hold an item of the suite word for word."""
    size: int = 0

    def add(self, text: str, row: TrainingRow) -> None:
        self.texts.append(text)
        self.rows.append(row)
        self.size += len(text)


class Contamination:
    """Holds evaluation sets and takes rows one by one; remembers lines and a few examples only.

    Args:
        against: Rows of the evaluation sets: each file is a suite, the last user turn of a row its item, the answer
            what is expected.
        sealed: By name, what `Verbatim.sealed` wrote of sets whose texts must not be here; found word for word only.
        share: Share of an item's runs of 13 words that a row must hold.
        false_alarms: Share of same-style questions that may be taken for a rephrased item of any suite.

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
        open_ = list(suites_of(against))
        self.suites = [*open_, *(Suite(name=name) for name in sealed or {})]
        """The evaluation sets."""
        self._thresholds = thresholds(self.suites, false_alarms)
        begins = np.cumsum([0, *(len(suite.texts) for suite in open_)]).tolist()
        every = Verbatim([text for suite in open_ for text in suite.texts])
        self._known = [Known(every, tuple(range(len(open_))), tuple(begins[:-1]))] if open_ else []
        for number, (name, data) in enumerate((sealed or {}).items(), start=len(open_)):
            try:
                self._known.append(Known(Verbatim.unsealed(data), (number,), (0,)))
            except EvidenceError as error:
                raise EvidenceError(f"{name}: {error}") from error
        self._found: dict[tuple[str, str, str], Overlap] = {}
        self._asked: Counter[str] = Counter()
        self._waiting = Waiting()
        self._questions = _Questions()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        for block in self._waiting.add(row):
            self.take(block)

    def findings(self) -> Iterator[Finding]:
        """One finding per kind, suite and file; before them the suites whose rephrased items cannot be told apart."""
        for block in self._waiting.rest():
            self.take(block)
        self._ask()
        yield from self._uncalibrated()
        limits = {suite.name: limit for suite, limit in zip(self.suites, self._thresholds, strict=True)}
        for (code, suite, file), hits in self._found.items():
            taken = len(self._found.get((REPHRASED, suite, file), hits).texts)
            yield hits.finding(code, suite, file, limits.get(suite), taken=taken, asked=self._asked[file])

    def _uncalibrated(self) -> Iterator[Finding]:
        for suite, limit in zip(self.suites, self._thresholds, strict=True):
            if limit is None or limit.least < np.inf:
                continue
            yield Finding(
                code=UNCALIBRATED,
                severity="info",
                message=f"rephrased items of {suite.name} were not looked for: too few items that stand alone",
                where={"file": suite.name, "lines": []},
                evidence={"suite": suite.name, "items": len(suite.lines), "n": limit.n_with_numbers + limit.n_without},
                remediation="Read the findings of verbatim items; a set of one form cannot be told from its own style",
            )

    def take(self, block: Block) -> None:
        """Look at the turns of a block; of rows without a prompt at the paragraphs."""
        places: dict[int, int] = {}
        bounds = block.bounds.tolist()
        for row, begin in zip(block.rows, bounds, strict=False):
            for place, turn in enumerate(turns_of(row) if row.prompt else (), start=begin):
                if turn.role == "user":
                    places[place] = len(self._questions.texts)
                    self._questions.add(turn.content, row)
        for known in self._known:
            for text, suite, item, share in known.hits(block.words, self._share):
                row = block.rows[bisect_right(bounds, text) - 1]
                if row.prompt:
                    self._verbatim(suite, row, block.turns[text].content, item, share, places.get(text))
        self._apart(block, bounds, places)
        alone = [row for row in block.rows if not row.prompt]
        if alone:
            self._paragraphs(alone)
        if len(self._questions.texts) >= _QUESTIONS or self._questions.size >= 4 * BLOCK:
            self._ask()

    def _apart(self, block: Block, bounds: Sequence[int], questions: Mapping[int, int]) -> None:
        """Looks once more at turns whose words are joined by capitals, with these words apart."""
        turns = joined(block)
        found = hashed([apart(block.turns[turn].content) for turn in turns])
        for known in self._known:
            for place, suite, item, share in known.hits(found, self._share):
                row, turn = block.rows[bisect_right(bounds, turns[place]) - 1], turns[place]
                self._verbatim(suite, row, block.turns[turn].content, item, share, questions.get(turn))

    def _paragraphs(self, rows: Sequence[TrainingRow]) -> None:
        texts: list[tuple[TrainingRow, str, int | None]] = []
        for row in rows:
            whole = row.text
            for part in _PARAGRAPHS.split(whole):
                texts.append((row, part, len(self._questions.texts)))
                self._questions.add(part, row)
            if "\n" in whole.strip():
                texts.append((row, whole, None))
        found = hashed([text for _, text, _ in texts])
        for known in self._known:
            for place, suite, item, share in known.hits(found, self._share):
                row, text, question = texts[place]
                self._verbatim(suite, row, text, item, share, question)

    def _verbatim(self, suite: int, row: TrainingRow, text: str, item: int, share: float, question: int | None) -> None:
        if question is not None:
            self._questions.met.add((question, suite))
        self._hit(VERBATIM, self.suites[suite], row, text, item, share=round(share, 3))

    def _ask(self) -> None:
        """Holds the questions that wait against the items in other words."""
        asked, self._questions = self._questions, _Questions()
        if not asked.texts or all(limit is None for limit in self._thresholds):
            return
        self._asked.update(row.file for row in asked.rows)
        read = bags(hashed(asked.texts, STEM))
        for number, (suite, limit) in enumerate(zip(self.suites, self._thresholds, strict=True)):
            if suite.rephrased is None or limit is None:
                continue
            near = suite.rephrased.rephrasing(read, limit.least)
            for place in np.flatnonzero(suite.rephrased.alarms(near, limit)).tolist():
                if (place, number) not in asked.met:
                    self._hit(
                        REPHRASED,
                        suite,
                        asked.rows[place],
                        asked.texts[place],
                        int(near.item[place]),
                        score=round(float(near.score[place]), 3),
                    )

    def _hit(self, code: str, suite: Suite, row: TrainingRow, text: str, item: int, **evidence: float) -> None:
        self._note(code, suite, row, text, item, **evidence)
        if suite.keys and suite.keys[item] and given(suite.keys[item], row):
            self._note(KEY, suite, row, text, item, key=suite.keys[item][:_CUT], **evidence)

    def _note(self, code: str, suite: Suite, row: TrainingRow, text: str, item: int, **evidence: Any) -> None:
        hits = self._found.setdefault((code, suite.name, row.file), Overlap())
        example: dict[str, Any] = {"line": row.line, "text": text[:_CUT]}
        if suite.texts:
            example |= {"item_line": suite.lines[item], "item": suite.texts[item][:_CUT]}
        hits.add(row.line, suite.lines[item] if suite.lines else item, example | evidence, text)


def seal(rows: Sequence[TrainingRow]) -> bytes:
    """An evaluation set as hashes, for a file that may lie beside the training data."""
    return Verbatim([item_text(row) for row in rows]).sealed()
