"""Figures and alarms as the words and tables of their pages; the templates only place them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from assay.domain.alerting import SEVERITIES, Case, size
from assay.report.inert import one_line
from assay.report.moves import first_seen, words_moved
from assay.report.watch import no_traffic, untold
from assay.web import standing as stand
from assay.web import words
from assay.web.label_rows import address, facts, short
from assay.web.meanings import direction, meaning, measured, verdict
from assay.web.shown import Asked, Figure, Shown, Told
from assay.web.sparkline import chart, sparkline
from assay.web.spread_rows import shown_on, spread

_COHORTS = 200
_POINTS = 60


def overview(shown: Shown, asked: Asked) -> Told:
    """Each monitor over all traffic; alarms that are open before anything else."""
    about, cases = shown.overview(), shown.cases()
    figures = [one for one in shown.figures() if not one.segment]
    lines = sorted(
        (_line(shown, one, cases, about.silent) for one in figures), key=lambda line: (line["rank"], line["metric"])
    )
    return "overview.html", {
        "about": about,
        "seen": words.when(about.now_ns),
        "last": words.ago(about.last_ns, about.now_ns) if about.last_ns else "never",
        "silence": no_traffic(about.last_ns) if about.silent else "",
        "problems": words.counted(about.problems),
        "open": [_case(one, about.now_ns) for one in _urgent(cases) if one.state != "resolved"],
        "untaken": sum(one.state == "open" for one in cases),
        "lines": [one for one in lines if not one["aside"]],
        "aside": [one for one in lines if one["aside"]],
        "channels": [one for one in shown.channels() if one.problem],
    }


def monitor(shown: Shown, asked: Asked) -> Told:
    """One monitor: its figure over time, and in each cohort."""
    found = [one for one in shown.figures() if one.metric == asked["metric"]]
    if not found:
        return "monitor.html", {}
    about, cases = shown.overview(), shown.cases()
    whole = next((one for one in found if not one.segment), found[0])
    points = shown.points(whole.metric, whole.segment)
    return "monitor.html", {
        "metric": one_line(whole.metric, 80),
        "line": _line(shown, whole, cases, about.silent),
        "people": facts(whole.people) if whole.people is not None else (),
        "label_at": address(whole.metric),
        "measured": measured(whole.metric),
        "referred": whole.reference is not None,
        "direction": direction(whole.worse),
        "limits": stand.limits(whole),
        "drawn": bool(stand.drawn(whole)),
        "sure": f"{whole.reference_n:,}" if whole.reference is not None and whole.reference_n else "",
        "chart": chart(points, label=f"{whole.metric} over time; the table below has the numbers", kind=whole.kind,
                       reference=whole.reference, limits=stand.drawn(whole)),
        "examples": [(one.id, words.when(one.start_ns), words.number(one.value) if whole.kind == "amount" else "")
                     for one in shown.examples(whole.metric, whole.segment)],
        "most": "smallest" if whole.worse == "lower" else "largest",
        **spread(shown.spread(whole.metric)),
        "counted": {"passed": "failed"}.get(verdict(whole.metric, True), "yes"),
        "points": [
            (words.when(one.time_ns), words.number(one.value, whole.kind),
             words.interval(one.low, one.high, whole.kind), f"{one.n:,}")
            for one in [*points][-_POINTS:][::-1]
        ],
        "cohorts": [_line(shown, one, cases, about.silent) for one in _worst(found) if one.segment][:_COHORTS],
        "cases": [_case(one, about.now_ns) for one in _urgent(cases) if shown_on(one.alarm.metric, {whole.metric})],
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
    figure = next((one for one in shown.figures() if (one.metric, one.segment) == (about.metric, about.segment)), None)
    against = about.before if about.unit == "share" else figure.reference if figure else None
    points, label = shown.points(about.metric, about.segment), f"{about.metric} over time"
    return "alarm.html", {
        "case": _case(found, shown.overview().now_ns),
        "monitor": shown_on(about.metric, {one.metric for one in shown.figures()}),
        "chart": sparkline(points, label=label, reference=against, width=900, height=160, wide=True),
        "parts_list": _parts(about.evidence),
        "parts_untold": untold(about.evidence),
        "steps": found.steps,
    }


def cohorts(shown: Shown, asked: Asked) -> Told:
    """Every figure of every cohort, with intervals."""
    cases, wanted, silent = shown.cases(), asked.get("metric", ""), shown.overview().silent
    figures = shown.figures()
    metrics = sorted({one.metric for one in figures})
    some = [one for one in figures if not wanted or one.metric == wanted]
    return "cohorts.html", {
        "metrics": metrics,
        "wanted": wanted,
        "lines": [_line(shown, one, cases, silent) for one in _worst(some)][:_COHORTS],
        "hidden": max(0, len(some) - _COHORTS),
    }


def _line(shown: Shown, one: Figure, cases: Sequence[Case], silent: bool) -> dict[str, Any]:
    """A figure as a row of a table."""
    held = stand.standing(one, cases, silent)
    label = f"{one.metric}, {words.where(one.segment)}, over time: now {words.number(one.value, one.kind)}"
    return {
        "metric": one_line(one.metric, 80),
        "where": words.where(one.segment),
        "value": words.number(one.value, one.kind),
        "interval": words.interval(one.low, one.high, one.kind),
        "reference": words.number(one.reference, one.kind),
        "people": short(one.people),
        "n": f"{one.n:,}",
        "unscored": f"{one.unscored:,}" if one.unscored else "",
        "meaning": meaning(one.metric),
        "limits": stand.limits(one),
        "state": held.state,
        "look": held.look,
        "rank": held.rank,
        "why": held.why,
        "aside": stand.aside(one, held),
        "spark": sparkline(shown.points(one.metric, one.segment), label=label, reference=one.reference,
                           limits=stand.drawn(one), kind=one.kind),
    }  # fmt: skip


def _worst(figures: Sequence[Figure]) -> list[Figure]:
    """By metric, the one whose interval lies furthest to the worse first."""

    def bad(one: Figure) -> float:
        if not math.isfinite(one.value):
            return math.inf
        if one.worse == "either":
            return -abs(one.value - (one.reference if one.reference is not None else one.value))
        near = one.high if one.worse == "lower" else -one.low
        return near if math.isfinite(near) else math.inf

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
        "first": first_seen(about.evidence),
        "words": words_moved(about.evidence),
        "compared": about.evidence.get("compared", ""),
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
    for name, part_is in (("behaviour", "behaviour within kinds of traffic"), ("mix", "another mix of traffic")):
        part = evidence.get(name)
        if isinstance(part, Mapping) and "value" in part:
            numbers = [100 * float(part.get(key, math.nan)) for key in ("value", "low", "high")]
            found.append(
                (part_is, f"{numbers[0]:+.2f} points", f"{numbers[1]:+.2f} to {numbers[2]:+.2f}", name in sure)
            )
    return found
