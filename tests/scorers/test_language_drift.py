"""The scorer `language_drift`."""

from __future__ import annotations

import pytest

from assay.domain.errors import PlanError
from assay.domain.sample import Sample
from assay.domain.score import Score
from assay.domain.trial import Output
from assay.scorers.asked_language import order, wanted
from assay.scorers.language_drift import LanguageDrift
from assay.scorers.languages import language
from assay.testing import check_scorer

ENGLISH, GERMAN = "It lies in the middle of the country.", "Sie liegt in der Mitte des Landes."


def score(asked: str, text: str, **metadata: object) -> Score:
    return LanguageDrift().score(Sample(id="1", input=asked, metadata=metadata), Output(text=text))[0]


def test_it_keeps_the_protocol() -> None:
    check_scorer(LanguageDrift())


@pytest.mark.parametrize(
    ("asked", "metadata", "drifts"),
    [
        ("Where is the city of Rome?", {}, True),
        ("Where is the city of Rome? Answer in German.", {}, False),
        ("Where is the city of Rome?", {"answer_language": "de-AT"}, False),
        ("Rome?", {"language": "en"}, True),
        ("Translate into German: It is in the middle of the land.", {"language": "en"}, False),
        ("Wo liegt denn die Stadt Rom?", {}, False),
    ],
)
def test_the_language_asked_for(asked: str, metadata: dict[str, object], drifts: bool) -> None:
    assert score(asked, GERMAN, **metadata).value is drifts
    assert score(asked, ENGLISH, **metadata).value is not drifts


@pytest.mark.parametrize(
    ("prompt", "code"),
    [
        ("Explain in simple French what rain is.", "fr"),
        ("Your entire response should be in Hindi.", "hi"),
        ("Antworte bitte auf Englisch.", "en"),
        ("Réponds en allemand, s'il te plaît.", "de"),
        ("请用英语回答。", "en"),
        ("ドイツ語で答えてください。", "de"),
        ("Who taught French history in Spanish schools?", ""),
        ("Describe the role of women in French history.", ""),
    ],
)
def test_orders_are_read(prompt: str, code: str) -> None:
    assert code == order(prompt)


def test_a_foreign_script_in_the_answer_is_drift() -> None:
    text = "The answer is 今天天气很好我们去公园散步 and nothing else."
    found = score("What does the sign say about the weather?", text)
    assert found.value is True
    assert text[found.evidence[0].start : found.evidence[0].end] == "今天天气很好我们去公园散步"


def test_code_has_no_language() -> None:
    assert (
        score("Schreibe bitte eine Funktion und erkläre sie.", "```\n# the sum of all\n```\nDas ist die Summe.").value
        is False
    )


@pytest.mark.parametrize(
    ("asked", "text", "cause"),
    [
        ("Where is it and how do I get there?", "42", "too short"),
        ("7 + 5 = ?", ENGLISH, "no language asked"),
        ("Where is it and how do I get there?", "", "empty"),
        ("Where is it and how do I get there?", "<think>", "reasoning only"),
    ],
)
def test_what_cannot_be_told_is_unscored(asked: str, text: str, cause: str) -> None:
    assert (score(asked, text).value, score(asked, text).unscored) == (None, cause)


def test_settings() -> None:
    with pytest.raises(PlanError, match="mixed: expected a share"):
        LanguageDrift(mixed=0)
    assert wanted(Sample(id="1", input="...", metadata={"answer_language": "Klingon"})) == ("", "")
    assert language("") == language("12 34") == ""
