"""System prompts that vary from row to row."""

from __future__ import annotations

from collections.abc import Iterator

from assay.checks.check import MOST_LINES
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

_MOST_PROMPTS = 1000
"""Different ones that are told apart; with more a file has a prompt for each row, and that is what is said."""
_MOST_KEPT = 5 * MOST_LINES
"""Lines that are kept over all files and prompts."""
_FEW = 0.2
CODES = ("format.system_prompt_varies",)
"""Codes of its findings."""


class SystemPrompts:
    """The system prompts of each file.

    One prompt for each row, or none at all, is a design; one for most rows and another for a few is mostly an accident,
    and so is none for a few.
    """

    def __init__(self) -> None:
        self._files: dict[str, dict[str, tuple[list[int], list[int]]]] = {}
        self._rows: dict[str, int] = {}
        self._kept = 0

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        if row.shape == "text":
            return
        said = row.prompt[0].content.strip() if row.prompt and row.prompt[0].role == "system" else ""
        self._rows[row.file] = self._rows.get(row.file, 0) + 1
        prompts = self._files.setdefault(row.file, {})
        if said not in prompts and len(prompts) >= _MOST_PROMPTS:
            return
        count, lines = prompts.setdefault(said, ([0], []))
        count[0] += 1
        if len(lines) < MOST_LINES and self._kept < _MOST_KEPT:
            self._kept += 1
            lines.append(row.line)

    def findings(self) -> Iterator[Finding]:
        """A finding for each file in which most rows have one prompt and some have another or none."""
        for file, prompts in self._files.items():
            rows = self._rows[file]
            most = max(prompts, key=lambda each: prompts[each][0][0])
            share = prompts[most][0][0] / rows
            others = [each for each in prompts if each != most]
            if not others or share < 1 - _FEW:
                continue
            yield Finding(
                code="format.system_prompt_varies",
                severity="low",
                message=f"{rows - prompts[most][0][0]:,} rows have another system prompt than {share:.1%} of the file",
                where={
                    "file": file,
                    "lines": sorted(line for each in others for line in prompts[each][1])[:MOST_LINES],
                },
                evidence={
                    "rows": rows - prompts[most][0][0],
                    "common": most[:200] or "(none)",
                    "others": {
                        (each[:200] or "(none)"): prompts[each][0][0]
                        for each in sorted(others, key=lambda each: -prompts[each][0][0])[:5]
                    },
                },
                remediation="Use the prompt that will be deployed in all rows, or vary it on purpose and evenly",
            )
