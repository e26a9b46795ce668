"""A judged trace, and sums of judged traces, as they rest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import msgspec

from assay.domain.watched import Observation, Part, Segment

COLUMNS = ("n", "total", "squares", "unscored", "w", "wx", "ww", "wwx", "wwxx")
"""What is summed, in the order of `numbers`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A trace with what was observed in it."""

    trace: str
    """Its id."""
    start_ns: int
    """When it began."""
    arrived_ns: int
    """When its last span arrived, by our own clock; tells versions of a trace apart."""
    segments: tuple[Segment, ...]
    """Its cohorts, all traffic first."""
    observations: tuple[Observation, ...]
    """What was observed."""
    around: tuple[str, ...] = ()
    """What surrounded it: model, prompt, index, tools."""
    stratum: str = ""
    """Its kind of traffic."""
    problems: tuple[str, ...] = ()
    """What is odd about it."""
    again: bool = False
    """Whether its session was seen before that day."""
    version: int = 1
    """How often it was judged, each time with more spans."""
    parts: tuple[Part, ...] = ()
    """Where it lies in the spread of its figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums of the values of one figure in one cohort; `w` is one over the chance with which a trace was judged."""

    metric: str
    """What."""
    segment: Segment
    """Where."""
    n: float = 0.0
    """Values."""
    total: float = 0.0
    """Their sum."""
    squares: float = 0.0
    """Sum of their squares."""
    unscored: float = 0.0
    """Traces that could not be judged."""
    w: float = 0.0
    """Sum of weights."""
    wx: float = 0.0
    """Of weight times value."""
    ww: float = 0.0
    """Of squared weights."""
    wwx: float = 0.0
    """Of squared weights times value."""
    wwxx: float = 0.0
    """Of squared weights times squared value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Counts of one part of a figure's spread in one cohort: a bin of an amount, or a word."""

    metric: str
    """What."""
    segment: Segment
    """Where."""
    name: str
    """Number of the bin, or the word."""
    n: float
    """Traces."""
    w: float
    """Sum of one over the chance with which they were judged."""
    ww: float
    """Of its squares."""


class _Kept(msgspec.Struct, array_like=True):
    """A judged trace as it rests."""

    segments: list[list[tuple[str, str]]]
    observations: list[tuple[str, float | None, str, str, float, str, str]]
    around: list[str]
    stratum: str
    problems: list[str]
    again: bool = False  # an earlier version did not keep it
    parts: list[tuple[str, str, float]] = []  # nor this


encoded = msgspec.json.Encoder().encode
"""JSON of anything."""
_decoded = msgspec.json.Decoder(_Kept).decode


def segment_text(segment: Segment) -> str:
    """A cohort as the key under which its sums rest.

    Examples:
        >>> segment_text((("route", "chat"),)), segment_of('[["route","chat"]]')
        ('[["route","chat"]]', (('route', 'chat'),))
    """
    return encoded(segment).decode()


@lru_cache(maxsize=16_384)
def segment_of(text: str) -> Segment:
    """The cohort of such a key."""
    return tuple((key, value) for key, value in msgspec.json.decode(text))


def numbers(seen: Observation) -> tuple[float, ...]:
    """What an observation adds to the sums, in the order of their columns."""
    x = seen.value
    if x is None:
        return (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    w = 1.0 / seen.share
    return (1.0, x, x * x, 0.0, w, w * x, w * w, w * w * x, w * w * x * x)


def packed(one: Judged) -> bytes:
    """All of a judged trace that no column holds."""
    return encoded(
        _Kept(
            segments=[[*segment] for segment in one.segments],
            observations=[
                (seen.metric, seen.value, seen.unscored, seen.step, seen.share, seen.scorer, seen.reason)
                for seen in one.observations
            ],
            around=[*one.around],
            stratum=one.stratum,
            problems=[*one.problems],
            again=one.again,
            parts=[(part.metric, part.name, part.share) for part in one.parts],
        )
    )


def unpacked(trace: str, version: int, arrived_ns: int, start_ns: int, body: bytes) -> Judged:
    """The judged trace of its columns."""
    held = _decoded(body)
    return Judged(
        trace=trace,
        version=version,
        arrived_ns=arrived_ns,
        start_ns=start_ns,
        segments=tuple(tuple(pair for pair in segment) for segment in held.segments),
        observations=tuple(
            Observation(
                metric=metric,
                value=value,
                unscored=unscored,
                step=step,
                share=share,
                scorer=scorer,
                reason=reason,
                trace=trace,
                time_ns=start_ns,
            )
            for metric, value, unscored, step, share, scorer, reason in held.observations
        ),
        around=tuple(held.around),
        stratum=held.stratum,
        problems=tuple(held.problems),
        again=held.again,
        parts=tuple(Part(*part) for part in held.parts),
    )
