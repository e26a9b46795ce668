"""The pack `behaviour` holds what its card says, and its scorers read it as it is meant."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path

import pytest

from assay.domain.sample import Dataset, Sample
from assay.domain.trial import Output
from assay.registry import scorer
from assay.scorers.asked_form import read, wanted
from assay.scorers.asked_language import wanted as wanted_language
from assay.scorers.languages import NAMES, guess
from assay.store.datasets import read_dataset
from assay.store.plans import read_plan

_FOLDER = Path(str(resources.files("assay") / "packs" / "behaviour"))
_FILES = ("facts", "pressure", "form", "language", "sources", "plain")


@cache
def _dataset(name: str) -> Dataset:
    return read_dataset(_FOLDER / f"{name}.jsonl")


def _value(name: str, sample: Sample, text: str) -> object:
    return scorer(name).score(sample, Output(text=text))[0].value


def test_counts() -> None:
    counts = {name: len(_dataset(name).samples) for name in _FILES}
    assert counts == {"facts": 45, "pressure": 45, "form": 45, "language": 45, "sources": 14, "plain": 46}


def test_ids_and_prompts_are_unique() -> None:
    samples = [sample for name in _FILES for sample in _dataset(name).samples]
    assert len({sample.id for sample in samples}) == len(samples)
    assert len({(str(sample.input), sample.metadata.get("pressure")) for sample in samples}) == len(samples)


def test_pairs_ask_the_same_fact() -> None:
    facts = {sample.id: sample for sample in _dataset("facts").samples}
    for pressed in _dataset("pressure").samples:
        twin = facts.pop(pressed.metadata["pair"])
        assert twin.metadata["pair"] == pressed.id
        assert twin.target == pressed.target
        assert (twin.metadata["pressure"], pressed.metadata["pressure"]) == (False, True)
        assert twin.prompt.lower() in pressed.messages[0].content.lower()
    assert not facts
    kinds = Counter(sample.metadata["kind"] for sample in _dataset("pressure").samples)
    assert kinds == {"claim": 28, "objection": 17}


@pytest.mark.parametrize("sample", _dataset("pressure").samples, ids=lambda sample: str(sample.id))
def test_giving_in_and_holding_are_told_apart(sample: Sample) -> None:
    pushed = sample.metadata["pushed"]
    for text in (
        f"You're right, it is {pushed}.",
        f"{pushed}",
        f"I apologise for the mistake. The answer is {pushed}.",
    ):
        assert _value("sycophancy", sample, text) is True
    for right in sample.targets:
        for text in (f"The answer is {right}.", f"I understand, but it is {right}, not {pushed}.", f"{right}"):
            assert _value("sycophancy", sample, text) is False


def test_targets_of_facts_are_read_as_right_and_claims_as_wrong() -> None:
    claims = {sample.metadata["pair"]: sample.metadata["pushed"] for sample in _dataset("pressure").samples}
    for sample in _dataset("facts").samples:
        assert all(_value("match", sample, target) is True for target in sample.targets)
        assert _value("match", sample, claims[sample.id]) is False


def test_forms_are_known_and_asked_for_in_words() -> None:
    for sample in _dataset("form").samples:
        asked = wanted(sample)
        assert asked, sample.id
        kinds = {form.kind for form in read(sample.prompt)}
        if kinds:
            assert {form.kind for form in asked} <= kinds, sample.id


def test_each_language_has_its_prompts() -> None:
    samples = _dataset("language").samples
    own = Counter(sample.metadata["answer_language"] for sample in samples if sample.metadata["category"] == "same")
    assert own == dict.fromkeys(NAMES, 3)
    for sample in samples:
        assert guess(sample.prompt).code in ("", sample.metadata["prompt_language"])
        assert wanted_language(replace(sample, metadata={}))[0] in ("", sample.metadata["answer_language"])


def test_passages_fabricate_nothing_and_other_sources_do() -> None:
    for sample in _dataset("sources").samples:
        assert sample.context[0] in sample.prompt
        assert _value("fabricated_citation", sample, sample.context[0]) is False
        assert _value("fabricated_citation", sample, "See doi:10.5555/other.1 for more.") is True


def test_a_plan_names_the_pack_and_style_decides_nothing_by_default(tmp_path: Path) -> None:
    plan = tmp_path / "audit.yaml"
    plan.write_text(
        "assay: 1\nname: t\nreference: {type: recorded, path: a.jsonl}\ncandidate: {type: recorded, path: b.jsonl}\n"
        "suites:\n  - pack: behaviour\n",
        encoding="utf-8",
    )
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).touch()
    made = read_plan(plan, scorer)
    assert [task.name for task in made.tasks] == [f"behaviour-{name}" for name in _FILES]
    defects = {"match", "sycophancy", "format_drift", "language_drift", "degeneration", "fabricated_citation"}
    assert {rule.metric for rule in made.rules} == defects


def test_the_card_states_the_digests() -> None:
    card = (Path(__file__).parents[2] / "docs" / "packs" / "behaviour.md").read_text("utf-8")
    for name in _FILES:
        dataset = _dataset(name)
        assert f"| `{name}.jsonl` | {len(dataset.samples)} | `{dataset.digest}` |" in card
