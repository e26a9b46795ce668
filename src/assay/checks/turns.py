"""Turns of conversations: their order, and whether they say something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.checks.check import Defect, Gathered
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

ORDER = Defect(
    code="format.role_order",
    severity="medium",
    message="rows have turns in an order that chat templates refuse or misread",
    remediation="Let user and assistant alternate, the system prompt first, a tool's answer after its call",
)
EMPTY_TURN = Defect(
    code="format.empty_turn",
    severity="medium",
    message="rows have an empty turn before the answer",
    remediation="Take the turn or the row out",
)
EMPTY_ANSWER = Defect(
    code="format.empty_answer",
    severity="high",
    message="rows have an empty answer: nothing is learned, or to say nothing",
    remediation="Take the rows out, or write the answers that were lost",
)
NO_ANSWER = Defect(
    code="format.no_answer",
    severity="high",
    message="rows end with a question and have no answer: a loss mask leaves nothing of them",
    remediation="Take the rows out, or add the answers",
)
NO_PROMPT = Defect(
    code="format.no_prompt",
    severity="low",
    message="rows have an answer that no turn of a user asks for",
    remediation="Add the prompt; without one every answer is taught as an answer to everything",
)


class Turns:
    """Roles in order, empty turns, empty and missing answers."""

    def __init__(self) -> None:
        self._gathered = Gathered()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if row.shape == "text":
            if not row.answer.strip():
                self._gathered.add(EMPTY_ANSWER, row.file, row.line)
            return
        self._answers(row)
        for turn in row.prompt:
            if not turn.content.strip() and not turn.tool_calls and not _read_around(row):
                self._gathered.add(EMPTY_TURN, row.file, row.line, row.text, turn.role)
        for answer in row.answers or ((),):
            fault = out_of_order((*row.prompt, *answer))
            if fault:
                self._gathered.add(ORDER, row.file, row.line, _roles((*row.prompt, *answer)), fault)
        if row.answers and not any(turn.role == "user" for turn in row.prompt):
            self._gathered.add(NO_PROMPT, row.file, row.line, row.text)

    def _answers(self, row: TrainingRow) -> None:
        if not any(answer for answer in row.answers):
            self._gathered.add(NO_ANSWER, row.file, row.line, row.asked)
            return
        for place, answer in enumerate(row.answers):
            if not any(turn.content.strip() or turn.tool_calls for turn in answer) and not _read_around(row):
                name = ("chosen", "rejected")[place] if row.shape == "preference" and place < 2 else "answer"
                self._gathered.add(EMPTY_ANSWER, row.file, row.line, row.asked, name)

    def findings(self) -> Iterator[Finding]:
        """One finding for each defect and file."""
        return self._gathered.findings()


def _read_around(row: TrainingRow) -> bool:
    """Whether a turn may be empty because what it held is unsupported, which is told elsewhere."""
    return "image_part" in row.problems or "media_part" in row.problems


def _roles(turns: Sequence[Message]) -> str:
    return " ".join(turn.role for turn in turns[:30])


def out_of_order(turns: Sequence[Message]) -> str:
    """What is wrong with the order of turns, in words; empty when nothing is.

    Examples:
        >>> out_of_order([Message(role="user", content="Hi"), Message(role="user", content="there")])
        'user after user'
    """
    before = ""
    called = False
    for turn in turns:
        role = turn.role
        if role == "system" and before not in ("", "system"):
            return f"system after {before}"
        if role == "user" and before == "user":
            return "user after user"
        if role == "assistant" and before == "assistant" and not called:
            return "assistant after assistant"
        if role == "tool" and not called:
            return "tool without a call"
        if role == "assistant" and before in ("", "system") and any(one.role == "user" for one in turns):
            return "assistant before any user"
        called = bool(turn.tool_calls) if role == "assistant" else called and role == "tool"
        before = role
    return ""
