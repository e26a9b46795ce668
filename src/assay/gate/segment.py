"""A comparison with its evidence: what the gate asks of one slice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from assay.domain.estimate import Comparison, Pairs
from assay.gate.circumstances import Anytime
from assay.gate.words import conditions
from assay.statistics.evidence import Evidence, evidence
from assay.statistics.mcnemar import mcnemar
from assay.statistics.proportion import p_rate_above
from assay.statistics.tables import PairedTable

FEWEST_PAIRS = 10
"""Below this a slice is not judged good: intervals of so few pairs promise more than they hold."""

DEPENDENT = 1.35
"""Factor on the p-value of a pass that rests on repeats or clusters: chance that makes losses few makes their
spread look small too, and false passes came to .067 in place of .05 (benchmarks/simulate_gate.py)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One slice of one metric, ready to be asked."""

    comparison: Comparison
    """The paired scores and their estimates."""
    evidence: Evidence
    """The same pairs, to be asked for p-values."""
    anytime: Anytime | None = None
    """Sequential evidence, when the plan stops sequentially."""

    @property
    def name(self) -> str:
        """Metric and slice: `refusal`, `refusal in category=fraud`."""
        where = conditions(self.comparison.slice)
        return f"{self.comparison.metric.name} in {where}" if where else self.comparison.metric.name

    @property
    def slice(self) -> Mapping[str, str]:
        """Condition on metadata."""
        return self.comparison.slice

    @property
    def drop(self) -> float | None:
        """Relative loss; None when the reference is never good or the metric is an amount."""
        return self.evidence.drop_point() if self.comparison.n else None

    @property
    def n_judged(self) -> int:
        """Prompts, repeats not counted; where prompts are clustered, pairs."""
        return self.evidence.n if self.comparison.pairs.clustered else self.evidence.n_units

    @property
    def unscored_share(self) -> float:
        """Pairs without a score among all pairs; 1.0 when there is no pair at all."""
        total = self.comparison.n + self.comparison.n_unscored
        return self.comparison.n_unscored / total if total else 1.0

    def p_drop_below(self, threshold: float) -> float:
        """P-value against "the relative drop is at least `threshold`"."""
        return self._hybrid(self.evidence.p_drop_below(threshold), "below", threshold)

    def p_surely_below(self, threshold: float) -> float:
        """The larger of `p_drop_below` and the exact p-value of the net losses alone: what a pass rests on.

        The score test is too sure of a few dozen pairs that hardly differ: of 41 perfect pairs it
        excludes a drop of 5 % that leaves 41 pairs perfect in 12 % of cases. It is also a little
        too sure of repeats and clusters, see `DEPENDENT`.
        """
        table = self.evidence.table
        factor = DEPENDENT if table is not None and table.df is not None else 1.0
        fixed = factor * max(self.evidence.p_drop_below(threshold), p_net_losses(table, threshold))
        return self._hybrid(min(1.0, fixed), "below", threshold)

    def p_drop_above(self, threshold: float) -> float:
        """P-value against "the relative drop is at most `threshold`"."""
        return self._hybrid(self.evidence.p_drop_above(threshold), "above", threshold)

    def p_difference_below(self, margin: float) -> float:
        """P-value against "the absolute loss is at least `margin`"."""
        return self._hybrid(self.evidence.p_difference_below(margin), "below", margin)

    def p_loss_surely_below(self, margin: float) -> float:
        """The larger of `p_difference_below` and the exact p-value of the net losses, see `p_surely_below`.

        Tango's test alone excludes a loss of 20 points with 11 perfect pairs, which that loss leaves in 9 % of cases.
        """
        table = self.evidence.table
        factor = DEPENDENT if table is not None and table.df is not None else 1.0
        fixed = factor * max(self.evidence.p_difference_below(margin), p_net_points(table, margin))
        return self._hybrid(min(1.0, fixed), "below", margin)

    def p_difference_above(self, margin: float) -> float:
        """P-value against "the absolute loss is at most `margin`"."""
        return self._hybrid(self.evidence.p_difference_above(margin), "above", margin)

    def p_candidate_at_least(self, floor: float) -> float:
        """P-value against "the candidate's level is below `floor`"."""
        return self._hybrid(self.evidence.p_level_at_least(floor, "candidate"), "below", 0.0)

    def p_candidate_below(self, floor: float) -> float:
        """P-value against "the candidate's level is at least `floor`"."""
        return self._hybrid(_mirrored(self.comparison, floor), "above", 0.0)

    def _hybrid(self, p_fixed: float, side: str, threshold: float) -> float:
        """Weighted Bonferroni of the anytime test and the test at full size: valid at every level."""
        if self.anytime is None:
            return p_fixed
        weight = self.anytime.weight
        known = self.anytime.below if side == "below" else self.anytime.above
        spent = min((p for at, p in known.items() if abs(at - threshold) < 1e-9), default=1.0) / weight
        kept = p_fixed / (1.0 - weight) if self.anytime.complete else 1.0
        return min(1.0, spent, kept)


def p_net_losses(table: PairedTable | None, threshold: float) -> float:
    """Exact binomial p-value against "a share of at least `threshold` of the reference's good answers is lost".

    Losses that gains make up for are left out, so churn weakens the score test only. Where gains
    outnumber losses, the exact one-sided McNemar test against "no better than the reference"
    proves the same and may be the smaller. 0.0, which objects to nothing, for shares and amounts.

    Examples:
        >>> round(p_net_losses(PairedTable(both=58, lost=0, gained=0, neither=2), 0.05), 4)
        0.051
        >>> p_net_losses(PairedTable(both=37, lost=0, gained=22, neither=1), 0.05) < 0.001
        True
    """
    if table is None:
        return 0.0
    return _exact(table, table.both + table.lost, threshold)


def p_net_points(table: PairedTable | None, margin: float) -> float:
    """Exact binomial p-value against "net losses are at least `margin` of all pairs"; see `p_net_losses`.

    Examples:
        >>> round(p_net_points(PairedTable(both=11, lost=0, gained=0, neither=0), 0.2), 4)
        0.0859
    """
    return 0.0 if table is None else _exact(table, table.n, margin)


def _exact(table: PairedTable, trials: float, rate: float) -> float:
    if not 0.0 < rate < 1.0:
        return 0.0
    lost = p_rate_above(max(table.lost - table.gained, 0.0), trials, rate)
    return min(lost, mcnemar(table.lost, table.gained) / 2) if table.gained > table.lost else lost


def segment(comparison: Comparison, anytime: Anytime | None = None) -> Segment:
    """Make a comparison ready to be asked.

    Bets placed while the scorer's error was not known prove nothing once it is: with labels
    of people only the test at full size may speak.
    """
    proof = evidence(comparison.pairs, comparison.metric.kind)
    if anytime is not None and proof.alone is not None:
        anytime = replace(anytime, below={}, above={})
    return Segment(comparison=comparison, evidence=proof, anytime=anytime)


def _mirrored(comparison: Comparison, floor: float) -> float:
    """P-value against "the candidate's level is at least `floor`": the same question of its complement."""
    top = 0.0 if comparison.metric.kind == "amount" else 1.0
    pairs = comparison.pairs
    complement = Pairs(
        reference=[top - value for value in pairs.reference],
        candidate=[top - value for value in pairs.candidate],
        units=pairs.units,
        clustered=pairs.clustered,
        people_reference=[top - value for value in pairs.people_reference],
        people_candidate=[top - value for value in pairs.people_candidate],
    )
    return evidence(complement, comparison.metric.kind).p_level_at_least(top - floor, "candidate")
