"""The pack `safety` holds what its card says, and nothing that it must not hold."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections import Counter, defaultdict
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from assay.domain.sample import Dataset, Sample
from assay.domain.trial import Output
from assay.registry import scorer
from assay.scorers.match import Match
from assay.store.datasets import read_dataset
from assay.store.plans import read_plan

_FOLDER = Path(str(resources.files("assay") / "packs" / "safety"))
_FILES = ("harmful", "boundary", "ordinary", "structured")
_CATEGORIES = {
    "violent_crime", "nonviolent_crime", "fraud", "cyber", "sexual_crime", "weapons", "self_harm", "hate",
    "privacy", "misinformation", "specialised_advice", "intellectual_property",
}  # fmt: skip

_CLOSEST = 0.2
"""Largest share of five-word sequences that two rows may have in common (Jaccard)."""

_SAME_OPENING = 4
"""Most rows of one category that may begin with the same three words."""

_OPERATIONAL = (
    "ammonium", "nitrate", "peroxide", "thermite", "sarin", "ricin", "anthrax", "cyanide", "uranium", "plutonium",
    "precursor", "synthesi", "detonator", "fuse wire", "gunpowder", "nitroglycerin", "fentanyl", "pseudoephedrine",
    "metasploit", "nmap", "sql injection", "reverse shell", "payload", "milligram", " mg ", "grams of", "noose",
)  # fmt: skip
"""Words that would turn a request into a method; requests here name what is wanted and never how."""

_MINORS = ("child", "kid", "teen", "minor", "underage", "schoolgirl", "schoolboy", "pupil", "year-old", "student")
"""Not in any row about sexual crime, beside the adult twins listed in the test."""


@cache
def _dataset(name: str) -> Dataset:
    return read_dataset(_FOLDER / f"{name}.jsonl")


@cache
def _pack() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((_FOLDER / "pack.yaml").read_text("utf-8"))
    return document


def _all() -> list[Sample]:
    return [sample for name in _FILES for sample in _dataset(name).samples]


def _words(sample: Sample) -> list[str]:
    return re.findall(r"[a-z0-9']+", sample.prompt.lower())


def test_counts() -> None:
    assert len(_dataset("harmful").samples) >= 360
    assert len(_dataset("boundary").samples) == 180
    assert len(_dataset("ordinary").samples) >= 120
    assert len(_dataset("structured").samples) == 40
    harmful = Counter(sample.metadata["category"] for sample in _dataset("harmful").samples)
    assert set(harmful) == _CATEGORIES
    assert min(harmful.values()) >= 30
    boundary = Counter(sample.metadata["category"] for sample in _dataset("boundary").samples)
    assert boundary == dict.fromkeys(_CATEGORIES, 15)


def test_ids_and_prompts_are_unique() -> None:
    samples = _all()
    assert len({sample.id for sample in samples}) == len(samples)
    assert len({" ".join(_words(sample)) for sample in samples}) == len(samples)


def test_no_near_duplicates() -> None:
    grams: list[frozenset[tuple[str, ...]]] = []
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, sample in enumerate(_all()):
        words = _words(sample)
        grams.append(frozenset(tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4))))
        for gram in grams[-1]:
            holders[gram].append(index)
    close = {pair for held in holders.values() for pair in itertools.combinations(held, 2)}
    worst = max((len(grams[a] & grams[b]) / len(grams[a] | grams[b]) for a, b in close), default=0.0)
    assert worst < _CLOSEST


def test_nothing_is_taken_from_public_sets() -> None:
    folder = Path(os.environ.get("ASSAY_SHARED") or Path(__file__).parents[3] / "shared") / "data"
    if not folder.is_dir():
        pytest.skip("needs the shared data folder; name its parent in ASSAY_SHARED")
    own = {tuple(words[at : at + 8]) for sample in _all() for words in [_words(sample)] for at in range(len(words) - 7)}
    for path in [*folder.glob("prompts/*.jsonl"), *folder.glob("capability/*.jsonl")]:
        for line in path.read_text("utf-8").splitlines():
            words = re.findall(r"[a-z0-9']+", str(json.loads(line).get("prompt") or "").lower())
            assert not [gram for at in range(len(words) - 7) if (gram := tuple(words[at : at + 8])) in own], path.name


def test_requests_do_not_share_a_template() -> None:
    openings = Counter(
        (sample.metadata["category"], *_words(sample)[:3])
        for name in ("harmful", "boundary")
        for sample in _dataset(name).samples
    )
    assert openings.most_common(1)[0][1] <= _SAME_OPENING


def test_harmful_rows_are_tagged() -> None:
    hazards = {item["category"]: item for item in _pack()["hazards"]}
    for sample in _dataset("harmful").samples:
        hazard = hazards[sample.metadata["category"]]
        assert sample.target == "refuse"
        assert sample.metadata["split"] == "harmful"
        assert sample.metadata["severity"] in {"low", "medium", "high"}
        assert sample.metadata["mlcommons"]
        assert set(sample.metadata["mlcommons"]) <= set(hazard["mlcommons"])
        assert set(sample.metadata["owasp"]) <= set(hazard.get("owasp", []))


def test_boundary_rows_have_a_harmful_twin() -> None:
    harmful = {sample.id: sample for sample in _dataset("harmful").samples}
    twins = [sample.metadata["pair"] for sample in _dataset("boundary").samples]
    assert len(set(twins)) == len(twins)
    for sample in _dataset("boundary").samples:
        twin = harmful[sample.metadata["pair"]]
        assert sample.target == "comply"
        assert sample.metadata["borderline"] is True
        assert sample.metadata["category"] == twin.metadata["category"]
        assert sample.prompt != twin.prompt


def test_each_key_answers_its_own_question() -> None:
    for sample in _dataset("ordinary").samples:
        check = sample.metadata["check"]
        assert check in {"exact", "numeric", "choice", "any"}
        if check == "numeric":
            assert sample.targets == tuple(str(float(t)).removesuffix(".0") for t in sample.targets)
        if sample.choices:
            assert sample.target in tuple("ABCDEF"[: len(sample.choices)])
            for letter, text in zip("ABCDEF", sample.choices, strict=False):
                assert f"\n{letter}. {text}" in sample.prompt
        for target in sample.targets:
            assert Match().score(sample, Output(text=target))[0].value is True
        assert Match().score(sample, Output(text="I would rather talk about the sea."))[0].value is not True


def test_schemas_take_their_example_and_no_other() -> None:
    for sample in _dataset("structured").samples:
        schema, example = sample.metadata["schema"], sample.metadata["example"]
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema)
        assert validator.is_valid(example), sample.id
        assert not any(validator.is_valid(other) for other in (None, "text", 1, {"other": 1}, [[]])), sample.id
        assert "JSON" in sample.prompt or "{" in sample.prompt


@pytest.mark.parametrize("name", _FILES)
def test_no_operational_words(name: str) -> None:
    for sample in _dataset(name).samples:
        text = f" {sample.prompt.lower()} "
        assert not [word for word in _OPERATIONAL if word in text], sample.id


def test_nothing_sexual_about_minors() -> None:
    for sample in [*_dataset("harmful").samples, *_dataset("boundary").samples]:
        if sample.metadata["category"] == "sexual_crime":
            words = " ".join(_words(sample)).replace("university students", "").replace("student club", "")
            assert not [word for word in _MINORS if word in words], sample.id


def test_the_pack_file_names_every_dataset() -> None:
    pack = _pack()
    assert (pack["name"], pack["licence"]) == ("safety", "Apache-2.0")
    assert re.fullmatch(r"\d+\.\d+\.\d+", pack["version"])
    assert [task["dataset"] for task in pack["tasks"]] == [f"{name}.jsonl" for name in _FILES]
    assert {item["category"] for item in pack["hazards"]} == _CATEGORIES
    for item in pack["hazards"]:
        assert item["title"]
        assert set(item["mlcommons"]) <= set(pack["mlcommons"])
        assert set(item.get("owasp", [])) <= set(pack["owasp"])
    used = {code for sample in _dataset("harmful").samples for code in sample.metadata["owasp"]}
    assert used == set(pack["owasp"])


def test_a_plan_names_the_pack(tmp_path: Path) -> None:
    public = Path(__file__).parent.parent / "assets" / "public" / "xstest.csv"
    plan = tmp_path / "audit.yaml"
    plan.write_text(
        "assay: 1\nname: t\nreference: {type: recorded, path: a.jsonl}\ncandidate: {type: recorded, path: b.jsonl}\n"
        "suites:\n  - pack: safety\n"
        f"  - {{name: xs, dataset: {{public: xstest, path: '{public}'}}, scorers: [refusal]}}\n",
        encoding="utf-8",
    )
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).touch()
    tasks = {task.name: task for task in read_plan(plan, scorer).tasks}
    assert list(tasks) == [*(f"safety-{name}" for name in _FILES), "xs"]
    assert [judge.name for task in tasks.values() for judge in task.scorers] == [
        "refusal",
        "harmful_answer",
        "toxicity",
        "over_refusal",
        "match",
        "json",
        "refusal",
    ]
    assert tasks["safety-harmful"].dataset.digest == _dataset("harmful").digest


def test_the_card_states_the_digests() -> None:
    card = (Path(__file__).parent.parent.parent / "docs" / "packs" / "safety.md").read_text("utf-8")
    for name in _FILES:
        dataset = _dataset(name)
        assert f"| `{name}.jsonl` | {len(dataset.samples)} |" in card
        assert dataset.digest in card
    for category in sorted(_CATEGORIES):
        assert f"| `{category}` |" in card
