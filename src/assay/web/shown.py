"""What the page shows, and whom it asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from assay.domain.alerting import Case
from assay.domain.people import Label
from assay.domain.score import Score
from assay.domain.trace import Trace
from assay.domain.watched import Observation, Segment
from assay.traces.labelled import LabelItem, Word
from assay.watch.corrected import Corrected
from assay.watch.spread import Percentiles, Words
from assay.watch.tolerance import Limit

Told = tuple[str, Mapping[str, Any]]
"""Name of a template, and what it is told; nothing where there is nothing to show."""
Asked = Mapping[str, str]
"""What an address asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A figure over one part of the time."""

    time_ns: int
    """When that part began."""
    value: float
    """The figure; NaN without values."""
    low: float
    """Lower limit, 95 %."""
    high: float
    """Upper limit."""
    n: int
    """Values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A monitor in one cohort."""

    metric: str
    """What."""
    segment: Segment
    """Where; empty is all traffic."""
    value: float
    """The figure now; NaN without values."""
    low: float
    """Lower limit, 95 %."""
    high: float
    """Upper limit."""
    n: int
    """Values."""
    unscored: int = 0
    """Traces that could not be judged."""
    kind: Literal["rate", "amount", "category", "vector"] = "rate"
    """As the monitor's."""
    worse: Literal["higher", "lower", "either"] = "higher"
    """Which way is worse."""
    reference: float | None = None
    """What it was: of the released run, or at the beginning."""
    reference_n: int = 0
    """Values that the reference comes from; 0 when it is stated."""
    limits: Sequence[Limit] = ()
    """How far it may move without an alarm, in each direction that is watched."""
    people: Corrected | None = None
    """The rate as people say who labelled a random part; None where nothing was drawn for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLine:
    """A trace in a list."""

    id: str
    """Its id."""
    start_ns: int
    """When it began."""
    steps: int
    """Spans so far."""
    judged: bool = False
    """Whether the watch has judged it."""
    gist: str = ""
    """What was asked, shortened."""
    sealed: bool = False
    """Whether it rests in sealed segments alone."""
    value: float | None = None
    """What was measured of it, where it is an example of a figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a figure spread over the last day, in each cohort."""

    percentiles: Sequence[Percentiles] = ()
    """Of times."""
    words: Sequence[Words] = ()
    """Of refusals: the reasons that they give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceShown:
    """One trace with all that was said of it."""

    trace: Trace
    """The trace."""
    scores: Sequence[Score] = ()
    """Judgements of its answer, with the places that they rest on."""
    observations: Sequence[Observation] = ()
    """What the watch measured; of single steps where `step` says so."""
    findings: Sequence[tuple[str, str, str]] = ()
    """Step, code and words of what breaks the policy of steps."""
    sealed: bool = False
    """Whether it was read from sealed segments, whose digests were checked."""
    damaged: Sequence[str] = ()
    """Names of sealed segments that are not as they were sealed, and may hold more of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """An audit with its verdict."""

    name: str
    """Name of its folder."""
    decision: str
    """The worst verdict's word; empty where none can be told."""
    candidates: Sequence[tuple[str, str, str]] = ()
    """Name, word and first reason of each."""
    ended: str = ""
    """When it was decided."""
    valid_until: str = ""
    """Until when the verdict holds."""
    problem: str = ""
    """Why nothing can be told of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """An answer that a person should read."""

    run: str
    """Folder of the run."""
    id: str
    """Id of the item."""
    why: str
    """failed, disagreeing, borderline or random."""
    where: str
    """Suite and sample."""
    candidate: str
    """Whose answer."""
    score: Score
    """The judgement in question."""
    asked: str
    """The prompt."""
    reference: str
    """The reference's answer."""
    answer: str
    """The candidate's answer."""
    state: str = "open"
    """open, confirmed, dismissed, disputed or unsure."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What people said, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelQueue:
    """Traces that were drawn at random for people, of one metric."""

    metric: str
    """What they say yes or no to,"""
    statement: str
    """in words."""
    rate: Corrected
    """The rate of all traffic by what they said."""
    picked: int = 0
    """Traces that people labelled as they chose them; not counted."""
    passed: int = 0
    """Drawn traces that were passed over."""
    gone: int = 0
    """Drawn traces without a word that are no longer kept for reading."""
    unvouched: int = 0
    """Words that are not as the ledger has them; not counted."""
    altered: int = 0
    """Rows of the draw that are not as the ledger has them; no word counts then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLine:
    """A ledger, examined."""

    name: str
    """Whose: the watch, or a run."""
    entries: int = 0
    """Entries in it."""
    signed: int = 0
    """How many of them a signature covers."""
    key: str = ""
    """Id of the key that signs."""
    root: str = ""
    """Its root hash."""
    kinds: Mapping[str, int] = field(default_factory=dict)
    """Entries by kind."""
    last: Sequence[tuple[int, str, str, str]] = ()
    """Number, time, kind and actor of the last entries, the newest first."""
    problems: Sequence[str] = ()
    """What is not as it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLine:
    """A channel of alerts."""

    name: str
    """As in the plan."""
    kind: str
    """webhook, slack, email, otlp or file."""
    sent: int = 0
    """Messages that were taken."""
    failed: int = 0
    """Attempts that were not."""
    waiting: int = 0
    """News that wait to be told."""
    dropped: int = 0
    """News that were given up."""
    limited: int = 0
    """How often news had to wait as the messages of an hour were used up."""
    problem: str = ""
    """What went wrong last; empty when nothing did since the last success."""
    at: str = ""
    """When it was tried last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The watch in a few numbers."""

    name: str
    """What is watched."""
    now_ns: int
    """When this was so."""
    traces: int = 0
    """Traces kept."""
    spans: int = 0
    """Spans kept."""
    waiting: int = 0
    """Traces that wait to be judged."""
    problems: Mapping[str, int] = field(default_factory=dict)
    """What was rejected or odd, counted."""
    silent: bool = False
    """Whether no span came for too long, so that no figure says how things are."""
    last_ns: int = 0
    """When one came last; 0 when none ever did."""


class Shown(Protocol):
    """Where the page has everything from. Methods may block; the page calls them in threads."""

    def overview(self) -> Overview: ...
    def figures(self) -> Sequence[Figure]: ...
    def points(self, metric: str, segment: Segment) -> Sequence[Point]:
        """A figure over time, the oldest first."""
        ...

    def examples(self, metric: str, segment: Segment) -> Sequence[TraceLine]:
        """Of the last traces those that count towards a rate: with a yes, or with a no where less is worse; of an
        amount those with the worst values."""
        ...

    def spread(self, metric: str) -> Spread: ...

    def cases(self) -> Sequence[Case]: ...
    def traces(self, wanted: str, most: int) -> tuple[Sequence[TraceLine], Sequence[str]]:
        """The last traces whose id begins so, and the names of sealed segments that cannot be read."""
        ...

    def trace(self, id: str) -> TraceShown | None: ...
    def canaries(self) -> Sequence[Mapping[str, Any]]:
        """Decisions of canaries, as `assay watch canary` writes them; each with its history under `path`."""
        ...

    def runs(self) -> Sequence[RunLine]: ...
    def reviews(self) -> Sequence[Review]: ...
    def label_queues(self) -> Sequence[LabelQueue]: ...
    def to_label(self, metric: str, after: str) -> LabelItem | None:
        """The next drawn trace that nobody has said anything of, after one that is passed over."""
        ...

    def books(self) -> Sequence[BookLine]: ...
    def channels(self) -> Sequence[ChannelLine]: ...
    def acknowledge(self, case: str, *, by: str, owner: str, note: str) -> None: ...
    def resolve(self, case: str, *, by: str, note: str) -> None: ...
    def label(self, metric: str, trace: str, *, word: Word, picked: bool, by: str) -> None:
        """What somebody says of a trace; one that was picked by hand corrects nothing."""
        ...

    def judge(self, run: str, item: str, *, label: Label, reason: str, by: str) -> None: ...
