"""How many prompts would settle a bound that was missed, in number and in words."""

from __future__ import annotations

import math
from typing import Literal

from assay.gate.segment import Segment
from assay.statistics.power import prompts_for_drop_above
from assay.statistics.proportion import prompts_for_floor

Question = Literal["drop_below", "drop_above", "difference_below", "level_at_least"]

POWER = 0.8
"""Chance of an answer that the numbers of prompts named in a verdict give."""


def needed(one: Segment, question: Question, threshold: float, alpha: float) -> int | None:
    """Prompts in all that would prove the bound at the observed rates; None when no number would."""
    if one.comparison.n == 0:
        return None
    if question != "drop_above":
        count = one.evidence.needed_units(question, threshold, alpha, POWER)
        return count if count is None else max(count, _at_least(one, question, threshold, alpha))
    table, drop = one.evidence.table, one.drop
    if table is None or drop is None or drop <= threshold:
        return None
    pairs = prompts_for_drop_above(table, threshold, alpha, POWER)
    return None if pairs is None else round(pairs * one.evidence.n_units / table.n)


def _at_least(one: Segment, question: Question, threshold: float, alpha: float) -> int:
    """Prompts that exclude a drop or loss when not one good answer is lost."""
    table = one.evidence.table
    if table is None or question == "level_at_least" or not 0.0 < threshold < 1.0:
        return 0
    counted = table.n if question == "difference_below" else table.both + table.lost
    if counted <= 0:
        return 0
    perfect = prompts_for_floor(1.0 - threshold, level=1.0 - alpha)
    return math.ceil(perfect * one.evidence.n_units / counted)


def settle(one: Segment, question: Question, threshold: float, alpha: float) -> tuple[str, int | None]:
    """The end of a sentence about a missed bound, and the number of prompts."""
    if one.evidence.alone is not None:
        return "; more labels by people, or more prompts, would narrow it", None
    count = needed(one, question, threshold, alpha)
    unit = "clusters" if one.comparison.pairs.clustered else "prompts"
    if count is None:
        return f"; at these rates no number of {unit} would settle it", None
    if count <= one.evidence.n_units:
        return f"; about as many {unit} again would likely settle it", 2 * one.evidence.n_units
    return f"; about {count} {unit} would settle it", count
