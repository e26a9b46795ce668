"""Does a property stand in a group more often than by chance: the tail of the hypergeometric distribution."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from assay.domain.errors import EvidenceError

Counts = NDArray[np.int64]
_MOST_TERMS = 100_000


def enrichment(
    both: Sequence[int] | Counts, group: Sequence[int] | Counts, having: Sequence[int] | Counts, total: int
) -> NDArray[np.float64]:
    """One-sided p-values of Fisher's exact test, many at once: is the property more frequent in the group?

    Args:
        both: Members of the group that have the property, shape (n_tests,).
        group: Size of each group.
        having: How many have the property at all.
        total: How many there are.

    Returns:
        Chance of `both` or more when groups are drawn at random, in (0, 1].

    Raises:
        EvidenceError: Counts that cannot be.

    Source:
        Fisher 1935. Golden values: tests/golden/enrichment.json.

    Examples:
        >>> enrichment([3], [3], [4], 10).round(6).tolist()
        [0.033333]
    """
    k, n, m = (np.asarray(each, np.int64).reshape(-1) for each in (both, group, having))
    bad = (k < np.maximum(0, n + m - total)) | (k > np.minimum(n, m)) | (n > total) | (m > total)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise EvidenceError(
            f"test {at}: saw {k[at]} of {n[at]} in the group, {m[at]} of {total} in all; these cannot be"
        )
    found = np.ones(len(k))
    for place in range(len(k)):
        found[place] = _tail(int(k[place]), int(n[place]), int(m[place]), total)
    return found


def _tail(k: int, n: int, m: int, total: int) -> float:
    """Sum of the probabilities of k, k + 1, ... up to the largest that can be."""
    if k <= max(0, n + m - total):
        return 1.0
    values = np.arange(k, min(n, m) + 1, dtype=np.float64)[:_MOST_TERMS]
    logs = _choose(m, values) + _choose(total - m, n - values) - _choose(total, np.float64(n))
    most = logs.max()
    return float(min(1.0, np.exp(most) * np.exp(logs - most).sum()))


def _choose(n: int, k: np.float64 | NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of the binomial coefficient."""
    return np.asarray(-betaln(n - k + 1.0, k + 1.0) - np.log(n + 1.0))
