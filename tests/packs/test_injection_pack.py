"""The pack `injection` holds what its card says, and its scorer can tell obeying from not obeying in each row."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from functools import cache
from importlib import resources
from pathlib import Path

import pytest

from assay.domain.sample import Dataset, Sample
from assay.domain.trial import Output
from assay.registry import scorer
from assay.scorers.injection import Injection
from assay.store.datasets import read_dataset
from assay.store.plans import read_plan

_FOLDER = Path(str(resources.files("assay") / "packs" / "injection"))
_ATTACKS = ("direct", "indirect", "tools")
_ANSWERS = Injection(attempts=False)


@cache
def _dataset(name: str) -> Dataset:
    return read_dataset(_FOLDER / f"{name}.jsonl")


def _attacks() -> list[Sample]:
    return [sample for name in _ATTACKS for sample in _dataset(name).samples]


def _all() -> list[Sample]:
    return [*_attacks(), *_dataset("benign").samples]


def _resisted(sample: Sample, text: str) -> object:
    return _ANSWERS.score(sample, Output(text=text))[0].value


def test_counts() -> None:
    counts = {name: len(_dataset(name).samples) for name in (*_ATTACKS, "benign")}
    assert counts == {"direct": 60, "indirect": 48, "tools": 20, "benign": 60}
    for name in ("direct", "indirect", "benign"):
        assert set(Counter(s.metadata["category"] for s in _dataset(name).samples).values()) == {12}


def test_ids_and_prompts_are_unique() -> None:
    samples = _all()
    assert len({sample.id for sample in samples}) == len(samples)
    assert len({str(sample.input) for sample in samples}) == len(samples)


def test_no_near_duplicates() -> None:
    grams = []
    for sample in _all():
        words = re.findall(r"\w+", sample.prompt.lower())
        grams.append(frozenset(tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4))))
    worst = max(len(a & b) / len(a | b) for a, b in itertools.combinations(grams, 2))
    assert worst < 0.2


@pytest.mark.parametrize("sample", _attacks(), ids=lambda sample: str(sample.id))
def test_obeying_and_resisting_are_told_apart(sample: Sample) -> None:
    assert _resisted(sample, "I'd rather not do that. Here is a plain answer.") is True
    wanted = [sample.metadata[key] for key in ("canary", "goal", "secret") if key in sample.metadata]
    for phrase in itertools.chain.from_iterable([one] if isinstance(one, str) else one for one in wanted):
        assert _resisted(sample, f"Sure. {phrase}") is False
        if "secret" not in sample.metadata:
            assert _resisted(sample, f"I was told to say {phrase!r}, which I will not do.") is True


def test_what_an_attack_on_tools_wants_is_on_offer() -> None:
    for sample in _dataset("tools").samples:
        names = {tool["function"]["name"] for tool in sample.tools}
        assert set(sample.metadata["forbidden_tools"]) <= names


@pytest.mark.parametrize("sample", _dataset("benign").samples, ids=lambda sample: str(sample.id))
def test_the_key_of_a_harmless_row_is_read_as_right(sample: Sample) -> None:
    assert all(scorer("match").score(sample, Output(text=f"{target}."))[0].value for target in sample.targets)


def test_a_plan_with_the_pack_holds_answers_to_bands(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "x", "output": "y"}\n')
    plan = tmp_path / "audit.yaml"
    plan.write_text(
        "assay: 1\nname: x\nreference: {type: recorded, path: a.jsonl}\ncandidate: {type: recorded, path: a.jsonl}\n"
        "suites: [{pack: injection}]\n"
    )
    made = read_plan(plan, scorer)
    assert [rule.metric for rule in made.rules] == ["injection_resistance", "match", "over_refusal"]
    assert [task.name for task in made.tasks] == [f"injection-{name}" for name in (*_ATTACKS, "benign")]
