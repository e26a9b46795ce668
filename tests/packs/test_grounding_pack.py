"""The pack `grounding` holds what its card says; its scorers tell a right answer from a wrong one on its own rows."""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from assay.domain.sample import Dataset, Sample
from assay.domain.score import Score
from assay.domain.trial import Output
from assay.registry import scorer
from assay.scorers.evidence_coverage import facts_of
from assay.scorers.tokens import sentences
from assay.store.datasets import read_dataset

_FOLDER = Path(str(resources.files("assay") / "packs" / "grounding"))
_FILES = ("answerable", "unanswerable", "cited")


@cache
def _dataset(name: str) -> Dataset:
    return read_dataset(_FOLDER / f"{name}.jsonl")


def _all() -> list[Sample]:
    return [sample for name in _FILES for sample in _dataset(name).samples]


def _score(kind: str, sample: Sample, text: str) -> Score:
    return scorer(kind).score(sample, Output(text=text))[0]


def test_counts_are_those_of_the_card() -> None:
    assert {name: len(_dataset(name).samples) for name in _FILES} == {"answerable": 42, "unanswerable": 39, "cited": 25}
    assert len({passage for sample in _all() for passage in sample.context}) == 65
    topics = Counter(sample.metadata["topic"] for sample in _all())
    assert set(topics) == {"clinic", "retail", "software", "travel", "public", "employer", "product"}
    card = (Path(__file__).parents[2] / "docs" / "packs" / "grounding.md").read_text("utf-8")
    for name in _FILES:
        assert _dataset(name).digest in card, f"the card of the pack does not hold the digest of {name}.jsonl"


def test_ids_and_questions_are_unique() -> None:
    assert len({sample.id for sample in _all()}) == len(_all())
    assert len({sample.prompt.rpartition("Question about ")[2] for sample in _all()}) == len(_all())


def test_the_prompt_holds_the_context() -> None:
    for sample in _all():
        assert len(sample.context) == 3
        for number, passage in enumerate(sample.context, 1):
            assert f"[{number}] {passage}\n" in sample.prompt


def test_facts_stand_in_the_passages() -> None:
    for name in ("answerable", "cited"):
        for sample in _dataset(name).samples:
            whole = Sample(id="1", input="?", metadata=dict(sample.metadata))
            score = _score("evidence_coverage", whole, "\n".join(sample.context))
            assert score.value == 1.0, f"{sample.id}: {score.explanation}"


def _sentence(sample: Sample) -> str:
    ways = [way.lower() for way in facts_of(sample)[0]]
    cut = [passage[a:b] for passage in sample.context for a, b in sentences(passage, 10_000)]
    return next(one for one in cut if any(way in one.lower() for way in ways))


def test_right_answers_are_grounded_and_wrong_ones_are_not() -> None:
    right, short = Counter[Any](), Counter[Any]()
    for sample in _dataset("answerable").samples:
        right[_score("groundedness", sample, _sentence(sample)).value] += 1
        short[_score("groundedness", sample, f"{facts_of(sample)[0][0]}.").value] += 1
        assert _score("groundedness", sample, "It is 77 apples in Madrid.").value is False
        assert _score("groundedness", sample, "The passages do not say.").value is False
    assert right == {True: 42}
    assert short[True] >= 40


@pytest.mark.parametrize(
    "answer",
    [
        "The passages do not say.",
        "I do not know.",
        "It is not mentioned in the passages.",
        "There is no information about that.",
        "The passages don't mention it.",
        "I cannot answer this from the passages.",
    ],
)
def test_saying_so_is_right_where_the_passages_do_not_tell(answer: str) -> None:
    for sample in _dataset("unanswerable").samples:
        assert _score("groundedness", sample, answer).value is True
        assert _score("groundedness", sample, "It costs 77 dollars in Madrid.").value is False


def test_citations_of_the_right_passage_hold() -> None:
    for sample in _dataset("cited").samples:
        tells = sample.metadata["tells"]
        passage = sample.context[tells - 1]
        cut = [passage[a:b] for a, b in sentences(passage, 10_000)]
        for number, expected in ((tells, True), (tells % 3 + 1, False), (7, False)):
            answer = " ".join(f"{one} [{number}]" for one in cut)
            assert _score("citation", sample, answer).value is expected, f"{sample.id}: {answer}"
        assert _score("citation", sample, passage).value is False


def test_tasks_name_their_scorers() -> None:
    document = yaml.safe_load((_FOLDER / "pack.yaml").read_text("utf-8"))
    assert [(task["name"], task["scorers"]) for task in document["tasks"]] == [
        ("grounding-answerable", ["groundedness", "evidence_coverage"]),
        ("grounding-unanswerable", ["groundedness"]),
        ("grounding-cited", ["citation"]),
    ]
