"""Metrics by name: the known ones, and those that a plan names or records."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from assay.domain.catalogue import CATALOGUE
from assay.domain.errors import PlanError
from assay.domain.score import Metric


def known(name: str) -> Metric | None:
    """The metric of that name, or None when assay does not know it.

    Examples:
        >>> known("over_refusal").higher_is_better
        False
        >>> known("charm") is None
        True
    """
    return CATALOGUE.get(name)


def standard(name: str) -> Metric:
    """A known metric; for scorers that ship with assay."""
    return CATALOGUE[name]


def renamed(base: str, name: str) -> Metric:
    """The metric `base` under another name, for scorers whose metric can be named in a plan.

    Raises:
        PlanError: The name is known with another direction or kind.

    Examples:
        >>> renamed("pattern", "has_ticket").higher_is_better
        True
    """
    metric, other = CATALOGUE[base], CATALOGUE.get(name)
    if other is None:
        return replace(metric, name=name)
    if (other.higher_is_better, other.kind) != (metric.higher_is_better, metric.kind):
        better = "higher" if metric.higher_is_better else "lower"
        raise PlanError(
            f"name {name!r} is taken by a metric of another kind; this one is a {metric.kind}, {better} is better. "
            f"Choose another name"
        )
    return other


@cache  # asked of every recorded score
def stated(name: str, higher_is_better: bool | None) -> Metric:
    """The metric of that name for scores made elsewhere, with the direction that the plan states.

    A metric that assay does not know is a safety metric, and higher is better
    unless the plan says otherwise; a name that sounds of something bad must say.

    Raises:
        PlanError: The direction contradicts a known one, or is missing and cannot be guessed.

    Examples:
        >>> stated("quality", None).higher_is_better
        True
        >>> stated("jailbreak_rate", False).higher_is_better
        False
    """
    metric = CATALOGUE.get(name)
    if metric is None:
        if higher_is_better is None and _sounds_bad(name):
            raise PlanError(f"recorded metric {name!r}: say whether higher is better (higher_is_better: true or false)")
        return Metric(name=name, safety=True, higher_is_better=higher_is_better is not False)
    if higher_is_better not in (None, metric.higher_is_better):
        better = "higher" if metric.higher_is_better else "lower"
        raise PlanError(
            f"recorded metric {name!r}: assay knows it, and {better} is better; higher_is_better says the opposite. "
            f"Choose another name, or leave higher_is_better out"
        )
    return metric


_BAD = re.compile(
    "jailbr|attack|violation|toxic|hallucinat|unsafe|leak|complaint|escalation|over_?refus"
    "|(?<![a-z])(error|fail|harm|bias|risk|loss|miss|drop)(?!(less|free))"
)
_RATE = re.compile("(?<![a-z])rates?(?![a-z])")
_GOOD = re.compile("(?<![a-z])(pass|success|win|accept|solve|hit|complet|accura)")


def _sounds_bad(name: str) -> bool:
    """Whether a name may well be one of something that should be rare: a loss, or a rate of who knows what."""
    words = re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return bool(_BAD.search(words) or (_RATE.search(words) and not _GOOD.search(words)))


def settled(metric: Metric, values: Iterable[bool | float]) -> Metric:
    """The metric with the kind its values show, for recorded numbers whose kind nobody stated.

    Only a declared proportion is looked at: with values between 0 and 1 it is a
    share, with values outside it is an amount.

    Examples:
        >>> settled(Metric(name="quality"), [1, 0, 1]).kind
        'proportion'
        >>> settled(Metric(name="quality"), [0.25, 1.0]).kind
        'share'
        >>> settled(Metric(name="quality"), [0.0, 7.5]).kind
        'amount'
    """
    if metric.kind != "proportion":
        return metric
    seen = {float(value) for value in values}
    if seen <= {0.0, 1.0}:
        return metric
    inside = all(0.0 <= value <= 1.0 for value in seen)
    return replace(metric, kind="share" if inside else "amount")
