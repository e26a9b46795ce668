"""All that can be asked of the pairs of one metric on one slice."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assay.domain.errors import EvidenceError
from assay.domain.estimate import Estimate, Pairs
from assay.domain.score import MetricKind
from assay.statistics import continuous, difference, ratio
from assay.statistics import prediction_powered as powered
from assay.statistics.clusters import Units, effective_rows, gather, unit_table
from assay.statistics.mcnemar import mcnemar, mcnemar_midp
from assay.statistics.needs import Question, pairs_needed, units_for_mean
from assay.statistics.proportion import clopper_pearson, p_rate_below
from assay.statistics.roots import Floats
from assay.statistics.tables import PairedTable, columns

Side = Literal["reference", "candidate"]

LARGEST_AMOUNT = 1e100
"""Amounts beyond this are not assessed: their squares overflow, and one of them decides every mean."""

FEW_CLUSTERS = 10
"""Below this many clusters the variance between them is itself hardly known."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Points, intervals and p-values of the paired comparison; see `evidence` for making one.

    What cannot be assessed never passes: the p-value is 1.0, the estimate has no value. That is
    so without pairs, with a single unit of several rows, and for drops when the reference is never good.

    Examples:
        >>> rows = {"reference": [1] * 200, "candidate": [1] * 170 + [0] * 30}
        >>> found = evidence(Pairs(**rows, units=range(200)), "proportion")
        >>> found.p_drop_above(0.05) < 0.001, round(found.drop().low, 3), round(found.drop().high, 3)
        (True, 0.106, 0.204)
        >>> found.needed_units("drop_below", 0.20, alpha=0.05)
        352
    """

    pairs: Pairs
    """The columns it was made from."""
    kind: MetricKind
    """proportion, share or amount."""
    n: int
    """Pairs."""
    n_units: int
    """Independent units: prompts or clusters."""
    table: PairedTable | None
    """Outcomes of a proportion, scaled to the number of independent pairs they are worth."""
    harm: PairedTable | None
    """The same outcomes as they may prove a loss; differs from `table` for clusters only, see `unit_table`."""
    units: Units
    """Sums per unit, of amounts cut at `LARGEST_AMOUNT`."""
    absurd: bool = False
    """Whether an amount lies beyond `LARGEST_AMOUNT`, so that nothing is proved and no interval exists."""
    alone: Evidence | None = None
    """Where people labelled a part of the pairs: the same pairs as the scorer alone has them."""

    @property
    def few_clusters(self) -> bool:
        """Whether units are clusters, and too few to trust a pass without review."""
        return self.pairs.clustered and self.n_units < FEW_CLUSTERS

    def drop_point(self) -> float | None:
        """1 - candidate / reference; None when the reference sums to zero, or for amounts."""
        if self.alone is not None:
            return powered.point(self._powered_drop())
        total = float(self.units.reference.sum())
        if self.kind == "amount" or total <= 0:
            return None
        return 1.0 - float(self.units.candidate.sum()) / total

    def difference_point(self) -> float:
        """Mean of the reference - mean of the candidate; 0.0 without pairs."""
        if self.alone is not None:
            return powered.point(self._powered_difference()) or 0.0
        return float(self.units.reference.sum() - self.units.candidate.sum()) / self.n if self.n else 0.0

    def p_drop_below(self, threshold: float) -> float:
        """One-sided p-value against "the drop is at least `threshold`"; 1.0 when it cannot be assessed."""
        if self.alone is not None:
            return powered.p_below(self._powered_drop(), threshold) if self._has_drop else 1.0
        if self.table is not None:
            return ratio.p_drop_below(self.table, threshold)
        return continuous.p_below(self._drop_line(), threshold) if self._has_drop else 1.0

    def p_drop_above(self, threshold: float) -> float:
        """One-sided p-value against "the drop is at most `threshold`"; 1.0 when it cannot be assessed."""
        if self.alone is not None:
            return powered.p_above(self._powered_drop(), threshold) if self._has_drop else 1.0
        if self.harm is not None:
            return ratio.p_drop_above(self.harm, threshold)
        return continuous.p_above(self._drop_line(), threshold) if self._has_drop else 1.0

    def p_difference_below(self, margin: float) -> float:
        """One-sided p-value against "reference - candidate is at least `margin`"; 1.0 without evidence."""
        if self.alone is not None:
            return powered.p_below(self._powered_difference(), margin)
        if self.table is not None:
            return difference.p_difference_below(self.table, margin)
        return 1.0 if self.absurd else continuous.p_below(self._difference_line(), margin)

    def p_difference_above(self, margin: float) -> float:
        """One-sided p-value against "reference - candidate is at most `margin`"; 1.0 without evidence."""
        if self.alone is not None:
            return powered.p_above(self._powered_difference(), margin)
        if self.harm is not None:
            return difference.p_difference_above(self.harm, margin)
        return 1.0 if self.absurd else continuous.p_above(self._difference_line(), margin)

    def p_level_at_least(self, floor: float, side: Side = "candidate") -> float:
        """One-sided p-value against "the level is below `floor`"; small proves the floor."""
        if self.alone is not None:
            return powered.p_above(self._powered_level(side), floor)
        if self.table is not None:
            good, rows = self._effective(side)
            return p_rate_below(good, rows, floor)
        return 1.0 if self.absurd else continuous.p_above(self._level_line(side), floor)

    def drop(self, level: float = 0.95) -> Estimate:
        """Relative drop with its interval; no value when the reference sums to zero, or for amounts."""
        point = self.drop_point()
        if point is None:
            return self._estimate(None, None, None, level, "not assessable")
        if self.alone is not None:
            return self._corrected(self._powered_drop(), self.alone.drop(level), level)
        if self.table is not None:
            limits = ratio.ratio_interval(self.table, level)
            if limits is None:
                return self._estimate(point, None, None, level, self._name("SCAS"))
            # At low levels the correction for skewness can shift the interval off its own point.
            low, high = min(1.0 - limits[1], point), max(1.0 - limits[0], point)
            return self._estimate(point, low, high, level, self._name("SCAS"))
        line = self._drop_line()
        return self._estimate(point, *continuous.interval(line, level), level, continuous.method(line))

    def ratio(self, level: float = 0.95) -> Estimate:
        """Candidate / reference with its interval: 1 - drop."""
        drop = self.drop(level)
        point, low, high = (None if end is None else 1.0 - end for end in (drop.value, drop.high, drop.low))
        return self._estimate(point, low, high, level, drop.method)

    def difference(self, level: float = 0.95) -> Estimate:
        """Reference - candidate with its interval."""
        if self.n == 0:
            return self._estimate(None, None, None, level, "no pairs")
        if self.alone is not None:
            return self._corrected(self._powered_difference(), self.alone.difference(level), level)
        point = self.difference_point()
        if self.table is not None:
            low, high = difference.difference_interval(self.table, level) or (None, None)
            return self._estimate(point, low, high, level, self._name("Tango"))
        return self._interval(point, self._difference_line, level)

    def reference(self, level: float = 0.95) -> Estimate:
        """Level of the reference on the good scale."""
        return self._level("reference", level)

    def candidate(self, level: float = 0.95) -> Estimate:
        """Level of the candidate on the good scale."""
        return self._level("candidate", level)

    def mcnemar(self) -> Mapping[str, float]:
        """P-values `exact` and `midp` of "both are good equally often"; empty unless a proportion."""
        if self.table is None:
            return {}
        lost, gained = self.table.lost, self.table.gained
        return {"exact": mcnemar(lost, gained), "midp": mcnemar_midp(lost, gained)}

    def needed_units(self, question: Question, threshold: float, alpha: float, power: float = 0.8) -> int | None:
        """Units in all that would prove `question` at the observed rates; None when no number would.

        `drop_below` and `difference_below` ask about the drop, `level_at_least` about the candidate.
        """
        if self.n == 0 or self.absurd or self.alone is not None:
            return None
        if self.table is not None:
            pairs = pairs_needed(self.table, question, threshold, alpha, power)
            return None if pairs is None else math.ceil(pairs * self.n_units / self.table.n)
        if question == "level_at_least":
            return units_for_mean(self._level_line("candidate"), threshold, alpha, power, above=True)
        if question == "drop_below" and not self._has_drop:
            return None
        line = self._drop_line() if question == "drop_below" else self._difference_line()
        return units_for_mean(line, threshold, alpha, power)

    @property
    def _has_drop(self) -> bool:
        return self.drop_point() is not None

    def _sums(self, side: Side) -> Floats:
        return self.units.reference if side == "reference" else self.units.candidate

    def _effective(self, side: Side) -> tuple[float, float]:
        """Successes and trials of one side, as many as independent rows would be."""
        sums = self._sums(side)
        rows = effective_rows(sums, self.units.sizes, self.units.together)
        return (float(sums.sum()) / self.n * rows if self.n else 0.0), rows

    def _level(self, side: Side, level: float) -> Estimate:
        if self.n == 0:
            return self._estimate(None, None, None, level, "no pairs")
        if self.alone is not None:
            return self._corrected(self._powered_level(side), self.alone._level(side, level), level)
        point = float(self._sums(side).sum()) / self.n
        if self.table is not None:
            low, high = clopper_pearson(*self._effective(side), level)
            return self._estimate(point, low, high, level, self._name("Clopper-Pearson"))
        return self._interval(point, lambda: self._level_line(side), level)

    def _interval(self, point: float, ask: Callable[[], continuous.Line], level: float) -> Estimate:
        if self.absurd:
            return self._estimate(None, None, None, level, f"values beyond {LARGEST_AMOUNT:g}")
        line = ask()
        return self._estimate(point, *continuous.interval(line, level), level, continuous.method(line))

    def _drop_line(self) -> continuous.Line:
        return continuous.drop_line(self.units.reference, self.units.candidate, self.units.sizes)

    def _difference_line(self) -> continuous.Line:
        bounded = self.kind == "share"
        return continuous.difference_line(self.units.reference, self.units.candidate, self.units.sizes, bounded=bounded)

    def _level_line(self, side: Side) -> continuous.Line:
        return continuous.level_line(self._sums(side), self.units.sizes, bounded=self.kind == "share")

    def _corrected(self, line: powered.PoweredLine, alone: Estimate, level: float) -> Estimate:
        """With the error of the scorer; the method says how much wider that made the interval."""
        low, high = powered.interval(line, level)
        how = f"PPI++, {self.pairs.labelled} of {self.n} pairs labelled by people"
        known = (low, high, alone.low, alone.high)
        if all(end is not None for end in known):
            width, before = (b - a for a, b in ((low, high), (alone.low, alone.high)))  # type: ignore[operator]
            how += f", {width / before:.1f} times as wide as without" if before > 0 else ""
        return self._estimate(powered.point(line), low, high, level, how)

    def _powered_drop(self) -> powered.PoweredLine:
        return powered.drop_line(*self._rows())

    def _powered_difference(self) -> powered.PoweredLine:
        return powered.difference_line(*self._rows())

    def _powered_level(self, side: Side) -> powered.PoweredLine:
        first, second, people_first, people_second, units = self._rows()
        if side == "reference":
            return powered.level_line(first, people_first, units)
        return powered.level_line(second, people_second, units)

    def _rows(self) -> tuple[Floats, Floats, Floats, Floats, NDArray[np.intp]]:
        """Both columns by the scorer and by people; a pair of which people saw one answer only is not labelled."""
        pairs = self.pairs
        said = np.asarray([pairs.people_reference, pairs.people_candidate], dtype=np.float64)
        said = np.where(np.isnan(said).any(axis=0), np.nan, said)
        judged = np.asarray([pairs.reference, pairs.candidate], dtype=np.float64)
        return judged[0], judged[1], said[0], said[1], np.asarray(pairs.units, dtype=np.intp)

    def _name(self, test: str) -> str:
        return f"{test}, Rao-Scott" if self.units.repeated else test

    def _estimate(self, value: float | None, low: float | None, high: float | None, level: float, how: str) -> Estimate:
        return Estimate(value=value, low=low, high=high, level=level, n=self.n, method=how)


def evidence(pairs: Pairs, kind: MetricKind) -> Evidence:
    """Gather what the pairs of one metric on one slice can prove.

    Args:
        pairs: Good-scale values, one row per pair, and the unit of each row.
        kind: proportion (0 or 1), share (numbers in [0, 1]) or amount (any number).

    Where people labelled enough of the pairs of a proportion or share, all answers hold the scorer's error.

    Returns:
        The evidence; with no pairs, one that proves nothing.

    Raises:
        EvidenceError: Columns differ in length, a value is not finite or not of its kind, or
            the kind is label, whose comparison is the share of disagreement.

    Source:
        SCAS, Tango and Rao-Scott for proportions; t or betting for the rest; PPI++ with labels; see the modules.

    Examples:
        >>> seen = evidence(Pairs(reference=[1] * 100, candidate=[1] * 97 + [0] * 3, units=range(100)), "proportion")
        >>> round(seen.drop_point(), 2), seen.p_drop_below(0.15) < 0.01, seen.p_drop_below(0.05) < 0.05
        (0.03, True, False)
    """
    if kind == "label":
        raise EvidenceError("a label has no level to compare; compare the share of disagreement instead")
    if kind != "amount" and len(pairs.people_reference) and pairs.labelled >= powered.FEWEST_LABELS:
        bare = evidence(replace(pairs, people_reference=(), people_candidate=()), kind)
        return replace(bare, pairs=pairs, table=None, harm=None, alone=bare)
    first, second = columns(pairs.reference, pairs.candidate)
    absurd = kind == "amount" and float(np.abs([first, second]).max(initial=0.0)) > LARGEST_AMOUNT
    if absurd:
        first, second = (np.clip(column, -LARGEST_AMOUNT, LARGEST_AMOUNT) for column in (first, second))
    units = gather(first, second, pairs.units, clustered=pairs.clustered)
    table = harm = None
    if kind == "proportion":
        table = harm = unit_table(pairs.reference, pairs.candidate, pairs.units, clustered=pairs.clustered)
        if pairs.clustered and units.repeated:
            harm = unit_table(pairs.reference, pairs.candidate, pairs.units, clustered=True, harm=True)
    elif kind == "share":
        _require_share(pairs)
    return Evidence(pairs, kind, units.rows, len(units.sizes), table, harm, units, absurd)


def _require_share(pairs: Pairs) -> None:
    for name, values in (("reference", pairs.reference), ("candidate", pairs.candidate)):
        array = np.asarray(values, dtype=np.float64)
        bad = np.flatnonzero((array < 0) | (array > 1))
        if bad.size:
            raise EvidenceError(
                f"{name}[{bad[0]}]: saw {array[bad[0]]:g}; a share lies in [0, 1]. "
                "Declare the metric an amount otherwise"
            )
