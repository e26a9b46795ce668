"""Detects that a rate rose or fell, at any time, with a promise about false alarms (Shiryaev-Roberts e-detectors)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assay.domain.errors import EvidenceError
from assay.statistics.roots import Floats

GROWTHS = (1.8, 2.4)
"""Multiples of the tolerated rate for which the bets are sized; their average is the detector. Of six sets of multiples
these found a rise from 2 to 6 % soonest at equal false alarms (benchmarks/simulate_watch.py)."""
_CHUNK = 128
"""Values multiplied before the state is written back: bets of 0.9 on nothing stay far above the smallest float."""
_MOST_STAKE = 0.95
_LARGEST = 1e200
"""States are cut here, far above any threshold, so that nothing overflows."""


def stakes(tolerated: float, growths: tuple[float, ...] = GROWTHS) -> Floats:
    """Bets per unit against "the mean is at most `tolerated`", one for each rate that may come.

    Args:
        tolerated: Mean that is still fine, in (0, 1).
        growths: Multiples of it.

    Returns:
        Shape (bets,); with each of them 1 + bet * (x - tolerated) stays positive for x in [0, 1].

    Raises:
        EvidenceError: `tolerated` is not in (0, 1).

    Source:
        Kelly's bet for a Bernoulli variable: (p - m) / (m (1 - m)).

    Examples:
        >>> stakes(0.05).round(2).tolist()
        [0.84, 1.47]
    """
    if not 0 < tolerated < 1:
        raise EvidenceError(f"a tolerated rate is a number between 0 and 1, got {tolerated}")
    aims = np.minimum(tolerated * np.array(growths), (1 + tolerated) / 2)
    return np.minimum((aims - tolerated) / (tolerated * (1 - tolerated)), _MOST_STAKE / tolerated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """A detector that reached its threshold, and began anew."""

    stream: int
    """Which stream."""
    place: int
    """Index, among the values just given, of the one that did it."""
    state: float
    """What the detector had reached."""


class RateDetectors:
    """Many streams of values in [0, 1], each watched for a mean above what is tolerated.

    The state of a stream follows M = (M + 1) * (1 + bet * (x - tolerated)), averaged over some bets. While the mean is
    at most what is tolerated, the expected state after n values is at most n. So a threshold of A makes the mean time
    between false alarms at least A values, and a threshold of T * S / alpha makes any false alarm in S streams of T
    values each at most alpha likely. Values may depend on the past; only their conditional mean counts.
    Give 1 - x to watch for a fall.

    Source:
        Shin, Ramdas & Rinaldo 2024 (e-detectors); Shiryaev 1963, Roberts 1966.

    Examples:
        >>> watch = RateDetectors([0.05], threshold=1000.0)
        >>> watch.update([0] * 50, [0] * 50), watch.update([0] * 9, [1] * 9)[0].place
        ([], 5)
    """

    def __init__(self, tolerated: ArrayLike, threshold: float | ArrayLike, fewest: int = 1) -> None:
        """Start all streams.

        Args:
            tolerated: Mean that is fine, one for each stream, shape (streams,).
            threshold: State from which it is an alarm; one, or one for each stream.
            fewest: Values since the start before a stream may cross.

        Raises:
            EvidenceError: A rate is not in (0, 1) or a threshold not above 1.
        """
        self.tolerated = np.atleast_1d(np.asarray(tolerated, dtype=np.float64))
        self.fewest = fewest
        self.threshold = np.broadcast_to(np.asarray(threshold, dtype=np.float64), self.tolerated.shape).copy()
        if not (self.threshold > 1).all():
            raise EvidenceError("a detector's threshold is a number above 1")
        self._bets = np.array([stakes(float(rate)) for rate in self.tolerated]).reshape(-1, len(GROWTHS))
        self.state = np.zeros_like(self._bets)
        self.n = np.zeros(len(self.tolerated), dtype=np.int64)

    @property
    def level(self) -> Floats:
        """State of each stream, shape (streams,)."""
        found: Floats = self.state.mean(axis=1)
        return found

    def add(self, tolerated: float, threshold: float) -> int:
        """Watch one more stream; gives its number.

        Raises:
            EvidenceError: A number is out of range.
        """
        more = RateDetectors([tolerated], threshold)
        self.tolerated = np.append(self.tolerated, more.tolerated)
        self.threshold = np.append(self.threshold, more.threshold)
        self._bets, self.state = np.vstack([self._bets, more._bets]), np.vstack([self.state, more.state])
        self.n = np.append(self.n, more.n)
        return len(self.n) - 1

    def restart(self, stream: int) -> None:
        """Begin anew."""
        self.state[stream] = 0.0
        self.n[stream] = 0

    def update(self, streams: ArrayLike, values: ArrayLike) -> list[Crossed]:
        """Take in values, in order of time.

        Args:
            streams: Stream of each value, shape (n,).
            values: In [0, 1], shape (n,).

        Returns:
            Each crossing, by its place. A stream that crossed begins anew with the value after it, so the cut into
            batches changes nothing.

        Raises:
            EvidenceError: Shapes differ, or a value is not in [0, 1].
        """
        at = np.atleast_1d(np.asarray(streams, dtype=np.intp))
        x = np.atleast_1d(np.asarray(values, dtype=np.float64))
        if at.shape != x.shape or x.ndim != 1:
            raise EvidenceError(f"streams and values differ in shape: {at.shape}, {x.shape}")
        if not ((x >= 0) & (x <= 1)).all():
            raise EvidenceError("a value of a rate is a number in [0, 1]")
        order = np.argsort(at, kind="stable")
        found: list[Crossed] = []
        for group in np.split(order, np.flatnonzero(np.diff(at[order])) + 1):
            if len(group):
                found += self._run(int(at[group[0]]), x[group], group)
        return sorted(found, key=lambda one: one.place)

    def _run(self, stream: int, x: Floats, places: NDArray[np.intp]) -> list[Crossed]:
        found: list[Crossed] = []
        begin = 0
        while begin < len(x):
            part = x[begin : begin + _CHUNK] - self.tolerated[stream]
            states = _states(self.state[stream], self._bets[stream], part)
            level = states.mean(axis=1)
            enough = self.n[stream] + 1 + np.arange(len(part)) >= self.fewest
            over = np.flatnonzero((level >= self.threshold[stream]) & enough)
            if over.size:
                first = int(over[0])
                found.append(Crossed(stream=stream, place=int(places[begin + first]), state=float(level[first])))
                self.restart(stream)
                begin += first + 1
            else:
                self.state[stream] = np.minimum(states[-1], _LARGEST)
                self.n[stream] += len(part)
                begin += len(part)
        return found


def _states(state: Floats, bets: Floats, centred: Floats) -> Floats:
    """States after each value: product so far times (state + sum of the inverse products before); shape (n, bets)."""
    grown = np.cumprod(1.0 + bets * centred[:, None], axis=0)
    before = np.vstack([np.ones_like(bets), grown[:-1]])
    found: Floats = grown * (state + np.cumsum(1.0 / before, axis=0))
    return found


def threshold(alpha: float, values: float, streams: int = 1) -> float:
    """Threshold that keeps any false alarm in so many streams of so many values at most alpha likely.

    Args:
        alpha: Chance of any false alarm.
        values: Values of one stream over the whole time that the promise covers.
        streams: Streams.

    Raises:
        EvidenceError: A number is out of range.

    Source:
        Shin, Ramdas & Rinaldo 2024: the expected state after T values is at most T.

    Examples:
        >>> threshold(0.05, 18_000, 50)
        18000000.0
    """
    if not 0 < alpha < 1 or values < 1 or streams < 1:
        raise EvidenceError(f"no threshold for alpha {alpha}, {values} values, {streams} streams")
    return values * streams / alpha
