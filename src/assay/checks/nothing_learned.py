"""Rows of which a loss mask leaves nothing to learn: marks, reasoning without an answer, turns that are masked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.checks.check import Defect, Gathered
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

NOTHING = Defect(
    code="format.nothing_learned",
    severity="high",
    message="rows teach nothing: the answer is no text, or is masked",
    remediation="Take the rows out, or write the answers that were lost",
)
ENDS_WITH_TOOL = Defect(
    code="format.ends_with_tool",
    severity="medium",
    message="rows end with a tool's answer that no turn of the assistant takes up",
    remediation="Add the answer that the model should give, or end the row with its call",
)
_SHORT = 400
"""An answer of marks alone is short; longer ones are only looked at for reasoning."""
_MARKS = re.compile(
    r"<\|[^<>|]{1,40}\|>|<｜[^<>｜]{1,40}｜>|</?s>|<(?:eos|bos|pad|unk|eot|end_of_turn|start_of_turn|no_?(?:in|out)put)>"
    r"|\[/?INST\]|<</?SYS>>|\[(?:PAD|UNK|EOS|SEP|CLS)\]",
    re.IGNORECASE,
)
_SEEN = re.compile(r"[^\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufffc]")
_THINKS = re.compile(r"\s*<(think|thinking|reasoning|thought)>", re.IGNORECASE)


class NothingLearned:
    """Answers of which nothing is learned.

    Marks of templates and placeholders alone, characters that nobody sees, reasoning that no answer follows, rows
    whose turns of the assistant are all masked (`weight: 0`, `train: false`, `loss: false`), and rows that end with
    what a tool said. Empty answers are found by `turns`.
    """

    def __init__(self) -> None:
        self._gathered = Gathered()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if "turns_masked" in row.problems:
            self._gathered.add(NOTHING, row.file, row.line, row.asked, "all turns masked")
        for answer in row.answers:
            fault = nothing(answer)
            if fault:
                self._gathered.add(NOTHING, row.file, row.line, answer[0].content or row.asked, fault)
            elif answer and answer[-1].role == "tool" and row.shape != "text":
                self._gathered.add(ENDS_WITH_TOOL, row.file, row.line, answer[-1].content)

    def findings(self) -> Iterator[Finding]:
        """One finding for each defect and file."""
        return self._gathered.findings()


def nothing(answer: tuple[Message, ...]) -> str:
    """Why nothing is learned of an answer, in words; empty when something is, or when it is plainly empty.

    Examples:
        >>> nothing((Message(role="assistant", content="<|im_end|>"),))
        'marks only'
        >>> nothing((Message(role="assistant", content="<think>Hm. 5?</think>"),))
        'reasoning only'
        >>> nothing((Message(role="assistant", content="Five."),))
        ''
    """
    said = [turn for turn in answer if turn.role == "assistant"]
    if any(turn.tool_calls for turn in said):
        return ""
    if answer and not said:
        return "no turn of the assistant"
    if len(said) == 1:
        return _fault(said[0].content)
    faults = [_fault(turn.content) for turn in said if turn.content.strip()]
    return faults[0] if faults and all(faults) else ""


def _fault(text: str) -> str:
    if len(text) <= _SHORT:
        if not text.strip():
            return ""
        left = _MARKS.sub("", text) if "<" in text or "[" in text else text
        if not _SEEN.search(left):
            return "marks only" if len(left) < len(text) else "unseen characters only"
    if "<" not in text[:40]:
        return ""
    begun = _THINKS.match(text)
    if begun is None:
        return ""
    _, closed, after = text.rpartition(f"</{begun[1]}>")
    if not closed:
        return "" if f"</{begun[1].lower()}>" in text.lower() else "reasoning only"
    return "reasoning only" if not _SEEN.search(_MARKS.sub("", after[:_SHORT])) and len(after) <= _SHORT else ""
