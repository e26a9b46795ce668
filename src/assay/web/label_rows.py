"""Traces that people label, and rates as they say, as the words of their pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from assay.report.exhibits import passages
from assay.report.inert import one_line
from assay.traces.labelled import LabelItem
from assay.watch.cohorts import kind_of
from assay.watch.corrected import Corrected
from assay.watch.drawing import question
from assay.web import words
from assay.web.shown import Asked, LabelQueue, Shown, Told, TraceShown

_LONGEST = 8_000


def labels(shown: Shown, asked: Asked) -> Told:
    """The queues of drawn traces, and one trace to label, without what the scorer says of it."""
    queues = shown.label_queues()
    wanted = asked.get("metric", "") or next((one.metric for one in queues if one.rate.waiting), "")
    queue = next((one for one in queues if one.metric == wanted), None)
    item = shown.to_label(wanted, asked.get("after", "")) if queue is not None else None
    return "labels.html", {
        "queues": [_queue(one) for one in queues],
        "queue": _queue(queue) if queue is not None else None,
        "item": _item(item) if item is not None else None,
        "skip": address(wanted, item.trace) if item is not None else "",
        "address": address,
    }


def queues(shown: Shown) -> list[tuple[str, str, int]]:
    """Metric, address and how many traces wait, of each queue of drawn traces."""
    return [(one_line(one.metric, 60), address(one.metric), one.rate.waiting) for one in shown.label_queues()]


def pickable(found: TraceShown) -> list[tuple[str, str]]:
    """Metrics of a trace that a person may say yes or no to, each with its statement."""
    names = dict.fromkeys(one.metric for one in found.observations if one.scorer and not one.step)
    return [(one, question(one)) for one in names if kind_of(one) == "rate" and not one.startswith("unscored_")]


def address(metric: str, after: str = "") -> str:
    """Where the next trace of a queue is asked."""
    return f"/review/traces?{urlencode({'metric': metric, **({'after': after} if after else {})})}"


def short(one: Corrected | None) -> str:
    """A corrected rate in a few words for a table; empty where nothing was drawn."""
    if one is None:
        return ""
    if one.needed:
        return f"{one.needed} labels lacking"
    return f"people: {words.number(one.value, 'rate')} ({words.interval(one.low, one.high, 'rate')})"


def facts(one: Corrected) -> Sequence[tuple[str, str]]:
    """What people's labels make of a rate: names and values."""
    told = [("Labels", f"{one.labels:,} of {one.drawn:,} drawn")]
    if one.needed:
        told.append(("Lacking", f"{one.needed:,} more labels"))
    else:
        limits = words.interval(one.low, one.high, "rate")
        told = [("As people say", words.number(one.value, "rate")), ("95 %", limits), *told]
    told.append(
        ("Scorer alone", f"{words.number(one.own, 'rate')} ({words.interval(one.own_low, one.own_high, 'rate')})")
    )
    if math.isfinite(one.wider):
        told.append(("Interval", f"{one.wider:.1f} times as wide as the scorer's"))
    if not one.needed:
        told.append(("Agree", f"{words.number(one.agree, 'rate')}; missed {one.missed}, wrong {one.wrong}"))
    if one.twice:
        told.append(("Disputed", f"{one.disputed} of {one.twice} labelled twice"))
    if one.unsure:
        told.append(("Unsure", f"{one.unsure:,}"))
    return [*told, ("Wait", f"{one.waiting:,}")]


def _queue(one: LabelQueue) -> dict[str, Any]:
    return {
        "metric": one_line(one.metric, 60), "address": address(one.metric), "statement": one_line(one.statement, 200),
        "facts": facts(one.rate), "short": short(one.rate), "waiting": one.rate.waiting, "picked": one.picked,
        "passed": one.passed, "gone": one.gone, "unvouched": one.unvouched,
        "altered": one.altered,
    }  # fmt: skip


def _item(one: LabelItem) -> dict[str, Any]:
    return {
        "metric": one.metric, "statement": one_line(one.statement, 200), "trace": one.trace,
        "when": words.when(one.start_ns),
        "turns": passages(one.turns, (), _LONGEST), "answer": passages(one.answer, (), _LONGEST),
        "passages": passages(one.passages, (), _LONGEST) if one.passages else [],
    }  # fmt: skip
