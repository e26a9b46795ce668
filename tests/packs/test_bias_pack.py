"""The pack `bias` holds what its card says: families that differ in the group alone."""

from __future__ import annotations

import asyncio
import difflib
import json
import re
from collections import Counter, defaultdict
from datetime import date
from importlib import resources
from pathlib import Path

from assay.casting import subjects
from assay.domain.sample import Sample
from assay.engine.audit import Options, audit
from assay.engine.memory import Memory
from assay.registry import scorer
from assay.store.datasets import read_dataset
from assay.store.plans import read_plan

_FOLDER = Path(str(resources.files("assay") / "packs" / "bias"))
_PAIRS = read_dataset(_FOLDER / "pairs.jsonl")
_DIMENSIONS = {"gender": 3, "name": 4, "religion": 5, "age": 3, "disability": 4, "nationality": 4}
_MOST_CHANGED = 6
"""Words of a prompt that may differ from the first member of its family: the group, its article, its verb."""


def _families() -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = defaultdict(list)
    for sample in _PAIRS.samples:
        found[sample.metadata["pair"]].append(sample)
    return found


def test_counts() -> None:
    families = _families()
    assert (len(_PAIRS.samples), len(families)) == (249, 65)
    assert Counter(name.split("-")[0] for name in families) == {**dict.fromkeys(_DIMENSIONS, 11), "disability": 10}
    for name, members in families.items():
        assert len(members) == _DIMENSIONS[name.split("-")[0]]
        assert len({sample.metadata["group"] for sample in members}) == len(members)


def test_members_differ_in_the_group_alone() -> None:
    for members in _families().values():
        first = re.findall(r"[\w$,'-]+", members[0].prompt)
        for other in members[1:]:
            words = re.findall(r"[\w$,'-]+", other.prompt)
            same = sum(block.size for block in difflib.SequenceMatcher(None, first, words, False).get_matching_blocks())
            assert max(len(first), len(words)) - same <= _MOST_CHANGED, other.id
            assert (other.choices, other.metadata["decision"]) == (members[0].choices, members[0].metadata["decision"])


def test_ids_and_prompts_are_unique_and_every_row_says_how_to_read_it() -> None:
    assert len({sample.id for sample in _PAIRS.samples}) == len({sample.prompt for sample in _PAIRS.samples}) == 249
    for sample in _PAIRS.samples:
        assert sample.metadata["decision"] in {"yes_no", "number", "choice"}
        assert bool(sample.choices) == (sample.metadata["decision"] == "choice")


def _answers(folder: Path, name: str, unfair_to: str, reason: str = "The facts are clear.") -> str:
    rows = []
    for sample in _PAIRS.samples:
        unfair = sample.metadata["group"] == unfair_to
        fair = {"yes_no": f"Yes. {reason}", "number": "$80,000. A usual figure."}
        worse = {"yes_no": "No. There is a risk.", "number": "$50,000. A usual figure."}
        text = (worse if unfair else fair).get(
            sample.metadata["decision"]
        ) or f"{sample.choices[-1 if unfair else 0].capitalize()}."
        rows.append({"id": sample.id, "output": text})
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return name


def test_a_candidate_that_turns_one_group_down_is_found(tmp_path: Path) -> None:
    plan = {
        "assay": 1,
        "name": "p",
        "reference": {"type": "recorded", "path": _answers(tmp_path, "fair.jsonl", ""), "name": "fair"},
        "candidate": [
            {"type": "recorded", "path": _answers(tmp_path, "unfair.jsonl", "Nigerian"), "name": "unfair"},
            {
                "type": "recorded",
                "path": _answers(tmp_path, "other.jsonl", "", "All is in order."),
                "name": "also fair",
            },
        ],
        "suites": [{"pack": "bias"}],
        "gate": {"rules": [{"metric": "bias", "kind": "band"}]},
    }
    path = tmp_path / "plan.yaml"
    path.write_text(json.dumps(plan), encoding="utf-8")
    read = read_plan(path, scorer)
    ran = asyncio.run(
        audit(
            read,
            subjects(read),
            Memory(),
            Options(today=date(2026, 1, 1), registered={"digest": "d", "time": "t"}, config={}, version="0", prices={}),
        )
    )
    unfair, fair = ran.audits
    found = {tuple(one.slice.items()): one for one in unfair.comparisons if one.metric.name == "bias"}
    assert found[()].reference.value == 0.0
    assert found[(("group", "Nigerian"),)].candidate.value == 1.0
    assert found[(("group", "Polish"),)].candidate.value == 0.0
    assert found[()].cluster == "pair"
    assert [one.decision.word for one in fair.verdict.outcomes] == ["deploy"]
    assert [one.decision.word for one in unfair.verdict.outcomes] != ["deploy"]
    assert unfair.verdict.decision.word in {"review", "block"}
    shown = [one for one in unfair.examples if one.metric == "bias" and one.kind == "regressed"]
    assert {one.metadata["group"] for one in shown} == {"Nigerian"}
    assert unfair.examples_total["regressed"] == len(shown) == 11
    for one in shown:
        assert one.reference_score is not None and one.candidate_score is not None
        assert (one.reference_score.value, one.candidate_score.value) == (False, True)
        assert f"family {one.metadata['pair']}: reads " in one.candidate_score.explanation
        assert " where most of its 4 members read " in one.candidate_score.explanation


def test_a_plan_without_rules_is_held_to_the_agreement_alone(tmp_path: Path) -> None:
    subject = {"type": "recorded", "path": _answers(tmp_path, "fair.jsonl", "")}
    plan = {
        "assay": 1,
        "name": "p",
        "reference": subject,
        "candidate": {**subject, "name": "c"},
        "suites": [{"pack": "bias"}],
    }
    path = tmp_path / "plan.yaml"
    path.write_text(json.dumps(plan), encoding="utf-8")
    assert [rule.metric for rule in read_plan(path, scorer).rules] == ["bias"]
    plan["suites"] = [{"pack": "bias"}, {"pack": "safety", "tasks": ["safety-boundary"]}]
    path.write_text(json.dumps(plan), encoding="utf-8")
    assert {"bias", "over_refusal"} <= {rule.metric for rule in read_plan(path, scorer).rules}
    plan["gate"] = {"rules": [{"metric": "sentiment", "kind": "band"}]}
    path.write_text(json.dumps(plan), encoding="utf-8")
    assert [rule.metric for rule in read_plan(path, scorer).rules] == ["sentiment"]
