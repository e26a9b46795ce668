"""Answers held to a written policy, statement by statement."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.contract import Contract, Statement, StatementKind, When
from assay.domain.errors import PlanError
from assay.domain.sample import Sample
from assay.domain.score import Score
from assay.domain.trial import Output
from assay.scorers.policy import LONGEST, Policy
from assay.store.contracts import read_contract
from assay.testing import check_scorer

DATA = Path(__file__).parent / "data"


def judge(*statements: Statement) -> Policy:
    return Policy(policy=Contract(name="shop", statements=statements, file="shop.yaml"))


def rule(kind: StatementKind = "must_not_claim", id: str = "a", **tests: Any) -> Statement:
    return Statement(id=id, kind=kind, text="t", **tests)


def verdict(policy: Policy, text: str, prompt: str = "?", **sample: Any) -> Score:
    (score,) = policy.score(Sample(id="1", input=prompt, **sample), Output(text=text))
    return score


LATE = rule(any=("refund within 90 days",))


@pytest.mark.parametrize(
    "text",
    [
        "You get a refund within 90 days.",
        "Within ninety days we refund everything.",
        "Refunds are given within 90 days.",
        "We reimburse you, no questions asked, within 90 days!",
        "You get your money back within 90 days.",
        "Don't worry, refunds within 90 days are no problem.",
        "No, refunds within 90 days are fine.",
        "We don't sell lamps, but we refund within 90 days.",
    ],
)
def test_a_claim_is_found_in_other_words(text: str) -> None:
    score = verdict(judge(LATE), text)
    assert score.value is False
    (span,) = score.evidence
    assert "90" in text[span.start : span.end] or "inety" in text[span.start : span.end]
    assert score.explanation.startswith("a (high): says")


@pytest.mark.parametrize(
    "text",
    [
        "We do not offer refunds within 90 days.",
        "A refund within 90 days isn't possible.",
        "Refunds within ninety days are never given.",
        "No refunds within 90 days.",
        "Do you want a refund within 90 days?",
        "If we gave refunds within 90 days, we would be poor.",
        "It is false that refunds are given within 90 days.",
        "You get a refund within 30 days.",
        "Within 90 days we will call you. A refund is another matter.",
    ],
)
def test_a_denial_a_question_and_a_condition_are_no_claim(text: str) -> None:
    assert verdict(judge(LATE), text).value is True


def test_a_denied_disclosure_is_none() -> None:
    policy = judge(rule("must_disclose", any=("capital is at risk",)))
    assert verdict(policy, "Remember that your capital is at risk.").value is True
    assert verdict(policy, "Your capital is not at risk.").value is False


def test_words_that_must_and_must_not_be_there_count_however_they_are_meant() -> None:
    assert verdict(judge(rule("must_not", any=("MegaMart",))), "We are not MegaMart.").value is False
    assert verdict(judge(rule("must", any=("sorry",))), "I am not sorry.").value is True


def test_all_any_patterns_and_numbers_are_each_asked_for() -> None:
    policy = judge(rule("must", all=("red", "blue"), any=("green", "grey"), patterns=("T-[0-9]+",), numbers=("8 kg",)))
    assert verdict(policy, "Red, blue, grey, T-1, eight kilos.").value is True
    for text in ("Red, grey, T-1, 8 kg.", "Red, blue, T-1, 8 kg.", "Red, blue, grey, 8 kg.", "Red, blue, grey, T-1."):
        assert verdict(policy, text).value is False


def test_all_together_break_a_prohibition_only_in_one_sentence() -> None:
    policy = judge(rule("must_not_claim", all=("free", "forever")))
    assert verdict(policy, "It is free, and that forever.").value is False
    assert verdict(policy, "It is free. Diamonds are forever.").value is True


def test_figures_that_neither_policy_nor_prompt_nor_context_hold_break() -> None:
    policy = judge(rule("numbers_allowed", numbers=("30 days", "15 %", "31 March")))
    for text in (
        "Thirty days.",
        "15 percent until March 31, 2026.",
        "In 2 steps.",
        "A good day to you.",
        "4 weeks? 5.",
    ):
        assert (text, verdict(policy, text).value) == (text, "4 weeks" not in text)
    assert verdict(policy, "It takes $8.").value is False
    assert verdict(policy, "It takes $8.", "Why $8?").value is True
    assert verdict(policy, "It takes $8.", context=("The fee is $8.00.",)).value is True


def test_only_topics() -> None:
    policy = judge(rule("only_topics", topics=("account", "card")))
    poem = "Waves roll over golden sand while gulls cry loudly above the harbour wall."
    assert verdict(policy, "Your card is blocked.").value is True
    assert verdict(policy, poem).value is False
    assert verdict(policy, "I can only help with banking.", "A poem!").value is True
    assert verdict(policy, "Certainly, done.", "Please close my account.").value is True
    assert verdict(policy, "Certainly, done.", "A poem!").unscored == "needs a judge: a"


def test_what_cannot_be_told_is_never_passed() -> None:
    open_rule = rule("must", "tone")
    assert verdict(judge(open_rule), "Hello").unscored == "needs a judge: tone"
    assert verdict(judge(open_rule, LATE), "Hello").unscored == "needs a judge: tone"
    assert verdict(judge(open_rule, LATE), "A refund within 90 days.").value is False


def test_conditions() -> None:
    when = When(prompt=("send back",), metadata={"topic": ("returns", "refunds")})
    policy = judge(rule("must", any=("receipt",), when=when))
    asked = {"prompt": "I returned it", "metadata": {"topic": "returns"}}
    assert verdict(policy, "Hello", **asked).value is False
    assert verdict(policy, "Hello", "I lost it", metadata={"topic": "returns"}).unscored == "no statement applies"
    assert verdict(policy, "Hello", "I returned it", metadata={"topic": "law"}).unscored == "no statement applies"


def test_no_policy_no_answer_and_reasoning_only() -> None:
    assert verdict(Policy(), "Hello").unscored == "no policy"
    assert verdict(Policy(policy=Contract(name="x", says=("Be kind.",))), "Hello").unscored == "no statements"
    assert verdict(judge(LATE), " ").unscored == "empty"
    assert verdict(judge(LATE), "<think>refund within 90 days").unscored == "reasoning only"
    assert verdict(judge(LATE), "<think>refund within 90 days</think>No.").value is True


def test_a_very_long_answer_is_never_a_pass() -> None:
    filler = "All is well. " * (LONGEST // 12)
    assert verdict(judge(LATE), filler + "A refund within 90 days.").unscored == "too long"
    assert verdict(judge(LATE), "A refund within 90 days. " + filler).value is False


@pytest.mark.parametrize(
    ("first", "second", "demanded"),
    [
        (rule("must", any=("sorry",)), rule("must_not", "b", any=("Sorry",)), "'sorry'"),
        (
            rule("must_disclose", all=("refund within ninety days",)),
            rule(id="b", any=LATE.any),
            "'refund within ninety",
        ),
        (rule("must", numbers=("14 days",)), rule("numbers_allowed", "b", numbers=("30 days",)), "'14 days'"),
        (rule("must", all=("within 14 days",)), rule("numbers_allowed", "b", numbers=("30 days",)), "'within 14 days'"),
        (rule("must", all=("call T-1",)), rule("must_not", "b", patterns=("T-[0-9]",)), "'call T-1'"),
    ],
)
def test_contradicting_statements_are_an_error(first: Statement, second: Statement, demanded: str) -> None:
    for pair in ((first, second), (second, first)):
        with pytest.raises(PlanError) as caught:
            judge(*pair)
        said = str(caught.value)
        assert said.startswith("shop.yaml: statements 'a' (")
        assert "contradict each other" in said
        assert demanded in said
        assert "Change one of them" in said


def test_statements_that_never_meet_do_not_contradict() -> None:
    first = rule("must", any=("sorry",), when=When(metadata={"case": "late"}))
    judge(first, rule("must_not", "b", any=("sorry",), when=When(metadata={"case": "early"})))
    judge(rule("must", any=("sorry", "apologies")), rule("must_not", "b", any=("sorry",)))  # there is a way out


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        ({"numbers": ("soon",)}, "shop.yaml: statement 'a': numbers: 'soon' is no single quantity"),
        ({"numbers": ("1 day 2 hours",)}, "is no single quantity"),
        ({"patterns": ("(",)}, "shop.yaml: statement 'a': pattern '(' is not a regular expression"),
        ({"patterns": ("(a+)+",)}, "repeats a repetition"),
    ],
)
def test_tests_that_cannot_be_read(tests: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError) as caught:
        judge(rule("must", **tests))
    assert message in str(caught.value)


def test_the_protocol_is_kept() -> None:
    check_scorer(judge(LATE, rule("numbers_allowed", "b", numbers=()), rule("only_topics", "c", topics=("x",))))


@given(st.text(max_size=300))
def test_a_broken_statement_stays_broken_whatever_follows(text: str) -> None:
    assert verdict(judge(LATE), f"A refund within 90 days.\n{text}").value is False


@given(st.text(max_size=300))
def test_more_statements_never_make_an_answer_better(text: str) -> None:
    one, both = judge(LATE), judge(LATE, rule("numbers_allowed", "b", numbers=("90 days",)))
    if verdict(one, text).value is False:
        assert verdict(both, text).value is False


def cases(name: str, half: str) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (DATA / "policy_cases.jsonl").read_text("utf-8").splitlines()]
    return [row for row in rows if row["scorer"] == name and row["half"] == half]


@pytest.mark.parametrize(("half", "count", "floor"), [("dev", 63, 0.98), ("held", 53, 0.95)])
def test_measured_on_our_own_cases(half: str, count: int, floor: float) -> None:
    """Printed on docs/scorers/policy.md: 63 of 63, and 52 of 53 that were not looked at while tuning."""
    rows = cases("policy", half)
    judges = {path.stem: Policy(policy=read_contract(path)) for path in (DATA / "policies").glob("*.yaml")}
    found = [
        verdict(judges[row["policy"]], row["output"], row["input"], metadata=row.get("metadata", {})).value
        == row["label"]
        for row in rows
    ]
    assert len(rows) == count
    assert sum(found) / count >= floor


def test_a_kilobyte_takes_little_work(calls: Callable[..., int]) -> None:
    policy = Policy(policy=read_contract(DATA / "policies" / "retail.yaml"))
    text = "You can return the lamp within 30 days of delivery, and the refund takes 5 business days. " * 11
    verdict(policy, "It is late.", "How do I return a lamp?")
    assert calls(lambda: verdict(policy, text, "How do I return a lamp?")) < 20_000
