"""The training data of a plan, audited before the first call, or read from an earlier audit of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click
import msgspec

from assay.checks.catalogue import made
from assay.checks.suite_slices import suite_slices
from assay.domain.data import Contaminated, DataOutcome, DataSpec
from assay.domain.digest import digest
from assay.domain.errors import AssayError, DataError
from assay.domain.plan import Plan
from assay.domain.verdict import Finding
from assay.interfaces.data_audit import Audit
from assay.interfaces.data_held import items_found
from assay.interfaces.data_options import options_of
from assay.interfaces.data_progress import RowProgress
from assay.interfaces.data_rules import UNREAD, unheard
from assay.interfaces.data_suites import suite_rows
from assay.interfaces.data_wanted import plan_leaks, program
from assay.interfaces.data_writing import counts_of
from assay.report.data import counts_line, worst_first
from assay.report.machine import plain

_LINES = 1000
"""Lines of a finding that are kept with a run; its number of rows is kept whole."""


def audited(plan: Plan, quiet: bool = False) -> DataOutcome:
    """Reads the data of a plan through all checks, or the outcome of an earlier audit where the plan names one."""
    assert plan.data is not None
    outcome = _read(plan, plan.data) if plan.data.findings else _audited(plan, plan.data, quiet)
    if not quiet:
        said = f"not to be relied upon: {outcome.broken}" if outcome.broken else counts_line(outcome.findings)
        click.echo(f"training data: {outcome.rows:,} rows, {said}", err=True)
    return outcome


def _audited(plan: Plan, data: DataSpec, quiet: bool) -> DataOutcome:
    options = options_of(data)
    audit = Audit({**made(suite_rows(plan.tasks)), **options.checks()}, passed=data.passed)
    progress = RowProgress(quiet)
    for name in data.files:
        for row in audit.read(str(Path(data.folder) / name), as_text=data.kind == "text"):
            progress.step(row.file)
    progress.end()
    findings = worst_first([*audit.findings(), *plan_leaks(plan)])
    return outcome_of(plan, findings, audit.manifest.told(), program(), options.looked_for(against=True))


def outcome_of(
    plan: Plan,
    findings: Sequence[Finding],
    manifest: Mapping[str, Any],
    by: Mapping[str, str],
    known: Sequence[str],
) -> DataOutcome:
    """An outcome without texts of the data, held against what the plan registered.

    Args:
        plan: The plan; it names data.
        findings: What was found.
        manifest: What the data is.
        by: What read it.
        known: Codes that it can find.
    """
    assert plan.data is not None
    read = {str(one["file"]): str(one["digest"]) for one in manifest["files"]}
    return DataOutcome(
        findings=tuple(_bare(one, plan.data.folder) for one in findings),
        codes=tuple(known),
        rows=int(manifest["rows"]),
        unread=int(manifest["unfit"]),
        unread_codes=UNREAD,
        files=read,
        manifest=digest(plain(manifest)),
        slices=dict(_slices(findings)),
        asked={task.name: suite_slices(task.dataset.samples) for task in plan.tasks},
        contaminated=dict(_contaminated(plan, findings)),
        left_out=plan.data.contaminated == "leave_out",
        program=dict(by),
        broken=next(_changed(plan.data, read, findings, int(manifest["rows"])), ""),
    )


def _bare(finding: Finding, folder: str) -> Finding:
    """The finding with its numbers and without texts: what is decided from it may be published."""
    where = dict(finding.where)
    file = Path(str(where.get("file", "")))
    if file.is_absolute() and file.is_relative_to(folder):
        where["file"] = file.relative_to(folder).as_posix()
    if isinstance(where.get("lines"), (list, tuple)):
        where["lines"] = list(where["lines"])[:_LINES]
    numbers = {name: one for name, one in finding.evidence.items() if isinstance(one, (int, float))}
    names = {"suite": finding.evidence["suite"]} if "suite" in finding.evidence else {}
    rows = finding.evidence.get("rows", len(finding.where.get("lines", ())))
    return replace(finding, where=where, evidence=plain({**numbers, **names, "rows": rows, "count": rows}))


def _slices(findings: Sequence[Finding]) -> Iterator[tuple[str, Mapping[str, int]]]:
    """How many rows are of each kind, difficulty and language, from the findings that tell it."""
    for one in findings:
        name = one.code.removeprefix("mixture.")
        if name in ("intent", "difficulty", "language") and isinstance(one.evidence.get("distribution"), Mapping):
            yield name, {str(label): int(count) for label, count in one.evidence["distribution"].items()}


def _changed(data: DataSpec, read: Mapping[str, str], findings: Sequence[Finding], rows: int) -> Iterator[str]:
    """Why findings cannot stand for the data that the plan names."""
    for name, registered in data.files.items():
        if not registered:
            yield f"{name} is not there"
        elif registered not in read.values():
            yield f"{name} is not the file that was audited"
    yield from unheard(findings, rows)


def _contaminated(plan: Plan, findings: Sequence[Finding]) -> Iterator[tuple[str, Contaminated]]:
    assert plan.data is not None
    counted = [f"contamination.{how}" for how in plan.data.contaminated_by]
    for task in plan.tasks:
        own = (one for one in findings if one.evidence.get("suite") == task.name)
        told = Contaminated(items=items_found(own, counted), of=len(task.dataset.samples))
        if told.items > plan.data.contaminated_above * told.of:
            yield task.name, told


def _read(plan: Plan, data: DataSpec) -> DataOutcome:
    """The outcome of an earlier audit; broken where it is not one of this data and these suites.

    Raises:
        DataError: The file is not what `assay check data --format json` writes.
    """
    path = Path(data.folder) / data.findings
    try:
        told = json.loads(path.read_bytes())
        findings = msgspec.convert(told["findings"], tuple[Finding, ...])
        _as_counted(findings, told["manifest"], told["counts"])
        outcome = outcome_of(plan, findings, told["manifest"], told["asked"]["program"], told["asked"]["codes"])
        why = next(_asked_otherwise(plan, data, told["asked"]), "") or _unvouched(data, findings, outcome)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            f"{path}: not the outcome of a data audit: {error}. Write it with "
            f"`assay check data FILE... --plan {Path(plan.path).name} --format json -o {data.findings}`"
        ) from error
    return replace(outcome, broken=outcome.broken or why, read_from="" if data.ledger else data.findings)


def _as_counted(findings: Sequence[Finding], manifest: Mapping[str, Any], counts: Mapping[str, Any]) -> None:
    """Makes sure that an outcome still says what it counted when it was written.

    Raises:
        ValueError: It was edited, or cut.
    """
    if counts_of(findings, manifest) != counts:
        raise ValueError("its findings are not those that its `counts` counted; it was edited or written by hand")
    if any(one.state != "open" for one in findings):
        raise ValueError("a finding in it is not open; findings in data are accepted by rules of the plan")
    if any(file["rows"] < 0 or file["unfit"] < 0 for file in manifest["files"]) or any(
        manifest[name] != sum(file[name] for file in manifest["files"]) for name in ("rows", "unfit")
    ):
        raise ValueError("the rows of its files are not those of its manifest")


def _unvouched(data: DataSpec, findings: Sequence[Finding], outcome: DataOutcome) -> str:
    if not data.ledger:
        return ""
    from assay.interfaces.data_ledger import vouched

    try:
        return vouched(Path(data.folder) / data.ledger, findings, outcome)
    except AssayError as error:
        return str(error)


def _asked_otherwise(plan: Plan, data: DataSpec, asked: Mapping[str, Any]) -> Iterator[str]:
    """What an earlier audit was not asked and this plan asks."""
    if asked["program"] != program():
        yield "it was made by another version of assay or of its checks"
    if asked.get("stage", ""):
        yield f"it was held to the caps of stage {asked['stage']}"
    against = asked["against"]
    for task in plan.tasks:
        if against.get(task.name) != task.dataset.digest:
            yield f"suite {task.name} as it is now was not held against it"
    if (asked["kind"] or "") != data.kind:
        yield f"it was not read as {data.kind or 'what it is'}"
    lacking = sorted(set(data.require) - set(asked["require"]))
    if lacking:
        yield f"nobody looked whether rows have {', '.join(lacking)}"
    suites = {task.name for task in plan.tasks}
    for name in asked["sealed"] if "rephrased" in data.contaminated_by else ():
        if name in suites:
            yield f"suite {name} was held against it as hashes, which find nothing in other words"
    for code in sorted(set(options_of(data).looked_for(against=True)) - set(asked["codes"])):
        if any(rule.kind == "findings" and fnmatchcase(code, rule.code) for rule in plan.rules):
            yield f"nobody looked for {code}, which a rule counts"
    if asked["deployment"] != data.deployment_digest:
        yield "it was held against another deployment"
    if asked.get("contract", "") != data.contract_digest:
        yield "it was held against another contract"
