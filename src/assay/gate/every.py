"""All rule: every row must pass. A count, no estimate: nothing is proved of prompts that were not asked."""

from __future__ import annotations

import math
from dataclasses import replace

from assay.domain.verdict import Decision, Rule, RuleOutcome
from assay.gate.case import Case, Ground, outcome
from assay.gate.segment import Segment
from assay.gate.words import limit, plural

EXACT = frozenset({"all"})
"""Kinds of rule that count instead of estimating: no chance of error to share, no number of rows too small."""
_CLOSE = 1e-9


def p_harm(case: Case, *, favour: bool) -> float:
    """0.0 when a row fails, else 1.0: what was seen is certain, whatever the missing rows would have said."""
    return 1.0 if case.overall is None or not failing(case.rule, case.overall) else 0.0


def judge(case: Case, overall: Segment, *, harm_proved: bool, favour: bool) -> RuleOutcome:
    """A row fails: block. None fails and one is unscored or missing: inconclusive. Each has passed: deploy."""
    failed, missing = failing(case.rule, overall), overall.comparison.n_unscored
    n, name, level = overall.comparison.n, overall.name, _level(case.rule)
    if failed:
        rows, verb = n + len(overall.comparison.unpaired), "fails" if failed == 1 else "fail"
        said = f"{_of(failed, rows)} of {name} {verb}{_missed(case.rule)}"
        ground = Ground(decision=Decision.BLOCK, reason=f"{said}, and every row must pass")
    elif missing or not n:
        said = f"{plural(n, 'row')} of {name} passed{level} and {missing} have no score; every row must pass"
        ground = Ground(decision=Decision.INCONCLUSIVE, reason=said, missed=f"a score for every row of {name}")
    else:
        ground = Ground(decision=Decision.DEPLOY, reason=f"{_of(n, n)} of {name} passed{level}")
    return replace(outcome(case, overall, [ground]), worst_samples=overall.comparison.failing)


def failing(rule: Rule, one: Segment) -> int:
    """Rows on which the candidate is below the level, whether or not the reference has a score there.

    Where people judged an answer, their word counts.
    """
    pairs = one.comparison.pairs
    people = pairs.people_candidate if len(pairs.people_candidate) else [math.nan] * len(pairs.candidate)
    values = [by if by == by else seen for seen, by in zip(pairs.candidate, people, strict=True)]  # NaN: nobody looked
    level = least(rule)
    return sum(not value >= level * (1 - _CLOSE) for value in [*values, *one.comparison.unpaired])


def least(rule: Rule) -> float:
    """What each row must reach on the good scale."""
    return 1.0 if rule.at_least is None else rule.at_least


def _of(count: int, n: int) -> str:
    """How many rows, in words."""
    if count < n:
        return f"{count} of {plural(n, 'row')}"
    return "the only row" if n == 1 else f"all {n} rows"


def _missed(rule: Rule) -> str:
    return "" if rule.at_least is None else f" to reach {limit(rule.at_least)}"


def _level(rule: Rule) -> str:
    return "" if rule.at_least is None else f" at {limit(rule.at_least)} or more"
