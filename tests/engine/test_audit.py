"""The whole route on subjects in memory: what the verdict does with good, bad, missing and odd evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.domain.audit import Audit
from assay.domain.errors import RunConflict, SubjectError
from assay.domain.plan import Limits, Plan, SubjectSpec, Task
from assay.domain.policy import Policy
from assay.domain.sample import Dataset, Sample
from assay.domain.subject import Ask, Capabilities, Identity
from assay.domain.trial import Output
from assay.domain.verdict import Decision, Rule
from assay.engine.audit import Options, Ran, audit
from assay.engine.memory import Memory
from assay.registry import scorer

REFUSES = "I'm sorry, but I can't help with that."
COMPLIES = "Sure. First, you take the following steps and then you are done."
Answer = Callable[[Ask], Output]


class Scripted:
    """A subject that answers by a function, at once."""

    parallel = None

    def __init__(self, name: str, answer: Answer, digest: str = "") -> None:
        self.identity = Identity(name=name, kind="callable", digest=digest or f"sha256:{name}")
        self.answer = answer
        self.asked: list[str] = []

    async def open(self) -> Capabilities:
        return Capabilities()

    async def respond(self, ask: Ask) -> Output:
        self.asked.append(ask.sample.id)
        return self.answer(ask)

    def cache_key(self, ask: Ask) -> str | None:
        return None

    async def close(self) -> None:
        return None


def samples(count: int, categories: int = 2) -> tuple[Sample, ...]:
    return tuple(
        Sample(id=f"s{n:04d}", input=f"question {n}", target="refuse", metadata={"category": f"c{n % categories}"})
        for n in range(count)
    )


def plan_of(
    count: int = 400,
    *,
    epochs: int = 1,
    rules: tuple[Rule, ...] = (),
    categories: int = 2,
    policy: Policy | None = None,
    **changes: object,
) -> Plan:
    task = Task(
        name="t",
        dataset=Dataset(name="t", samples=samples(count, categories)),
        scorers=(scorer("refusal"),),
        scorer_specs=({"type": "refusal"},),
        slices=("category",),
        epochs=epochs,
    )
    plan = Plan(
        name="p",
        reference=SubjectSpec(role="reference", name="old", kind="callable"),
        candidates=(SubjectSpec(role="candidate", name="new", kind="callable"),),
        tasks=(task,),
        policy=policy or Policy(name="x", concerns={"refusal": 0.1}),
        rules=rules or (Rule(id="refusal.band", kind="band", metric="refusal"),),
        limits=Limits(concurrency=8, retries=0),
    )
    return replace(plan, **changes)  # type: ignore[arg-type]


def refuses_unless(losing: Callable[[int], bool]) -> Answer:
    return lambda ask: Output(text=COMPLIES if losing(int(ask.sample.id[1:])) else REFUSES, finish_reason="stop")


OPTIONS = Options(today=date(2026, 1, 1), registered={"digest": "d", "time": "t"}, config={}, version="0", prices={})


def ran(plan: Plan, reference: Answer, candidate: Answer, journal: Memory | None = None) -> Ran:
    subjects = {"reference": Scripted("old", reference), "new": Scripted("new", candidate)}
    return asyncio.run(audit(plan, subjects, journal or Memory(), OPTIONS))


def verdict_of(plan: Plan, reference: Answer, candidate: Answer) -> Audit:
    (found,) = ran(plan, reference, candidate).audits
    return found


GOOD = refuses_unless(lambda n: n % 40 == 0)


def test_an_unchanged_model_deploys() -> None:
    found = verdict_of(plan_of(), GOOD, GOOD)
    assert found.verdict.decision is Decision.DEPLOY
    assert found.counts["trials"] == 800
    assert found.counts["errors"] == found.counts["unscored"] == 0


def test_a_broken_model_is_blocked_with_its_answers() -> None:
    found = verdict_of(plan_of(), GOOD, refuses_unless(lambda n: n % 2 == 0))
    assert found.verdict.decision is Decision.BLOCK
    worst = found.verdict.outcomes[0].worst_samples
    assert worst and all(int(name[1:]) % 2 == 0 for name in worst)
    shown = [example for example in found.examples if example.kind == "regressed"]
    assert shown and all(example.candidate is not None for example in shown)
    assert shown[0].candidate.output.text == COMPLIES  # type: ignore[union-attr]


def test_one_collapsed_category_does_not_hide_in_the_total() -> None:
    found = verdict_of(plan_of(600, categories=10), GOOD, refuses_unless(lambda n: n % 40 == 0 or n % 10 == 3))
    assert found.verdict.decision is Decision.BLOCK
    assert any("c3" in reason for reason in found.verdict.reasons)


def test_reference_and_candidate_are_asked_the_same_and_in_turn() -> None:
    subjects = {"reference": Scripted("old", GOOD), "new": Scripted("new", GOOD)}
    asyncio.run(audit(plan_of(60), subjects, Memory(), OPTIONS))
    left, right = subjects["reference"].asked, subjects["new"].asked
    assert sorted(left) == sorted(right) == [f"s{n:04d}" for n in range(60)]
    assert left != sorted(left)
    assert max(abs(left.index(name) - right.index(name)) for name in left) <= 8


def fails(share: int) -> Answer:
    def answer(ask: Ask) -> Output:
        if int(ask.sample.id[1:]) % share == 0:
            raise SubjectError("server_error", "500")
        return GOOD(ask)

    return answer


def test_failed_calls_never_become_a_pass() -> None:
    found = verdict_of(plan_of(), GOOD, fails(5))
    assert found.verdict.decision is Decision.INCONCLUSIVE
    assert found.counts["errors"] == 80
    overall = next(c for c in found.comparisons if c.metric.name == "refusal" and not c.slice)
    assert overall.unscored == {"server_error": 80}
    assert overall.n == 320


def test_empty_answers_are_unscored() -> None:
    found = verdict_of(plan_of(), GOOD, lambda ask: Output(text="", finish_reason="stop"))
    assert found.verdict.decision is Decision.INCONCLUSIVE
    assert found.counts["unscored"] == 400


def test_a_scorer_that_raises_leaves_its_trials_unscored() -> None:
    plan = plan_of(50)

    class Broken:
        name, version, needs, judges = "refusal", "1", frozenset({"text"}), frozenset[str]()

        def metrics(self, sample: Sample | None = None):  # type: ignore[no-untyped-def]
            return scorer("over_refusal").metrics(sample)

        def score(self, sample: Sample, output: Output):  # type: ignore[no-untyped-def]
            raise ZeroDivisionError("oops")

    rules = (Rule(id="r", kind="band", metric="over_refusal"),)
    found = verdict_of(replace(plan, tasks=(replace(plan.tasks[0], scorers=(Broken(),)),), rules=rules), GOOD, GOOD)
    assert found.verdict.decision is Decision.INCONCLUSIVE
    overall = next(c for c in found.comparisons if c.metric.name == "over_refusal" and not c.slice)
    assert overall.unscored == {"scorer_error": 50}


def test_a_reference_that_fails_everywhere_goes_to_review() -> None:
    bad = refuses_unless(lambda n: True)
    found = verdict_of(plan_of(), bad, GOOD)
    assert found.verdict.decision is Decision.REVIEW
    assert "reference" in found.verdict.reasons[0]


def test_ten_perfect_prompts_prove_nothing() -> None:
    perfect = refuses_unless(lambda n: False)
    found = verdict_of(plan_of(10), perfect, perfect)
    assert found.verdict.decision is Decision.INCONCLUSIVE
    assert any(outcome.needed_n for outcome in found.verdict.outcomes)


def test_epochs_are_not_independent_evidence() -> None:
    few = verdict_of(plan_of(15, epochs=20), refuses_unless(lambda n: False), refuses_unless(lambda n: False))
    assert few.verdict.decision is not Decision.DEPLOY


def test_consistency_over_epochs_is_compared() -> None:
    def wavering(ask: Ask) -> Output:
        return Output(text=COMPLIES if ask.epoch == 2 and int(ask.sample.id[1:]) % 3 == 0 else REFUSES)

    found = verdict_of(plan_of(90, epochs=3), refuses_unless(lambda n: False), wavering)
    consistency = next(c for c in found.comparisons if c.metric.name == "consistency" and not c.slice)
    assert consistency.n == 90
    assert consistency.reference.value == 1.0
    assert consistency.candidate.value == pytest.approx(2 / 3)


def test_borderline_shift_is_reported_apart() -> None:
    def wavering(ask: Ask) -> Output:
        odd = int(ask.sample.id[1:]) % 4 == 0 and ask.epoch == 1
        return Output(text=COMPLIES if odd else REFUSES)

    weaker = refuses_unless(lambda n: n % 4 == 0)
    found = verdict_of(plan_of(160, epochs=2), wavering, weaker)
    finding = next(f for f in found.verdict.findings if f.code == "borderline.shift")
    assert finding.evidence["n"] == 80


def test_a_time_limit_ends_inconclusive_with_what_is_there() -> None:
    plan = plan_of(400, limits=Limits(concurrency=1, retries=0, time_s=0.05))

    def slow(ask: Ask) -> Output:
        import time

        time.sleep(0.005)
        return GOOD(ask)

    result = ran(plan, slow, slow)
    assert result.ending.reason == "time"
    (found,) = result.audits
    assert found.verdict.decision is Decision.INCONCLUSIVE
    assert 0 < found.counts["trials"] < 800


def test_a_resumed_run_asks_only_the_rest_and_decides_the_same() -> None:
    plan, bad = plan_of(200), refuses_unless(lambda n: n % 9 == 0)
    whole = verdict_of(plan, GOOD, bad)
    journal = Memory()
    short = replace(plan, limits=Limits(concurrency=1, retries=0, cost_usd=None, time_s=None))
    first = {"reference": Scripted("old", GOOD), "new": Scripted("new", bad)}
    asyncio.run(audit(short, first, journal, OPTIONS))
    kept = dict(list(journal._trials.items())[:133])
    journal._trials = kept
    again = {"reference": Scripted("old", GOOD), "new": Scripted("new", bad)}
    (resumed,) = asyncio.run(audit(plan, again, journal, OPTIONS)).audits
    assert len(again["reference"].asked) + len(again["new"].asked) == 400 - 133
    assert resumed.verdict == whole.verdict


def test_another_model_cannot_go_on_with_a_run() -> None:
    journal, plan = Memory(), plan_of(20)
    asyncio.run(audit(plan, {"reference": Scripted("old", GOOD), "new": Scripted("new", GOOD)}, journal, OPTIONS))
    other = {"reference": Scripted("old", GOOD, "sha256:other"), "new": Scripted("new", GOOD)}
    with pytest.raises(RunConflict, match="not the one that began this run"):
        asyncio.run(audit(plan, other, journal, OPTIONS))


def test_a_served_model_that_changes_is_a_finding() -> None:
    def changing(ask: Ask) -> Output:
        late = int(ask.sample.id[1:]) > 300
        return replace(GOOD(ask), served_model="m-2" if late else "m-1")

    found = verdict_of(plan_of(), GOOD, changing)
    assert any(finding.code == "subject.changed" for finding in found.verdict.findings)


def test_two_candidates_get_a_verdict_each() -> None:
    plan = plan_of()
    second = SubjectSpec(role="candidate", name="worse", kind="callable")
    plan = replace(plan, candidates=(*plan.candidates, second))
    subjects = {
        "reference": Scripted("old", GOOD),
        "new": Scripted("new", GOOD),
        "worse": Scripted("worse", refuses_unless(lambda n: True)),
    }
    result = asyncio.run(audit(plan, subjects, Memory(), OPTIONS))
    assert [found.verdict.decision for found in result.audits] == [Decision.DEPLOY, Decision.BLOCK]
    assert len(subjects["reference"].asked) == 400


def test_sequential_stopping_saves_calls_and_says_so() -> None:
    plan = plan_of(1000, stopping="sequential")
    same = verdict_of(plan, GOOD, GOOD)
    assert same.verdict.decision is Decision.DEPLOY
    assert same.saved["asked"] < same.saved["planned"] / 2
    broken = verdict_of(plan, GOOD, refuses_unless(lambda n: n % 10 != 0))
    assert broken.verdict.decision is Decision.BLOCK
    assert broken.saved["asked"] < 200


def test_a_settled_candidate_is_asked_no_more_while_another_is_open() -> None:
    plan = plan_of(600, stopping="sequential")
    plan = replace(plan, candidates=(*plan.candidates, SubjectSpec(role="candidate", name="worse", kind="callable")))
    subjects = {
        "reference": Scripted("old", GOOD),
        "new": Scripted("new", GOOD),
        "worse": Scripted("worse", refuses_unless(lambda n: True)),
    }
    result = asyncio.run(audit(plan, subjects, Memory(), OPTIONS))
    assert [found.verdict.decision for found in result.audits] == [Decision.DEPLOY, Decision.BLOCK]
    assert len(subjects["worse"].asked) < 40 < len(subjects["new"].asked) < 600
    assert all(found.counts["unscored"] == 0 for found in result.audits)


def test_sequential_stopping_resumed_walks_the_same_path() -> None:
    plan, bad = plan_of(600, stopping="sequential"), refuses_unless(lambda n: n % 3 == 0)
    journal = Memory()
    (whole,) = ran(plan, GOOD, bad, journal).audits
    journal._trials = dict(list(journal._trials.items())[:31])
    (resumed,) = ran(plan, GOOD, bad, journal).audits
    assert resumed.verdict.decision == whole.verdict.decision
    assert abs(resumed.saved["asked"] - whole.saved["asked"]) <= 16  # what was in flight when it stopped


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), lost=st.sets(st.integers(0, 79), max_size=40))
def test_the_order_of_asking_changes_nothing(seed: int, lost: set[int]) -> None:
    bad = refuses_unless(lambda n: n in lost)
    first = verdict_of(plan_of(80), GOOD, bad)
    other = verdict_of(plan_of(80, seed=seed), GOOD, bad)
    assert first.verdict == other.verdict
    assert [c.drop for c in first.comparisons] == [c.drop for c in other.comparisons]
    quality = [[c.difference for c in found.comparisons if c.metric.kind == "proportion"] for found in (first, other)]
    assert quality[0] == quality[1]
