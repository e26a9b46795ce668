"""Traces, canaries, audits, the queue and ledgers as the words and tables of their pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from assay.report.exhibits import passages
from assay.report.inert import one_line
from assay.web import words
from assay.web.label_rows import pickable, queues
from assay.web.meanings import meaning, verdict
from assay.web.shown import Asked, Review, Shown, Told
from assay.web.tree import MOST_STEPS, problems
from assay.web.tree import rows as tree_rows

_TRACES = 100
_LONGEST = 8_000


def traces(shown: Shown, asked: Asked) -> Told:
    """The last traces, or those whose id begins as wanted."""
    wanted, now = asked.get("id", "").strip().lower()[:64], shown.overview().now_ns
    found, damaged = shown.traces(wanted, _TRACES)
    return "traces.html", {
        "damaged": damaged,
        "wanted": wanted,
        "most": _TRACES,
        "lines": [
            {"id": one.id, "when": words.when(one.start_ns), "ago": words.ago(one.start_ns, now), "steps": one.steps,
             "state": "sealed" if one.sealed else "judged" if one.judged else "waits", "gist": one_line(one.gist, 140)}
            for one in found
        ],
    }  # fmt: skip


def trace(shown: Shown, asked: Asked) -> Told:
    """One trace as a tree."""
    found = shown.trace(asked["trace"].lower())
    if found is None:
        return "trace.html", {}
    return "trace.html", {
        "trace": found.trace,
        "sealed": found.sealed,
        "damaged": found.damaged,
        "when": words.when(found.trace.start_ns),
        "took": words.took(found.trace.root.seconds),
        "asked": one_line(" / ".join(turn.content for turn in found.trace.asked if turn.role == "user"), 200),
        "rows": tree_rows(found),
        "hidden": max(0, len(found.trace.steps) - MOST_STEPS),
        "scores": [
            (one.metric, meaning(one.metric),
             one.value if not isinstance(one.value, bool) else verdict(one.metric, one.value),
             one_line(one.unscored, 60), one_line(one.explanation, 300), f"{one.scorer} {one.version}")
            for one in found.scores
        ],
        "measured": problems(found.observations),
        "pickable": pickable(found),
        "about": [(one_line(str(key), 80), one_line(str(value), 200)) for key, value in found.trace.resource.items()],
    }  # fmt: skip


def canary(shown: Shown, asked: Asked) -> Told:
    """Each canary with the evidence that its decision rests on, and the decisions before."""
    return "canary.html", {"canaries": [_canary(one) for one in shown.canaries()], "some": True}


def audits(shown: Shown, asked: Asked) -> Told:
    """Audits with their verdicts."""
    return "audits.html", {"runs": shown.runs(), "some": True}


def review(shown: Shown, asked: Asked) -> Told:
    """The queue, and one item of it to judge."""
    items, traces_drawn = list(shown.reviews()), queues(shown)
    key = asked.get("run", ""), asked.get("item", "")
    place = next((at for at, one in enumerate(items) if (one.run, one.id) == key), None)
    if place is None:
        place = next((at for at, one in enumerate(items) if one.state == "open"), 0)
    counts: dict[str, int] = {}
    for one in items:
        counts[one.state] = counts.get(one.state, 0) + 1
    return "review.html", {
        "item": _item(items[place]) if items else None,
        "place": place + 1,
        "count": len(items),
        "counts": words.counted(counts),
        "before": items[place - 1] if place else None,
        "after": items[place + 1] if place + 1 < len(items) else None,
        "then": _address(_next_open(items, place)),
        "items": [(one, one_line(one.asked, 90)) for one in items[:200]],
        "address": _address,
        "queues": traces_drawn,
        "drawn": sum(wait for _, _, wait in traces_drawn),
    }


def ledger(shown: Shown, asked: Asked) -> Told:
    """The ledgers, examined."""
    return "ledger.html", {"books": shown.books(), "some": True, "counted": words.counted}


def _canary(one: Mapping[str, Any]) -> dict[str, Any]:
    looks = {"widen": "deploy", "complete": "deploy", "wait": "inconclusive", "hold": "review", "roll_back": "block"}
    return {
        "step": 0, "steps": 0, "share": 0.0, "reasons": [], "requests": {}, "keys": {}, "since": "",
           "at": "", "p_split": None, "needs_split": None, "left_out": {},
        **one,
        "look": looks.get(str(one.get("decision")), "none"),
        "word": {"roll_back": "roll back"}.get(str(one.get("decision")), str(one.get("decision", ""))),
        "guards": [_guard(guard) for guard in one.get("guards", ())],
        "path": [
            {**step, "look": looks.get(str(step.get("decision")), "none"),
             "reasons": [one_line(str(reason), 200) for reason in step.get("reasons", ())]}
            for step in one.get("path", ())
        ],
    }  # fmt: skip


def _guard(one: Mapping[str, Any]) -> dict[str, Any]:
    state = ("worse", "block") if one.get("worse") else ("within", "deploy") if one.get("within") else ("open", "none")
    arms = {
        arm: (words.number(side.get("value"), "rate"), _limits(side), f"{int(side.get('n', 0)):,}")
        for arm in ("control", "canary")
        for side in (one.get(arm) or {},)
    }
    return {
        "name": one_line(str(one.get("guard", "")), 60), "state": state[0], "look": state[1], **arms,
        "allowed": words.number(one.get("allowed"), "rate"),
        "p_worse": _p(one.get("p_worse")), "needs_worse": _p(one.get("needs_worse")),
        "p_within": _p(one.get("p_within")), "needs_within": _p(one.get("needs_within")),
    }  # fmt: skip


def _limits(side: Mapping[str, Any]) -> str:
    low, high = side.get("low"), side.get("high")
    return "" if low is None or high is None else words.interval(float(low), float(high), "rate")


def _p(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, int | float) else words.NONE


def _item(one: Review) -> dict[str, Any]:
    value = one.score.value
    return {
        "run": one.run, "id": one.id, "why": one.why, "where": one_line(one.where, 80), "state": one.state,
        "candidate": one_line(one.candidate, 60), "metric": one.score.metric,
        "value": ("yes" if value else "no") if isinstance(value, bool) else value,
        "explanation": one_line(one.score.explanation, 400),
        "asked": passages(one.asked, (), _LONGEST),
        "reference": passages(one.reference, (), _LONGEST),
        "answer": passages(one.answer, one.score.evidence, _LONGEST),
        "words": [(one_line(name, 60), label) for name, label in one.words.items()],
    }  # fmt: skip


def _next_open(items: Sequence[Review], place: int) -> Review | None:
    order = [*items[place + 1 :], *items[:place]]
    return next((one for one in order if one.state == "open"), None)


def _address(one: Review | None) -> str:
    return "/review" if one is None else f"/review?{urlencode({'run': one.run, 'item': one.id})}"
