"""Behaviour contracts: what their file may say, what is an error, and how a plan takes them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assay.checks.behaviour import CODES
from assay.domain.behaviour import Behaviour, Boundary, Cap, Mixture, Style, Target, Words
from assay.domain.errors import PlanError
from assay.registry import scorer
from assay.scorers.clauses import clauses
from assay.store.behaviours import CLAUSES, BehaviourFile, plain_behaviour, read_behaviour
from assay.store.plans import read_plan

EXAMPLE = Path(__file__).parents[2] / "examples" / "contract" / "support.yaml"
WHOLE = """
name: shop
version: 2
style: {emoji: false, forbidden: [as an AI]}
refusal: {refuse: [weapons], over_refusal: 0.02}
words: {all: {median: 90}, code: {at_most: 300}}
language: [asked]
keep: 0.9
limits: {emoji: 1}
mixture:
  intent: {code: 0.2, chat: {at_most: 0.3}}
  refusal: {share: 0.05, tolerance: 0.02}
  synthetic: {at_most: 0.3, schedule: [{until: "2026-06-30", at_most: 0.5}], mismatch: 0.8}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_becomes_a_record(tmp_path: Path) -> None:
    found = read_behaviour(written(tmp_path, WHOLE))
    assert found.mixture.slices["intent"]["code"].at_most == pytest.approx(0.25)
    mixture = replace(found.mixture, slices={}, refusal=None)
    assert replace(found, mixture=mixture) == Behaviour(
        name="shop",
        version="2",
        style=Style(emoji=False, forbidden=("as an AI",)),
        refusal=Boundary(refuse=("weapons",), over_refusal=0.02),
        words={"all": Words(median=90), "code": Words(at_most=300)},
        language=("asked",),
        keep=0.9,
        limits={"emoji": 1.0},
        mixture=Mixture(synthetic=(Cap(at_most=0.5, until="2026-06-30"), Cap(at_most=0.3)), mismatch=0.8),
        file="shop.yaml",
    )
    assert found.mixture.slices["intent"]["chat"] == Target(at_most=0.3)


def test_the_saved_form_comes_back(tmp_path: Path) -> None:
    saved = json.loads(json.dumps(plain_behaviour(read_behaviour(written(tmp_path, WHOLE)))))
    assert scorer({"type": "contract", "contract": saved}) == scorer({"type": "contract", "contract": saved})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("style: {}", "name: is required"),
        ("name: x\nstile: {}", "shop.yaml:2: stile: unknown key. Did you mean 'style'?"),
        ("name: x\nstyle: {emoji: no}", "style.emoji"),
        ("name: x\nrefusal: {refuse: [a], answer: [a]}", "'a' stands under refuse and under answer"),
        ("name: x\nrefusal: {model: 0.9}", "model goes with categories"),
        ("name: x\nwords: {all: {}}", "rules nothing"),
        ("name: x\nwords: {all: {at_least: 9, at_most: 3}}", "no answer can keep both"),
        ("name: x\nwords: {'two words': {at_most: 3}}", "a kind of request is a word such as code; found 'two words'"),
        ("name: x\nlimits: {emojis: 0.9}", "no clause is called 'emojis'"),
        ("name: x\nlimits: {emoji: 0}", "limits.emoji"),
        ("name: x\nformat: {max_heading_level: 9}", "format.max_heading_level"),
        ("name: x\nlanguage: [tlh]", "language[0]"),
        ("name: x\nmixture: {intent: {code: {}}}", "give share"),
        ("name: x\nmixture: {intent: {code: {at_most: 0.2, tolerance: 0.1}}}", "tolerance goes with share"),
        ("name: x\nmixture: {intent: {a: {at_least: 0.7}, b: {at_least: 0.7}}}", "add up to 1.40"),
        ("name: x\nmixture: {synthetic: {schedule: [{until: soon, at_most: 0.5}]}}", "expected a day such as"),
    ],
)
def test_an_error_says_where_and_what(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(PlanError) as raised:
        read_behaviour(written(tmp_path, text))
    assert said in str(raised.value)
    assert "shop.yaml" in str(raised.value)


def test_the_example_rules_every_clause_but_those_it_leaves_open() -> None:
    names = {one.name for one in clauses(read_behaviour(EXAMPLE))}
    assert names == {*CLAUSES, "hedging", "overconfidence", "median_all"} - {"markdown", "lists"}


def test_every_clause_has_its_code() -> None:
    assert {code.removeprefix("contract.") for code in CODES} == {*CLAUSES, "hedging", "overconfidence", "median"}


def test_every_key_is_explained_or_a_group() -> None:
    schema = BehaviourFile.model_json_schema()
    for name in ("StyleFile", "BoundaryFile", "FormatFile", "CertaintyFile", "WordsFile"):
        assert all("description" in one for one in schema["$defs"][name]["properties"].values())


PLAN = """
assay: 1
name: t
reference: {type: recorded, path: answers.jsonl, name: old}
candidate: {type: recorded, path: answers.jsonl, name: new}
contract: shop.yaml
suites:
  - {name: golden, dataset: golden.jsonl, scorers: [length]}
"""


def planned(folder: Path, contract: str, plan: str = PLAN) -> Path:
    written(folder, contract)
    rows = [{"id": "1", "input": "Where is Rome?"}, {"id": "2", "input": "How?", "metadata": {"category": "weapons"}}]
    (folder / "golden.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    answers = [{"id": "1", "output": "In Italy."}, {"id": "2", "output": "I can't help with that."}]
    (folder / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in answers), encoding="utf-8")
    path = folder / "audit.yaml"
    path.write_text(plan, encoding="utf-8")
    return path


def test_clauses_become_scores_and_rules_of_a_plan(tmp_path: Path) -> None:
    plan = read_plan(planned(tmp_path, WHOLE), scorer)
    rules = {rule.id: (rule.kind, rule.metric, rule.at_least) for rule in plan.rules}
    assert rules["contract.emoji"] == ("all", "contract_emoji", None)
    assert rules["contract.refuse"] == ("floor", "contract_refuse", 0.9)
    assert rules["contract.median_all"] == ("floor", "contract_median_all", 0.5)
    assert "contract.answer" not in rules
    assert "scorer:golden:contract" in plan.digests


def test_another_contract_is_another_registration(tmp_path: Path) -> None:
    first = read_plan(planned(tmp_path, WHOLE), scorer).digests
    second = read_plan(planned(tmp_path, WHOLE.replace("keep: 0.9", "keep: 0.8")), scorer).digests
    assert {key for key in first if first[key] != second[key]} == {"rules", "scorer:golden:contract"}


def test_a_rule_of_the_plan_takes_the_place_of_the_clauses(tmp_path: Path) -> None:
    own = PLAN + "gate: {rules: [{id: contract.refuse, metric: contract_refuse, kind: floor, at_least: 0.5}]}\n"
    rules = [rule for rule in read_plan(planned(tmp_path, WHOLE, own), scorer).rules if rule.id == "contract.refuse"]
    assert [rule.at_least for rule in rules] == [0.5]


@pytest.mark.parametrize(
    ("contract", "plan", "said"),
    [
        ("name: x", PLAN, "holds no clause that reaches a prompt"),
        ("name: x\nrefusal: {escalate: [fraud]}", PLAN, "holds no clause that reaches a prompt"),
        (WHOLE, PLAN.replace("shop.yaml", "other.yaml"), "no such file"),
        (
            WHOLE,
            PLAN.replace("[length]", "[{type: contract, contract: shop.yaml}]"),
            "suite 'golden' names a scorer 'contract' too",
        ),
    ],
)
def test_a_plan_whose_contract_does_nothing_is_an_error(contract: str, plan: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=said):
        read_plan(planned(tmp_path, contract, plan), scorer)
