"""Answers that end in the middle."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.checks.check import Defect, Gathered
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

TRUNCATED = Defect(
    code="format.truncated_answer",
    severity="medium",
    message="rows have an answer that ends in the middle",
    remediation="Generate them again with more tokens or take them out: a model learns to stop there",
)
_DANGLING = re.compile(
    r"(?:\b(?:and|or|the|a|an|of|to|for|with|because|which|that|is|are|was|were|by|from|into|as|if|but|such as|your"
    r"|their|its|my|our)|[,(\[{–—-]|\n\s{0,4}(?:\d{1,2}[.)]|[-*•]))\Z",
)
_OPEN = ",([{–—-*•"
"""Marks, beside letters and the numbers of a list, with which a text that dangles may end."""
_SENTENCE_END = re.compile(r"(?<=[a-z][a-z][.!?])[\"”’)]? +(?=[A-Z\"“])")
"""Between two sentences of one line; not after a number, an initial or an abbreviation of a letter."""
_LEAST_WORDS = 3
_LEAST_PROSE = 6
"""Words of a line that is prose rather than a heading or a signature."""
_LEAST_LINES = 2
_FENCE = re.compile(r"^ {0,3}```", re.MULTILINE)
_ENDS = frozenset('.!?…"”’)]}')
_LEAST = 80
"""Characters. A short answer that ends in a function word is mostly one to be completed, as in a list of words."""


class Truncated:
    """Answers that stop in a sentence, a list or a block of code."""

    def __init__(self) -> None:
        self._gathered = Gathered()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if row.shape == "text" or not row.answers:
            return
        sign = cut(row.answer) or ("told" if _told(row) else "")
        if sign:
            self._gathered.add(TRUNCATED, row.file, row.line, row.answer[-160:], sign)

    def findings(self) -> Iterator[Finding]:
        """One finding for each file."""
        return self._gathered.findings()


def _told(row: TrainingRow) -> bool:
    """Whether the row itself says that generation stopped at the limit."""
    if row.metadata.get("finish_reason") in ("length", "max_tokens"):
        return True
    return row.metadata.get("truncated") is True and row.answer.rstrip()[-1:] not in _ENDS


def cut(answer: str) -> str:
    """The sign that an answer ends in the middle: `code`, `sentence`; empty when there is none.

    Examples:
        >>> cut("Here is the code that you asked for:\\n```python\\nprint(1)")
        'code'
        >>> cut("Yes.")
        ''
    """
    text = answer.rstrip()
    if len(text) < _LEAST:
        return "code" if text.count("```") == 1 and text.rfind("```") > 0 and not text.endswith("```") else ""
    if "```" in text and len(_FENCE.findall(text)) % 2:
        return "code"
    last = text[-1]
    if last.isalnum():
        ends = _dangles(text) or _half_sentence(text) or _odd_last_line(text)
    else:
        ends = (last in _OPEN or (last in ".)" and text[-2].isdigit())) and _dangles(text)
    return "sentence" if ends else ""


def _dangles(text: str) -> bool:
    """Whether the last word or mark asks for more."""
    return _DANGLING.search(text, max(len(text) - 40, 0)) is not None


def _half_sentence(text: str) -> bool:
    """Whether the last line holds a whole sentence, and then some words without an end."""
    words = _SENTENCE_END.split(text[text.rfind("\n") + 1 :][-2000:])[1:]
    if not words or len(last := words[-1].split()) < _LEAST_WORDS:
        return False
    return not any(mark in last[-1] for mark in "#@/_<")


def _odd_last_line(text: str) -> bool:
    """Whether all other lines of prose end like sentences, and the last one, which is as long, does not."""
    *before, last = [line.strip() for line in text[-6000:].split("\n") if line.strip()]
    words = last.split()
    if len(words) < _LEAST_PROSE or any(mark in words[-1] for mark in "#@/_<") or "`" in last or "|" in last:
        return False
    prose = [line for line in before if len(line.split()) >= _LEAST_PROSE]
    return len(prose) >= _LEAST_LINES and all(line[-1] in _ENDS or line[-1] in ":;" for line in prose)
