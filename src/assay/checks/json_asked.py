"""Invalid JSON where JSON was asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from assay.checks.check import Defect, Gathered
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

INVALID = Defect(
    code="format.invalid_json",
    severity="high",
    message="rows ask for JSON and are answered with something that is none",
    remediation="Repair or generate the answers again, and check them against the schema that callers rely on",
)
_VERB = r"\b(?:respond|reply|answer|return|output|produce|emit|format(?:ted)?|provide|give|generate|write)\b"
_ASKED = re.compile(
    rf"{_VERB}(?:[^.?!\n]{{0,60}}?\b(?:in|as|with|only|using|valid|a|an)\s(?:[a-z]+\s){{0,2}}?"
    r"|\s(?:(?:me|us|back|just|the|plain|raw|strict|strictly)\s){0,3})json\b"
    r"(?!\s*(?:file|parser|librar|web token|schema))",
    re.IGNORECASE,
)
_FENCED = re.compile(r"```(?:json|JSON)\s*\n(.*?)(?:```|\Z)", re.DOTALL)
_ANY_FENCE = re.compile(r"\A```\w*\s*\n(.*?)(?:```\s*)?\Z", re.DOTALL)
_BEGUN = re.compile(r"[{\[]\s*(?:[\"'{\[\]}\d-]|\Z)")
"""How JSON begins, and what is meant to be: braces around a word are none."""
_LONGEST = 1_000_000


class JsonAsked:
    """Answers that should be JSON and are not.

    Looked at where the system prompt or the last turn of the user asks for JSON: an answer that begins like JSON, or
    whose block is marked as JSON, must be JSON; one that is prose is told apart.
    """

    def __init__(self) -> None:
        self._gathered = Gathered()

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if not row.answers or row.shape == "text":
            return
        answer = row.answer
        if not answer or not ("json" in (asked := row.asked + _system(row)).lower() and _ASKED.search(asked)):
            return
        fault = fault_of(answer)
        if fault:
            self._gathered.add(INVALID, row.file, row.line, answer, fault)

    def findings(self) -> Iterator[Finding]:
        """One finding for each file."""
        return self._gathered.findings()


def _system(row: TrainingRow) -> str:
    return "\n" + row.prompt[0].content if row.prompt and row.prompt[0].role == "system" else ""


def fault_of(answer: str) -> str:
    """Why an answer that should be JSON is none: `invalid` or `cut`; empty when it is, or holds none at all.

    Examples:
        >>> fault_of('{"a": 1}'), fault_of('{"a": 1'), fault_of("{'a': 1}")
        ('', 'cut', 'invalid')
    """
    found = _FENCED.findall(answer)
    text = answer.strip()
    if not found:
        whole = _ANY_FENCE.match(text)
        text = whole[1].strip() if whole else text
        found = [text] if _BEGUN.match(text) else []
    faults = [fault for each in found if (fault := _fault(each.strip()))]
    return faults[0] if faults else ""


def _fault(text: str) -> str:
    if not text or len(text) > _LONGEST:
        return ""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and _lines_of_json(text):
            return ""
        return "cut" if error.pos >= len(text) - 1 or error.msg.startswith("Unterminated") else "invalid"
    except (RecursionError, ValueError):
        return "invalid"
    return ""


def _lines_of_json(text: str) -> bool:
    try:
        for line in filter(str.strip, text.splitlines()):
            json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
