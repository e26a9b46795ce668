"""Which code of answers is run, and what is said of how it ends."""

from __future__ import annotations

from typing import Any

from assay.checks.executed import Executed, program_of
from assay.domain.sample import Message
from assay.domain.training import TrainingRow


def row(answer: str, line: int = 1, **told: Any) -> TrainingRow:
    answers = ((Message(role="assistant", content=answer),),)
    return TrainingRow(file="a", line=line, shape="chat", answers=answers, metadata=told, digest=f"sha256:{line:064x}")


def test_only_code_with_assertions_is_run() -> None:
    run: list[str] = []
    check = Executed(lambda program: run.append(program) or "passed")  # type: ignore[func-returns-value]
    check.add(row("```python\nassert 1\n```"))
    check.add(row("```python\nprint(1)\n```", 2))
    check.add(row("No code.", 3, tests="assert 1"))
    check.add(row("```python\ndef f(): return 1\n```", 4, test_list=["assert f() == 1", 5]))
    check.add(row("```js\nassert 1\n```", 5))
    assert list(check.findings()) == []
    assert run == ["assert 1\n", "No code.\nassert 1", "def f(): return 1\n\nassert f() == 1"]


def test_outcomes_are_counted_and_failures_named() -> None:
    check = Executed(lambda program: program.strip().rpartition(" ")[2])
    for line, outcome in enumerate(["passed", "assertion", "package", "timeout", "syntax", "error"], 1):
        check.add(row(f"```python\nassert {outcome}\n```", line))
    (told,) = check.findings()
    assert told.where["lines"] == [2, 4, 5, 6]
    assert told.evidence["kinds"] == {"assertion": 1, "timeout": 1, "syntax": 1, "error": 1}
    assert (told.evidence["rows_run"], told.evidence["outcomes"]["package"]) == (6, 1)


def test_no_more_rows_are_run_than_asked() -> None:
    run: list[str] = []
    check = Executed(lambda program: run.append(program) or "passed", most=3)  # type: ignore[func-returns-value]
    for line in range(1, 10):
        check.add(row("```python\nassert 1\n```", line))
    assert list(check.findings()) == [] and len(run) == 3


def test_a_giant_program_is_not_run() -> None:
    assert program_of("```python\nassert 1\n" + "x = 1\n" * 20_000 + "```", {}) == ""
