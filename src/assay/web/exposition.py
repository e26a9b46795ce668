"""Figures in the text form of Prometheus."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from assay.domain.watched import Segment
from assay.traces.state import state_of
from assay.watch.silence import silent

if TYPE_CHECKING:
    from assay.web.app import House

_MOST = 2_000
"""Figures of cohorts that are told; a scrape must stay small."""
_DAY_NS = 86_400 * 10**9


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
        ("alarms_open", state.open_alarms, "Alarms that are not over."),
        ("spans_queued", house.writer.waiting, "Spans that wait to be written."),
        ("hot_bytes", state.bytes_hot, "Bytes of recent traces and observations."),
        ("cold_bytes", state.bytes_cold, "Bytes of sealed segments."),
        ("last_span_timestamp_seconds", state.last_ns // 10**9, "When a span came last; 0 when none ever did."),
        ("no_traffic", int(silent(state.last_ns, now, house.silent_s)), "Whether no span came for too long."),
        ("worker_up", int(house.working()), "Whether the process that judges is alive."),
    ):
        yield from _family(f"assay_{name}", "gauge", told, "", {"": value})
    yield from _figures(house, now)


def _figures(house: House, now: int) -> Iterator[str]:
    yield "# HELP assay_figure Mean of a figure over the last 24 hours, by cohort."
    yield "# TYPE assay_figure gauge"
    for one in house.observed.sums(now - _DAY_NS)[:_MOST]:
        if one.w > 0 and math.isfinite(one.wx):
            yield f"assay_figure{{{_labels(one.metric, one.segment)}}} {one.wx / one.w:.9g}"


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
