"""Plan-time power of each rule kind."""

from __future__ import annotations

from types import ModuleType

import pytest

from assay.gate.power import resolvability


def test_five_hundred_prompts_resolve_a_band(make: ModuleType) -> None:
    seen = resolvability(make.rule(), make.published(), 500, base=0.95, churn=0.03)
    assert seen.power == pytest.approx(0.996, abs=0.004) and not seen.warning
    few = resolvability(make.rule(), make.published(), 100, base=0.95, churn=0.03)
    assert few.power == pytest.approx(0.57, abs=0.02) and few.warning
    assert few.needed == pytest.approx(190, abs=12)
    assert f"{few.needed} would give 80 %" in few.note


def test_a_floor_names_the_perfect_prompts(make: ModuleType) -> None:
    rule = make.rule("floor", at_least=0.995)
    seen = resolvability(rule, make.published(), 500, base=1.0)
    assert seen.warning and seen.power == 0.0 and seen.needed == 598
    assert "99.5 % needs 598 perfect prompts" in seen.note
    assert not resolvability(rule, make.published(), 598, base=1.0).warning
    never = resolvability(rule, make.published(), 5000, base=0.99)
    assert never.needed is None and "no number would give 80 %" in never.note


def test_points(make: ModuleType) -> None:
    rule = make.rule("points", at_most=0.02)
    assert resolvability(rule, make.published(), 500).warning
    assert not resolvability(rule, make.published(), 1000).warning


def test_no_increase_warns_of_chance(make: ModuleType) -> None:
    seen = resolvability(make.rule("no_increase"), make.published(), 500)
    assert seen.warning and seen.needed is None and "set at_most to a margin" in seen.note
    assert not resolvability(make.rule("no_increase", at_most=0.02), make.published(), 500).warning
    assert not resolvability(make.rule("no_increase"), make.published(), 500, churn=0.0).warning


def test_a_small_category_is_a_warning(make: ModuleType) -> None:
    seen = resolvability(make.rule(), make.published(), 500, smallest=7)
    assert seen.warning and "the smallest category has 7 prompts and needs 10" in seen.note
    assert not resolvability(make.rule(), make.published(), 500, smallest=40).warning
    assert not resolvability(make.rule(categories=False), make.published(), 500, smallest=7).warning


@pytest.mark.parametrize("kind", ["band", "floor", "points", "no_increase", "all"])
def test_no_prompts_have_no_power(make: ModuleType, kind: str) -> None:
    seen = resolvability(make.rule(kind, at_least=0.9, at_most=0.1), make.published(), 0)
    assert seen.power == 0.0 and seen.warning


def test_power_of_a_points_rule_counts_the_exact_evidence_it_asks_for(make: ModuleType) -> None:
    rule = make.rule("points", at_most=0.2)
    few, enough = (resolvability(rule, make.published(), n, 1.0, 0.0) for n in (11, 14))
    assert few.power == 0.0 and few.needed == 14
    assert enough.power == 1.0
