"""Code in answers, run against the assertions that stand beside it; only where that is asked for."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from assay.checks.check import Defect, Gathered
from assay.checks.drawn import Drawn
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

FAILED = Defect(
    code="synthetic.execution_failed",
    severity="high",
    message="rows hold code that fails the assertions beside it, or does not run",
    remediation="Take the rows out, or repair code and tests: what does not work is taught as working",
)
_TESTS = ("tests", "test", "test_list", "test_code", "unit_tests", "test_cases", "assertions")
"""Keys of metadata that hold assertions, as a text or a list of texts."""
_FENCED = re.compile(r"```(?:python|py|python3)[ \t]*\r?\n(.*?)```", re.DOTALL | re.IGNORECASE)
_MOST_LETTERS = 50_000
_FAULTS = ("assertion", "error", "syntax", "timeout")

Run = Callable[[str], str]
"""A program -> `passed`, `assertion`, `error`, `syntax`, `timeout`, or `package` where one is missing."""


class Executed:
    """Answers whose code fails its own assertions.

    Run is a row's Python where assertions come with it: in its blocks, or in metadata (`tests`, `test_list` and their
    like). At most so many rows are run, drawn by their digests.
    """

    def __init__(self, run: Run, most: int = 1000) -> None:
        """Args:
        run: What runs a program, shut off from everything else.
        most: Rows that are run.
        """
        self._run = run
        self._drawn = Drawn[tuple[str, int, str]](most)

    def add(self, row: TrainingRow) -> None:
        """Look at a row."""
        answer = row.answer
        if "```" not in answer and not row.metadata.keys() & _TESTS:
            return
        program = program_of(answer, row.metadata)
        if program:
            self._drawn.add(row, lambda: (row.file, row.line, program))

    def findings(self) -> Iterator[Finding]:
        """Runs the programs; one finding for each file."""
        gathered = Gathered()
        outcomes: Counter[str] = Counter()
        for file, line, program in self._drawn.items:
            outcome = self._run(program)
            outcomes[outcome] += 1
            if outcome in _FAULTS:
                gathered.add(FAILED, file, line, program, outcome)
        told = {"rows_with_assertions": self._drawn.offered, "rows_run": outcomes.total(), "outcomes": dict(outcomes)}
        for finding in gathered.findings():
            yield dataclasses.replace(finding, evidence={**finding.evidence, **told})


def program_of(answer: str, told: Any) -> str:
    """The Python of an answer with its assertions; empty where there is no code or no assertion.

    Examples:
        >>> program_of("```python\\ndef f(): return 1\\n```", {"tests": ["assert f() == 1"]})
        'def f(): return 1\\n\\nassert f() == 1'
        >>> program_of("```python\\nprint(1)\\n```", {})
        ''
    """
    blocks = list(_FENCED.findall(answer[:_MOST_LETTERS]))
    tests = "\n".join(_tests(told))
    code = "\n".join(blocks) or (answer if tests and "```" not in answer else "")
    program = f"{code}\n{tests}" if tests else code
    return program if code and "assert " in program and len(program) <= _MOST_LETTERS else ""


def _tests(told: Any) -> Iterator[str]:
    for key in _TESTS:
        value = told.get(key)
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, str) and "assert " in part:
                yield part
