"""What the watch has, as the words and tables of its pages; the templates only place them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from assay.domain.alerting import SEVERITIES, Case, size
from assay.report.exhibits import passages
from assay.report.inert import one_line
from assay.web import words
from assay.web.shown import Figure, Review, Shown
from assay.web.sparkline import sparkline
from assay.web.tree import MOST_STEPS, problems
from assay.web.tree import rows as tree_rows

FEWEST = 50
"""Values below which a figure says little; as in the streams of the watch."""
_COHORTS = 500
_TRACES = 100
_LONGEST = 8_000
_POINTS = 60
Told = tuple[str, Mapping[str, Any]]
Asked = Mapping[str, str]


def overview(shown: Shown, asked: Asked) -> Told:
    """Each monitor over all traffic; alarms that are open before anything else."""
    about, cases = shown.overview(), shown.cases()
    figures = [one for one in shown.figures() if not one.segment]
    lines = sorted((_line(one, cases) for one in figures), key=lambda line: (line["rank"], line["metric"]))
    return "overview.html", {
        "about": about,
        "seen": words.when(about.now_ns),
        "problems": words.counted(about.problems),
        "open": [_case(one, about.now_ns) for one in _urgent(cases) if one.state != "resolved"],
        "untaken": sum(one.state == "open" for one in cases),
        "lines": lines,
        "channels": [one for one in shown.channels() if one.problem],
    }


def monitor(shown: Shown, asked: Asked) -> Told:
    """One monitor: its figure over time, and in each cohort."""
    found = [one for one in shown.figures() if one.metric == asked["metric"]]
    if not found:
        return "monitor.html", {}
    cases, now = shown.cases(), shown.overview().now_ns
    whole = next((one for one in found if not one.segment), found[0])
    return "monitor.html", {
        "metric": one_line(whole.metric, 80),
        "line": _line(whole, cases),
        "chart": sparkline(whole.points, label=f"{whole.metric} over time; the table below has the numbers",
                           reference=whole.reference, width=900, height=180, wide=True),
        "points": [
            (words.when(one.time_ns), words.number(one.value, whole.kind),
             words.interval(one.low, one.high, whole.kind), f"{one.n:,}")
            for one in [*whole.points][-_POINTS:][::-1]
        ],
        "cohorts": [_line(one, cases) for one in _worst(found) if one.segment][:_COHORTS],
        "cases": [_case(one, now) for one in _urgent(cases) if one.alarm.metric == whole.metric],
    }  # fmt: skip


def alarms(shown: Shown, asked: Asked) -> Told:
    """All alarms, open ones first."""
    now, cases = shown.overview().now_ns, _urgent(shown.cases())
    return "alarms.html", {
        "open": [_case(one, now) for one in cases if one.state == "open"],
        "taken": [_case(one, now) for one in cases if one.state == "acknowledged"],
        "over": [_case(one, now) for one in cases if one.state == "resolved"][:200],
        "channels": shown.channels(),
    }


def alarm(shown: Shown, asked: Asked) -> Told:
    """One alarm with all that is known of it."""
    found = next((one for one in shown.cases() if one.id == asked["case"]), None)
    if found is None:
        return "alarm.html", {}
    about = found.alarm
    figure = next(
        (one for one in shown.figures() if (one.metric, one.segment) == (about.metric, about.segment)), None
    )
    against = about.before if about.unit == "share" else figure.reference if figure else None
    return "alarm.html", {
        "case": _case(found, shown.overview().now_ns),
        "chart": sparkline(figure.points, label=f"{about.metric} over time", reference=against, width=900,
                           height=160, wide=True) if figure else "",
        "parts_list": _parts(about.evidence),
        "steps": found.steps,
    }  # fmt: skip


def cohorts(shown: Shown, asked: Asked) -> Told:
    """Every figure of every cohort, with intervals."""
    cases, wanted = shown.cases(), asked.get("metric", "")
    figures = shown.figures()
    metrics = sorted({one.metric for one in figures})
    some = [one for one in figures if not wanted or one.metric == wanted]
    return "cohorts.html", {
        "metrics": metrics,
        "wanted": wanted,
        "lines": [_line(one, cases) for one in _worst(some)][:_COHORTS],
        "hidden": max(0, len(some) - _COHORTS),
    }


def traces(shown: Shown, asked: Asked) -> Told:
    """The last traces, or those whose id begins as wanted."""
    wanted, now = asked.get("id", "").strip().lower()[:64], shown.overview().now_ns
    found = shown.traces(wanted, _TRACES)
    return "traces.html", {
        "wanted": wanted,
        "most": _TRACES,
        "lines": [
            {"id": one.id, "when": words.when(one.start_ns), "ago": words.ago(one.start_ns, now), "steps": one.steps,
             "judged": one.judged, "gist": one_line(one.gist, 140)}
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
        "when": words.when(found.trace.start_ns),
        "took": words.took(found.trace.root.seconds),
        "asked": one_line(" / ".join(turn.content for turn in found.trace.asked if turn.role == "user"), 200),
        "rows": tree_rows(found),
        "hidden": max(0, len(found.trace.steps) - MOST_STEPS),
        "scores": [
            (one.metric, one.value if not isinstance(one.value, bool) else "yes" if one.value else "no",
             one_line(one.unscored, 60), one_line(one.explanation, 300), f"{one.scorer} {one.version}")
            for one in found.scores
        ],
        "measured": problems(found.observations),
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
    items = list(shown.reviews())
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
    }


def ledger(shown: Shown, asked: Asked) -> Told:
    """The ledgers, examined."""
    return "ledger.html", {"books": shown.books(), "some": True, "counted": words.counted}


def _line(one: Figure, cases: Sequence[Case]) -> dict[str, Any]:
    """A figure as a row of a table."""
    state, look, rank = _state(one, cases)
    label = f"{one.metric}, {words.where(one.segment)}, over time: now {words.number(one.value, one.kind)}"
    return {
        "metric": one_line(one.metric, 80),
        "where": words.where(one.segment),
        "value": words.number(one.value, one.kind),
        "interval": words.interval(one.low, one.high, one.kind),
        "reference": words.number(one.reference, one.kind),
        "n": f"{one.n:,}",
        "unscored": f"{one.unscored:,}" if one.unscored else "",
        "state": state,
        "look": look,
        "rank": rank,
        "spark": sparkline(one.points, label=label, reference=one.reference),
    }


def _state(one: Figure, cases: Sequence[Case]) -> tuple[str, str, int]:
    """State in a word, its colour, and its place in the list."""
    own = [case for case in cases if (case.alarm.metric, case.alarm.segment) == (one.metric, one.segment)]
    if any(case.state == "open" for case in own):
        return "alarm", "block", 0
    if any(case.state == "acknowledged" for case in own):
        return "acknowledged", "review", 1
    within = sum(case.alarm.metric == one.metric and case.state != "resolved" for case in cases)
    if within and not one.segment:
        return f"alarm in {within} cohort{'s' if within > 1 else ''}", "review", 1
    if one.unscored > one.n:
        return "mostly unscored", "inconclusive", 2
    if one.n < FEWEST:
        return "too few", "none", 4
    return ("quiet", "deploy", 3) if one.reference is not None else ("no reference", "inconclusive", 3)


def _worst(figures: Sequence[Figure]) -> list[Figure]:
    """By metric, the one whose interval lies furthest to the worse first."""

    def bad(one: Figure) -> float:
        if not math.isfinite(one.value):
            return math.inf
        if one.worse == "either":
            return -abs(one.value - (one.reference if one.reference is not None else one.value))
        return one.high if one.worse == "lower" else -one.low

    return sorted(figures, key=lambda one: (one.metric, bool(one.segment), bad(one), one.segment))


def _urgent(cases: Sequence[Case]) -> list[Case]:
    return sorted(cases, key=lambda one: (-SEVERITIES[one.alarm.severity], one.alarm.metric, -size(one.alarm)))


_LOOKS = {"open": "block", "acknowledged": "review", "resolved": "deploy"}


def _case(one: Case, now_ns: int) -> dict[str, Any]:
    about = one.alarm
    kind = "rate" if all(0 <= value <= 1 for value in (about.before, about.now)) else "amount"
    side = {"exceeding": "above", "below": "below"}.get(about.unit, "")
    beyond = f"values {side} {words.number(about.limit)}" if side else ""
    return {
        "id": one.id,
        "state": one.state,
        "look": _LOOKS[one.state],
        "severity": about.severity,
        "metric": one_line(about.metric, 80),
        "where": words.where(about.segment),
        "before": words.number(about.before, kind),
        "now": words.number(about.now, kind),
        "interval": words.interval(about.low, about.high, kind),
        "n": f"{about.n:,}",
        "since": words.when(about.since_ns),
        "since_low": words.when(about.since_low_ns),
        "since_high": words.when(about.since_high_ns),
        "ago": words.ago(about.since_ns, now_ns),
        "raised": words.when(_ns(one.at)),
        "times": about.times,
        "beyond": beyond,
        "owner": one_line(one.owner, 60),
        "examples": about.examples,
        "changed": [one_line(part, 160) for part in about.changed],
        "detector": about.detector,
    }


def _ns(at: str) -> int:
    try:
        return int(datetime.fromisoformat(at).timestamp() * 1e9)
    except ValueError:
        return 0


def _parts(evidence: Mapping[str, Any]) -> list[tuple[str, str, str, bool]]:
    """How much of a change is behaviour, and how much another mix of traffic."""
    sure = evidence.get("sure", ())
    found = []
    for name, meaning in (("behaviour", "behaviour within kinds of traffic"), ("mix", "another mix of traffic")):
        part = evidence.get(name)
        if isinstance(part, Mapping) and "value" in part:
            numbers = [100 * float(part.get(key, math.nan)) for key in ("value", "low", "high")]
            found.append(
                (meaning, f"{numbers[0]:+.2f} points", f"{numbers[1]:+.2f} to {numbers[2]:+.2f}", name in sure)
            )
    return found


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
