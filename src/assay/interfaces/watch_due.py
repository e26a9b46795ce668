"""`assay watch due`: is a new audit due, because the verdict expired or what it was about changed?"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import click

from assay.checks.codes import codes
from assay.domain.errors import ConfigurationError, DataError
from assay.domain.plan import Plan, SubjectSpec
from assay.interfaces.due_traffic import Traffic, traces
from assay.interfaces.probe_plan import released
from assay.interfaces.runs import decided, made_scorer
from assay.interfaces.watch_probe import ENTRY
from assay.report.inert import one_line
from assay.store.ledger.book import NAME, Ledger
from assay.store.plans import read_plan
from assay.store.runs import RunFile
from assay.watch.silence import METRIC as TRAFFIC

State = Literal["fired", "quiet", "unknown"]
_PROMPT = frozenset(("system", "template", "prompt_version"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One thing that asks for a new audit."""

    name: str
    """expiry, model, prompt, index, policy, data or alarm."""
    state: State
    """Whether it did."""
    told: str
    """Why, in a sentence."""


@click.command(
    epilog="Example:  assay watch due runs/v4 --plan audit.yaml --alarms watch.json   "
    "Exit codes: 0 not due, 1 due, 2 usage, 4 something is not known."
)
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--candidate", metavar="NAME", help="Which was released, where there are several.")
@click.option(
    "--plan", "plan_file", metavar="PLAN", type=click.Path(path_type=Path),
    help="The plan as it is now: prompts, policy, rules and suites are held against the audited ones.",
)  # fmt: skip
@click.option(
    "--alarms",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Outcome of `assay watch status` or `replay` with `--format json`.",
)
@click.option(
    "--traces", "files", metavar="FILE", multiple=True, type=click.Path(path_type=Path),
    help="Recent traffic: models, prompt versions and indexes that were not audited; repeatable.",
)  # fmt: skip
@click.option(
    "--index", "indexes", metavar="VERSION", multiple=True,
    help="Version of the retrieval index that was audited, as traffic names it; repeatable.",
)  # fmt: skip
@click.option("--ledger", "book", metavar="PATH", type=click.Path(path_type=Path), help="Where probes are told [RUN].")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def due(
    folder: Path,
    candidate: str | None,
    plan_file: Path | None,
    alarms: Path | None,
    files: tuple[Path, ...],
    indexes: tuple[str, ...],
    book: Path | None,
    form: str,
) -> int:
    """Say whether a released model needs a new audit, and what asks for it.

    RUN is the folder of the audit that released it. The verdict's day, the last probe, and what is given beside it
    are read; what nobody looked at is not known, which is not the same as quiet.
    """
    if indexes and not files:
        raise ConfigurationError("--index: is held against traffic; give it with --traces FILE")
    run = RunFile(folder, write=False)
    try:
        plan, run_id = run.plan(made_scorer), run.id
        spec = released(plan, candidate)
        served = _served_by(run, spec) if files else frozenset()
    finally:
        run.close()
    found = [_expiry(folder, spec), _model(book or folder, run_id, spec)]
    if plan_file is not None:
        found += _plan(plan, read_plan(plan_file, made_scorer, codes=codes), spec)
    if files:
        audited = {"model": served, "prompt": {str(spec.settings.get("prompt_version") or "")} - {""}}
        found += _traffic(Traffic.of(traces(files)), {**audited, "index": set(indexes)})
    if alarms is not None:
        found.append(_alarms(alarms))
    states = {one.state for one in found}
    code = 1 if "fired" in states else 4 if "unknown" in states else 0
    if form == "json":
        told = {"due": code == 1, "exit_code": code, "candidate": spec.name, "triggers": [asdict(one) for one in found]}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return code
    head = {0: "NOT DUE", 1: "DUE", 4: "NOT KNOWN"}[code]
    click.echo(f"{head}   {one_line(spec.name, 80)}")
    for one in found:
        click.echo(f"  {one.name:<7} {one.state:<8} {one_line(one.told, 200)}")
    return code


def _expiry(folder: Path, spec: SubjectSpec) -> Trigger:
    audit = next(one for one in decided(folder) if one.candidate.identity.name == spec.name)
    until, today = audit.verdict.valid_until, datetime.datetime.now(datetime.UTC).date().isoformat()
    word = audit.verdict.decision.word
    if word not in ("deploy", "deploy_monitored"):
        return Trigger(name="expiry", state="fired", told=f"the audit did not release it: {word}")
    if until < today:
        return Trigger(name="expiry", state="fired", told=f"the verdict was valid until {until}")
    return Trigger(name="expiry", state="quiet", told=f"the verdict is valid until {until}")


def _model(book: Path, run: str, spec: SubjectSpec) -> Trigger:
    """What the last probe says of the model that is served."""
    path = book / NAME if book.is_dir() or not book.suffix else book
    last: tuple[str, dict[str, Any]] | None = None
    if path.is_file():
        with Ledger(path) as ledger:
            for entry in ledger.entries(ENTRY):
                if (entry.data.get("run"), entry.data.get("candidate")) == (run, spec.name):
                    last = entry.at[:10], dict(entry.data)
    if last is None:
        return Trigger(name="model", state="unknown", told="never probed; `assay watch probe RUN` asks golden prompts")
    day, data = last
    said = "; ".join(data["changed"] or data["unknown"]) or "no change found"
    states: dict[str, State] = {"changed": "fired", "unchanged": "quiet"}
    return Trigger(name="model", state=states.get(data["result"], "unknown"), told=f"probed on {day}: {said}")


def _plan(before: Plan, now: Plan, spec: SubjectSpec) -> Iterator[Trigger]:
    """Prompts, policy and suites as they are now, beside those of the audit."""
    other = {one.name: one for one in (now.reference, *now.candidates)}.get(spec.name)
    if other is None:
        yield Trigger(name="prompt", state="unknown", told=f"the plan names no '{spec.name}'")
    else:
        keys = {key for key in {*spec.settings, *other.settings} if spec.settings.get(key) != other.settings.get(key)}
        prompts, rest = sorted(keys & _PROMPT), sorted(keys - _PROMPT)
        yield _changed("prompt", prompts, "system prompt, template and their version are as audited")
        if rest:
            yield _changed("model", rest, "")
    for name, kinds in (("policy", ("policy", "rules")), ("data", ("dataset:", "task:", "scorer:"))):
        digests = {key for key in {*before.digests, *now.digests} if key.startswith(kinds)}
        yield _changed(
            name,
            sorted(key for key in digests if before.digests.get(key) != now.digests.get(key)),
            "as audited",
        )


def _served_by(run: RunFile, spec: SubjectSpec) -> frozenset[str]:
    """The models that replies named when the candidate was audited."""
    outputs = (trial.output for trial, _ in run.trials() if trial.subject == spec.name)
    return frozenset(output.served_model for output in outputs if output is not None and output.served_model)


def _traffic(found: Traffic, known: Mapping[str, AbstractSet[str]]) -> Iterator[Trigger]:
    """Models, prompts and indexes that production names; what it or the audit does not name is not known."""
    for name, seen in (("model", found.served), ("prompt", found.prompts), ("index", found.indexes)):
        audited = known[name]
        if name == "index" and not seen and not audited:
            continue  # nothing is retrieved
        strange = found.strange(seen, audited)
        if not seen or not audited:
            who = "traffic" if not seen else "the audit"
            hint = "; say which with --index" if seen and name == "index" else ""
            yield Trigger(name=name, state="unknown", told=f"{who} names no {name} ({found.traces} traces){hint}")
        elif strange:
            told = f"traffic names {', '.join(strange[:5])} of {found.traces} traces"
            yield Trigger(name=name, state="fired", told=f"{told}; audited: {', '.join(sorted(audited))}")
        else:
            yield Trigger(name=name, state="quiet", told=f"traffic names what was audited ({found.traces} traces)")


def _changed(name: str, keys: list[str], quiet: str) -> Trigger:
    if keys:
        return Trigger(name=name, state="fired", told=f"changed since the audit: {', '.join(keys)}")
    return Trigger(name=name, state="quiet", told=quiet)


def _alarms(path: Path) -> Trigger:
    """Alarms of the watch, with what else changed then: model, prompt, index, tools."""
    try:
        told = json.loads(path.read_bytes())
        alarms = [
            (str(one["metric"]), str(one["since"]), [str(part) for part in one["changed"]])
            for one in told["alarms"]
            if one["metric"] != TRAFFIC  # that nothing comes says nothing of the model
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        wanted = "Expected the outcome of `assay watch status` or `replay` with `--format json`"
        raise DataError(f"{path}: no alarms can be read: {type(error).__name__}: {error}. {wanted}") from error
    if not alarms and told.get("silent"):
        return Trigger(name="alarm", state="unknown", told="no traffic, so no figure can move")
    if not alarms:
        return Trigger(name="alarm", state="quiet", told="no alarm")
    parts = [
        f"{metric} since {since}" + (f" ({', '.join(changed)})" if changed else "") for metric, since, changed in alarms
    ]
    return Trigger(name="alarm", state="fired", told="; ".join(parts[:5]) + (" and more" if len(parts) > 5 else ""))
