"""The all rule: every row must pass, and nothing that is missing helps."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.domain.estimate import Pairs
from assay.domain.score import Metric
from assay.domain.verdict import Decision

quick = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
table = st.tuples(st.integers(0, 30), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))


@pytest.mark.parametrize(
    ("counts", "unscored", "decision", "said"),
    [
        ((3, 0, 0, 0), 0, Decision.DEPLOY, "all 3 rows of refusal passed"),
        ((1, 0, 0, 0), 0, Decision.DEPLOY, "the only row of refusal passed"),
        ((0, 0, 2, 0), 0, Decision.DEPLOY, "all 2 rows of refusal passed"),
        ((199, 1, 0, 0), 0, Decision.BLOCK, "1 of 200 rows of refusal fails, and every row must pass"),
        ((3, 0, 0, 2), 0, Decision.BLOCK, "2 of 5 rows of refusal fail"),
        ((3, 1, 0, 0), 4, Decision.BLOCK, "1 of 4 rows of refusal fails"),
        ((500, 0, 0, 0), 1, Decision.INCONCLUSIVE, "500 rows of refusal passed and 1 have no score"),
        ((0, 0, 0, 0), 3, Decision.INCONCLUSIVE, "0 scored pairs"),
        ((0, 0, 0, 0), 0, Decision.INCONCLUSIVE, "0 scored pairs"),
    ],
)
def test_counts(
    make: ModuleType, counts: tuple[int, int, int, int], unscored: int, decision: Decision, said: str
) -> None:
    verdict = make.verdict([make.comparison(counts, unscored=unscored)], make.rule("all"))
    assert verdict.decision == decision
    assert said in verdict.reasons[0]


@quick
@given(counts=table, unscored=st.integers(0, 3), limit=st.sampled_from(["", "the time limit was reached"]))
def test_it_never_deploys_with_a_row_that_fails_or_has_no_score(
    make: ModuleType, counts: tuple[int, int, int, int], unscored: int, limit: str
) -> None:
    decision = make.decision([make.comparison(counts, unscored=unscored)], make.rule("all"), limit_reached=limit)
    failed, passed = counts[1] + counts[3], counts[0] + counts[2]
    if failed:
        assert decision == Decision.BLOCK
    elif unscored or limit or not passed:
        assert decision == Decision.INCONCLUSIVE
    else:
        assert decision == Decision.DEPLOY


@quick
@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=20), level=st.floats(0.01, 0.99))
def test_a_share_must_reach_its_level_in_every_row(make: ModuleType, values: list[float], level: float) -> None:
    metric = Metric(name="groundedness", kind="share")
    pairs = Pairs(reference=[1.0] * len(values), candidate=values, units=list(range(len(values))))
    decision = make.decision([make.of_pairs(pairs, metric)], make.rule("all", "groundedness", at_least=level))
    assert decision == (Decision.DEPLOY if min(values) >= level - 1e-9 else Decision.BLOCK)


def test_no_number_passes_for_a_number_that_is_missing(make: ModuleType) -> None:
    pairs = Pairs(reference=[1.0], candidate=[float("nan")], units=[0])
    whole = replace(make.comparison((1, 0, 0, 0)), pairs=pairs)
    from assay.gate.every import failing
    from assay.gate.segment import Segment

    assert failing(make.rule("all"), Segment(comparison=whole, evidence=None)) == 1  # type: ignore[arg-type]


def test_people_outrank_the_scorer(make: ModuleType) -> None:
    nan = float("nan")
    one = make.comparison((2, 1, 0, 0))
    mended = replace(one, pairs=replace(one.pairs, people_reference=[nan] * 3, people_candidate=[nan, nan, 1.0]))
    spoilt = replace(one, pairs=replace(one.pairs, people_reference=[nan] * 3, people_candidate=[0.0, nan, 1.0]))
    from assay.gate.every import failing
    from assay.gate.segment import Segment

    def count(compared: object) -> int:
        return failing(make.rule("all"), Segment(comparison=compared, evidence=None))  # type: ignore[arg-type]

    assert [count(one), count(mended), count(spoilt)] == [1, 0, 1]


def test_a_failure_is_seen_where_the_reference_has_no_score(make: ModuleType) -> None:
    beside = replace(make.comparison((3, 0, 0, 0), unscored=1), unpaired=[0.0])
    verdict = make.verdict([beside], make.rule("all"))
    assert verdict.decision == Decision.BLOCK and "1 of 4 rows of refusal fails" in verdict.reasons[0]
    alone = replace(make.comparison((0, 0, 0, 0), unscored=2), unpaired=[0.0, 0.0])
    assert "all 2 rows of refusal fail" in make.verdict([alone], make.rule("all")).reasons[0]
    passed = replace(make.comparison((3, 0, 0, 0), unscored=1), unpaired=[1.0])
    assert make.decision([passed], make.rule("all")) == Decision.INCONCLUSIVE


def test_few_clusters_are_no_objection_to_a_count(make: ModuleType) -> None:
    rows = make.comparison((4, 0, 0, 0), units=[0, 0, 1, 1], clustered=True)
    assert make.decision([rows], make.rule("all")) == Decision.DEPLOY


def test_it_takes_no_part_in_the_correction_of_the_other_rules(make: ModuleType) -> None:
    """A band that blocks alone blocks beside an all rule that passes."""
    kept = make.comparison((3, 0, 0, 0), slice={"suite": "regressions"})
    table = next(
        (100 - lost, lost, 0, 0)
        for lost in range(100)
        if make.decision([make.comparison((100 - lost, lost, 0, 0))]) == 4
    )
    lost = make.comparison(table)
    both = make.verdict([lost, kept], make.rule(), make.rule("all", slice={"suite": "regressions"}))
    assert [each.decision for each in both.outcomes] == [Decision.BLOCK, Decision.DEPLOY]


def test_it_promises_no_rate(make: ModuleType) -> None:
    alone = make.verdict([make.comparison((3, 0, 0, 0))], make.rule("all")).error_statement
    assert "estimates nothing" in alone and "A row that fails blocks." in alone and "Holm" not in alone
    beside = make.verdict([make.comparison((300, 0, 0, 0))], make.rule(), make.rule("all")).error_statement
    assert "Holm" not in beside and "estimates nothing" in beside
