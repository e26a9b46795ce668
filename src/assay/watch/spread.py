"""How figures spread: percentiles of times, and the reasons that refusals give."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from assay.domain.trace import Trace
from assay.domain.watched import Observation, Part, Segment
from assay.scorers.languages import language
from assay.scorers.reading import answer_start
from assay.scorers.refusal_reasons import reason
from assay.statistics.percentile import Percentile, bin_of, percentile
from assay.statistics.proportion import wilson

TIMES = ("latency", "model_latency")
"""Amounts of which percentiles are kept, in seconds."""
SHARES: Mapping[str, float] = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
"""Which percentiles are told."""
REASON = "refusal_reason"
"""Name of the spread of the reasons of refusals."""
OTHER = "not in English"
"""Reason of a refusal whose words nobody reads here."""
REFUSALS = frozenset(("refusal", "over_refusal"))
"""Figures whose yes is a refusal."""
_TELLING = 400


def spread_parts(trace: Trace, observations: Iterable[Observation]) -> Iterator[Part]:
    """Where a trace lies in the spread of its figures: a bin for each time, a reason where it refuses.

    Examples:
        >>> from assay.domain.sample import Message
        >>> from assay.domain.trace import Step
        >>> said = Message(role="assistant", content="I cannot help with that, as it is against the law.")
        >>> trace = Trace(id="1" * 32, steps=(Step(id="2" * 16, kind="model", name="chat", output=(said,)),))
        >>> [*spread_parts(trace, [Observation(metric="refusal", value=1.0, trace=trace.id, time_ns=0)])]
        [Part(metric='refusal_reason', name='law', share=1.0)]
    """
    refused: Observation | None = None
    for one in observations:
        if one.value is None:
            continue
        if one.metric in TIMES:
            yield Part(one.metric, str(bin_of(one.value)), one.share)
        elif one.metric in REFUSALS and one.value:
            refused = one
    if refused is not None:
        yield Part(REASON, reason_of(trace.answer), refused.share)


def reason_of(answer: str) -> str:
    """Why an answer that refuses says that it does; a block of reasoning before it is left off."""
    said = answer[answer_start(answer) or 0 :]
    return reason(said) if language(said[:_TELLING]) in ("en", "") else OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """Percentiles of an amount in one cohort."""

    metric: str
    """What, for example `latency`."""
    segment: Segment
    """Where."""
    n: int
    """Values."""
    at: Mapping[str, Percentile]
    """`p50`, `p95`, `p99`, each with its limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One word's share."""

    word: str
    """The word."""
    n: int
    """Traces with it."""
    value: float
    """Share of all that have a word, weighted where a part was looked at."""
    low: float
    """Lower limit, 95 %."""
    high: float
    """Upper limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words of one cohort, the commonest first."""

    metric: str
    """What, for example `refusal_reason`."""
    segment: Segment
    """Where."""
    n: int
    """Traces with a word."""
    shares: Sequence[Share]
    """Each word with its share."""


@dataclass(slots=True, kw_only=True)
class Count:
    """Counts of one part of a figure's spread in one cohort, in memory."""

    metric: str
    """What."""
    segment: Segment
    """Where."""
    name: str
    """Bin or word."""
    n: float = 0.0
    """Traces."""
    w: float = 0.0
    """Sum of one over the chance with which they were judged."""
    ww: float = 0.0
    """Of its squares."""


class Counts:
    """Counts of parts by figure and cohort."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, Segment, str], Count] = {}

    def put(self, parts: Iterable[Part], segments: Iterable[Segment]) -> None:
        """Take in where a trace lies."""
        cohorts = tuple(segments)
        for metric, name, share in parts:
            for segment in cohorts:
                held = self._held.get((metric, segment, name))
                if held is None:
                    held = self._held[metric, segment, name] = Count(metric=metric, segment=segment, name=name)
                held.n += 1
                held.w += 1 / share
                held.ww += 1 / share**2

    def __iter__(self) -> Iterator[Count]:
        return iter(self._held.values())


class Counted(Protocol):
    """Counts of one part of a figure's spread in one cohort, as they are kept."""

    @property
    def metric(self) -> str: ...
    @property
    def segment(self) -> Segment: ...
    @property
    def name(self) -> str: ...
    @property
    def n(self) -> float: ...
    @property
    def w(self) -> float: ...
    @property
    def ww(self) -> float: ...


def percentiles(counted: Iterable[Counted]) -> list[Percentiles]:
    """Percentiles of each figure and cohort, by figure, all traffic first."""
    held: dict[tuple[str, Segment], Counter[int]] = defaultdict(Counter)
    for one in counted:
        if one.metric in TIMES:
            held[one.metric, one.segment][int(one.name)] += round(one.n)
    return [
        Percentiles(
            metric=metric,
            segment=segment,
            n=bins.total(),
            at={name: percentile(bins, share) for name, share in SHARES.items()},
        )
        for (metric, segment), bins in sorted(held.items())
        if bins.total() > 0
    ]


def words(counted: Iterable[Counted]) -> list[Words]:
    """Shares of the words of each figure and cohort, by figure, all traffic first."""
    held: dict[tuple[str, Segment], list[Counted]] = defaultdict(list)
    for one in counted:
        if one.metric not in TIMES and one.w > 0:
            held[one.metric, one.segment].append(one)
    return [_words(metric, segment, some) for (metric, segment), some in sorted(held.items())]


def _words(metric: str, segment: Segment, some: Sequence[Counted]) -> Words:
    """By Wilson with Kish's effective number, as for rates."""
    weight = sum(one.w for one in some)
    effective = weight**2 / sum(one.ww for one in some)
    shares = []
    for one in sorted(some, key=lambda one: (-one.w, one.name)):
        value = one.w / weight
        low, high = wilson(value * effective, effective)
        shares.append(Share(word=one.name, n=round(one.n), value=value, low=low, high=high))
    return Words(metric=metric, segment=segment, n=sum(one.n for one in shares), shares=tuple(shares))
