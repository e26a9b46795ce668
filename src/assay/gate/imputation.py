"""Pairs without a score, filled in to see how far they could change the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assay.domain.estimate import Comparison, Pairs
from assay.gate.segment import Segment, segment

BOTH, GAINED, LOST = (1.0, 1.0), (0.0, 1.0), (1.0, 0.0)


def in_favour(one: Segment) -> tuple[Segment, ...]:
    """The segment with every missing pair counted for the candidate, in each way that could favour it most.

    The candidate is good in all of them. Whether the reference was too is not known,
    so both are tried; of mixtures, one of the two ends is the most favourable.

    Returns:
        Segments to ask in turn, the largest p-value counts. The segment itself when nothing
        is missing. None for amounts, which know no best value.
    """
    if one.comparison.n_unscored == 0:
        return (one,)
    if one.comparison.metric.kind == "amount":
        return ()
    return tuple(_filled(one.comparison, (BOTH, GAINED)))


def against(one: Segment) -> tuple[Segment, ...]:
    """The segment with every missing pair counted as lost by the candidate; see `in_favour`."""
    if one.comparison.n_unscored == 0:
        return (one,)
    if one.comparison.metric.kind == "amount":
        return ()
    return tuple(_filled(one.comparison, (LOST,)))


def _filled(comparison: Comparison, values: tuple[tuple[float, float], ...]) -> Iterator[Segment]:
    """Anytime evidence is left behind: it knows the asked pairs only."""
    pairs, missing = comparison.pairs, comparison.n_unscored
    labels = len(pairs.people_reference) > 0
    first_free = int(max(pairs.units, default=-1)) + 1
    # Missing pairs may stand alone or share one cluster; which of the two is kinder depends on the table.
    arrangements = [list(range(first_free, first_free + missing))]
    if pairs.clustered:
        arrangements.append([first_free] * missing)
    for reference, candidate in values:
        for units in arrangements:
            more = Pairs(
                reference=[*pairs.reference, *[reference] * missing],
                candidate=[*pairs.candidate, *[candidate] * missing],
                units=[*pairs.units, *units],
                clustered=pairs.clustered,
                # As if people had said so: it counts for more than its share, on the side it is meant to favour.
                people_reference=[*pairs.people_reference, *[reference] * missing] if labels else (),
                people_candidate=[*pairs.people_candidate, *[candidate] * missing] if labels else (),
            )
            yield segment(replace(comparison, pairs=more, n=comparison.n + missing))
