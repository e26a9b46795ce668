"""Which traces a dear scorer reads: a share of all, and more of small cohorts, by the trace's own id."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from assay.domain.errors import EvidenceError

SPACE = float(2**64)


class Chance(NamedTuple):
    """With which chance traces of a kind are looked at, and why."""

    share: float
    """The chance; a rate over several kinds weights by its inverse."""
    reason: str
    """`all`, `share`, or `small cohort`."""


@dataclass(slots=True, kw_only=True)
class Sampling:
    """A share of the traffic, at least so many traces of each kind of traffic and day.

    The chance of a trace is fixed before it is drawn: it depends on how many of its kind came before it that day, never
    on what it says. So one over the chance is an honest weight.

    Examples:
        >>> sampling = Sampling(share=0.1, fewest=2)
        >>> [sampling.chance("mobile", 0).share for _ in range(5)]
        [1.0, 1.0, 0.6666666666666666, 0.5, 0.4]
    """

    share: float = 0.1
    """Chance of a trace of a large cohort."""
    fewest: int = 50
    """Traces of a kind and day that are all looked at; beyond them the chance falls as one over their number."""
    most_kinds: int = 10_000
    """Kinds of traffic that are counted; more are counted as one."""
    _day: int = -1
    _seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise EvidenceError(f"share: expected a number above 0 and at most 1; it is {self.share}")

    def chance(self, stratum: str, time_ns: int) -> Chance:
        """The chance of the next trace of a kind."""
        if self.share >= 1:
            return Chance(1.0, "all")
        day = time_ns // (86_400 * 10**9)
        if day > self._day:  # a late trace of yesterday counts for today
            self._day = day
            self._seen.clear()
        kind = stratum if stratum in self._seen or len(self._seen) < self.most_kinds else "(other)"
        before = self._seen[kind]
        self._seen[kind] += 1
        wanted = min(1.0, self.fewest / (before + 1))
        if wanted > self.share:
            return Chance(wanted, "small cohort")
        return Chance(self.share, "share")


def drawn(trace: str, share: float, salt: str = "assay") -> bool:
    """Whether a trace is in a share: by a hash of its id alone, so the same on every machine and at every replay.

    Examples:
        >>> sum(drawn(f"{at:032x}", 0.1) for at in range(10_000))
        1038
    """
    return share >= 1 or place(trace, salt) < share


def place(trace: str, salt: str) -> float:
    """A trace's own number in [0, 1], always the same: it is in every share above it.

    Examples:
        >>> round(place("0" * 32, "assay"), 3), round(place("0" * 32, "other"), 3)
        (0.009, 0.792)
    """
    return int.from_bytes(hashlib.blake2b(f"{salt}:{trace}".encode(), digest_size=8).digest(), "big") / SPACE
