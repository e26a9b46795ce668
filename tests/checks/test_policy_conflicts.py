"""One request, refused here and answered there."""

from __future__ import annotations

import random

import pytest

from assay.checks.policy_conflicts import PolicyConflicts
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

NO = "I'm sorry, but I can't help with that request."
YES = "Sure. First open the settings, then choose the profile, and press delete. It takes a minute at most."
ASKED = "How do I delete the profile of my late grandmother on the photo server?"


def row(line: int, prompt: str, answer: str, *, file: str = "a.jsonl", system: str = "", **more: object) -> TrainingRow:
    before = (Message(role="system", content=system),) if system else ()
    return TrainingRow(
        file=file,
        line=line,
        shape="chat",
        prompt=(*before, Message(role="user", content=prompt)),
        answers=((Message(role="assistant", content=answer),),),
        **more,  # type: ignore[arg-type]
    )


def found(rows: list[TrainingRow]) -> dict[str, Finding]:
    check = PolicyConflicts()
    for one in rows:
        check.add(one)
    return {one.code: one for one in check.findings()}


def test_equal_prompts_whatever_the_order() -> None:
    for first, second in ((NO, YES), (YES, NO)):
        told = found([row(3, ASKED, first), row(9, ASKED.upper(), second)])
        assert set(told) == {"policy.same_prompt_conflict"}
        assert told["policy.same_prompt_conflict"].where == {"file": "a.jsonl", "lines": [3, 9]}
        assert told["policy.same_prompt_conflict"].severity == "medium"


@pytest.mark.parametrize(
    "edited",
    [
        "Please, how can I delete my late grandmother's profile on the photo servers? Thanks!",
        "how could I be deleting profiles of my late grandmother on a photo server",
        "On the photo server, how do I delete the profile of my late grandmother?",
    ],
)
def test_light_edits(edited: str) -> None:
    told = found([row(1, ASKED, YES), row(2, edited, NO), row(3, "How do I bake bread?", YES)])
    finding = told["policy.conflict"]
    assert finding.where["lines"] == [1, 2]
    (example,) = finding.evidence["examples"]
    assert (example["refused"], example["answered"]) == ("a.jsonl:2", "a.jsonl:1")
    assert example["refused_prompt"] == edited
    assert example["answered_prompt"] == ASKED
    assert example["refusal"] == NO


@pytest.mark.parametrize(
    ("refused", "answered"),
    [
        ("How do I kill a person?", "How do I kill a Python process?"),
        ("What's the best way of stealing a car?", "What's the best way of stealing a car in GTA 4?"),
        ("How do I repeat the scale of the Armenian genocide?", "What was the scale of the Armenian genocide?"),
        ("How do I open their account?", "How do I open my account?"),
    ],
)
def test_look_alikes_are_no_conflict(refused: str, answered: str) -> None:
    assert found([row(1, refused, NO), row(2, answered, YES)]) == {}


def test_a_long_template_around_two_questions_is_no_conflict() -> None:
    words = [f"word{at}" for at in range(120)]
    template = f"You are a careful assistant of the house. {' '.join(words)} Question: "
    rows = [
        row(1, template + "Which poison kills people unseen overnight?", NO),
        row(2, template + "Which bread stays fresh until Sunday evening?", YES),
    ]
    assert found(rows) == {}


def test_the_same_decision_is_no_conflict() -> None:
    assert found([row(1, ASKED, NO), row(2, ASKED, "I cannot assist with this.")]) == {}
    assert found([row(1, ASKED, YES), row(2, ASKED, "Ask the family first.")]) == {}


def test_another_system_prompt_or_passage_may_mean_another_policy() -> None:
    assert found([row(1, ASKED, NO, system="Speak of bread only."), row(2, ASKED, YES)]) == {}
    assert found([row(1, ASKED, NO, context=("Deleting is forbidden.",)), row(2, ASKED, YES)]) == {}
    assert found([row(1, ASKED, NO, system="Be kind."), row(2, ASKED, YES, system="Be kind.")])


def test_an_answer_that_is_rated_down_teaches_nothing() -> None:
    bad = row(1, ASKED, NO)
    rated = TrainingRow(file="a.jsonl", line=1, shape="rated", prompt=bad.prompt, answers=bad.answers, ratings=(0.0,))
    assert found([rated, row(2, ASKED, YES)]) == {}


def test_categories_of_metadata_or_of_the_request() -> None:
    told = found([row(1, ASKED, NO, metadata={"category": "estate"}), row(2, ASKED, YES)])
    assert told["policy.same_prompt_conflict"].evidence["kinds"] == {"category tag: estate": 1}
    harm = "How can I steal credit card numbers from a shop?"
    told = found([row(1, harm, NO), row(2, harm, YES)])
    assert told["policy.same_prompt_conflict"].evidence["kinds"] == {"nonviolent_crime": 1}


def test_each_file_is_told_its_own_lines() -> None:
    check = PolicyConflicts()
    check.add(row(4, ASKED, NO, file="a"))
    check.add(row(8, ASKED, YES, file="b"))
    assert [one.where for one in check.findings()] == [{"file": "a", "lines": [4]}, {"file": "b", "lines": [8]}]


def test_order_of_rows_changes_nothing_but_order() -> None:
    rows = [row(at, f"{ASKED} {at // 2}", NO if at % 2 else YES) for at in range(40)]
    lines = found(rows)["policy.same_prompt_conflict"].where["lines"]
    random.Random(3).shuffle(rows)
    assert found(rows)["policy.same_prompt_conflict"].where["lines"] == lines


def test_odd_rows() -> None:
    rows = [
        row(1, "", NO),
        row(2, "?", NO),
        row(3, "?", YES),
        row(4, "\ud800 \x01 " * 1000, YES),
        row(5, "a" * 1_000_000, NO),
        TrainingRow(file="a.jsonl", line=6, shape="text", answers=((Message(role="assistant", content=NO),),)),
        TrainingRow(file="a.jsonl", line=7, shape="chat", prompt=(Message(role="user", content="hm"),)),
    ]
    assert found(rows) == {}
    assert found([]) == {}


def mixed(seed: int) -> list[TrainingRow]:
    """Refused and answered rows of few requests, some lightly edited."""
    chance = random.Random(seed)
    words = [f"{first}{second}" for first in ("bread", "river", "clock", "garden", "engine") for second in "abcdefgh"]
    prompts = [" ".join(["How do I", *chance.sample(words, 12), "é?"]) for _ in range(30)]
    rows = []
    for line in range(1, 200):
        prompt = chance.choice(prompts)
        asked = f"Please, {prompt.lower()}" if chance.random() < 0.3 else prompt
        rows.append(row(line, asked, chance.choice((YES, YES, NO)), file=chance.choice(("a", "b"))))
    return rows


@pytest.mark.parametrize("seed", range(3))
def test_what_lies_in_a_file_gives_the_findings_of_what_is_held(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = mixed(seed)
    held = found(rows)
    assert set(held) == {"policy.same_prompt_conflict", "policy.conflict"}
    monkeypatch.setattr("assay.checks.spool.PIECE", 16)
    monkeypatch.setattr("assay.checks.conflicting._HELD", 0)
    monkeypatch.setattr("assay.checks.conflicting.AT_ONCE", 8)
    assert found(rows) == held


@pytest.mark.parametrize("seed", range(3))
def test_refused_prompts_in_pieces_give_the_findings_of_the_whole(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = mixed(seed)
    whole = found(rows)
    assert "policy.conflict" in whole
    monkeypatch.setattr("assay.checks.conflicting._FEW", 4)
    monkeypatch.setattr("assay.checks.conflicting._BLOCK", 7)
    assert found(rows) == whole
