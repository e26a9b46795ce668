"""Golden prompts asked again: is the live model still the one that was released?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ProbeResult = Literal["unchanged", "changed", "cannot tell"]
"""unchanged: no change was found, and one beyond the margin is ruled out. changed: something differs for sure."""
PROBE_CODES: Mapping[ProbeResult, int] = {"unchanged": 0, "changed": 1, "cannot tell": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is known of the answers beside their scores, of one side."""

    texts: Mapping[tuple[str, str, int], str] = field(default_factory=dict)
    """Task, sample id and epoch -> answer."""
    seconds: tuple[float, ...] = ()
    """Latencies of the answers, seconds."""
    served: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Replies by (model name, fingerprint)."""
    failures: Mapping[str, int] = field(default_factory=dict)
    """Questions without an answer, by cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTest:
    """One figure of the live model beside the released one."""

    figure: str
    """Metric, or `same words`; with its suite where it is one suite's."""
    released: float
    """As released."""
    live: float
    """Now."""
    low: float
    """Lower limit of the change, 95 %; NaN where there is none."""
    high: float
    """Upper limit."""
    n: int
    """Pairs."""
    p: float
    """Chance of such a change without any, adjusted for the other figures of this probe."""
    bounded: bool
    """Whether a change beyond the margin is ruled out; only rates can be."""
    rate: bool
    """Whether it is one."""
    samples: tuple[str, ...] = ()
    """Ids of samples that show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What one probe says."""

    result: ProbeResult
    """In a word."""
    changed: tuple[str, ...]
    """What changed, a sentence each."""
    unknown: tuple[str, ...]
    """Why it cannot be told, a sentence each."""
    noted: tuple[str, ...]
    """What differs and proves no other model, a sentence each."""
    number: int
    """Number of this probe, from 1."""
    alpha: float
    """What this probe may spend of the chance of a false change over all probes."""
    asked: int
    """Questions."""
    answered: int
    """Answers."""
    same_words: tuple[int, int]
    """Answers word for word as released, and answers that could be held against released ones."""
    tests: tuple[ProbeTest, ...]
    """By figure."""
    served: tuple[tuple[str, ...], tuple[str, ...]]
    """Models and fingerprints that replies named: as released, and now."""
