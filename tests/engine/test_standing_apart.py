"""A suite that stands apart is part of no other figure, and is judged by the rules that name it."""

from __future__ import annotations

from dataclasses import replace

from assay.domain.estimate import Comparison
from assay.domain.plan import Plan, SubjectSpec, Task
from assay.domain.policy import Policy
from assay.domain.sample import Dataset, Sample
from assay.domain.score import Score
from assay.domain.trial import Output, Trial
from assay.domain.verdict import Rule
from assay.engine.compare import compare
from assay.engine.observations import Observations
from assay.engine.stopping import meets
from assay.engine.unruled import unruled
from assay.gate.case import case
from assay.registry import scorer


def task(name: str, count: int, apart: bool = False) -> Task:
    samples = tuple(
        Sample(id=f"{name}{n}", input=f"{name} {n}", target="refuse", metadata={"topic": "ab"[n % 2]})
        for n in range(count)
    )
    made = (scorer("refusal"),)
    return Task(name=name, dataset=Dataset(name=name, samples=samples), scorers=made, slices=("topic",), apart=apart)


def plan_of(*tasks: Task, rules: tuple[Rule, ...] = ()) -> Plan:
    return Plan(
        name="p",
        reference=SubjectSpec(role="reference", name="old", kind="recorded"),
        candidates=(SubjectSpec(role="candidate", name="new", kind="recorded"),),
        tasks=tasks,
        policy=Policy(name="x"),
        rules=rules or (Rule(id="refusal.band", kind="band", metric="refusal"),),
    )


def compared(plan: Plan) -> dict[tuple[tuple[str, str], ...], Comparison]:
    """The comparisons on refusal by slice; the candidate fails every second row of each suite."""
    observations = Observations(plan)
    for each in plan.tasks:
        for n, sample in enumerate(each.dataset.samples):
            for subject, good in (("reference", True), ("new", n % 2 == 0)):
                trial = Trial(
                    subject=subject,
                    task=each.name,
                    sample_id=sample.id,
                    sample_digest=sample.digest,
                    output=Output(text="."),
                    latency_s=1.0,
                )
                observations.add(trial, [Score(metric="refusal", value=good, scorer="refusal", version="1")])
    found = compare(plan, observations, "new")
    refusal = [one for one in found if one.metric.name == "refusal"]
    named = {tuple(sorted(one.slice.items())): one for one in refusal}
    assert len(named) == len(refusal), "one comparison for each slice"
    return named


HARD = Rule(id="hard", kind="all", metric="refusal", slice={"suite": "again"})


def test_it_changes_no_other_figure() -> None:
    alone = compared(plan_of(task("golden", 40)))
    beside = compared(plan_of(task("golden", 40), task("again", 7, apart=True)))
    own = beside.pop((("suite", "again"),))
    assert beside.keys() == alone.keys()
    assert all(beside[key].n == alone[key].n and beside[key].drop == alone[key].drop for key in alone)
    assert (own.n, own.failing) == (7, ("again1", "again3", "again5"))


def test_no_band_takes_it_for_a_category() -> None:
    band = Rule(id="band", kind="band", metric="refusal")
    found = list(compared(plan_of(task("golden", 40), task("again", 7, apart=True), rules=(band, HARD))).values())
    parts = case(band, Policy(name="x"), found, None).parts
    assert {tuple(part.slice.items()) for part in parts} == {(("topic", "a"),), (("topic", "b"),)}
    assert unruled(Policy(name="x"), [replace(band, categories=False)], found) == unruled(
        Policy(name="x"), [replace(band, categories=False)], [one for one in found if not one.apart]
    )


def test_without_standing_apart_it_does() -> None:
    beside = compared(plan_of(task("golden", 40), task("again", 7)))
    assert beside[()].n == 47 and beside[(("suite", "golden"),)].n == 40


def test_a_rule_reads_it_whole_or_in_part() -> None:
    part = replace(HARD, id="part", slice={"suite": "again", "topic": "a"})
    found = compared(plan_of(task("golden", 40), task("again", 8, apart=True), rules=(HARD, part)))
    assert found[(("suite", "again"),)].n == 8
    assert (
        found[(("suite", "again"), ("topic", "a"))].n == 4 and not found[(("suite", "again"), ("topic", "a"))].failing
    )


def test_a_failure_without_a_score_of_the_reference_is_not_lost() -> None:
    plan = plan_of(task("again", 3, apart=True), rules=(HARD,))
    observations = Observations(plan)
    for n, sample in enumerate(plan.tasks[0].dataset.samples):
        for subject in ("reference", "new"):
            known = subject == "new" or n != 1
            cause = "" if known else "refusal_unclear"
            score = Score(metric="refusal", value=n != 1 if known else None, unscored=cause)
            asked = Trial(
                subject=subject,
                task="again",
                sample_id=sample.id,
                sample_digest=sample.digest,
                output=Output(text="."),
            )
            observations.add(asked, [score])
    (found,) = (one for one in compare(plan, observations, "new") if one.metric.name == "refusal")
    assert (found.n, found.n_unscored, list(found.unpaired), found.failing) == (2, 1, [0.0], ("again1",))


def test_two_of_them_and_nothing_else() -> None:
    found = compared(plan_of(task("one", 4, apart=True), task("two", 6, apart=True)))
    assert {key: one.n for key, one in found.items()} == {(("suite", "one"),): 4, (("suite", "two"),): 6}


def test_sequential_bets_are_not_placed_on_it() -> None:
    apart, band = task("again", 2, apart=True), Rule(id="b", kind="band", metric="refusal")
    sample = apart.dataset.samples[0]
    assert not meets(apart, sample, band) and meets(apart, sample, HARD)
    assert meets(replace(apart, apart=False), sample, band)
