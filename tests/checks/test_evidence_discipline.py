"""Sources, context, certainty."""

from __future__ import annotations

import random
from typing import Any

import pytest

from assay.checks.evidence_discipline import EvidenceDiscipline
from assay.checks.evidence_wording import abstains, asks_back, missing_text
from assay.domain.sample import Message
from assay.domain.training import TrainingRow
from assay.domain.verdict import Finding

CLINIC = "The clinic opens at seven on weekdays. It has two doors and a garden behind the house."


def chat(line: int, prompt: str, answer: str, *, file: str = "a.jsonl", **more: Any) -> TrainingRow:
    return TrainingRow(
        file=file,
        line=line,
        shape="chat",
        prompt=(Message(role="user", content=prompt),),
        answers=((Message(role="assistant", content=answer),),),
        digest=f"sha256:{line:064x}",
        **more,
    )


def found(*rows: TrainingRow) -> dict[str, Finding]:
    check = EvidenceDiscipline()
    for row in rows:
        check.add(row)
    return {one.code: one for one in check.findings()}


def test_a_source_that_cannot_exist() -> None:
    told = found(chat(4, "Name a book on tea.", "Read Tea, ISBN 978-3-16-148410-1."))["evidence.malformed_citation"]
    assert told.where["lines"] == [4]
    assert told.evidence["kinds"] == {"its check digit is wrong": 1}
    assert found(chat(4, "Name a book on tea.", "Read Tea, ISBN 978-3-16-148410-0.")) == {}


def test_a_source_that_was_not_given() -> None:
    given = (CLINIC, "Doe 2001, doi:10.1000/182")
    rows = [
        chat(1, "When does it open?", "The clinic opens at seven (doi:10.1000/999).", context=given),
        chat(2, "When does it open?", "The clinic opens at seven (doi:10.1000/182).", context=given),
        chat(3, "When does it open?", "The clinic opens at seven [4].", context=given),
        chat(4, "When does it open?", "The clinic opens at seven [1].", context=given),
    ]
    told = found(*rows)["evidence.citation_not_given"]
    assert told.where["lines"] == [1, 3]
    assert told.evidence["kinds"] == {"not given": 1, "no such passage": 1}


def test_answers_that_their_context_does_not_support() -> None:
    rows = [
        chat(1, "When does the clinic open?", "The clinic opens at seven on weekdays.", context=(CLINIC,)),
        chat(2, "Tell me more.", "Rome conquered Carthage with hundreds of wooden ships.", context=(CLINIC,)),
    ]
    told = found(*rows)["evidence.unsupported"]
    assert told.where["lines"] == [2]
    assert (told.evidence["read"], told.evidence["of"], told.evidence["share"]) == (2, 2, 0.5)
    assert told.evidence["low"] < 0.5 < told.evidence["high"]
    assert "evidence.unsupported" not in found(rows[0])


def test_rows_without_context_among_rows_with() -> None:
    rows = [chat(at, "When?", "The clinic opens at seven.", context=(CLINIC,)) for at in range(30)]
    bare = [
        chat(50, "When?", "The shop opens at nine."),
        chat(51, "When?", "I don't know."),
        chat(52, "When?", "Nine."),
    ]
    assert found(*rows, *bare)["evidence.no_context"].where["lines"] == [50]
    assert "evidence.no_context" not in found(*rows[:10], *bare)
    assert "evidence.no_context" not in found(*rows, *(chat(100 + at, "Hi", "Good day to you.") for at in range(20)))


def test_a_text_that_is_not_there() -> None:
    assert found(chat(1, "Summarize the following article.", "It tells of a storm."))["evidence.missing_text"]
    for row in (
        chat(1, "Summarize the following article.", "Could you paste the article?"),
        chat(1, "Summarize the following article: A storm hit the coast last night.", "A storm."),
        chat(1, "Summarize the article of Smith on storms.", "It tells of a storm."),
        chat(1, "Summarize the following article.", "It tells of a storm.", context=("A storm.",)),
        chat(1, "Summarize the following article.", "I cannot find an article; there is not enough information."),
    ):
        assert "evidence.missing_text" not in found(row)


def test_how_sure_the_answers_sound() -> None:
    texts = [
        "I don't know the answer to this.",
        "Which town do you mean?",
        "Perhaps it rains, and it might be the wind as well.",
        "It is definitely Paris.",
        "Paris lies on the Seine.",
    ]
    rows = [chat(at, "Where is it?", texts[at % 5]) for at in range(50)]
    told = found(*rows)["evidence.stance"]
    assert told.severity == "info"
    shares = {kind: value["share"] for kind, value in told.evidence["shares"].items()}
    assert shares["abstain"] == shares["ask_back"] == shares["sound_certain"] == 0.2
    assert sum(told.evidence["hedges_per_100_words"].values()) == 50
    assert sum(told.evidence["certainty_words_per_100_words"].values()) == 50
    random.Random(1).shuffle(rows)
    assert found(*rows)["evidence.stance"] == told
    assert found(*rows[:10]) == {}


@pytest.mark.parametrize(
    "text",
    [
        "I'm not sure what you mean.",
        "The passage doesn't mention the price.",
        "There is not enough information to tell.",
        "It is unclear from the text.",
    ],
)
def test_abstaining(text: str) -> None:
    assert abstains(text)


@pytest.mark.parametrize("text", ["It costs 5 euros.", "I can't help with that, as it is illegal.", ""])
def test_not_abstaining(text: str) -> None:
    assert not abstains(text)


def test_wording_of_questions() -> None:
    assert asks_back("Which city are you in?")
    assert not asks_back("What has keys but no locks?")
    assert not asks_back("Paris. Can I help you with anything else?")
    assert missing_text("Translate the following sentence.")
    assert not missing_text('Translate the sentence "Guten Tag".')
    assert not missing_text("x" * 1_000_000)


def test_odd_rows() -> None:
    rows = [
        chat(1, "", "y"),
        chat(2, "x", " "),
        chat(3, "read the text " * 10, "[1] http://" * 100_000, context=("a" * 100_000, "b")),
        chat(4, "\ud800", "\ud800 (2019) et al", context=("", "\ud800")),
        TrainingRow(file="a.jsonl", line=5, shape="text", answers=((Message(role="assistant", content="z"),),)),
    ]
    assert "evidence.no_context" not in found(*rows)
