"""Families of prompts: members that should get one answer, compared within each subject and between both."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import PlanError
from assay.domain.plan import Plan, SubjectSpec, Task
from assay.domain.policy import Policy
from assay.domain.sample import Dataset, Sample
from assay.domain.trial import Failure, Output, Trial
from assay.engine.compare import compare
from assay.engine.families import ALONE, family_column
from assay.engine.observations import Observations
from assay.engine.score import score
from assay.registry import scorer
from assay.store.plans import read_plan
from assay.store.saved import dump_plan, restore_plan

Answers = dict[tuple[str, int], str | None]


def sample(id: str, family: str | None, group: str = "g") -> Sample:
    metadata = {"group": group} | ({"pair": family} if family else {})
    return Sample(id=id, input=f"prompt {id}", metadata=metadata)


def task_of(samples: list[Sample], judge: str = "bias", metric: str = "bias", epochs: int = 1) -> Task:
    return Task(
        name="t",
        dataset=Dataset(name="t", samples=tuple(samples)),
        scorers=(scorer(judge),),
        scorer_specs=({"type": judge},),
        slices=("group",),
        epochs=epochs,
        cluster="pair",
        agree="pair",
        agreement=metric,
    )


def plan_of(task: Task) -> Plan:
    spec = SubjectSpec(role="reference", name="r", kind="callable")
    other = SubjectSpec(role="candidate", name="c", kind="callable")
    return Plan(name="p", reference=spec, candidates=(other,), tasks=(task,), policy=Policy(name="p"), rules=())


def observed(plan: Plan, answers: dict[str, Answers]) -> Observations:
    found = Observations(plan)
    (task,) = plan.tasks
    for subject, given_answers in answers.items():
        for one in task.dataset.samples:
            for epoch in range(1, task.epochs + 1):
                text = given_answers.get((one.id, epoch))
                output = None if text is None else Output(text=text)
                failure = Failure(cause="timeout", message="late") if text is None else None
                trial = Trial(
                    subject=subject, task="t", sample_id=one.id, sample_digest=one.digest, epoch=epoch,
                    output=output, failure=failure,
                )  # fmt: skip
                found.add(trial, score(one, trial, task.scorers))
    return found


def column(answers: Answers, task: Task) -> tuple[list[float | None], dict[int, str]]:
    made = family_column(task, observed(plan_of(task), {"reference": answers}), "reference")
    return [None if value != value else float(value) for value in made.values], made.causes


def test_the_odd_one_out_is_named() -> None:
    task = task_of([sample("1", "a"), sample("2", "a"), sample("3", "a"), sample("4", None)])
    values, causes = column({("1", 1): "Yes.", ("2", 1): "No.", ("3", 1): "Yes, sure.", ("4", 1): "No."}, task)
    assert values == [0.0, 1.0, 0.0, None]
    assert causes == {}


def test_two_that_differ_are_both_decided_otherwise() -> None:
    task = task_of([sample("1", "a"), sample("2", "a")])
    assert column({("1", 1): "Yes.", ("2", 1): "I'm sorry, but I can't help with that."}, task)[0] == [1.0, 1.0]


def test_a_metric_that_is_better_when_higher_is_turned() -> None:
    task = task_of([sample("1", "a"), sample("2", "a"), sample("3", "a")], metric="agreement")
    assert column({("1", 1): "Yes.", ("2", 1): "No.", ("3", 1): "Yes."}, task)[0] == [1.0, 0.0, 1.0]


def test_paraphrases_of_a_request_should_get_one_refusal_decision() -> None:
    members = [sample(str(n), "a") for n in range(3)]
    task = task_of(members, judge="refusal", metric="refusal_consistency")
    refused, given_ = "I'm sorry, but I can't help with that.", "Sure! First, take the lid off and pour the water in."
    assert column({("0", 1): refused, ("1", 1): given_, ("2", 1): refused}, task)[0] == [1.0, 0.0, 1.0]


def test_a_missing_member_is_unscored_and_so_is_one_that_is_left_alone() -> None:
    task = task_of([sample("1", "a"), sample("2", "a"), sample("3", "b"), sample("4", "b"), sample("5", "b")])
    values, causes = column({("1", 1): "Yes.", ("2", 1): None, ("3", 1): "No.", ("4", 1): "No.", ("5", 1): "Hm."}, task)
    assert values == [None, None, 0.0, 0.0, None]
    assert causes == {0: ALONE, 1: "timeout", 4: "no decision"}


def test_epochs_are_compared_each_for_itself() -> None:
    task = task_of([sample("1", "a"), sample("2", "a")], epochs=2)
    answers: Answers = {("1", 1): "Yes.", ("1", 2): "No.", ("2", 1): "Yes.", ("2", 2): "Yes."}
    assert column(answers, task)[0] == [0.0, 1.0, 0.0, 1.0]


@given(st.permutations(["Yes.", "Yes.", "No.", "Yes."]))
def test_the_order_of_members_does_not_matter(texts: list[str]) -> None:
    task = task_of([sample(str(n), "a") for n in range(4)])
    values, _ = column({(str(n), 1): text for n, text in enumerate(texts)}, task)
    assert values == [float(text == "No.") for text in texts]


def test_a_comparison_knows_families_as_clusters_and_splits_by_group() -> None:
    samples = [sample(f"{n}-{group}", f"f{n}", group) for n in range(20) for group in ("one", "two", "three")]
    plan = plan_of(task_of(samples))
    fair: Answers = {(one.id, 1): "Yes." for one in samples}
    unfair: Answers = {**fair, **{(one.id, 1): "No." for one in samples if one.metadata["group"] == "two"}}
    found = {
        (one.metric.name, tuple(one.slice.items())): one
        for one in compare(plan, observed(plan, {"reference": fair, "c": unfair}), "c")
    }
    whole = found["bias", ()]
    assert (whole.reference.value, whole.n, len(set(whole.pairs.units)), whole.cluster) == (0.0, 60, 20, "pair")
    assert whole.candidate.value == pytest.approx(1 / 3)
    assert [found["bias", (("group", group),)].candidate.value for group in ("one", "two", "three")] == [0.0, 1.0, 0.0]


# From a plan


def written(folder: Path, change: Callable[[dict[str, Any]], None] = lambda suite: None) -> Path:
    rows = [
        {"id": f"{n}{group}", "input": f"Should {group} {n} get it?", "metadata": {"pair": n, "group": group}}
        for n in range(3)
        for group in ("a", "b")
    ]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "answers.jsonl").write_text(
        "".join(json.dumps({"id": row["id"], "output": "Yes."}) + "\n" for row in rows), encoding="utf-8"
    )
    suite: dict[str, Any] = {"dataset": "pairs.jsonl", "scorers": ["bias"], "agree": "pair", "agree_metric": "bias"}
    change(suite)
    plan = {
        "assay": 1,
        "name": "p",
        "reference": {"type": "recorded", "path": "answers.jsonl", "name": "r"},
        "candidate": {"type": "recorded", "path": "answers.jsonl", "name": "c"},
        "suites": [suite],
    }
    path = folder / "plan.yaml"
    path.write_text(json.dumps(plan), encoding="utf-8")
    return path


def test_a_plan_names_families_and_their_metric(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path), scorer)
    (task,) = plan.tasks
    assert (task.agree, task.agreement, task.cluster) == ("pair", "bias", "pair")
    assert "bias" in {rule.metric for rule in plan.rules}


def test_families_are_part_of_the_registration(tmp_path: Path) -> None:
    first = read_plan(written(tmp_path), scorer).digests["task:pairs"]
    second = read_plan(written(tmp_path, lambda suite: suite.update(agree_metric="agreement")), scorer)
    assert first != second.digests["task:pairs"]


def test_a_saved_plan_keeps_its_families(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path), scorer)
    samples = {task.name: task.dataset.samples for task in plan.tasks}
    saved = json.loads(json.dumps(dump_plan(plan)))
    assert restore_plan(saved, samples, scorer).tasks[0] == plan.tasks[0]
    for task in saved["tasks"]:
        del task["agree"], task["agreement"]  # as runs of earlier versions have it
    assert restore_plan(saved, samples, scorer).tasks[0].agree == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"agree": "family"}, r"suites\[0\].agree: no sample of 'pairs' has metadata 'family'"),
        ({"cluster": "family"}, r"suites\[0\].cluster: no sample of 'pairs' has metadata 'family'"),
        ({"slices": ["group", "family"]}, r"suites\[0\].slices\[1\]: no sample of 'pairs' has metadata 'family'"),
        ({"agree_metric": "fairness"}, "agree_metric 'fairness' is no known true/false metric"),
        ({"agree_metric": "length"}, "agree_metric 'length' is no known true/false metric"),
        ({"scorers": ["length"]}, "the first scorer, 'length', makes neither true/false nor a word"),
        ({"agree_metric": "over_refusal"}, "'bias' makes the metric 'over_refusal' already"),
        ({"agree": None}, "agree_metric goes with agree"),
    ],
)
def test_families_that_cannot_be_compared_are_errors(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        read_plan(written(tmp_path, lambda suite: suite.update(change)), scorer)


def test_families_of_one_are_an_error(tmp_path: Path) -> None:
    path = written(tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "pairs.jsonl").read_text().splitlines()][::2]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(PlanError, match="no two samples of 'pairs' share a value of metadata 'pair'"):
        read_plan(path, scorer)
