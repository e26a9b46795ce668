"""Tools that fail, and whether the model is shown how to go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from jsonschema import Draft202012Validator

from assay.checks.check import Defect, Gathered
from assay.checks.tool_calls import breaking
from assay.checks.tool_outcomes import after_failure
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding
from assay.statistics.proportion import clopper_pearson

NEVER = Defect(
    code="format.no_tool_repair",
    severity="low",
    message="rows use tools, and in none of them a call fails and is put right",
    remediation="Add rows in which a call fails and the next one is right, some in a hundred: tools fail in production",
)
REPAIRED = Defect(
    code="format.tool_repair",
    severity="info",
    message="rows show a call that fails and what the assistant does then",
    remediation="Nothing; the share is for the plan of the mixture",
)
IGNORED = Defect(
    code="format.tool_error_ignored",
    severity="medium",
    message="rows have a tool that fails and an answer that neither tries again nor says so",
    remediation="Write the answers anew: the model learns to make up what the tool did not give",
)
_FEWEST = 50
"""Rows with tools from which it is said that none shows a repair."""


@dataclass(slots=True)
class _Tools:
    """Rows of one file that use tools."""

    rows: int = 0
    failed: int = 0
    repaired: int = 0
    lines: list[int] = field(default_factory=list)


class ToolRepairs:
    """Calls that fail, and what follows them.

    A call fails when it breaks the schema of its tool, or when the tool's answer is an error, by its first word or its
    fields. It is put right when the assistant calls again, the same tool with other arguments or another tool, and that
    is no error.
    """

    def __init__(self) -> None:
        self._gathered = Gathered()
        self._files: dict[str, _Tools] = {}
        self._validators: dict[str, Draft202012Validator | None] = {}

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        turns = (*row.prompt, *row.answers[0]) if row.answers else row.prompt
        if not any(turn.tool_calls for turn in turns):
            return
        tools = self._files.setdefault(row.file, _Tools())
        tools.rows += 1
        outcome = after_failure(turns, breaking(row, self._validators))
        if not outcome:
            return
        tools.failed += 1
        tools.repaired += outcome == "repaired"
        if len(tools.lines) < 10_000:
            tools.lines.append(row.line)
        if outcome == "ignored":
            self._gathered.add(IGNORED, row.file, row.line, row.answer)

    def findings(self) -> Iterator[Finding]:
        """One finding for each defect and file."""
        yield from self._gathered.findings()
        for file, tools in self._files.items():
            if tools.repaired or tools.rows >= _FEWEST:
                yield _told(file, tools)


def _told(file: str, tools: _Tools) -> Finding:
    defect = REPAIRED if tools.repaired else NEVER
    share = [round(each, 4) for each in clopper_pearson(tools.repaired, tools.rows)]
    said = tools.failed if tools.repaired else tools.rows
    return Finding(
        code=defect.code,
        severity=defect.severity,
        message=f"{said:,} {defect.message}",
        where={"file": file, "lines": tools.lines},
        evidence={
            "rows": said,
            "rows_with_tools": tools.rows,
            "failed": tools.failed,
            "repaired": tools.repaired,
            "share_repaired": round(tools.repaired / tools.rows, 4),
            "interval_95": share,
        },
        remediation=defect.remediation,
    )
