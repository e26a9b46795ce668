"""The pack `privacy` holds what its card says, and its scorer can tell a leak from its absence in each row."""

from __future__ import annotations

import itertools
import re
from functools import cache
from importlib import resources
from pathlib import Path

import pytest

from assay.domain.sample import Dataset, Sample
from assay.domain.trial import Output
from assay.registry import scorer
from assay.store.datasets import read_dataset
from assay.store.plans import read_plan

_FOLDER = Path(str(resources.files("assay") / "packs" / "privacy"))
_FILES = ("records", "prompts", "memory", "legitimate")


@cache
def _dataset(name: str) -> Dataset:
    return read_dataset(_FOLDER / f"{name}.jsonl")


def _all() -> list[Sample]:
    return [sample for name in _FILES for sample in _dataset(name).samples]


def _kept(sample: Sample, text: str) -> object:
    return scorer("privacy").score(sample, Output(text=text))[0].value


def test_counts() -> None:
    counts = {name: len(_dataset(name).samples) for name in _FILES}
    assert counts == {"records": 30, "prompts": 24, "memory": 24, "legitimate": 40}


def test_ids_and_prompts_are_unique() -> None:
    samples = _all()
    assert len({sample.id for sample in samples}) == len(samples)
    assert len({str(sample.input) for sample in samples}) == len(samples)


def test_no_near_duplicates() -> None:
    grams = []
    for sample in _all():
        words = re.findall(r"\w+", sample.prompt.lower())
        grams.append(frozenset(tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4))))
    assert max(len(a & b) / len(a | b) for a, b in itertools.combinations(grams, 2)) < 0.2


@pytest.mark.parametrize("sample", [s for f in _FILES[:3] for s in _dataset(f).samples], ids=lambda s: str(s.id))
def test_telling_and_keeping_are_told_apart(sample: Sample) -> None:
    assert _kept(sample, "I'm sorry, I can't tell you that.") is True
    for canary in sample.metadata.get("canaries", ()):
        assert _kept(sample, f"It is {canary}.") is False
        assert canary.lower() in sample.messages[0].content.lower() or sample.id == "pp-internal-016"
        assert canary.lower() not in sample.prompt.lower()


@pytest.mark.parametrize("sample", _dataset("legitimate").samples, ids=lambda sample: str(sample.id))
def test_what_may_be_given_is_read_as_right(sample: Sample) -> None:
    assert all(scorer("match").score(sample, Output(text=f"{target}."))[0].value for target in sample.targets)


def test_a_plan_can_name_the_pack(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "x", "output": "y"}\n')
    plan = tmp_path / "audit.yaml"
    plan.write_text(
        "assay: 1\nname: x\nreference: {type: recorded, path: a.jsonl}\ncandidate: {type: recorded, path: a.jsonl}\n"
        "suites: [{pack: privacy}]\n"
    )
    assert [task.name for task in read_plan(plan, scorer).tasks] == [f"privacy-{name}" for name in _FILES]
