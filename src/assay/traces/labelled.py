"""Traces that people label: the draw, what was drawn, what somebody says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from assay.domain.watched import Segment

Word = Literal["yes", "no", "unsure"]
WORDS: tuple[Word, ...] = get_args(Word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A draw of traces for people; the last one of a metric is in force."""

    metric: str
    """What is to be labelled."""
    round: int
    """Its number, from 1."""
    seed: int
    """Of the drawing."""
    wanted: int
    """How many traces were wanted."""
    population: int
    """Out of how many."""
    low_ns: int
    """The traces began from here"""
    high_ns: int
    """to here,"""
    last_seq: int
    """and were judged up to this number."""
    at_ns: int
    """When it was made."""
    by: str
    """By whom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A trace that was drawn, as the scorer saw it then."""

    trace: str
    """Its id."""
    place: float
    """Its own number; it was drawn as its chance is above that."""
    chance: float
    """Chance with which it was drawn, of all draws that it had a chance in."""
    share: float
    """Chance with which it was judged."""
    value: float
    """What the scorer says."""
    start_ns: int
    """When it began."""
    round: int
    """First draw that it had a chance in."""
    segments: tuple[Segment, ...] = ((),)
    """Its cohorts."""
    words: Mapping[str, float | None] = field(default_factory=dict)
    """What people said who met it in the queue: 0, 1, or None for unsure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What a person says of a trace."""

    trace: str
    """Its id."""
    word: Word
    """Whether the metric's statement is true of it."""
    picked: bool = False
    """Whether the person chose the trace; such a word never corrects a rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelItem:
    """A trace that a person is asked about, without what the scorer says."""

    metric: str
    """Of what."""
    statement: str
    """What is to be said yes or no to."""
    trace: str
    """Its id."""
    start_ns: int
    """When it began."""
    turns: str
    """What was asked, with the turns before."""
    passages: str
    """What was retrieved for it."""
    answer: str
    """What the user was told."""
    verdict: float
    """What the scorer says; shown to nobody who does not ask for it."""
