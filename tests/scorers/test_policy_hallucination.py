"""Rules that an answer cites, held against the written policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.contract import Contract, Statement
from assay.domain.errors import PlanError
from assay.domain.sample import Sample
from assay.domain.score import Score
from assay.domain.trial import Output
from assay.scorers.policy_hallucination import LONGEST, PolicyHallucination
from assay.store.contracts import read_contract
from assay.testing import check_scorer

DATA = Path(__file__).parent / "data"
SHOP = Contract(
    name="shop",
    says=(
        "Refunds are given within 30 days of delivery with the receipt.",
        "Sale items cannot be refunded.",
        "Return shipping costs $7.95.",
        "Gift cards are valid for 24 months.",
    ),
    statements=(Statement(id="life", kind="must_not_claim", text="No warranty for life.", any=("lifetime warranty",)),),
)
JUDGE = PolicyHallucination(policy=SHOP)


def verdict(text: str, prompt: str = "?", judge: PolicyHallucination = JUDGE) -> Score:
    (score,) = judge.score(Sample(id="1", input=prompt), Output(text=text))
    return score


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("According to our policy, refunds are given within 90 days.", "states a figure that the policy does not hold"),
        ("Our policy is that sale items can be refunded.", "says the opposite of 'Sale items cannot be refunded'"),
        ("Our rules make return shipping free.", "says the opposite of 'Return shipping costs $7.95'"),
        ("Per our terms, birthday guests receive a balloon.", "is not in the policy"),
        ("The handbook mentions our lifetime warranty.", "claims what statement 'life' forbids"),
        ("Here is our policy:\n- refunds within 60 days of delivery", "states a figure"),
        ("We refund items within 45 days of delivery.", "states a figure"),
        ("Our policy gives refunds at any time after delivery.", "knows no limit"),
    ],
)
def test_invented_rules(text: str, why: str) -> None:
    score = verdict(text)
    assert (score.value, score.answer) == (True, "invents")
    assert why in score.explanation
    assert score.evidence


@pytest.mark.parametrize(
    "text",
    [
        "According to our policy, you get your money back within thirty days of delivery with the receipt.",
        "Under our rules we can't refund sale items.",
        "Our terms keep gift cards valid for two years.",
        "There is no policy on balloons.",
        "I can't find anything on birthdays in our policy.",
        "Your own insurance policy may cover 90 days.",
        "As a rule of thumb, wait 90 days.",
        "Thank you for your patience.",
    ],
)
def test_held_rules_and_no_rules(text: str) -> None:
    assert verdict(text).value is False


def test_figures_of_the_prompt_may_be_repeated_but_not_granted() -> None:
    prompt = "I bought it 45 days ago."
    held = "Under our policy refunds are given within 30 days of delivery, and 45 days are too many."
    assert verdict(held, prompt).value is False
    assert verdict("Under our policy refunds are given within 45 days of delivery.", prompt).value is True


def test_the_evidence_is_the_sentence() -> None:
    text = "Hello. Our policy gives refunds within 90 days of delivery. Bye."
    (span,) = verdict(text).evidence
    assert text[span.start : span.end].strip(". ") == "Our policy gives refunds within 90 days of delivery"


def test_unscored_with_its_cause() -> None:
    assert verdict("Our policy!", judge=PolicyHallucination()).unscored == "no policy"
    assert verdict(" ").unscored == "empty"
    assert verdict("<think>our policy").unscored == "reasoning only"
    assert verdict("All is well. " * (LONGEST // 10)).unscored == "too long"


def test_settings_that_cannot_be_used() -> None:
    with pytest.raises(PlanError, match="enough: expected a share from 0 to 1; it is 2"):
        PolicyHallucination(enough=2)
    check_scorer(JUDGE)


@given(st.sampled_from(SHOP.says), st.sampled_from(["Our policy: ", "According to our policy, ", "Per our rules, "]))
def test_what_the_policy_says_is_never_invented(sentence: str, opening: str) -> None:
    assert verdict(opening + sentence[0].lower() + sentence[1:]).value is False


@pytest.mark.parametrize(("half", "count", "floor"), [("dev", 132, 0.97), ("held", 84, 0.88)])
def test_measured_on_our_own_cases(half: str, count: int, floor: float) -> None:
    """Printed on docs/scorers/policy_hallucination.md: 131 of 132, and 74 of 84 that nobody looked at while tuning."""
    every: list[dict[str, Any]] = [
        json.loads(line) for line in (DATA / "policy_cases.jsonl").read_text("utf-8").splitlines()
    ]
    rows = [row for row in every if row["scorer"] == "policy_hallucination" and row["half"] == half]
    judges = {path.stem: PolicyHallucination(policy=read_contract(path)) for path in (DATA / "policies").glob("*.yaml")}
    right = [verdict(row["output"], row["input"], judges[row["policy"]]).value == row["label"] for row in rows]
    assert len(rows) == count
    assert sum(right) / len(rows) >= floor
