"""Rates as people would say, for machines and for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from assay.domain.watched import Segment
from assay.report.inert import one_line
from assay.report.watch import where

_NUMBERS = ("value", "low", "high", "own", "own_low", "own_high", "wider", "trust", "agree", "ac1")
_COUNTS = ("judged", "drawn", "labels", "waiting", "unsure", "needed", "missed", "wrong", "twice", "disputed")


class Labelled(Protocol):
    """A rate of one cohort with what people said."""

    @property
    def metric(self) -> str: ...
    @property
    def segment(self) -> Segment: ...


def label_plain(one: Labelled) -> dict[str, Any]:
    """A corrected rate as JSON; what cannot be said is null."""
    return {
        "metric": one.metric,
        "segment": dict(one.segment),
        **{name: _number(getattr(one, name)) for name in _NUMBERS},
        **{name: getattr(one, name) for name in _COUNTS},
    }


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 6)


def label_lines(rates: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Corrected rates for a terminal, two lines each."""
    for one in rates:
        name = f"{one_line(one['metric'], 40)}, {where(one['segment'])}"
        if one["needed"]:
            yield f"  {name}: not corrected, {one['needed']} more labels are needed ({counted(one)})"
        else:
            yield f"  {name}: {one['value']:.4g} [{one['low']:.4g}, {one['high']:.4g}] as people say, by {counted(one)}"
        yield f"    {beside(one)}"


def counted(one: Mapping[str, Any]) -> str:
    """How many labels there are, and how many traces wait."""
    unsure = f", {one['unsure']:,} unsure" if one["unsure"] else ""
    return f"{one['labels']:,} of {one['drawn']:,} drawn traces labelled{unsure}, {one['waiting']:,} wait"


def beside(one: Mapping[str, Any]) -> str:
    """What the scorer says alone, what the correction costs, and how far scorer and people agree."""
    told = [
        f"the scorer alone says {one['own']:.4g} [{one['own_low']:.4g}, {one['own_high']:.4g}] of {one['judged']:,}"
    ]
    if one["wider"] is not None:
        told.append(f"the interval with its errors is {one['wider']:.1f} times as wide")
    if one["agree"] is not None and not one["needed"]:
        chance = "" if one["ac1"] is None else f" (AC1 {one['ac1']:.2f})"
        told.append(
            f"people agree with it on {100 * one['agree']:.1f} %{chance}: "
            f"it missed {one['missed']} and was wrong about {one['wrong']}"
        )
    if one["twice"]:
        told.append(f"{one['disputed']} of {one['twice']} that two or more people labelled are disputed")
    return "; ".join(told)
