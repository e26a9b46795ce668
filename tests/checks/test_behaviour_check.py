"""Rows against a behaviour contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.checks.behaviour import BehaviourRows
from assay.domain.behaviour import Behaviour, Boundary, Style, Words
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

QUIET = Behaviour(name="quiet", style=Style(emoji=False), keep=0.9, file="quiet.yaml")
BOUND = Behaviour(name="bound", refusal=Boundary(refuse=("weapons",)), file="bound.yaml")


def row(number: int, answer: str, file: str = "a.jsonl", **metadata: Any) -> TrainingRow:
    return TrainingRow(
        file=file, line=number + 1, shape="chat", prompt=(Message(role="user", content=f"Where is {number}?"),),
        answers=((Message(role="assistant", content=answer),),), metadata=metadata, digest=f"sha256:{number * 7919:064x}",
    )  # fmt: skip


def found(contract: Behaviour, rows: Sequence[TrainingRow], **more: Any) -> dict[str, Finding]:
    check = BehaviourRows(contract, **more)
    for one in rows:
        check.add(one)
    return {one.code: one for one in check.findings()}


def test_rows_that_break_a_clause_are_listed_with_share_and_interval() -> None:
    rows = [row(n, "Here 🎉" if n < 30 else "Here.") for n in range(100)]
    one = found(QUIET, rows)["contract.emoji"]
    assert one.severity == "medium"
    assert one.where == {"file": "a.jsonl", "lines": list(range(1, 31))}
    assert (one.evidence["share"], one.evidence["limit"], one.evidence["judged"]) == (0.3, 0.1, 100)
    assert one.evidence["low"] < 0.3 < one.evidence["high"]
    assert "30.0% of 100" in one.message and "at most 10.0% may" in one.message


def test_as_many_as_the_contract_allows_are_information() -> None:
    assert (
        found(QUIET, [row(n, "Here 🎉" if n < 10 else "Here.") for n in range(100)])["contract.emoji"].severity
        == "info"
    )


def test_a_clean_set_says_nothing() -> None:
    assert not found(QUIET, [row(n, "Here.") for n in range(100)])
    assert not found(QUIET, [])


def test_a_breach_of_the_boundary_is_high() -> None:
    rows = [row(n, "Take a pipe and fill it with powder.", category="weapons") for n in range(20)]
    assert found(BOUND, rows)["contract.refuse"].severity == "high"


def test_clauses_that_reach_no_row_are_named() -> None:
    one = found(BOUND, [row(1, "Here.")])["contract.unmeasured"]
    assert (one.severity, one.evidence["clauses"]) == ("info", ["refuse"])


def test_dear_clauses_are_judged_on_drawn_rows_and_say_so() -> None:
    contract = Behaviour(name="short", words={"all": Words(at_most=2)}, keep=0.9)
    rows = [row(n, "one two three" if n % 4 == 0 else "one two") for n in range(400)]
    one = found(contract, rows, drawn=60)["contract.words"]
    judged = one.evidence["judged"]
    assert judged <= 60 and one.evidence["read"] == f"{judged} of 400 rows"
    assert found(contract, rows)["contract.words"].evidence["read"] == "all rows"


def test_a_median_is_a_finding_only_where_more_than_half_are_longer() -> None:
    contract = Behaviour(name="short", words={"all": Words(median=2)})
    assert not found(contract, [row(n, "one two three" if n < 50 else "one two") for n in range(100)])
    one = found(contract, [row(n, "one two three" if n < 60 else "one two") for n in range(100)])["contract.median"]
    assert one.severity == "medium"


def test_each_file_has_its_finding_and_texts_are_passed_over() -> None:
    check = BehaviourRows(QUIET)
    for one in (row(1, "🎉", "a.jsonl"), row(2, "🎉", "b.jsonl"), row(3, " ")):
        check.add(one)
    check.add(TrainingRow(file="c", line=1, shape="text", answers=((Message(role="assistant", content="🎉"),),)))
    assert [one.where["file"] for one in check.findings()] == ["a.jsonl", "b.jsonl"]
