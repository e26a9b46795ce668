"""Before the first call: can this many prompts resolve a rule's thresholds?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, ndtri

from assay.domain.policy import Policy
from assay.domain.verdict import Rule
from assay.gate.segment import FEWEST_PAIRS
from assay.gate.words import limit, percent, plural
from assay.statistics.difference import difference_score
from assay.statistics.power import (
    difference_scores,
    power_floor,
    prompts_for,
    prompts_for_drop_below,
    prompts_for_level,
    shares,
)
from assay.statistics.proportion import prompts_for_floor
from assay.statistics.ratio import ratio_score
from assay.statistics.tables import PairedTable

ENOUGH = 0.8
"""Power below which a rule is called unresolvable at its size."""

Cells = NDArray[np.float64]

_SEED = 7
_DRAWS = 4000  # Monte-Carlo error of a power of .8: about .006


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolvability:
    """What a rule can resolve with its prompts."""

    rule: str
    """Id of the rule."""
    n: int
    """Prompts it will have."""
    power: float
    """Chance that an unchanged model is deployed by this rule."""
    needed: int | None
    """Prompts for a power of 80 %; None when no number suffices."""
    warning: bool
    """Whether the power is below 80 %."""
    note: str
    """One sentence."""


def resolvability(
    rule: Rule, policy: Policy, n: int, base: float = 0.95, churn: float = 0.02, smallest: int | None = None
) -> Resolvability:
    """Power of one rule on a proportion to deploy a model that did not change.

    Args:
        rule: The rule.
        policy: Thresholds in force, the risk context applied.
        n: Distinct prompts it will have.
        base: Expected level of the reference on the good scale.
        churn: Share of prompts that only the candidate will get right, though nothing changed.
            A repeat of the reference against itself shows it.
        smallest: Prompts of its smallest category, for a band rule with categories.

    Returns:
        Power, prompts needed, and a sentence that warns where the rule cannot be resolved.
    """
    base = min(max(base, 0.0), 1.0)
    truth = shares(base, min(churn, base, 1.0 - base), 0.0)
    if rule.kind == "all":
        return _all(rule, n, base)
    if rule.kind == "floor":
        return _floor(rule, policy, n, base)
    if rule.kind == "points":
        return _points(rule, policy, n, truth)
    if rule.kind == "no_increase":
        return _no_increase(rule, policy, n, truth)
    return _band(rule, policy, n, truth, smallest)


def _band(rule: Rule, policy: Policy, n: int, truth: PairedTable, smallest: int | None) -> Resolvability:
    power = float(np.mean(_surely_below(_drawn(truth, n), policy)))
    needed = _prompts_for_band(truth, policy)
    said = _sentence(n, power, needed, f"to prove a drop below {limit(policy.deploy)}")
    if smallest is None or not rule.categories:
        return _answer(rule, n, power, needed, said)
    fewest = prompts_for_drop_below(truth, policy.category_block, policy.alpha_pass, ENOUGH)
    fewest = max(FEWEST_PAIRS, fewest or FEWEST_PAIRS)
    if smallest >= fewest:
        return _answer(rule, n, power, needed, said)
    said += (
        f"; the smallest category has {plural(smallest, 'prompt')} and needs {fewest} "
        f"to exclude a drop of {limit(policy.category_block)}"
    )
    return _answer(rule, n, power, needed, said, warning=True)


def _floor(rule: Rule, policy: Policy, n: int, base: float) -> Resolvability:
    least = rule.at_least or 0.0
    power = power_floor(base, n, least, policy.alpha_pass)
    needed = prompts_for_level(base, least, policy.alpha_pass, ENOUGH)
    perfect = prompts_for_floor(least, level=1 - policy.alpha_pass)
    said = _sentence(n, power, needed, f"to prove {limit(least)} when {percent(base)} are good")
    if power < ENOUGH:
        said += f"; {limit(least)} needs {perfect} perfect prompts"
    return _answer(rule, n, power, needed, said)


def _all(rule: Rule, n: int, base: float) -> Resolvability:
    """Rows are chosen, not drawn: at the level of a fresh prompt a long list of them would hardly ever pass."""
    said = f"each of {plural(n, 'row')} must pass; nothing is estimated, so no number of rows is too small"
    if not n:
        return _answer(rule, n, 0.0, 1, "no row to pass, and without one the rule is inconclusive", warning=True)
    return Resolvability(rule=rule.id, n=n, power=base**n if base < 1.0 else 1.0, needed=n, warning=False, note=said)


def _points(rule: Rule, policy: Policy, n: int, truth: PairedTable) -> Resolvability:
    margin = rule.at_most or 0.0
    critical = ndtri(1.0 - policy.alpha_pass)
    cells = _drawn(truth, n)
    score = difference_score(cells[:, 1], cells[:, 2], float(n), margin) >= critical if n else np.zeros(1, np.bool_)
    power = float(np.mean(score & _exactly_below(cells, n, margin, policy)))
    needed = prompts_for(truth, difference_scores(margin), policy.alpha_pass, ENOUGH) if margin > 0 else None
    if needed is not None and margin < 1:
        needed = max(needed, prompts_for_floor(1.0 - margin, level=1.0 - policy.alpha_pass))
    said = _sentence(n, power, needed, f"to prove a loss below {100 * margin:.4g} points")
    return _answer(rule, n, power, needed, said)


def _no_increase(rule: Rule, policy: Policy, n: int, truth: PairedTable) -> Resolvability:
    """Here chance limits an unchanged model as much as size does: half of all churn looks like an increase."""
    margin = rule.at_most or 0.0
    cells = _drawn(truth, n)
    increased = cells[:, 1] - cells[:, 2] > margin * n + 1e-9
    power = float(np.mean(_surely_below(cells, policy) & ~increased))
    chance = float(np.mean(increased)) if n else 0.0
    by_size = _prompts_for_band(truth, policy)
    needed = by_size if chance <= 1.0 - ENOUGH else None
    said = _sentence(n, power, needed, "to see no increase and to have been able to see one")
    if needed is None:
        said += f"; by chance alone {percent(chance)} show some increase and go to review: set at_most to a margin"
    return _answer(rule, n, power, needed, said)


def _answer(rule: Rule, n: int, power: float, needed: int | None, note: str, *, warning: bool = False) -> Resolvability:
    return Resolvability(rule=rule.id, n=n, power=power, needed=needed, warning=warning or power < ENOUGH, note=note)


def _sentence(n: int, power: float, needed: int | None, aim: str) -> str:
    said = f"{plural(n, 'prompt')} give an unchanged model a chance of {percent(power)} {aim}"
    if power >= ENOUGH:
        return said
    return f"{said}; {needed} would give 80 %" if needed is not None else f"{said}; no number would give 80 %"


def _surely_below(cells: Cells, policy: Policy) -> NDArray[np.bool_]:
    """Whether each drawn table proves the drop below the deploy threshold, as `Segment.p_surely_below` does."""
    both, lost, gained, neither = cells.T
    net, good = np.maximum(lost - gained, 0.0), np.maximum(both + lost, 1e-9)
    score = ratio_score(both, lost, gained, neither, 1.0 - policy.deploy) >= ndtri(1.0 - policy.alpha_pass)
    exact = betainc(np.maximum(good - net, 1e-9), net + 1.0, 1.0 - policy.deploy) <= policy.alpha_pass
    return np.asarray(score & exact & (both + lost > 0))


def _exactly_below(cells: Cells, n: int, margin: float, policy: Policy) -> NDArray[np.bool_]:
    """Whether the net losses alone prove a loss below the margin, as `Segment.p_loss_surely_below` asks."""
    if not 0.0 < margin < 1.0 or not n:
        return np.ones(len(cells), dtype=np.bool_)
    net = np.maximum(cells[:, 1] - cells[:, 2], 0.0)
    return np.asarray(betainc(np.maximum(n - net, 1e-9), net + 1.0, 1.0 - margin) <= policy.alpha_pass)


def _prompts_for_band(truth: PairedTable, policy: Policy) -> int | None:
    """Never fewer than prove it when not one good answer is lost."""
    count = prompts_for_drop_below(truth, policy.deploy, policy.alpha_pass, ENOUGH)
    good = truth.both + truth.lost
    if count is None or good <= 0:
        return None
    return max(count, math.ceil(prompts_for_floor(1.0 - policy.deploy, level=1.0 - policy.alpha_pass) / good))


def _drawn(truth: PairedTable, n: int) -> Cells:
    expected = np.array([truth.both, truth.lost, truth.gained, truth.neither]) / truth.n
    return np.random.default_rng(_SEED).multinomial(n, expected, size=_DRAWS).astype(np.float64)
