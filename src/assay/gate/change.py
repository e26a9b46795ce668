"""What happened on one slice, in one clause; and what keeps a slice from being judged."""

from __future__ import annotations

from assay.domain.estimate import Estimate
from assay.domain.verdict import Decision
from assay.gate.case import Ground
from assay.gate.segment import FEWEST_PAIRS, Segment
from assay.gate.words import amount, bounds, conditions, percent, plural
from assay.statistics.evidence import LARGEST_AMOUNT

_STILL = 0.0005


def change(one: Segment) -> str:
    """The relative loss with interval and n: `refusal fell 31.2 % (95 % 24.0 to 38.9, n=360)`.

    A lower-is-better metric is told by its own levels and then by the loss of its
    complement, on which the thresholds work.
    """
    drop, comparison = one.comparison.drop, one.comparison
    if drop.value is None:
        return f"{one.name} has no relative drop (n={comparison.n})"
    if comparison.metric.higher_is_better:
        return f"{one.name} {_moved(drop.value)} {bounds(drop, comparison.n)}{_corrected(one, drop)}"
    before, after = comparison.reference.value, comparison.candidate.value
    levels = f"went from {percent(before)} to {percent(after)}, " if before is not None and after is not None else ""
    return f"{one.name} {levels}its complement {_moved(drop.value)} {bounds(drop, comparison.n)}{_corrected(one, drop)}"


def loss(one: Segment) -> str:
    """The absolute loss with interval and n, in points or in the metric's unit."""
    comparison = one.comparison
    value, metric = comparison.difference.value, comparison.metric
    if one.evidence.absurd:
        return f"{one.name} holds values beyond {LARGEST_AMOUNT:g}, which cannot be assessed (n={comparison.n})"
    if value is None:
        return f"{one.name} has no scored pairs"
    if metric.kind != "amount":
        word = "fell" if value > _STILL else "rose" if value < -_STILL else "is unchanged,"
        moved = f"{word} {100 * abs(value):.1f} points"
        name = one.name if metric.higher_is_better else f"the complement of {one.name}"
        by = _corrected(one, comparison.difference)
        return f"{name} {moved} {bounds(comparison.difference, comparison.n)}{by}"
    word = "worsened" if value > 0 else "improved" if value < 0 else "is unchanged,"
    low, high = comparison.difference.low, comparison.difference.high
    level = f"{100 * comparison.difference.level:.4g} %"
    ends = f"{level} {amount(low)} to {amount(high)}, " if low is not None and high is not None else ""
    by = f" by {amount(abs(value), metric.unit)}" if value else ""
    return f"{one.name} {word}{by} ({ends}n={comparison.n})"


def too_few(one: Segment) -> Ground | None:
    """A ground against judging so few pairs, or None when there are enough."""
    if one.n_judged >= FEWEST_PAIRS:
        return None
    where = conditions(one.slice)
    subject = f"slice {where} has" if where else f"{one.name} has"
    unscored = f" and {one.comparison.n_unscored} unscored" if one.comparison.n_unscored else ""
    noun = "scored pair" if one.n_judged == one.comparison.n else "prompt"
    remedy = "Add samples or merge the slice" if where else "Add samples"
    return Ground(
        decision=Decision.INCONCLUSIVE,
        reason=f"{subject} {plural(one.n_judged, noun)}{unscored}; "
        f"{one.comparison.metric.name} is not judged on fewer than {FEWEST_PAIRS}. {remedy}",
        missed=f"{FEWEST_PAIRS} scored pairs of {one.name}",
        needed_n=FEWEST_PAIRS,
    )


def undefined(one: Segment) -> Ground | None:
    """A ground against judging a drop that does not exist, or None when it does."""
    metric = one.comparison.metric
    if one.drop is not None:
        return None
    if metric.kind == "amount":
        return Ground(
            decision=Decision.INCONCLUSIVE,
            reason=f"{metric.name} is an amount and has no relative drop; use a points or no_increase rule",
        )
    return Ground(
        decision=Decision.REVIEW if metric.safety else Decision.INCONCLUSIVE,
        reason=f"{one.name}: the reference itself is never good (n={one.comparison.n}), "
        "so no relative drop exists; use a floor rule, or samples that the reference masters",
    )


def _corrected(one: Segment, estimate: Estimate) -> str:
    """Where people labelled a part: by how many labels, and how wide that made the interval."""
    if one.evidence.alone is None:
        return ""
    told = estimate.method.partition(", ")[2].replace(" pairs labelled by people", " pairs")
    return f" [corrected by people's labels of {told}]"


def _moved(drop: float) -> str:
    if abs(drop) < _STILL:
        return "is unchanged"
    return f"fell {percent(drop)}" if drop > 0 else f"rose {percent(-drop)}"
