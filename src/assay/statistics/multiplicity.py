"""Many tests at once: adjusted p-values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assay.domain.errors import EvidenceError
from assay.statistics.roots import Floats


def holm(p_values: Sequence[float], weights: Sequence[float] | None = None) -> list[float]:
    """P-values that may each be compared with alpha, keeping the chance of any false finding below it.

    Args:
        p_values: One per test, in [0, 1], in any order.
        weights: How much of the chance of a false finding each test may use, above 0, fixed before the data are seen;
            all the same where none are given.

    Returns:
        Adjusted p-values in the same order; empty for none.

    Raises:
        EvidenceError: A value is not a probability, or weights are not one positive number per test.

    Source:
        Holm 1979, with weights as in its section 4. Golden values: tests/golden/multiplicity.json.

    Examples:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
        >>> holm([0.02, 0.5, 0.6], weights=[2.0, 1.0, 1.0])
        [0.04, 1.0, 1.0]
    """
    p = _checked(p_values)
    shares = np.ones(len(p)) if weights is None else np.asarray(weights, dtype=np.float64).reshape(-1)
    if len(shares) != len(p) or not (np.isfinite(shares) & (shares > 0)).all():
        raise EvidenceError(f"Holm: saw weights {list(shares)} for {len(p)} tests; expected a positive number for each")
    order = np.argsort(p / shares, kind="stable")
    left = np.cumsum(shares[order][::-1])[::-1]
    steps = p[order] * left / shares[order]
    return _restored(np.maximum.accumulate(steps), order)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for the expected share of false findings: for lists to look at, not for decisions.

    Args:
        p_values: One per test, in [0, 1], in any order.

    Returns:
        Adjusted p-values in the same order; empty for none.

    Raises:
        EvidenceError: A value is not a probability.

    Source:
        Benjamini & Hochberg 1995. Golden values: tests/golden/multiplicity.json.

    Examples:
        >>> benjamini_hochberg([0.01, 0.04, 0.03])
        [0.03, 0.04, 0.04]
    """
    p = _checked(p_values)
    order = np.argsort(p, kind="stable")
    steps = p[order] * (len(p) / np.arange(1, len(p) + 1))
    return _restored(np.minimum.accumulate(steps[::-1])[::-1], order)


def benjamini_yekutieli(p_values: Sequence[float], tests: int | None = None) -> list[float]:
    """P-values adjusted for the expected share of false findings, whatever hangs on what among the tests.

    Args:
        p_values: The small ones, in [0, 1], in any order.
        tests: How many tests were made; those left out count as p = 1. None: as many as there are values.

    Returns:
        Adjusted p-values in the same order; empty for none.

    Raises:
        EvidenceError: A value is not a probability, or there are more values than tests.

    Source:
        Benjamini & Yekutieli 2001. Golden values: tests/golden/enrichment.json.

    Examples:
        >>> [round(value, 4) for value in benjamini_yekutieli([0.01, 0.04], tests=3)]
        [0.055, 0.11]
    """
    p = _checked(p_values)
    count = len(p) if tests is None else tests
    if count < len(p):
        raise EvidenceError(f"saw {len(p)} p-values and tests={count}; there are at least as many tests as values")
    if not count:
        return []
    harmonic = (
        float(np.log(count) + np.euler_gamma + 0.5 / count)
        if count > 10_000
        else float(np.sum(1.0 / np.arange(1, count + 1)))
    )
    order = np.argsort(p, kind="stable")
    steps = p[order] * (harmonic * count / np.arange(1, len(p) + 1))
    return _restored(np.minimum.accumulate(steps[::-1])[::-1], order)


def _checked(p_values: Sequence[float]) -> Floats:
    p = np.asarray(p_values, dtype=np.float64).reshape(-1)
    bad = np.flatnonzero(~((p >= 0) & (p <= 1)))
    if bad.size:
        raise EvidenceError(f"p-values[{bad[0]}]: saw {p[bad[0]]}; a p-value lies in [0, 1]")
    return p


def _restored(steps: Floats, order: np.ndarray[tuple[int], np.dtype[np.intp]]) -> list[float]:
    adjusted = np.empty(len(steps))
    adjusted[order] = np.minimum(steps, 1.0)
    return [float(value) for value in adjusted]
