"""The noise floor of a null run: how far the reference lies from itself, metric by metric."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assay.domain.audit import Audit
from assay.domain.estimate import Comparison, Estimate
from assay.report.grid import Cell, grid, stacked, wrap
from assay.report.inert import one_line
from assay.report.readings import level, loss
from assay.report.words import UNDEFINED, amount, finite, percent, points, slice_name

_SHOWN = ("", "suite")
"""Slices in tables: the whole, and suites where there are several. JSON has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The noise of one metric on one slice."""

    comparison: Comparison
    """Reference and copy."""
    differing: int
    """Pairs that were judged differently although nothing changed."""

    @property
    def share(self) -> float | None:
        """Share of such pairs; None without pairs."""
        return self.differing / self.comparison.n if self.comparison.n else None

    @property
    def drop(self) -> float | None:
        """Relative drops up to this cannot be told from noise with so many prompts; None where none is defined."""
        return _reach(self.comparison.drop)

    @property
    def difference(self) -> float | None:
        """The same as an absolute difference, in the metric's own unit."""
        return _reach(self.comparison.difference)

    @property
    def hidden(self) -> str:
        """The same in words: the relative drop, else the absolute one."""
        if self.drop is not None:
            return percent(self.drop)
        metric = self.comparison.metric
        if self.difference is None:
            return UNDEFINED if self.differing else "none seen"
        return amount(self.difference, metric.unit) if metric.kind == "amount" else points(self.difference)


def is_null(audit: Audit) -> bool:
    """Whether the reference was audited against itself."""
    return audit.config.get("null") is True


def floors(audit: Audit) -> list[Floor]:
    """The noise of every metric and slice that was scored on both sides, in the order of the plan."""
    return [Floor(comparison=each, differing=_differing(each)) for each in audit.comparisons if each.n]


def noise_json(audit: Audit) -> dict[str, Any]:
    """The noise floor for programs; a key of its own in the verdict of a null run, none in others."""
    if not is_null(audit):
        return {}
    return {"noise_floor": [_plain(floor) for floor in floors(audit)]}


def noise_lines(audit: Audit, width: int) -> list[str]:
    """The noise floor on a terminal; nothing for an audit of two models."""
    if not is_null(audit):
        return []
    table = [[Cell(word, right=place in (1, 2, 4)) for place, word in enumerate(_HEAD)]]
    table += [[Cell(word, right=place in (1, 2, 4)) for place, word in enumerate(row)] for row in _rows(audit)]
    if len(table) == 1:
        return ["Noise floor  nothing was scored on both sides"]
    lines = ["Noise floor, the reference against itself"]
    slim = [[*row[:1], *row[2:]] for row in table]  # without the level, which the rules tell too
    lines += grid(table, width, indent=2) or grid(slim, width, indent=2) or stacked(slim[1:], width, indent=2)
    return [*lines, *wrap(_LEGEND, width, first="  ", rest="  "), *_notes(audit, width)]


def noise_table(audit: Audit) -> list[list[str]]:
    """Head and rows of the noise floor in words; none for an audit of two models."""
    return [list(_HEAD), *_rows(audit)] if is_null(audit) else []


_HEAD = ("metric", "level", "difference", "interval", "differing", "hidden up to")
_LEGEND = (
    "differing: pairs judged differently although nothing changed. hidden up to: a drop of this or less, measured on "
    "so many prompts, cannot be told from noise."
)


def _rows(audit: Audit) -> Iterator[list[str]]:
    for floor in floors(audit):
        one = floor.comparison
        key = next(iter(one.slice), "")
        if key not in _SHOWN or len(one.slice) > 1:
            continue
        value, interval = loss(one)
        name = one_line(one.metric.name, 40) + (f", {slice_name(one.slice)}" if one.slice else "")
        counted = f"{floor.differing:,} of {one.n:,} ({percent(floor.share)})"
        yield [name, level(one.reference, one.metric), value, interval, counted, floor.hidden]


def _notes(audit: Audit, width: int) -> list[str]:
    said = [each.message for each in audit.verdict.findings if each.code in ("null.answers", "null.recorded")]
    return [line for each in said for line in wrap(one_line(each, 400), width, first="  ", rest="  ")]


def _plain(floor: Floor) -> dict[str, Any]:
    one = floor.comparison
    return {
        "metric": one.metric.name,
        "slice": one.slice,
        "n": one.n,
        "n_unscored": one.n_unscored,
        "differing": floor.differing,
        "share": floor.share,
        "difference": [finite(one.difference.value), finite(one.difference.low), finite(one.difference.high)],
        "hidden_drop": floor.drop,
        "hidden_difference": floor.difference,
    }


def _differing(one: Comparison) -> int:
    pairs = zip(one.pairs.reference, one.pairs.candidate, strict=True)
    return sum(1 for left, right in pairs if left != right)


def _reach(estimate: Estimate) -> float | None:
    """The end of the interval that lies farther from zero."""
    ends = [abs(end) for end in (finite(estimate.low), finite(estimate.high)) if end is not None]
    return max(ends) if len(ends) == 2 else None
