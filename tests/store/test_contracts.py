"""Written policies: what their file may say, and what is an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.domain.contract import Contract, Statement, When
from assay.domain.errors import PlanError
from assay.registry import scorer
from assay.store.contracts import plain_contract, read_contract
from assay.store.plans import read_plan

WHOLE = """
name: shop
version: 2
says: [Items can be returned within 30 days.]
statements:
  - id: window
    kind: must_disclose
    text: Name the window.
    any: [return within 30 days]
    when: {prompt: [return], metadata: {topic: [returns, refunds]}}
    severity: critical
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_becomes_a_record(tmp_path: Path) -> None:
    statement = Statement(
        id="window",
        kind="must_disclose",
        text="Name the window.",
        any=("return within 30 days",),
        when=When(prompt=("return",), metadata={"topic": ("returns", "refunds")}),
        severity="critical",
    )
    expected = Contract(
        name="shop",
        version="2",
        says=("Items can be returned within 30 days.",),
        statements=(statement,),
        file="shop.yaml",
    )
    assert read_contract(written(tmp_path, WHOLE)) == expected


def test_the_saved_form_gives_the_record_back(tmp_path: Path) -> None:
    contract = read_contract(written(tmp_path, WHOLE))
    saved = json.loads(json.dumps(plain_contract(contract)))
    judge = scorer({"type": "policy", "policy": saved})
    assert judge.policy == contract  # type: ignore[attr-defined]


def statement(extra: str, kind: str = "must") -> str:
    return f"name: shop\nstatements:\n  - id: a\n    kind: {kind}\n    text: t\n    {extra}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (statement("anny: [x]"), "shop.yaml:6: statements[0].anny: unknown key. Did you mean 'any'?"),
        ("nam: shop\nsays: [x]", "shop.yaml:1: nam: unknown key. Did you mean 'name'?"),
        ("name: shop", "says nothing; give statements, or sentences under 'says'"),
        (statement("topics: [x]"), "'topics' does not go with kind must; it takes any, all, patterns, numbers"),
        (statement("any: [x]", "only_topics"), "'any' does not go with kind only_topics; it takes topics"),
        (statement("severity: low", "only_topics"), "only_topics needs topics, a list of words"),
        (statement("severity: low", "numbers_allowed"), "numbers_allowed needs numbers"),
        (statement("severity: bad"), "statements[0].severity: expected 'low', 'medium', 'high' or 'critical'"),
        (statement("any: x"), "statements[0].any: expected a list; found 'x'"),
        (statement("when: {}"), "asks nothing; give prompt or metadata, or leave 'when' out"),
        (statement("any: [x]", "should"), "statements[0].kind: expected 'must'"),
        (statement("any: [x]") + "  - id: a\n    kind: must\n    text: u\n", "'a' is the id of statement 1 already"),
    ],
)
def test_what_the_form_does_not_allow_is_an_error_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        read_contract(written(tmp_path, text))
    assert str(caught.value).startswith("shop.yaml:")
    assert message in str(caught.value)


PLAN = """
assay: 1
name: p
reference: {type: recorded, path: answers.jsonl, name: r}
candidate: {type: recorded, path: answers.jsonl, name: c}
suites: [{dataset: d.jsonl, scorers: [{type: policy, policy: %s}]}]
"""


def plan(folder: Path, policy: str) -> Path:
    (folder / "d.jsonl").write_text('{"id": "1", "input": "x"}\n', encoding="utf-8")
    (folder / "answers.jsonl").write_text('{"id": "1", "output": "y"}\n', encoding="utf-8")
    path = folder / "plan.yaml"
    path.write_text(PLAN % policy, encoding="utf-8")
    return path


def test_a_plan_takes_the_content_into_its_digest(tmp_path: Path) -> None:
    written(tmp_path, WHOLE)
    path = plan(tmp_path, "shop.yaml")
    before = read_plan(path, scorer).digests["scorer:d:policy"]
    written(tmp_path, WHOLE.replace("30 days]", "31 days]"))
    assert read_plan(path, scorer).digests["scorer:d:policy"] != before


def test_a_policy_may_stand_in_the_plan(tmp_path: Path) -> None:
    path = plan(tmp_path, "{name: s, says: [Nothing is free.]}")
    (task,) = read_plan(path, scorer).tasks
    assert task.scorers[0].policy.says == ("Nothing is free.",)  # type: ignore[attr-defined]
    with pytest.raises(PlanError, match=r"plan\.yaml:6: sayz: unknown key"):
        read_plan(plan(tmp_path, "{name: s, sayz: [Nothing is free.]}"), scorer)


def test_a_missing_file_and_contradicting_statements_name_the_place(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"plan.yaml:6: suites\[0\].scorers\[0\].policy: no such file or folder: no.y"):
        read_plan(plan(tmp_path, "no.yaml"), scorer)
    written(
        tmp_path,
        "name: s\nstatements:\n  - {id: a, kind: must, text: t, any: [sorry]}\n"
        "  - {id: b, kind: must_not, text: u, any: [Sorry]}\n",
    )
    with pytest.raises(
        PlanError, match=r"plan.yaml:6: .*shop.yaml: statements 'a' \(must\) and 'b' \(must_not\) contra"
    ):
        read_plan(plan(tmp_path, "shop.yaml"), scorer)
