"""`assay check ledger`: is the evidence of a run complete?"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click

from assay.engine.completeness import Evidence, evidence, incomplete
from assay.interfaces.runs import made_scorer
from assay.report.inert import one_line
from assay.store.ledger.people import people
from assay.store.runs import RunFile


@click.command(
    epilog="Example:  assay check ledger runs/v4 --format json > items.json   Exit codes: 0 complete, 1 not."
)
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True, help="Most items shown.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def ledger(run: Path, limit: int, form: str) -> int:
    """Does every failed or unscored item of RUN say model, prompt, row, scorer, version, reason, owner and state?

    What is missing is listed, and can be a rule of the gate: {kind: findings, code: "evidence.*", at_most: 0}.
    """
    file = RunFile(run, write=False)
    try:
        plan = file.plan(made_scorer)
        items = list(evidence(plan, file, people(file).labels()))
    finally:
        file.close()
    missing = incomplete(iter(items))
    if form == "json":
        findings = [
            {"code": one.code, "severity": one.severity, "message": one.message, "where": dict(one.where),
             "evidence": dict(one.evidence), "owner": plan.owner, "remediation": one.remediation, "state": one.state}
            for one in missing
        ]  # fmt: skip
        told = {"complete": not missing, "items": [_plain(one) for one in items], "findings": findings}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return 1 if missing else 0
    click.echo(f"{'INCOMPLETE' if missing else 'COMPLETE'}  {len(items)} failed or unscored items")
    for finding in missing:
        click.echo(f"  {finding.code:<17} {finding.message}\n{'':<20}{finding.remediation}")
    for one in items[:limit]:
        click.echo(_line(one))
    if len(items) > limit:
        click.echo(f"  and {len(items) - limit} more: --limit {len(items)}, or --format json")
    states = Counter(one.state for one in items)
    click.echo("States  " + (", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none"))
    return 1 if missing else 0


def _plain(one: Evidence) -> dict[str, object]:
    return {name: getattr(one, name) for name in Evidence.__dataclass_fields__} | {"missing": list(one.missing)}


def _line(one: Evidence) -> str:
    where = one_line(f"{one.suite}/{one.sample}", 40) + (f" ({one.epoch})" if one.epoch > 1 else "")
    lacks = f"   lacks {', '.join(one.missing)}" if one.missing else ""
    what = f"{one.metric or 'trial'} {one.failed} by {one.scorer} {one.version}"
    return f"  {one_line(one.subject, 24):<12} {where:<40} {what}: {one_line(one.reason, 80)}{lacks}"
