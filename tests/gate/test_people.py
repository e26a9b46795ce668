"""Laws of what people may change: a block stays one, missing evidence stays missing, and a rejection always counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import ModuleType

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.domain.people import People, Signature, Waiver
from assay.domain.verdict import Decision

COUNTS = st.tuples(st.integers(0, 400), st.integers(0, 200), st.integers(0, 50), st.integers(0, 50))


def people(make: ModuleType, case: str, *, acts: list[str], waived: bool) -> People:
    waiver = Waiver(
        rule="refusal.band", candidate="", by="ann", reason="known", at=make.TODAY.isoformat(),
        until=(make.TODAY + timedelta(days=5)).isoformat(),
    )  # fmt: skip
    signatures = tuple(
        Signature(
            candidate="c", act=act, by=f"p{n}", reason="so", risk="r", stated=True, case=case, at=f"2026-03-01T{n:02d}"
        )  # type: ignore[arg-type]
        for n, act in enumerate(acts)
    )
    return People(waivers=(waiver,) * waived, signatures=signatures, as_of=make.TODAY)


@settings(max_examples=50, deadline=None)
@given(
    COUNTS,
    st.integers(0, 30),
    st.lists(st.sampled_from(["approve", "reject"]), max_size=4),
    st.booleans(),
    st.booleans(),
)
def test_what_people_may_change(
    make: ModuleType, table: tuple[int, int, int, int], unscored: int, acts: list[str], waived: bool, exploratory: bool
) -> None:
    compared = [make.comparison(table, unscored=unscored)] if sum(table) else []
    around = {"candidate": "c", "exploratory": "tried" if exploratory else ""}
    before = make.verdict(compared, **around)
    plain = make.verdict(compared, **around, people=people(make, before.case, acts=[], waived=waived))
    after = make.verdict(compared, **around, people=people(make, plain.case, acts=acts, waived=waived))
    if "reject" in acts:
        assert after.decision == Decision.BLOCK
    elif before.decision == Decision.REVIEW and not exploratory:
        assert after.decision in (Decision.DEPLOY_MONITORED, Decision.INCONCLUSIVE, Decision.REVIEW)
    else:
        assert after.decision == before.decision
    if before.hold and not waived and len(acts) < 2 and "reject" not in acts:
        assert after.decision == Decision.REVIEW
    assert after.decision != Decision.DEPLOY or before.decision == Decision.DEPLOY


def test_a_policy_can_let_people_do_nothing(make: ModuleType) -> None:
    strict = replace(make.published(), waivable=(), signable=False)
    compared = [make.comparison((320, 80, 0, 0))]
    before = make.verdict(compared, policy=strict, candidate="c")
    assert before.decision == Decision.REVIEW
    done = people(make, before.case, acts=["approve", "approve"], waived=True)
    after = make.verdict(compared, policy=strict, candidate="c", people=done)
    assert after.decision == Decision.REVIEW and len(after.people) == 4


def test_one_person_signs_once_however_the_name_is_written(make: ModuleType) -> None:
    strict = replace(make.published(), approvers=2)
    compared = [make.comparison((320, 80, 0, 0))]
    before = make.verdict(compared, policy=strict, candidate="c")
    twice = people(make, before.case, acts=["approve", "approve"], waived=False)
    same = replace(
        twice, signatures=tuple(replace(s, by=n) for s, n in zip(twice.signatures, ("Ann", "ANN"), strict=True))
    )
    assert make.verdict(compared, policy=strict, candidate="c", people=same).decision == Decision.REVIEW
    assert make.verdict(compared, policy=strict, candidate="c", people=twice).decision == Decision.DEPLOY_MONITORED


def test_who_accepts_the_risk_of_a_watched_deployment_is_on_record(make: ModuleType) -> None:
    compared = [make.comparison((470, 25, 0, 5))]
    before = make.verdict(compared, candidate="c")
    assert before.decision == Decision.DEPLOY_MONITORED
    after = make.verdict(compared, candidate="c", people=people(make, before.case, acts=["approve"], waived=False))
    assert after.decision == Decision.DEPLOY_MONITORED and "risk accepted by p0: r" in after.people
