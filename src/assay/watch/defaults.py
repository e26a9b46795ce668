"""What is watched where nobody says otherwise: scorers that need no settings, and what traces tell by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from assay.domain.metrics import known
from assay.domain.score import Scorer
from assay.domain.watched import Monitor
from assay.registry import scorer
from assay.watch.cohorts import kind_of
from assay.watch.judging import unscored_name
from assay.watch.measures import MEASURES, RATES

SCORERS = ("refusal", "groundedness", "privacy", "injection", "toxicity", "degeneration", "verbosity", "hedging")
"""Scorers of the watch."""
EITHER = frozenset(("refusal", "tool_calls", "model_calls", "verbosity", "hedging", "output_tokens", "confidence"))
"""Figures of which a move in any direction is news: a model that refuses less may have lost what it was taught."""
SEVERE = frozenset(("privacy", "injection", "toxicity"))
UNSCORED_LEAST = 0.02
"""The smallest move that counts of the share that cannot be judged."""
_QUIET = frozenset(("model_calls", "input_tokens"))


def scorers(names: Sequence[str] = SCORERS) -> list[Scorer]:
    """Scorers by name."""
    return [scorer(name, "watch") for name in names]


def monitors(judges: Sequence[Scorer]) -> list[Monitor]:
    """A monitor for each figure of the scorers, and for each that traces tell."""
    made = [
        Monitor(metric=name, kind="rate" if name in RATES else "amount", worse=_direction(name, False))
        for name in MEASURES
        if name not in _QUIET
    ]
    for judge in judges:
        for metric in judge.metrics():
            kind = "amount" if metric.kind == "amount" else "rate"
            made.append(
                Monitor(
                    metric=metric.name,
                    kind=kind,  # type: ignore[arg-type]
                    worse=_direction(metric.name, metric.higher_is_better),
                    scorer=f"{judge.name} {judge.version}",
                    severity="high" if metric.name in SEVERE else "medium",
                )
            )
    made += [
        Monitor(metric=unscored_name(one.metric), kind="rate", worse="higher", least=UNSCORED_LEAST, scorer=one.scorer)
        for one in made
        if one.scorer
    ]
    return [one for one in made if (found := known(one.metric)) is None or found.kind != "label"]


def usual(metric: str) -> Monitor:
    """The monitor of a figure where nobody says otherwise; without loading its scorer.

    Examples:
        >>> usual("privacy").worse, usual("refusal").worse, usual("unscored_privacy").least
        ('lower', 'either', 0.02)
    """
    found = known(metric)
    least = UNSCORED_LEAST if metric.startswith(unscored_name("")) else Monitor(metric=metric, kind="rate").least
    worse = _direction(metric, found is not None and found.higher_is_better)
    return Monitor(metric=metric, kind=kind_of(metric), worse=worse, least=least)


def _direction(name: str, higher_is_better: bool) -> Literal["higher", "lower", "either"]:
    return "either" if name in EITHER else "lower" if higher_is_better else "higher"
