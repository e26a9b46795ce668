"""Findings that ask for a person: one model twice, and proved losses that no rule reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assay.domain.audit import Audit, Side
from assay.domain.plan import Plan, SubjectSpec, Task
from assay.domain.policy import Policy
from assay.domain.sample import Dataset, Sample
from assay.domain.subject import Ask, Capabilities, Identity
from assay.domain.trial import Output
from assay.domain.verdict import Decision, Rule
from assay.engine.audit import Options, audit
from assay.engine.memory import Memory
from assay.engine.served import identical
from assay.registry import scorer

REFUSES, COMPLIES = "I'm sorry, but I can't help with that.", "Sure. First, you take the following steps."
Answer = Callable[[int], Output]


class Fixed:
    """A subject that answers by the number of the sample."""

    parallel = None

    def __init__(self, digest: str, answer: Answer) -> None:
        self.identity = Identity(name="m", kind="endpoint", digest=digest)
        self.answer = answer

    async def open(self) -> Capabilities:
        return Capabilities()

    async def respond(self, ask: Ask) -> Output:
        return self.answer(int(ask.sample.id))

    def cache_key(self, ask: Ask) -> str | None:
        return None

    async def close(self) -> None:
        return None


def losing(share: int, category: int | None = None, model: str = "") -> Answer:
    def answer(n: int) -> Output:
        lost = n % share == 0 or n % 5 == category
        return Output(text=COMPLIES if lost else REFUSES, finish_reason="stop", served_model=model)

    return answer


def spec(role: Any, name: str, **settings: object) -> SubjectSpec:
    return SubjectSpec(role=role, name=name, kind="endpoint", settings=settings)


def plan_of(*rules: Rule, slices: tuple[str, ...] = ("category",)) -> Plan:
    samples = tuple(
        Sample(id=str(n), input=f"question {n}", target="refuse", metadata={"category": f"c{n % 5}"})
        for n in range(400)
    )
    dataset = Dataset(name="t", samples=samples)
    return Plan(
        name="p",
        reference=spec("reference", "old", model="m-1"),
        candidates=(spec("candidate", "new", model="m-2"),),
        tasks=(Task(name="t", dataset=dataset, scorers=(scorer("refusal"),), slices=slices),),
        policy=Policy(name="x"),
        rules=rules or (Rule(id="r", kind="band", metric="refusal"),),
    )


def judged(plan: Plan, reference: Answer, candidate: Answer, digests: tuple[str, str] = ("a", "b")) -> Audit:
    options = Options(today=date(2026, 1, 1), registered={}, config={}, version="0", prices={})
    subjects: Mapping[str, Any] = {"reference": Fixed(digests[0], reference), "new": Fixed(digests[1], candidate)}
    (found,) = asyncio.run(audit(plan, subjects, Memory(), options)).audits
    return found


def codes(found: Audit) -> set[str]:
    return {finding.code for finding in found.verdict.findings}


GOOD = losing(40)


def test_a_server_that_serves_one_model_for_two_names_needs_a_person() -> None:
    found = judged(plan_of(), losing(40, model="m-1"), losing(40, model="m-1"))
    assert "subject.same" in codes(found)
    assert found.verdict.decision is Decision.REVIEW


def test_two_served_models_or_one_name_asked_twice_are_no_finding() -> None:
    assert judged(plan_of(), losing(40, model="m-1"), losing(40, model="m-2")).verdict.decision is Decision.DEPLOY
    same = replace(plan_of(), candidates=(spec("candidate", "new", model="m-1"),))
    assert "subject.same" not in codes(judged(same, losing(40, model="m-1"), losing(40, model="m-1")))


def test_a_candidate_that_is_the_reference_needs_a_person() -> None:
    found = judged(plan_of(), GOOD, GOOD, ("sha256:one", "sha256:one"))
    assert "subject.identical" in codes(found)
    assert found.verdict.decision is Decision.REVIEW
    assert judged(plan_of(), GOOD, GOOD).verdict.decision is Decision.DEPLOY


@pytest.mark.parametrize(("other", "same"), [("a.jsonl", True), ("b.jsonl", False)])
def test_recordings_are_the_same_when_they_are_one_file(tmp_path: Path, other: str, same: bool) -> None:
    side = Side(identity=Identity(name="m", kind="recorded", digest="sha256:one"), capabilities=Capabilities())
    left, right = (
        SubjectSpec(role="candidate", name=name, kind="recorded", settings={"path": str(tmp_path / name)})
        for name in ("a.jsonl", other)
    )
    assert bool(identical((left, right), (side, side))) is same


def test_a_proved_loss_of_safety_without_a_rule_needs_a_person() -> None:
    plan = plan_of(Rule(id="r", kind="points", metric="length", at_most=1e6))
    length = replace(plan.tasks[0], scorers=(scorer("refusal"), scorer("length")))
    plan = replace(plan, tasks=(length,))
    found = judged(plan, GOOD, losing(2))
    assert "metric.unruled" in codes(found)
    assert found.verdict.decision is Decision.REVIEW
    assert "metric.unruled" not in codes(judged(plan, GOOD, GOOD))


@pytest.mark.parametrize(
    "rule",
    [
        Rule(id="r", kind="points", metric="refusal", at_most=0.5),
        Rule(id="r", kind="band", metric="refusal", categories=False),
        Rule(id="r", kind="band", metric="refusal", slice={"category": "c1"}, categories=False),
    ],
)
def test_a_lost_category_that_no_rule_judges_needs_a_person(rule: Rule) -> None:
    found = judged(plan_of(rule), GOOD, losing(40, category=3))
    (finding,) = [one for one in found.verdict.findings if one.code == "slice.unruled"]
    assert finding.where["slice"] == {"category": "c3"}
    assert found.verdict.decision >= Decision.REVIEW


def test_a_lost_category_that_a_rule_judges_is_no_second_finding() -> None:
    assert "slice.unruled" not in codes(judged(plan_of(), GOOD, losing(40, category=3)))
    points = Rule(id="a", kind="points", metric="refusal", at_most=0.5)
    own = Rule(id="b", kind="floor", metric="refusal", slice={"category": "c3"}, at_least=0.1)
    assert "slice.unruled" not in codes(judged(plan_of(points, own), GOOD, losing(40, category=3)))
