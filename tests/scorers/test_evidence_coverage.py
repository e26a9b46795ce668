"""The scorer `evidence_coverage`: how much of what was needed the answer uses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.sample import Sample
from assay.domain.score import Score
from assay.domain.trial import Output
from assay.scorers.evidence_coverage import EvidenceCoverage
from assay.testing import check_scorer

FACTS = ["opens at seven", ["two doors", "a pair of doors"], "closed on Sundays"]


def scored(answer: str, context: tuple[str, ...] = (), target: str | None = None, **metadata: Any) -> Score:
    sample = Sample(id="1", input="?", context=context, target=target, metadata=metadata)
    return EvidenceCoverage().score(sample, Output(text=answer))[0]


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        ("It opens at seven.", 1 / 3),
        ("It opens at 7, has a pair of doors and is closed on Sundays.", 1.0),
        ("It opens at eight and has two doors.", 1 / 3),
        ("It is open on Sundays.", 0.0),
        ("Nothing of that.", 0.0),
    ],
)
def test_the_share_of_facts(answer: str, share: float) -> None:
    assert scored(answer, facts=FACTS).value == pytest.approx(share)


def test_the_evidence_is_where_facts_are_used() -> None:
    text = "<think>Hm.</think>Welcome. It has two doors."
    score = scored(text, facts=FACTS)
    assert [(text[s.start : s.end], s.reason) for s in score.evidence] == [("It has two doors", "uses: two doors")]
    assert score.explanation == "uses 1 of 3 facts; missing: 'opens at seven'"


def test_a_target_is_one_fact() -> None:
    assert scored("It was Ines Morland.", target="Ines Morland").value == 1.0
    assert scored("It was Tobias.", target="Ines Morland").value == 0.0


def test_without_facts_supported_sentences_are_counted() -> None:
    score = scored("The clinic opens at seven. Parking costs three euros.", ("The clinic opens at seven.",))
    assert score.value == 0.5
    assert "not found" in score.evidence[0].reason
    assert scored("Hello there!", ("The clinic opens at seven.",)).unscored == "no claim"
    assert scored("It opens.").unscored == "no context"
    assert scored("It opens.", target="comply").unscored == "no context"


def test_nothing_to_read_is_unscored() -> None:
    assert scored("", facts=FACTS).unscored == "empty"
    assert scored("<think>seven", facts=FACTS).unscored == "reasoning only"


def test_it_keeps_the_protocol() -> None:
    samples = [Sample(id="1", input="?", metadata={"facts": FACTS}), Sample(id="2", input="?", context=("One. Two.",))]
    check_scorer(EvidenceCoverage(), samples)


@given(st.text(max_size=100), st.lists(st.text(max_size=20), min_size=1, max_size=3))
def test_the_share_lies_between_nought_and_one(answer: str, facts: list[str]) -> None:
    score = scored(answer, facts=facts)
    assert score.value is None or 0 <= float(score.value) <= 1


@given(st.sampled_from(["It opens at seven.", "Closed on Sundays!", "Two doors, then."]))
def test_saying_more_never_uses_fewer_facts(more: str) -> None:
    first, second = scored("It has two doors.", facts=FACTS), scored(f"It has two doors. {more}", facts=FACTS)
    assert float(second.value or 0) >= float(first.value or 0)
