"""Figures in the text form of Prometheus."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from assay.domain.watched import Segment
from assay.traces.state import standing, state_of
from assay.watch.corrected import Corrected
from assay.watch.silence import silent
from assay.watch.spread import SHARES, percentiles, words
from assay.web.shown import ChannelLine

if TYPE_CHECKING:
    from assay.web.app import House

_MOST = 2_000
"""Figures of cohorts that are told; a scrape must stay small."""
_MOST_SPREAD = 200
"""Pairs of figure and cohort whose percentiles are told, and cohorts whose reasons are."""
_DAY_NS = 86_400 * 10**9
_PEOPLE: tuple[tuple[str, str, Callable[[Corrected], float]], ...] = (
    ("corrected_rate", "Rate as people say who labelled a random part of the traces.", lambda one: one.value),
    ("corrected_rate_low", "Its lower limit, 95 %; the scorer's error is in it.", lambda one: one.low),
    ("corrected_rate_high", "Its upper limit.", lambda one: one.high),
    ("corrected_rate_wider", "Width of that interval over that of the scorer alone.", lambda one: one.wider),
    ("labels", "Drawn traces that people said yes or no of.", lambda one: one.labels),
    ("labels_waiting", "Drawn traces that nobody said anything of.", lambda one: one.waiting),
    ("labels_needed", "Labels that are lacking before the rate is corrected.", lambda one: one.needed),
    ("labels_disputed", "Labelled traces on which people differ.", lambda one: one.disputed),
    ("label_agreement", "Share of traffic on which scorer and people say the same.", lambda one: one.agree),
)
_CHANNELS: tuple[tuple[str, str, str, Callable[[ChannelLine], float]], ...] = (
    ("sent_total", "counter", "Messages that a channel took.", lambda one: one.sent),
    ("failed_total", "counter", "Attempts that it did not take.", lambda one: one.failed),
    ("limited_total", "counter", "Times that news had to wait for the limit of an hour.", lambda one: one.limited),
    ("given_up_total", "counter", "News that were given up.", lambda one: one.dropped),
    ("waiting", "gauge", "News that wait to be told.", lambda one: one.waiting),
    ("up", "gauge", "1 while nothing went wrong since the last success.", lambda one: float(not one.problem)),
)


def exposition(house: House) -> str:
    """All figures, a line each."""
    now = time.time_ns()
    return "".join(f"{one}\n" for one in _lines(house, now))


def _lines(house: House, now: int) -> Iterator[str]:
    state = state_of(house.folder, house.hot, house.observed, now)
    yield from _family("assay_kept_total", "counter", "What was kept, by kind.", "kind", state.kept)
    yield from _family("assay_rejected_total", "counter", "What was not kept, by cause.", "cause", state.rejected)
    yield from _family("assay_found_total", "counter", "What the watch counted.", "what", state.found)
    counts = dict(house.receiver.counts)
    yield from _family("assay_requests_total", "counter", "Requests of exporters, by outcome.", "outcome", counts)
    for name, value, told in (
        ("traces_waiting", state.waiting, "Traces that wait to be judged."),
        ("lag_seconds", state.lag_s, "Age of the trace that waits longest."),
        ("traces_judged", state.judged, "Traces with observations."),
        ("alarms_open", len(standing(house.cases())), "Alarms that nobody resolved and whose figure is not back."),
        ("spans_queued", house.writer.waiting, "Spans that wait to be written."),
        ("hot_bytes", state.bytes_hot, "Bytes of recent traces and observations."),
        ("cold_bytes", state.bytes_cold, "Bytes of sealed segments."),
        ("last_span_timestamp_seconds", state.last_ns // 10**9, "When a span came last; 0 when none ever did."),
        ("no_traffic", int(silent(state.last_ns, now, house.silent_s)), "Whether no span came for too long."),
        ("worker_up", int(house.working()), "Whether the process that judges is alive."),
    ):
        yield from _family(f"assay_{name}", "gauge", told, "", {"": value})
    yield from _figures(house, now)
    yield from _spread(house, now)
    yield from _people(house.people())
    yield from _channels(house.channels())


def _figures(house: House, now: int) -> Iterator[str]:
    yield "# HELP assay_figure Mean of a figure over the last 24 hours, by cohort."
    yield "# TYPE assay_figure gauge"
    sums = [one for one in house.observed.sums(now - _DAY_NS) if one.w > 0 and math.isfinite(one.wx)]
    sums.sort(
        key=lambda one: (bool(one.segment), -one.n)
    )  # a flood of cohorts pushes out neither the whole nor large ones
    for one in sums[:_MOST]:
        yield f"assay_figure{{{_labels(one.metric, one.segment)}}} {one.wx / one.w:.9g}"
    told = "Figures of small cohorts that are not told, as there are too many."
    yield from _family("assay_figures_left_out", "gauge", told, "", {"": max(len(sums) - _MOST, 0)})


def _spread(house: House, now: int) -> Iterator[str]:
    """Percentiles of times, and how many refusals give which reason."""
    counted = house.observed.spread(now - _DAY_NS)
    times = sorted(percentiles(counted), key=lambda one: (bool(one.segment), -one.n))
    reasons = sorted(words(counted), key=lambda one: (bool(one.segment), -one.n))
    if times:
        yield "# HELP assay_percentile Percentile of seconds over the last 24 hours, by cohort."
        yield "# TYPE assay_percentile gauge"
    for one in times[:_MOST_SPREAD]:
        for name, share in SHARES.items():
            yield f'assay_percentile{{{_labels(one.metric, one.segment)},quantile="{share}"}} {one.at[name].value:.6g}'
    if reasons:
        yield "# HELP assay_refusals Refusals of the last 24 hours, by cohort and by the reason that they give."
        yield "# TYPE assay_refusals gauge"
    for held in reasons[:_MOST_SPREAD]:
        about = _labels(held.metric, held.segment)
        yield from (f'assay_refusals{{{about},reason="{_escaped(one.word)}"}} {one.n}' for one in held.shares)
    told = "Pairs of figure and cohort whose percentiles or reasons are not told, as there are too many."
    left = sum(max(len(some) - _MOST_SPREAD, 0) for some in (times, reasons))
    yield from _family("assay_spreads_left_out", "gauge", told, "", {"": left})


def _people(rates: Sequence[Corrected]) -> Iterator[str]:
    """What people's labels make of rates, and what they lack."""
    for name, told, read in _PEOPLE:
        found = [(one, read(one)) for one in rates]
        if some := [(one, value) for one, value in found if math.isfinite(value)]:
            yield f"# HELP assay_{name} {told}"
            yield f"# TYPE assay_{name} gauge"
            yield from (f"assay_{name}{{{_labels(one.metric, one.segment)}}} {value:.9g}" for one, value in some)


def _channels(channels: Sequence[ChannelLine]) -> Iterator[str]:
    """How the channels of alerts do."""
    named = [one for one in channels if one.kind]
    for name, kind, told, read in _CHANNELS:
        if named:
            yield from _family(f"assay_alert_{name}", kind, told, "channel", {one.name: read(one) for one in named})


def _labels(metric: str, segment: Segment) -> str:
    told = ";".join(f"{key}={value}" for key, value in segment)
    return f'metric="{_escaped(metric)}",segment="{_escaped(told)}"'


def _family(name: str, kind: str, told: str, label: str, values: Mapping[str, float]) -> Iterable[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} {kind}"
    for key, value in sorted(values.items()):
        yield f'{name}{{{label}="{_escaped(key)}"}} {value:.12g}' if label else f"{name} {value:.12g}"


def _escaped(text: str) -> str:
    r"""A value of a label.

    Examples:
        >>> _escaped('a"b\\c')
        'a\\"b\\\\c'
    """
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
