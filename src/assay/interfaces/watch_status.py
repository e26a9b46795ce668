"""`assay watch status`: where the watch stands, for people and machines."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from assay.domain.alerting import Case, urgency
from assay.domain.errors import AssayError, ConfigurationError
from assay.interfaces.labelling import ALTERED, rates
from assay.interfaces.watch_begun import Begun
from assay.interfaces.watch_keeping import COLD, cold_of
from assay.interfaces.watch_replay import Duration
from assay.interfaces.watch_working import HOT
from assay.report.inert import one_line
from assay.report.labels import label_plain
from assay.report.spread import percentiles_plain, words_plain
from assay.report.status import status_text
from assay.report.watch import alarm_plain, moment, rate_plain
from assay.report.words import plural
from assay.store.ledger.book import NAME as LEDGER
from assay.store.ledger.book import Ledger
from assay.store.ledger.check import sound
from assay.store.watch_plans import NAME as PLAN
from assay.store.watch_plans import read_watch_plan
from assay.traces.hot import HotTraces
from assay.traces.label_book import LabelBook
from assay.traces.observed import NAME, Observed
from assay.traces.state import cases_of, resolved_early, standing, state_of
from assay.watch.baseline import References
from assay.watch.cohorts import CohortFigure, cohort_figures, kind_of
from assay.watch.segments import UNSEEN
from assay.watch.silence import SILENT_S, silent
from assay.watch.spread import percentiles, words
from assay.web.learning import held_against, until_ns
from assay.web.occurring import occurring


@click.command(
    epilog="Example:  assay watch status --dir watch --format json   "
    "Exit codes: 0 all is well, 1 an alarm is open, 2 usage, 4 no traffic, 5 it failed."
)
@click.option("--dir", "folder", metavar="DIR", type=click.Path(path_type=Path), default="watch", show_default=True,
              help="State folder.")  # fmt: skip
@click.option("--since", type=Duration(), default="1d", show_default=True, help="Time that figures are over.")
@click.option("--silence", type=Duration(),
              help="Time without a span that is no traffic. [silence_after of DIR/watch.yaml, else 1h]")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def status(folder: Path, since: float, silence: float | None, form: str) -> int:
    """Say where the watch stands: what was kept and what was not, figures by cohort, open alarms, ledger, disk.

    When no span came for long that is said first: it is no good state, and ends with 4.
    """
    if not (folder / HOT).is_file():
        raise ConfigurationError(f"{folder}: no state folder of `assay watch serve` ({HOT} is not there)")
    told = state(folder, since, time.time_ns(), _silence(folder) if silence is None else silence)
    click.echo(json.dumps(told, indent=2, allow_nan=False) if form == "json" else status_text(told))
    for metric, count in told["altered_draws"].items():
        click.echo(f"warning: {ALTERED.format(metric=one_line(metric, 40), rows=plural(count, 'row'))}", err=True)
    for key in told["unseen"]:
        click.echo(f"warning: {UNSEEN.format(key=one_line(key, 80))}", err=True)
    return 1 if told["alarms"] else 4 if told["silent"] else 0


def _silence(folder: Path) -> float:
    plan = folder / PLAN
    return (read_watch_plan(plan).silence_s if plan.is_file() else None) or SILENT_S


def state(folder: Path, since_s: float, now_ns: int, silence_s: float = SILENT_S) -> dict[str, Any]:
    """All that is told, as JSON."""
    hot, observed = HotTraces(folder / HOT), Observed(folder / NAME)
    cases, means = sorted(cases_of(folder, observed)(), key=urgency), held_against(observed)
    held = asdict(state_of(folder, hot, observed, now_ns))
    book = LabelBook(folder, observed)
    begin_ns = max(now_ns - int(since_s * 1e9), 0)
    spread = observed.spread(begin_ns)
    return {
        **{name: dict(value) if isinstance(value, dict) else value for name, value in held.items()},
        "silent": silent(held["last_ns"], now_ns, silence_s),
        "since_s": since_s,
        "learning_until": moment(until) if (until := until_ns(observed)) else None,
        "open_alarms": len(standing(cases)),
        "alarms": [_alarm(one) for one in standing(cases)],
        "resolved_early": resolved_early(cases),
        "figures": [_figure(one, means) for one in cohort_figures(observed.sums(begin_ns))],
        "percentiles": [percentiles_plain(one) for one in percentiles(spread)],
        "words": [words_plain(one) for one in words(spread)],
        "people": [label_plain(one) for one in rates(book)],
        "altered_draws": book.altered(),
        "ledger": _ledger(folder),
        "segments": _segments(folder, hot),
        "unseen": _unseen(folder, observed),
    }


def _unseen(folder: Path, observed: Observed) -> list[str]:
    """Keys of cohorts that occur in no trace."""
    try:
        keys = Begun(folder).segments or ()
    except AssayError:  # of the file, which the next start names
        return []
    return [key for key, occurs in occurring(observed, keys).items() if not occurs]


def _alarm(case: Case) -> dict[str, Any]:
    """An alarm with its case and who took it."""
    return {"case": case.id, **alarm_plain(case.alarm), "state": case.state, "owner": case.owner}


def _figure(one: CohortFigure, means: References) -> dict[str, Any]:
    """A figure with what it is held against: the cohort's own, else that of all traffic."""
    held = means.get((one.metric, one.segment)) or means.get((one.metric, ()))
    return {**rate_plain(one), "kind": kind_of(one.metric), "reference": held and round(held.mean, 6)}


def _ledger(folder: Path) -> dict[str, Any]:
    if not (folder / LEDGER).is_file():
        return {"entries": 0, "problem": ""}
    try:
        with Ledger(folder) as ledger:
            sound(ledger)
            return {"entries": ledger.size, "problem": ""}
    except AssayError as error:
        return {"entries": 0, "problem": str(error)}


def _segments(folder: Path, hot: HotTraces) -> dict[str, Any]:
    try:
        differing = cold_of(folder, hot).differing() if (folder / COLD).is_dir() else []
    except AssayError:
        differing = []
    return {"sealed": len(hot.segments()), "differing": differing}
