"""`assay watch probe`: golden prompts, asked again of the live model and held against the released answers."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from assay import __version__
from assay.casting import judging, prices, subjects
from assay.domain.errors import RunConflict
from assay.domain.estimate import Comparison
from assay.domain.plan import Plan
from assay.domain.probed import PROBE_CODES, Answers, Probed
from assay.domain.trial import Trial
from assay.engine.audit import Options
from assay.engine.audit import audit as run_audit
from assay.interfaces.ledger_entry import tell_once
from assay.interfaces.probe_plan import live, probe_plan, released
from assay.interfaces.runs import made_scorer, write_whole
from assay.report.probe import probe_plain, probe_text
from assay.store.ledger.book import NAME, Ledger
from assay.store.ledger.records import check_records
from assay.store.runs import RunFile, start_afresh
from assay.watch.probing import ProbeBounds, probed

ENTRY = "probed"
"""Kind of the ledger's entries."""
PROBES = "probes"
"""Folder of the probes in a run folder: one of each, with all answers."""


@click.command(
    epilog="Example:  assay watch probe runs/v4 --samples 200   Exit codes: 0 unchanged, 1 changed, 2 usage, "
    "4 cannot tell."
)
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--candidate", metavar="NAME", help="Which was released, where there are several.")
@click.option("--url", help="Where it serves now [as in the run].")
@click.option("--model", help="The model's name there [as in the run].")
@click.option("--samples", type=click.IntRange(min=1), default=200, show_default=True, help="Prompts to ask again.")
@click.option(
    "--alpha", type=click.FloatRange(0, 0.2, min_open=True), default=0.05, show_default=True,
    help="Chance of a false change over all probes of this release.",
)  # fmt: skip
@click.option(
    "--margin", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.1, show_default=True,
    help="Change of a rate that must be ruled out to call it unchanged.",
)  # fmt: skip
@click.option("--ledger", "book", metavar="PATH", type=click.Path(path_type=Path), help="Tell this ledger [RUN's own].")
@click.option("-o", "target", metavar="DIR", type=click.Path(path_type=Path), help="Folder of the probes [RUN/probes].")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def probe(
    folder: Path,
    candidate: str | None,
    url: str | None,
    model: str | None,
    samples: int,
    alpha: float,
    margin: float,
    book: Path | None,
    target: Path | None,
    form: str,
) -> int:
    """Ask a released model some of its audit's prompts again; says whether it is still the one that was released.

    RUN is the folder of the audit that released it. Answers are compared in pairs with the stored ones; the chance of
    a false change is spent over all probes. A model that does not answer is never called unchanged.
    """
    run = RunFile(folder, write=False)
    try:
        plan = run.plan(made_scorer)
        run.must_have_ended()
        check_records(run, plan)
        spec = released(plan, candidate)
        now = live(spec, url, model)
        asked = probe_plan(plan, folder, spec, now, samples)
        wanted = {(task.name, sample.id) for task in asked.tasks for sample in task.dataset.samples}
        before = _answers(trial for trial, _ in run.trials() if trial.subject == spec.name)
        before = _only(before, wanted)
        run_id = run.id
    finally:
        run.close()
    book = book or folder
    number, same = _earlier(book, run_id, spec.name)
    into = (target or folder / PROBES) / f"{number}"
    comparisons, after, digest = _asked(asked, into, now.name)
    told = probed(
        comparisons, before, after, number=number, bounds=ProbeBounds(alpha=alpha, margin=margin), before=same
    )
    plain = probe_plain(told) | {"run": run_id, "candidate": spec.name, "at": _now()}
    write_whole(into / "probe.json", json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    tell_once(book, ENTRY, [_entry(plain, told, digest)], origin="assay/probe", by=("run", "candidate", "number"))
    click.echo(json.dumps(plain, indent=2, ensure_ascii=False) if form == "json" else probe_text(plain).rstrip())
    return PROBE_CODES[told.result]


def _asked(plan: Plan, folder: Path, name: str) -> tuple[tuple[Comparison, ...], Answers, str]:
    """Asks, or goes on asking where a probe was killed; gives comparisons, the live answers, and their digest."""
    journal = _begun(folder, plan)
    try:
        options = Options(
            today=datetime.datetime.now(datetime.UTC).date(), registered={}, config={}, version=__version__,
            prices=prices(plan),
        )  # fmt: skip
        with contextlib.redirect_stdout(sys.stderr):  # what a workflow prints must not mix with the result
            ran = asyncio.run(run_audit(plan, {**subjects(plan), **judging(plan)}, journal, options))
        if ran.ending.reason == "interrupted":
            raise KeyboardInterrupt
        answers = _answers(trial for trial, _ in journal.trials() if trial.subject == name)
        return ran.audits[0].comparisons, answers, journal.scores_digest()
    finally:
        journal.close()


def _begun(folder: Path, plan: Plan) -> RunFile:
    """The folder of a probe; one that was killed and asked otherwise is begun anew."""
    journal = RunFile(folder)
    try:
        journal.register(plan, _now())
    except RunConflict:
        journal.close()
        start_afresh(folder)
        journal = RunFile(folder)
        journal.register(plan, _now())
    return journal


def _answers(trials: Iterable[Trial]) -> Answers:
    texts: dict[tuple[str, str, int], str] = {}
    seconds: list[float] = []
    served: Counter[tuple[str, str]] = Counter()
    failures: Counter[str] = Counter()
    for trial in trials:
        output = trial.output
        if output is None:
            failures[trial.state] += 1
            continue
        texts[trial.task, trial.sample_id, trial.epoch] = output.text
        took = output.latency_s if output.latency_s is not None else trial.latency_s
        seconds += [took] if took is not None and not trial.cached else []
        if output.served_model or output.fingerprint:
            served[output.served_model, output.fingerprint] += 1
    return Answers(texts=texts, seconds=tuple(seconds), served=dict(served), failures=dict(failures))


def _only(answers: Answers, wanted: set[tuple[str, str]]) -> Answers:
    """The released answers to the prompts that are asked again; who served is known from all."""
    texts = {key: text for key, text in answers.texts.items() if key[:2] in wanted}
    return Answers(texts=texts, seconds=answers.seconds, served=answers.served, failures=answers.failures)


def _earlier(book: Path, run: str, candidate: str) -> tuple[int, tuple[int, int]]:
    """Number of this probe, and how often earlier ones that found no change got the released words."""
    path = book / NAME if book.is_dir() or not book.suffix else book
    number, same, pairs = 1, 0, 0
    if not path.is_file():
        return number, (0, 0)
    with Ledger(path) as ledger:
        for entry in ledger.entries(ENTRY):
            data = entry.data
            if (data.get("run"), data.get("candidate")) == (run, candidate):
                number = max(number, int(data["number"]) + 1)
                if data["result"] != "changed":
                    same, pairs = same + int(data["same_words"][0]), pairs + int(data["same_words"][1])
    return number, (same, pairs)


def _entry(plain: Mapping[str, Any], told: Probed, digest: str) -> dict[str, Any]:
    """A probe for the ledger: what was found, and the digest of what it rests on."""
    names = ("run", "candidate", "number", "result", "changed", "unknown", "alpha", "asked", "answered", "same_words")
    least = min((one.p for one in told.tests), default=1.0)
    return {
        **{name: plain[name] for name in names},
        "served": plain["served"]["live"],
        "least_p": float(f"{least:.6g}"),
        "scores": digest,
    }


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
