"""Traces of the judge in what is to be learned: its words inside answers, and its own model among the chosen ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from assay.checks.check import Defect, Gathered
from assay.checks.drawn import Sampled
from assay.checks.sides import Sides, prompt_key, sides, word
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding, Severity
from assay.statistics.signs import signs, smallest_bias

CODES = ("preference.own_model",)
"""Findings that are made otherwise than from a defect."""

WORDS = Defect(
    code="preference.judge_words",
    severity="high",
    message="rows have an answer with a judge's words about two answers",
    remediation="Take the judge's text out of the answers: the model learns to write verdicts",
)
_JUDGES = ("judge", "judge_model", "annotator_model", "ranker", "rater_model", "evaluator", "judged_by")
_TOLD = re.compile(
    r"\[\[(?:[ABC]|A>{1,2}B|B>{1,2}A|A=B|\d{1,2}(?:\.\d)?)\]\]"
    r"|\b(?:response|assistant|answer|model|output|completion) (?:A|B|1|2)(?:'s (?:response|answer|output))?"
    r" (?:is|was|provides?|gives?|offers?|does|has|seems|appears|lacks|contains) (?:\w+ ){0,4}"
    r"(?:better|worse|more|less|preferred|superior|inferior|stronger|weaker|clearer|correct|incorrect|helpful)\b"
    r"|\b(?:both|the two) (?:responses|assistants|answers|models|outputs)"
    r" (?:\w+ ){0,3}(?:the (?:user|question|prompt|instruction)|correct|helpful|similar)"
    r"|\b(?:the (?:chosen|rejected|preferred) (?:response|answer|output))\b"
    r"|\b(?:my )?final verdict(?: is)?\s*:",
    re.IGNORECASE,
)
_NAMES = ("response ", "assistant ", "answer ", "model ", "output ", "completion ")
_HINTS = ("[[", "both ", "the two ", "the chosen", "the rejected", "the preferred", "verdict", *_NAMES)
"""What stands in every text with a judge's words, in lower case: quicker to look for than the words."""
_ASKED = re.compile(
    r"\b(?:responses?|answers?|assistants?|outputs?|judge|verdict|evaluat\w+|compar\w+)\b", re.IGNORECASE
)
_READ = 20_000
_ALPHA = 0.05
_FEWEST = 10


class JudgeLeaks:
    """Looks for a judge's words in both answers of every pair, and counts how often a judge prefers its own model."""

    def __init__(self) -> None:
        self._gathered = Gathered()
        self._sampled = Sampled()
        self._own: dict[int, tuple[str, str, int, int]] = {}

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        found = sides(row)
        if found is None:
            return
        for name, text in (("chosen", found.chosen), ("rejected", found.rejected)):
            said = judge_words(text)
            if said and not _ASKED.search(row.asked[:_READ]):
                self._gathered.add(WORDS, row.file, row.line, said, name)
        self._count(found)

    def _count(self, found: Sides) -> None:
        judge = next((word(found.row.metadata[key]) for key in _JUDGES if key in found.row.metadata), "").lower()
        models = found.models if judge else ("", "")
        if not all(models):
            return
        place = self._sampled.place(found.row)
        if place is not None:
            better, worse = (model.lower() == judge for model in models)
            self._own[place] = (found.row.file, judge, prompt_key(found.row), int(better) - int(worse))

    def findings(self) -> Iterator[Finding]:
        """One finding for each file with a judge's words, and for each judge that has its own model among the sides."""
        yield from self._gathered.findings()
        for file, judge in sorted({each[:2] for each in self._own.values()}):
            own = [each[2:] for each in self._own.values() if each[:2] == (file, judge)]
            yield from _own_model(file, judge, own)


def judge_words(text: str) -> str:
    """The first words of a judge in an answer; empty where there are none.

    Examples:
        >>> judge_words("Response A is better because it is complete."), judge_words("The answer is 4.")
        ('Response A is better', '')
    """
    head = text[:_READ]
    lower = head.lower()
    if not any(hint in lower for hint in _HINTS):
        return ""
    found = _TOLD.search(head)
    return found.group() if found else ""


def _own_model(file: str, judge: str, own: list[tuple[int, int]]) -> Iterator[Finding]:
    """Whether a judge prefers the answers of its own model where one side is its own."""
    prompts, turns = np.array([each[0] for each in own]), np.array([each[1] for each in own])
    found = signs(turns, prompts)
    if found.differ < _FEWEST:
        return
    proved = found.p <= _ALPHA and found.share > 0.5
    severity: Severity = "info" if not proved else "medium" if found.low >= 0.6 else "low"
    yield Finding(
        code="preference.own_model",
        severity=severity,
        message=(
            f"judge {judge} prefers its own answers in {100 * found.share:.1f} % of {found.differ:,} pairs with one of "
            f"them [{100 * found.low:.1f}, {100 * found.high:.1f}]"
        ),
        where={"file": file},
        evidence={
            "rows": found.more if proved else 0, "judge": judge, "p": found.p, "pairs": found.n,
            "said": [f"would have seen a leaning of {100 * smallest_bias(found.worth):.1f} % of these"],
        },
        remediation="Judge these pairs with another model: a judge's taste for its own style is not quality"
        if proved else "Nothing to do: this says what was looked at",
    )  # fmt: skip
