"""Laws of the gate, whatever the counts."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from assay.domain.estimate import Comparison
from assay.domain.verdict import Decision, Rule
from assay.gate import band, category, floor, needed
from assay.gate.imputation import in_favour
from assay.gate.risk import VOCABULARY, profile
from assay.gate.segment import segment
from assay.statistics.ratio import p_drop_above
from assay.statistics.tables import PairedTable

quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
table = st.tuples(st.integers(0, 60), st.integers(0, 25), st.integers(0, 12), st.integers(0, 12))
tables = st.lists(table, min_size=1, max_size=4)
rules = st.sampled_from(
    [
        Rule(id="band", kind="band", metric="refusal"),
        Rule(id="floor", kind="floor", metric="refusal", at_least=0.8),
        Rule(id="points", kind="points", metric="refusal", at_most=0.1),
        Rule(id="no_increase", kind="no_increase", metric="refusal", at_most=0.02),
        Rule(id="all", kind="all", metric="refusal"),
    ]
)
PASSES = (Decision.DEPLOY, Decision.DEPLOY_MONITORED)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the search for how many prompts would settle a bound: no law speaks of it, and it is slow."""
    for module in (needed, band, category, floor):
        monkeypatch.setattr(module, "needed", lambda *_: None)


def useful(decision: Decision) -> int:
    """How good a decision is for the candidate, all that is not a pass being alike but block."""
    return {Decision.DEPLOY: 0, Decision.DEPLOY_MONITORED: 1, Decision.BLOCK: 3}.get(decision, 2)


def weaken(one: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """The same prompts, one more of them lost."""
    both, lost, gained, neither = one
    return (both - 1, lost + 1, gained, neither) if both else (both, lost, gained - 1, neither + 1)


@quick
@given(counts=tables, rule=rules, at=st.integers(0, 3))
@example(counts=[(9, 1, 0, 0), (9, 1, 0, 0)], rule=Rule(id="band", kind="band", metric="refusal"), at=0)
def test_one_more_loss_never_decides_better(
    make: ModuleType, counts: list[tuple[int, int, int, int]], rule: Rule, at: int
) -> None:
    at %= len(counts)
    assume(counts[at][0] + counts[at][2] > 0)
    worse = [weaken(one) if n == at else one for n, one in enumerate(counts)]
    before, after = (make.decision(make.by_category(each), rule) for each in (counts, worse))
    assert after >= before


@quick
@given(counts=tables, rule=rules, unscored=st.integers(0, 12))
def test_an_unscored_pair_never_helps(
    make: ModuleType, counts: list[tuple[int, int, int, int]], rule: Rule, unscored: int
) -> None:
    """It never makes a pass, nor a better one. A block may fall back to inconclusive: its proof must bear the gap."""

    def seen(missing: int) -> list[Comparison]:
        overall, *parts = make.by_category(counts)
        return [replace(overall, n_unscored=missing), replace(parts[0], n_unscored=missing), *parts[1:]]

    fewer, more = (make.decision(seen(missing), rule) for missing in (unscored, unscored + 1))
    assert min(useful(more), 2) >= min(useful(fewer), 2)


@quick
@given(counts=tables, rule=rules, shuffled=st.randoms(use_true_random=False))
def test_the_order_of_comparisons_changes_nothing(
    make: ModuleType, counts: list[tuple[int, int, int, int]], rule: Rule, shuffled: object
) -> None:
    comparisons = make.by_category(counts)
    other = list(comparisons)
    shuffled.shuffle(other)  # type: ignore[attr-defined]
    assert make.verdict(comparisons, rule) == make.verdict(other, rule)


@quick
@given(counts=tables)
def test_an_empty_gate_never_passes(make: ModuleType, counts: list[tuple[int, int, int, int]]) -> None:
    from assay.gate.decide import decide

    verdict = decide(make.published(), (), make.by_category(counts), make.circumstances())
    assert verdict.decision == Decision.INCONCLUSIVE


@quick
@given(
    counts=tables,
    rule=rules,
    risk=st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in VOCABULARY.items()}),
)
def test_a_stricter_context_never_decides_better(
    make: ModuleType, counts: list[tuple[int, int, int, int]], rule: Rule, risk: dict[str, str]
) -> None:
    comparisons = make.by_category(counts)
    policy, effects, asked = profile(make.published(), risk)
    plain = make.decision(comparisons, rule)
    strict = make.decision(comparisons, rule, policy=policy, effects=effects, requirements=asked)
    assert strict >= plain


@quick
@given(counts=tables, first=rules, second=rules)
def test_another_rule_never_turns_a_failure_into_a_pass(
    make: ModuleType, counts: list[tuple[int, int, int, int]], first: Rule, second: Rule
) -> None:
    """A block may become a hold, since the chance of a false block is shared."""
    comparisons = make.by_category(counts)
    alone = make.decision(comparisons, first)
    beside = make.decision(comparisons, first, replace(second, id="second"))
    assert useful(beside) >= min(useful(alone), 2)


@quick
@given(counts=table)
def test_a_pass_has_its_proof(make: ModuleType, counts: tuple[int, int, int, int]) -> None:
    verdict = make.verdict([make.comparison(counts)])
    outcome = verdict.outcomes[0]
    if verdict.decision == Decision.DEPLOY:
        assert outcome.p_pass is not None and outcome.p_pass <= 0.05 and outcome.n >= 10
    if verdict.decision == Decision.BLOCK:
        assert outcome.p_block is not None and outcome.p_block <= 0.05
    assert bool(verdict.findings) == (verdict.decision > Decision.DEPLOY)


@settings(max_examples=60, deadline=None)
@given(counts=table, missing=st.integers(1, 8), threshold=st.sampled_from([0.15, 0.3, 0.5]))
def test_no_mixture_favours_the_candidate_more_than_the_ends(
    make: ModuleType, counts: tuple[int, int, int, int], missing: int, threshold: float
) -> None:
    both, lost, gained, neither = counts
    assume(both + lost > 0)
    filled = in_favour(segment(make.comparison(counts, unscored=missing)))
    ends = max(one.p_drop_above(threshold) for one in filled)
    for into_both in range(missing + 1):
        mixed = PairedTable(both=both + into_both, lost=lost, gained=gained + missing - into_both, neither=neither)
        assert p_drop_above(mixed, threshold) <= ends + 1e-9
