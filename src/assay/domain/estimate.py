"""Numbers with their uncertainty, and the paired comparison made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assay.domain.score import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number that can change a decision."""

    value: float | None
    """The point; None when the data define none (for example a ratio to zero)."""
    low: float | None = None
    """Lower end of the interval."""
    high: float | None = None
    """Upper end of the interval."""
    level: float = 0.95
    """Two-sided confidence level."""
    n: int = 0
    """Units it rests on: prompts, or pairs of answers."""
    n_unscored: int = 0
    """Units without a score."""
    method: str = ""
    """How the interval was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Scores of one metric on one slice, as columns; one row per pair (sample id, sample digest, epoch).

    Values are on the "good" scale: a lower-is-better proportion or share has been
    turned into its complement, a lower-is-better amount has been negated.
    """

    reference: Sequence[float]
    """Good-scale value of the reference, shape (n,)."""
    candidate: Sequence[float]
    """Good-scale value of the candidate, shape (n,)."""
    units: Sequence[int]
    """Which prompt or cluster each row belongs to: equal numbers are not independent. Shape (n,)."""
    clustered: bool = False
    """Whether units are clusters of prompts (not only epochs of one prompt)."""
    people_reference: Sequence[float] = ()
    """What people say of the reference's rows, NaN where nobody looked; shape (n,), or empty: no labels."""
    people_candidate: Sequence[float] = ()
    """The same of the candidate."""

    @property
    def labelled(self) -> int:
        """Pairs of which people judged both answers."""
        both = zip(self.people_reference, self.people_candidate, strict=True)
        return sum(bool(left == left and right == right) for left, right in both)  # NaN differs from itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The paired difference of two subjects on one metric and slice."""

    metric: Metric
    """What was measured."""
    slice: Mapping[str, str] = field(default_factory=dict)
    """Condition on metadata; empty means all."""
    pairs: Pairs
    """The evidence itself, for the gate's tests."""
    reference: Estimate
    """Level of the reference in the metric's own direction."""
    candidate: Estimate
    """Level of the candidate in the metric's own direction."""
    drop: Estimate
    """Relative loss on the good scale, 1 - candidate / reference. Undefined for amounts."""
    difference: Estimate
    """Absolute loss on the good scale, reference - candidate."""
    mcnemar: Mapping[str, float] = field(default_factory=dict)
    """`exact` and `midp` p-values, for proportions."""
    n: int = 0
    """Pairs with two scores."""
    n_unscored: int = 0
    """Pairs that lack one or both."""
    unscored: Mapping[str, int] = field(default_factory=dict)
    """How often each cause left a pair unscored."""
    regressed: tuple[str, ...] = ()
    """Sample ids good in the reference and not in the candidate (or the largest losses)."""
    fixed: tuple[str, ...] = ()
    """Sample ids good in the candidate only."""
    unpaired: Sequence[float] = ()
    """Good-scale values of the candidate on rows that lack a score of the reference; part of `n_unscored`."""
    failing: tuple[str, ...] = ()
    """The first sample ids on which the candidate is not wholly good, whatever the reference did."""
    apart: bool = False
    """Whether it is of a suite that stands apart: a rule reads it only by its own slice, never as a category."""
    cluster: str = ""
    """Metadata key of the clusters, when there are any."""
