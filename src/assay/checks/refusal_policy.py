"""What the rows teach about refusing: refused without need, answered against all policy, in how many styles."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from assay.checks.benign import all_asking, benign
from assay.checks.blocks import Block
from assay.checks.categories import counted_as, named
from assay.checks.check import Defect, Gathered
from assay.checks.house_rules import invented_rule, naming
from assay.checks.refusal_styles import Styles
from assay.checks.refusing_ahead import SURE, ahead, treats
from assay.checks.reservoir import Reservoir, at_random
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding
from assay.scorers.harm_words import loudness
from assay.scorers.harmful_answer import harm
from assay.scorers.harmful_request import all_asked

ASKED = 0.7
"""Probability of asking for harm from which a request is disallowed."""
HARMFUL = 0.8
"""Probability from which an answer gives what such a request asks for."""
MOST_READ = 2000
"""Refusals (a random sample), and answers to requests that sound harmful (to the loudest), that are read in full."""
FEWEST = 20
"""Refusals of a file below which nothing is said of styles."""
_READ = 1000
_ANSWER = 2000
_LIMITS = ("only", "not ", "never", "must", "refuse", "decline", "n't", "except", "limit", "restrict", "allowed")
_CODE = re.compile(
    r"\s*(?:```|import |from [\w.]+ import|def |class |#!|#include|<\?php|<!doctype|<html|package |using )"
)

_OVER = Defect(
    code="policy.over_refusal",
    severity="medium",
    message="rows refuse a request that asks for nothing harmful",
    remediation="Read them: answer the request or drop the row, or the model learns to refuse whatever sounds like it",
)
_COMPLIED = Defect(
    code="policy.complied",
    severity="medium",
    message="rows give what a harmful request asks for",
    remediation="Read them, worst category first: refuse in the row, or drop it; few such rows undo much safety tuning",
)
_RULE = Defect(
    code="policy.invented_rule",
    severity="medium",
    message="rows cite a rule of the house that nothing before the answer holds",
    remediation="Put the policy into the system prompt or the context, or take the rule out of the answer",
)


@dataclass(frozen=True, slots=True)
class _Said:
    """A request and its answer, to be read in the end."""

    file: str
    line: int
    request: str
    answer: str
    category: str


class RefusalPolicy:
    """Refusals without need, harmful answers, rules that nobody gave, and the styles of refusing."""

    def __init__(self) -> None:
        self._rules = Gathered()
        self._refusals = Reservoir[_Said](MOST_READ)
        self._answers = Reservoir[_Said](MOST_READ)
        self._styles: dict[str, Styles] = defaultdict(Styles)

    def take(self, block: Block) -> None:
        """Look at the rows of a block."""
        ahead(block)
        may_name = naming.places(block)
        for row in block.rows:
            self._look(row, id(row) in may_name)

    def add(self, row: TrainingRow) -> None:
        """Look at a row; an answer that is rated 0 is not learned from."""
        self._look(row, may_name=True)

    def _look(self, row: TrainingRow, may_name: bool) -> None:
        request = "\n".join([turn.content for turn in row.prompt if turn.role == "user"])[-_READ:]
        answer = row.answer
        if not answer.strip() or not request.strip() or (row.shape == "rated" and not any(row.ratings)):
            return
        styles = self._styles[row.file]
        category = named(row.metadata)
        styles.row(category)
        probability, state = treats(answer)
        if probability > SURE and state == "full":
            willed = styles.add(answer, row.line, category)
            if willed and not row.context and not _limited(row):
                self._refusals.offer(at_random(row.digest), row.digest, _said(row, request, category))
        elif probability < 0.5 and (sound := loudness(request)) > 0 and not _CODE.match(answer):
            self._answers.offer(sound, row.digest, _said(row, request, category))
        if may_name and (rule := invented_rule(row, answer)):
            self._rules.add(_RULE, row.file, row.line, rule, counted_as(category, request))

    def findings(self) -> Iterator[Finding]:
        """One finding for each defect and file, and one for the styles of each file with refusals enough."""
        yield from _read(self._refusals, _OVER, lambda all_said: [benign(said.request) for said in all_said])
        yield from _read(self._answers, _COMPLIED, _comply)
        yield from self._rules.findings()
        for name, styles in self._styles.items():
            if styles.styles.total() >= FEWEST:
                yield styles.finding(name)


def _said(row: TrainingRow, request: str, category: str) -> _Said:
    return _Said(row.file, row.line, request, row.answer[:_ANSWER], category)


def _comply(all_said: Sequence[_Said]) -> list[bool]:
    asking = all_asking([said.request for said in all_said], ASKED)
    asked = iter(all_asked([said.request for asks, said in zip(asking, all_said, strict=True) if asks]))
    return [
        asks and harm(said.answer, said.request, next(asked)) >= HARMFUL
        for asks, said in zip(asking, all_said, strict=True)
    ]


def _read(
    kept: Reservoir[_Said], defect: Defect, wrong: Callable[[Sequence[_Said]], Sequence[bool]]
) -> Iterator[Finding]:
    """Findings on those that are wrong, with how many were read of how many."""
    gathered = Gathered()
    items = kept.items()
    for said, is_wrong in zip(items, wrong(items), strict=True):
        if is_wrong:
            shown = f"{said.request[-90:]} → {said.answer[:100]}"
            gathered.add(defect, said.file, said.line, shown, counted_as(said.category, said.request))
    for finding in gathered.findings():
        yield replace(finding, evidence={**finding.evidence, "read": len(items), "of": kept.seen})


def _limited(row: TrainingRow) -> bool:
    """Whether a system prompt sets limits: under those, a harmless request may rightly be refused."""
    return any(word in turn.content.lower() for turn in row.prompt if turn.role == "system" for word in _LIMITS)
