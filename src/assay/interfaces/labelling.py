"""Draws traces for people, shows them, and corrects rates by what they say; for the command line and the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from assay.domain.errors import ConfigurationError
from assay.domain.sample import Message
from assay.domain.trace import Trace
from assay.domain.watched import Observation, Segment
from assay.traces.assembly import trace_of
from assay.traces.hot import HotTraces
from assay.traces.judged import COLUMNS, Judged, Sums, numbers
from assay.traces.label_book import LabelBook
from assay.traces.labelled import Draw, Drawn, LabelItem
from assay.traces.observed import Observed
from assay.watch.cohorts import kind_of
from assay.watch.corrected import Corrected, corrected
from assay.watch.drawing import chances, label_place, question

ALWAYS = 2**63 - 1
ALTERED = "{metric}: {rows} of its draw not as the ledger has it, so labels correct nothing; draw anew with --draw"
"""What people are told of a draw that somebody wrote past the command."""
_ROLES = {"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool"}


class Drew(NamedTuple):
    """What became of a draw."""

    draw: Draw
    """The draw."""
    drawn: int
    """Traces that are drawn now."""
    told: int
    """Of them, those of which somebody said something before."""
    unreadable: int
    """Judged traces that were left out, as their spans are no longer kept for reading."""


class _Place(NamedTuple):
    kind: tuple[str, bool]
    place: float


@dataclass(slots=True)
class _Population:
    """What a draw is made from: kind of traffic and verdict of each trace, and sums by cohort."""

    places: dict[int, _Place] = field(default_factory=dict)
    counts: Counter[tuple[str, bool]] = field(default_factory=Counter)
    sums: dict[Segment, list[float]] = field(default_factory=dict)
    unreadable: int = 0

    def put(self, seq: int, judged: Judged, one: Observation, value: float, place: float) -> None:
        """Count one trace in."""
        kind = judged.stratum, value >= 0.5
        self.counts[kind] += 1
        self.places[seq] = _Place(kind, place)
        for segment in judged.segments:
            held = self.sums.setdefault(segment, [0.0] * len(COLUMNS))
            for at, number in enumerate(numbers(one)):
                held[at] += number


def draw(
    book: LabelBook, hot: HotTraces, observed: Observed, metric: str, wanted: int, since_ns: int, now_ns: int,
    by: str, seed: int | None = None,
) -> Drew:  # fmt: skip
    """Draw about so many of the judged traces of a time, by kind of traffic and by what the scorer says.

    Traces that were drawn before count among them.

    Args:
        book: Where it is kept.
        hot: Traces that can be read.
        observed: Judged traces.
        metric: What people are to label.
        wanted: How many are to be drawn in all.
        since_ns: The traces began since then.
        now_ns: Our own clock.
        by: Who draws.
        seed: Of the drawing; that of the draw before when None, else 1.

    Raises:
        ConfigurationError: The metric is no rate of whole traces, nothing of it was judged, or another seed was used.
    """
    before = book.draw(metric)
    if before is not None and seed not in (None, before.seed):
        raise ConfigurationError(
            f"--seed {seed}: '{metric}' was drawn with seed {before.seed}; under another the chances are unknown"
        )
    used = before.seed if before is not None else 1 if seed is None else seed
    last = observed.last
    found = _surveyed(book, hot, metric, used, since_ns, last)
    if not found.places:
        raise ConfigurationError(_nothing(observed, metric, since_ns, found.unreadable))
    made = Draw(
        metric=metric, round=before.round + 1 if before else 1, seed=used, wanted=wanted, population=len(found.places),
        low_ns=max(since_ns, 0), high_ns=ALWAYS, last_seq=last, at_ns=now_ns, by=by,
    )  # fmt: skip
    sums = [Sums(metric=metric, segment=of, **dict(zip(COLUMNS, held, strict=True))) for of, held in found.sums.items()]
    book.keep(made, [*_chosen(book, found, made)], sums)
    queue = book.drawn(metric)
    return Drew(made, len(queue), sum(bool(one.words) for one in queue), found.unreadable)


def _surveyed(book: LabelBook, hot: HotTraces, metric: str, seed: int, since_ns: int, last: int) -> _Population:
    found, there = _Population(), {*hot.between(0, ALWAYS)}
    for seq, judged, one, value in _scored(book.population(max(since_ns, 0), last), metric):
        if judged.trace in there:
            found.put(seq, judged, one, value, label_place(judged.trace, metric, seed))
        else:
            found.unreadable += 1
    return found


def _chosen(book: LabelBook, found: _Population, made: Draw) -> Iterator[tuple[int, Drawn]]:
    """Traces whose place is below their chance, and those that were drawn before."""
    likely = chances(found.counts, made.wanted)
    chosen = (seq for seq, at in found.places.items() if at.place < likely[at.kind])
    earlier = (one.trace for one in book.drawn(made.metric))
    for seq, judged, one, value in _scored(book.numbered(chosen, earlier), made.metric):
        if (at := found.places.get(seq)) is not None:
            yield (
                seq,
                Drawn(trace=judged.trace, place=at.place, chance=likely[at.kind], share=one.share, value=value,
                      start_ns=judged.start_ns, round=made.round, segments=judged.segments),
            )  # fmt: skip


def _scored(rows: Iterable[tuple[int, Judged]], metric: str) -> Iterator[tuple[int, Judged, Observation, float]]:
    """Traces with a value of the metric, each with its number."""
    for seq, judged in rows:
        for one in judged.observations:
            if one.metric == metric and one.value is not None:
                if one.step or not 0 <= one.value <= 1 or kind_of(metric) != "rate":
                    raise ConfigurationError(f"'{metric}' is no rate of whole traces, so people cannot correct it")
                yield seq, judged, one, one.value
                break


def _nothing(observed: Observed, metric: str, since_ns: int, unreadable: int) -> str:
    if unreadable:
        return f"'{metric}': none of the {unreadable} judged traces is kept for reading any more (--keep)"
    known = sorted({one.metric for one in observed.sums(max(since_ns, 0)) if not one.segment and one.n})
    rates = [name for name in known if kind_of(name) == "rate" and not name.startswith("unscored_")]
    return f"'{metric}': no trace of that time was judged for it. Judged: {', '.join(rates) or 'nothing'}"


def rates(book: LabelBook, metrics: Iterable[str] = ()) -> list[Corrected]:
    """Rates as people would say, of the metrics that something was drawn for; a draw that was altered corrects none."""
    altered = book.altered()
    return [
        one
        for metric in (metrics or book.metrics())
        for drawn in (book.drawn(metric),)
        for one in corrected(metric, book.sums(metric), [*map(_wordless, drawn)] if metric in altered else drawn)
    ]


def _wordless(one: Drawn) -> Drawn:
    return replace(one, words={}, chance=1.0, share=1.0)


def waiting(book: LabelBook, metric: str, by: str = "", *, second: bool = False) -> list[Drawn]:
    """Drawn traces that nobody has said anything of, in order.

    Args:
        book: Where they are kept.
        metric: Of what.
        by: Who asks.
        second: Those instead that others have labelled and this person has not.
    """
    queue = book.drawn(metric)
    return [one for one in queue if (by not in one.words if second and one.words else not second and not one.words)]


class Left(NamedTuple):
    """Drawn traces without a word, where that may make the rate lean."""

    passed: int
    """Passed over: a later one has a word."""
    gone: int
    """No longer kept for reading."""


def left(book: LabelBook, hot: HotTraces, metric: str) -> Left:
    """Drawn traces that were passed over, and those that nobody can read any more."""
    queue = book.drawn(metric)
    last = max((at for at, one in enumerate(queue) if one.words), default=-1)
    open_ = [(at, bool(hot.spans(one.trace))) for at, one in enumerate(queue) if not one.words]
    return Left(sum(at < last and there for at, there in open_), sum(not there for _, there in open_))


def readable(hot: HotTraces, metric: str, drawn: Iterable[Drawn]) -> Iterator[LabelItem]:
    """What a person reads of each; those whose spans are no longer there are left out."""
    for one in drawn:
        made = read(hot, one.trace)
        if made is not None:
            yield LabelItem(
                metric=metric, statement=question(metric), trace=one.trace, start_ns=one.start_ns,
                turns=_turns(made), answer=made.answer, verdict=one.value,
                passages="\n\n".join(passage.text for step in made.of("retrieval") for passage in step.passages),
            )  # fmt: skip


def read(hot: HotTraces, name: str) -> Trace | None:
    """A trace; None where its spans are gone."""
    spans = hot.spans(name)
    return trace_of(spans, hot.logs(name)) if spans else None


def _turns(made: Trace) -> str:
    turns: Sequence[Message] = made.asked
    return "\n\n".join(f"{_ROLES.get(one.role, one.role)}: {one.content}" for one in turns if one.content)
